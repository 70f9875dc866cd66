#include "adapters/open311/render.h"

#include <charconv>

#include "adapters/xml/element.h"
#include "petition/json.h"

namespace adapters::open311 {
namespace {

// In the order of the fields: GeoReport's examples have one, and readers by eye are thankful.
using Ordered = nlohmann::ordered_json;

Ordered JsonOf(const Row& row) {
  Ordered json = Ordered::object();
  for (const auto& [name, value] : row.fields) {
    if (value.list) {
      json[name] = Ordered::array();
      for (const auto& inner : value.rows) json[name].push_back(JsonOf(inner));
    } else if (value.boolean) {
      json[name] = value.text == "true";
    } else if (value.number) {
      json[name] = Ordered::parse(value.text, nullptr, false);
    } else {
      json[name] = value.text;
    }
  }
  return json;
}

void WriteXml(const Row& row, std::string& out) {
  for (const auto& [name, value] : row.fields) {
    out += "<" + name + ">";
    if (value.list) {
      for (const auto& inner : value.rows) {
        out += "<" + value.row_name + ">";
        WriteXml(inner, out);
        out += "</" + value.row_name + ">";
      }
    } else {
      out += xml::Escape(value.text);
    }
    out += "</" + name + ">";
  }
}

std::string Dump(const Ordered& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

constexpr const char* kHead = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

std::string Number(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return {digits, end};
}

}  // namespace

std::string WriteRows(Format format, const std::string& root, const std::string& row_name,
                      const std::vector<Row>& rows) {
  if (format == Format::kJson) {
    Ordered json = Ordered::array();
    for (const auto& row : rows) json.push_back(JsonOf(row));
    return Dump(json);
  }
  std::string out = kHead + ("<" + root) + ">";
  for (const auto& row : rows) {
    out += "<" + row_name + ">";
    WriteXml(row, out);
    out += "</" + row_name + ">";
  }
  return out + "</" + root + ">\n";
}

std::string WriteRow(Format format, const std::string& root, const Row& row) {
  if (format == Format::kJson) return Dump(JsonOf(row));
  std::string out = kHead + ("<" + root) + ">";
  WriteXml(row, out);
  return out + "</" + root + ">\n";
}

std::string MediaTypeOf(Format format) {
  return format == Format::kJson ? "application/json; charset=utf-8" : "text/xml; charset=utf-8";
}

Row RowOf(const ServiceRequest& request, const std::string& service_name) {
  Row row;
  row.Add("service_request_id", request.id);
  row.Add("status", request.open ? "open" : "closed");
  row.Add("status_notes", request.status_notes);
  row.Add("service_name", service_name);
  row.Add("service_code", request.service_code);
  row.Add("description", request.description);
  row.Add("agency_responsible", request.agency_responsible);
  row.Add("service_notice", "");
  row.Add("requested_datetime", petition::FormatTime(request.requested_at));
  row.Add("updated_datetime", petition::FormatTime(request.updated_at));
  row.Add("expected_datetime", request.expected_at ? petition::FormatTime(*request.expected_at) : std::string());
  row.Add("address", request.address);
  row.Add("address_id", "");
  row.Add("zipcode", "");
  if (request.lat && request.lon) {
    row.fields.emplace_back("lat", Row::Value{Number(*request.lat), true, false, false, {}, {}});
    row.fields.emplace_back("long", Row::Value{Number(*request.lon), true, false, false, {}, {}});
  }
  return row;
}

}  // namespace adapters::open311

#include "adapters/open311/reading.h"

#include <algorithm>

namespace adapters::open311 {
namespace {

using petition::Invalid;

constexpr std::chrono::days kSpan{90};
constexpr std::size_t kRequestsMax = 1000;
constexpr std::size_t kIdsMax = 200;

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size() && !text.empty();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

petition::Result<std::optional<petition::Time>> DateOf(const DoorCall& call, const char* name) {
  const std::string text = call.Query(name);
  if (text.empty()) return std::optional<petition::Time>();
  const auto time = petition::ParseTime(text);
  if (!time.ok())
    return Invalid("date_invalid", std::string(name) + " is no date with time and zone, as 2025-03-04T10:12:00+08:00");
  return std::optional(*time);
}

Row ServiceRow(const Service& service) {
  Row row;
  std::string keywords;
  for (const auto& word : service.keywords) keywords += (keywords.empty() ? "" : ",") + word;
  row.Add("service_code", service.code).Add("service_name", service.name).Add("description", service.description);
  row.fields.emplace_back("metadata",
                          Row::Value{service.attributes.empty() ? "false" : "true", false, true, false, {}, {}});
  // Registered while the caller waits, so the number is given at once.
  row.Add("type", "realtime").Add("keywords", keywords).Add("group", service.group);
  return row;
}

Row AttributeRow(const ServiceAttribute& attribute, std::size_t order) {
  Row row;
  const auto boolean = [&](const char* name, bool value) {
    row.fields.emplace_back(name, Row::Value{value ? "true" : "false", false, true, false, {}, {}});
  };
  boolean("variable", true);
  row.Add("code", attribute.code).Add("datatype", attribute.datatype);
  boolean("required", attribute.required);
  row.Add("datatype_description", "");
  row.fields.emplace_back("order", Row::Value{std::to_string(order), true, false, false, {}, {}});
  row.Add("description", attribute.description);
  if (attribute.values.empty()) return row;
  Row::Value list{"", false, false, true, {}, "value"};
  for (const auto& [key, name] : attribute.values) list.rows.push_back(Row{}.Add("key", key).Add("name", name));
  row.fields.emplace_back("values", std::move(list));
  return row;
}

DoorAnswer Rows(Format format, std::string body) {
  return {.media_type = MediaTypeOf(format), .body = std::move(body), .headers = {}};
}

petition::Result<DoorAnswer> ReadServices(const Resource& what, const Open311Options& options) {
  if (what.id.empty()) {
    std::vector<Row> rows;
    for (const auto& service : options.services) rows.push_back(ServiceRow(service));
    return Rows(what.format, WriteRows(what.format, "services", "service", rows));
  }
  const Service* service = FindService(options, what.id);
  if (service == nullptr) return petition::NotFound("there is no service of this code");
  Row row;
  row.Add("service_code", service->code);
  Row::Value attributes{"", false, false, true, {}, "attribute"};
  for (const auto& attribute : service->attributes)
    attributes.rows.push_back(AttributeRow(attribute, attributes.rows.size() + 1));
  row.fields.emplace_back("attributes", std::move(attributes));
  return Rows(what.format, WriteRow(what.format, "service_definition", row));
}

Row RequestRow(ServiceRequest request, const Open311Options& options) {
  if (!options.publish_description) request.description.clear();
  const Service* service = FindService(options, request.service_code);
  return RowOf(request, service == nullptr ? std::string() : service->name);
}

petition::Result<DoorAnswer> ReadRequests(const Resource& what, const DoorCall& call, const Open311Options& options,
                                          const RequestBook& book) {
  std::vector<Row> rows;
  if (!what.id.empty()) {
    GUIYI_TRY(auto request, book.Get(options.source, what.id));
    rows.push_back(RequestRow(std::move(request), options));
  } else {
    GUIYI_TRY(auto query, QueryOf(call));
    query.source = options.source;
    GUIYI_TRY(auto requests, book.Find(query));
    for (auto& request : requests) rows.push_back(RequestRow(std::move(request), options));
  }
  return Rows(what.format, WriteRows(what.format, "service_requests", "request", rows));
}

petition::Result<DoorAnswer> ReadToken(const Resource& what, const Open311Options& options, const RequestBook& book) {
  GUIYI_TRY(const auto request, book.ByToken(options.source, what.id));
  Row row;
  row.Add("service_request_id", request.id).Add("token", what.id);
  return Rows(what.format, WriteRows(what.format, "service_requests", "request", {row}));
}

petition::Result<DoorAnswer> ReadWhat(const Resource& what, const DoorCall& call, const Open311Options& options,
                                      const RequestBook* book) {
  if (what.name == "services") return ReadServices(what, options);
  if (book == nullptr) return petition::Unavailable("requests can't be read now");
  if (what.name == "requests") return ReadRequests(what, call, options, *book);
  if (what.name == "tokens" && !what.id.empty()) return ReadToken(what, options, *book);
  return petition::NotFound("there is no such call");
}

}  // namespace

petition::Result<Resource> ResourceOf(std::string_view path) {
  if (!path.starts_with('/')) return petition::NotFound("there is no such call");
  path.remove_prefix(1);
  const std::size_t dot = path.rfind('.');
  const auto format = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  if (format != "json" && format != "xml") return petition::NotFound("calls end in .json or .xml");
  Resource what;
  what.format = format == "xml" ? Format::kXml : Format::kJson;
  path = path.substr(0, dot);
  const std::size_t slash = path.find('/');
  what.name = path.substr(0, slash);
  if (slash != std::string_view::npos) what.id = path.substr(slash + 1);
  if (what.id.find('/') != std::string::npos || (slash != std::string_view::npos && what.id.empty()))
    return petition::NotFound("there is no such call");
  return what;
}

petition::Result<RequestQuery> QueryOf(const DoorCall& call) {
  RequestQuery query;
  query.limit = kRequestsMax;
  query.ids = SplitList(call.Query("service_request_id"));
  query.service_codes = SplitList(call.Query("service_code"));
  if (query.ids.size() > kIdsMax || query.service_codes.size() > kIdsMax)
    return Invalid("too_many", "more numbers than are answered at once");
  if (const auto status = call.Query("status"); !status.empty()) {
    const auto words = SplitList(status);
    for (const auto& word : words) {
      if (word != "open" && word != "closed") return Invalid("status_invalid", "status is open or closed");
    }
    if (words.size() == 1) query.open = words.front() == "open";
  }
  GUIYI_TRY(query.from, DateOf(call, "start_date"));
  GUIYI_TRY(query.to, DateOf(call, "end_date"));
  // Asked for by number, requests are shown however old they are.
  if (!query.ids.empty() && !query.from && !query.to) return query;
  if (!query.to) query.to = query.from ? std::min(*query.from + kSpan, call.at) : call.at;
  if (!query.from) query.from = *query.to - kSpan;
  if (*query.to < *query.from) return Invalid("date_invalid", "end_date comes before start_date");
  if (*query.to - *query.from > kSpan) return Invalid("span_too_long", "at most 90 days are answered at once");
  return query;
}

const Service* FindService(const Open311Options& options, std::string_view code) {
  const auto it = std::find_if(options.services.begin(), options.services.end(),
                               [&](const Service& service) { return service.code == code; });
  return it == options.services.end() ? nullptr : &*it;
}

DoorAnswer Read(const DoorCall& call, const Open311Options& options, const RequestBook* book) {
  const auto what = ResourceOf(call.path);
  if (!what.ok()) return ErrorAnswer(Format::kJson, what.error(), false);
  auto answer = ReadWhat(*what, call, options, book);
  return answer.ok() ? *std::move(answer) : ErrorAnswer(what->format, answer.error(), false);
}

DoorAnswer ErrorAnswer(Format format, const petition::Error& error, bool key_given) {
  int status = 500;
  switch (error.code) {
    case petition::Code::kInvalid:
      status = 400;
      break;
    case petition::Code::kUnauthorized:
      status = key_given ? 403 : 401;
      break;
    case petition::Code::kNotFound:
      status = 404;
      break;
    case petition::Code::kPushback:
    case petition::Code::kUnavailable:
      status = 503;
      break;
    default:
      break;
  }
  std::vector<Row> rows;
  const auto add = [&](const std::string& words) {
    Row row;
    row.Add("code", std::to_string(status)).Add("description", words);
    rows.push_back(std::move(row));
  };
  if (error.fields.empty()) add(error.message.empty() ? error.Reason() : error.message);
  for (const auto& field : error.fields) add(field.pointer.substr(field.pointer.empty() ? 0 : 1) + " " + field.message);
  return {.status = status,
          .media_type = MediaTypeOf(format),
          .body = WriteRows(format, "errors", "error", rows),
          .headers = {}};
}

}  // namespace adapters::open311

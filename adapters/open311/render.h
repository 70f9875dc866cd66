// GeoReport v2 on the wire: its answers, in JSON and in XML, from one description of them. Pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/open311/request_book.h"

namespace adapters::open311 {

enum class Format { kJson, kXml };

/// One object of an answer: names and values in order; a nested list of objects under a name.
struct Row {
  struct Value {
    std::string text;
    bool number = false;  ///< in JSON: without quotes
    bool boolean = false;
    bool list = false;
    std::vector<Row> rows;  ///< of a list
    std::string row_name;   ///< in XML: the element of each
  };
  std::vector<std::pair<std::string, Value>> fields;

  Row& Add(const std::string& name, const std::string& text) {
    fields.emplace_back(name, Value{text, false, false, false, {}, {}});
    return *this;
  }
};

/// In XML: <root><row_name>...</row_name></root>; in JSON an array of objects.
std::string WriteRows(Format format, const std::string& root, const std::string& row_name,
                      const std::vector<Row>& rows);
/// One object by itself (a service definition).
std::string WriteRow(Format format, const std::string& root, const Row& row);
std::string MediaTypeOf(Format format);

Row RowOf(const ServiceRequest& request, const std::string& service_name);

}  // namespace adapters::open311

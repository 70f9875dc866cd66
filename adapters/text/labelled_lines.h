// What people type into a chat or a text message when they fill in a form: lines such as "姓名：张三". Labels that mean
// a field everywhere (mapping/standard.h) are taken as headings of the record; all other lines stay what they are. Pure
// function.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adapters {

struct LabelledLines {
  std::vector<std::pair<std::string, std::string>> fields;  ///< label and value, the first of each label
  std::string rest;                                         ///< the other lines, in order
};

LabelledLines ReadLabelledLines(std::string_view text);

}  // namespace adapters

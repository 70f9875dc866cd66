// The head of an HTTP request from any bytes: what is taken has one meaning only, and the same again when written out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/request_head.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::http;
  const auto head = ParseHead({reinterpret_cast<const char*>(data), size}, 64);
  if (!head.ok()) return 0;
  Require(!head->method.empty() && std::all_of(head->method.begin(), head->method.end(), IsTokenChar));
  std::string written = head->method + " " + head->target + " HTTP/1." + std::to_string(head->minor) + "\r\n";
  for (const auto& [name, value] : head->fields) {
    Require(!name.empty() && std::all_of(name.begin(), name.end(), IsTokenChar));
    Require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    written += name + ": " + value + "\r\n";
  }
  const auto again = ParseHead(written + "\r\n", 64);
  Require(again.ok() && again->fields == head->fields && again->length == head->length &&
          again->target == head->target);
  Request request;
  FillRequest(*head, request);
  return 0;
}

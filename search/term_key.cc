#include "search/term_key.h"

namespace search {

std::uint64_t TermKey::Hash(TermKind kind, char scope, std::string_view data) const {
  std::string input;  // short ones, the many, stay in the string's own space
  input.reserve(data.size() + 2);
  input += static_cast<char>(kind);
  input += scope;
  input += data;
  return ledger::KeyedHash64(key_, input);
}

std::string TermKey::Stamp(std::string_view format) const {
  return std::string(format) + ":" + ledger::Hex(ledger::KeyedHash(key_, "index stamp", 16));
}

std::string TermBytes(std::uint64_t hash, std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(hash >> (56 - 8 * i));
  return out;
}

}  // namespace search

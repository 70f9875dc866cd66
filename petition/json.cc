#include "petition/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "petition/eight_bytes.h"
#include "petition/json_text.h"

namespace petition {
namespace {

// Walks the input and remembers how far the lexer has read, so that errors found by our handler can name the byte too.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *seen_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** seen_;
};

// Builds the value while refusing what the library would let pass: duplicate keys and deep nesting.
class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(Json& root) : root_(root) {}

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t value) override { return Put(value); }
  bool number_unsigned(number_unsigned_t value) override { return Put(value); }
  bool number_float(number_float_t value, const string_t&) override { return Put(value); }
  bool string(string_t& value) override { return Put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Json::value_t::object); }
  bool start_array(std::size_t) override { return Open(Json::value_t::array); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    auto& object = *open_[depth_ - 1]->get_ptr<Json::object_t*>();
    // Keys often come in order or few; emplace finds out about a duplicate on the way.
    const auto [place, fresh] = object.emplace(std::move(name), nullptr);
    if (!fresh) return Refuse("duplicate key");
    slot_ = &place->second;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // id 406: a number too large for a double. All others are syntax or UTF-8.
    refusal_ = error.id == 406 ? "number out of range" : "not valid JSON";
    position_ = position;
    return false;
  }

  const char* refusal() const { return refusal_; }
  std::size_t position() const { return position_; }

 private:
  template <typename T>
  bool Put(T&& value) {
    Place(Json(std::forward<T>(value)));
    return true;
  }
  Json* Place(Json value) {
    if (depth_ == 0) {
      root_ = std::move(value);
      return &root_;
    }
    Json* parent = open_[depth_ - 1];
    if (auto* array = parent->get_ptr<Json::array_t*>()) {
      array->push_back(std::move(value));
      return &array->back();
    }
    *slot_ = std::move(value);
    return slot_;
  }
  bool Open(Json::value_t type) {
    if (depth_ == open_.size()) return Refuse("nested too deeply");
    open_[depth_] = Place(Json(type));
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }
  bool Refuse(const char* why) {
    refusal_ = why;
    return false;
  }

  Json& root_;
  std::array<Json*, kJsonDepthMax>
      open_{};  // containers being filled, outermost first; their parents do not move meanwhile
  std::size_t depth_ = 0;
  Json* slot_ = nullptr;  // where the value of the last key goes
  const char* refusal_ = nullptr;
  std::size_t position_ = 0;
};

template <typename T>
void AppendInteger(std::string& out, T value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

// ECMA-262 Number::toString: the shortest digits that read back as the same double, laid out by the size of the
// exponent.
void AppendDouble(std::string& out, double value) {
  if (!std::isfinite(value)) {  // a caller's bug; null is what JSON.stringify prints
    out += "null";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  if (value < 0) {
    out += '-';
    value = -value;
  }
  char buffer[32];
  const char* end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  // d[.ddd]e[+-]dd
  const char* const first = buffer;
  const char* const e = std::find(first, end, 'e');
  std::string digits(1, buffer[0]);
  if (e - first > 2) digits.append(first + 2, e);
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  const int n = exponent + 1;  // position of the decimal point, counted from the first digit
  const int k = static_cast<int>(digits.size());
  if (k <= n && n <= 21) {
    out.append(digits).append(static_cast<std::size_t>(n - k), '0');
  } else if (0 < n && n <= 21) {
    out.append(digits, 0, static_cast<std::size_t>(n)).append(1, '.').append(digits, static_cast<std::size_t>(n));
  } else if (-6 < n && n <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-n), '0').append(digits);
  } else {
    out += digits[0];
    if (k > 1) out.append(1, '.').append(digits, 1);
    out += n > 0 ? "e+" : "e-";
    AppendInteger(out, std::abs(n - 1));
  }
}

// UTF-8 bytes sort like code points; UTF-16 sorts supplementary characters (D800..DFFF) before U+E000..U+FFFF.
bool Utf16Less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto left = static_cast<unsigned char>(*x);
  const auto right = static_cast<unsigned char>(*y);
  // Lead bytes F0..F4 are supplementary, EE and EF are U+E000..U+FFFF. A difference in a later byte keeps its order.
  if (left >= 0xF0 && (right == 0xEE || right == 0xEF)) return true;
  if (right >= 0xF0 && (left == 0xEE || left == 0xEF)) return false;
  return left < right;
}

void AppendCanonical(std::string& out, const Json& value);

void AppendMember(std::string& out, const std::string& name, const Json& value) {
  AppendJsonString(out, name);
  out += ':';
  AppendCanonical(out, value);
}

void AppendObject(std::string& out, const Json::object_t& object) {
  // The map is in byte order, which is the right one unless a name holds a supplementary character.
  bool supplementary = false;
  for (const auto& [name, ignored] : object) {
    supplementary |=
        std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
  }
  out += '{';
  bool first = true;
  if (!supplementary) {
    for (const auto& [name, value] : object) {
      if (!std::exchange(first, false)) out += ',';
      AppendMember(out, name, value);
    }
  } else {
    std::vector<Json::object_t::const_iterator> members;
    for (auto it = object.begin(); it != object.end(); ++it) members.push_back(it);
    std::sort(members.begin(), members.end(), [](auto a, auto b) { return Utf16Less(a->first, b->first); });
    for (auto it : members) {
      if (!std::exchange(first, false)) out += ',';
      AppendMember(out, it->first, it->second);
    }
  }
  out += '}';
}

void AppendCanonical(std::string& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      AppendObject(out, *value.get_ptr<const Json::object_t*>());
      break;
    case Json::value_t::array: {
      out += '[';
      bool first = true;
      for (const Json& item : value) {
        if (!std::exchange(first, false)) out += ',';
        AppendCanonical(out, item);
      }
      out += ']';
      break;
    }
    case Json::value_t::string:
      AppendJsonString(out, *value.get_ptr<const std::string*>());
      break;
    case Json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      break;
    case Json::value_t::number_integer:
      AppendInteger(out, value.get<std::int64_t>());
      break;
    case Json::value_t::number_unsigned:
      AppendInteger(out, value.get<std::uint64_t>());
      break;
    case Json::value_t::number_float:
      AppendDouble(out, value.get<double>());
      break;
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded:
      out += "null";
      break;
  }
}

}  // namespace

Result<Json> ParseJson(std::string_view text) {
  Json root;
  TreeBuilder builder(root);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return root;
  std::size_t byte = builder.position();
  if (byte == 0) {
    // Our own handler refused and does not know where: read again, counting. Only wrong input pays for it.
    Json ignored;
    TreeBuilder again(ignored);
    const char* seen = text.data();
    Json::sax_parse(CountingIterator(text.data(), &seen), CountingIterator(text.data() + text.size(), &seen), &again);
    byte = static_cast<std::size_t>(seen - text.data());
  }
  return Invalid("json_invalid", std::string(builder.refusal() != nullptr ? builder.refusal() : "not valid JSON") +
                                     " at byte " + std::to_string(byte));
}

void AppendJsonString(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // start of the run that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (text.size() - i > sizeof(EightBytes)) {
      const EightBytes eight(text.data() + i);
      if (eight.SomeBelow(0x20) || eight.SomeEqual('"') || eight.SomeEqual('\\')) break;
      i += sizeof eight;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

void AppendCanonicalJson(std::string& out, const Json& value) { AppendCanonical(out, value); }

std::string CanonicalJson(const Json& value) {
  std::string out;
  out.reserve(256);
  AppendCanonical(out, value);
  return out;
}

std::string DumpJson(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace petition

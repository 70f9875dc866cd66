#include "adapters/text/charset.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "petition/text/fold.h"

namespace adapters {
namespace {

using petition::Invalid;

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

std::string LowerName(std::string_view name) {
  std::string lower;
  for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

bool IsUtf8Name(const std::string& name) {
  return name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii" || name == "utf-8-sig";
}

// ICU's own "gb2312" and "gbk" refuse what senders write under these names.
std::string IcuName(const std::string& name) {
  for (const char* small : {"gb2312", "gb_2312-80", "gb_2312", "gbk", "cp936", "x-gbk", "gb-2312", "gb2312-80", "936"})
    if (name == small) return "gb18030";
  return name;
}

petition::Result<Converter> OpenConverter(const std::string& name) {
  UErrorCode status = U_ZERO_ERROR;
  const std::string icu = IcuName(name);
  if (icu.empty() || icu.size() > 40) return Invalid("charset_unknown", "the named character set is not known");
  Converter converter(ucnv_open(icu.c_str(), &status));
  if (U_FAILURE(status) || !converter) return Invalid("charset_unknown", "the named character set is not known");
  return converter;
}

std::string WithoutMark(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace

petition::Result<std::string> ToUtf8(std::string_view bytes, std::string_view charset) {
  const std::string name = LowerName(charset);
  if (IsUtf8Name(name)) {
    if (!petition::text::IsValidUtf8(bytes)) return Invalid("undecodable", "the text is not valid UTF-8");
    return WithoutMark(std::string(bytes));
  }
  GUIYI_TRY(const auto from, OpenConverter(name));
  GUIYI_TRY(const auto to, OpenConverter("utf-8"));
  UErrorCode status = U_ZERO_ERROR;
  ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  std::string out(bytes.size() + 64, '\0');
  std::size_t filled = 0;
  const char* next = bytes.data();
  const char* const end = next + bytes.size();
  UChar pivot[1024];
  UChar *pivot_source = pivot, *pivot_target = pivot;
  for (UBool first = true;; first = false) {
    char* target = out.data() + filled;
    status = U_ZERO_ERROR;
    ucnv_convertEx(to.get(), from.get(), &target, out.data() + out.size(), &next, end, pivot, &pivot_source,
                   &pivot_target, pivot + std::size(pivot), first, true, &status);
    filled = static_cast<std::size_t>(target - out.data());
    if (status != U_BUFFER_OVERFLOW_ERROR) break;
    out.resize(out.size() * 2);
  }
  if (U_FAILURE(status))
    return Invalid("undecodable", "the bytes are not text in the character set that the message names, near byte " +
                                      std::to_string(next - bytes.data()));
  out.resize(filled);
  return WithoutMark(std::move(out));
}

petition::Result<std::string> FromUtf8(std::string_view utf8, std::string_view charset) {
  const std::string name = LowerName(charset);
  if (IsUtf8Name(name)) return std::string(utf8);
  GUIYI_TRY(const auto to, OpenConverter(name));
  GUIYI_TRY(const auto from, OpenConverter("utf-8"));
  UErrorCode status = U_ZERO_ERROR;
  ucnv_setSubstChars(to.get(), "?", 1, &status);
  std::vector<UChar> wide(utf8.size() + 1);
  status = U_ZERO_ERROR;
  const auto units = ucnv_toUChars(from.get(), wide.data(), static_cast<int32_t>(wide.size()), utf8.data(),
                                   static_cast<int32_t>(utf8.size()), &status);
  if (U_FAILURE(status)) return petition::Internal("text to be sent is not UTF-8");
  std::string out(static_cast<std::size_t>(units) * 4 + 16, '\0');
  const auto bytes =
      ucnv_fromUChars(to.get(), out.data(), static_cast<int32_t>(out.size()), wide.data(), units, &status);
  if (U_FAILURE(status)) return petition::Internal("text to be sent can't be written in its character set");
  out.resize(static_cast<std::size_t>(bytes));
  return out;
}

}  // namespace adapters

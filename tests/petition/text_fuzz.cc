// Folding, stripping and splitting of any bytes: the answer is valid UTF-8, and what was stripped stays stripped.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "petition/identifiers.h"
#include "petition/text/fold.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace petition;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string folded = text::Fold(bytes);
  Require(text::IsValidUtf8(folded));
  text::Letters(bytes);
  const std::string stripped = text::StripOpeners(folded);
  Require(text::IsValidUtf8(stripped) && stripped.size() <= folded.size());
  text::StripOpeners(bytes);  // raw bytes are no folded text, but must do no harm
  for (const std::string_view sentence : text::Sentences(folded)) Require(!sentence.empty());
  const std::string_view cut = text::Truncate(bytes, size / 2);
  Require(cut.size() <= size / 2 && (!text::IsValidUtf8(bytes) || text::IsValidUtf8(cut)));
  Require(text::IsValidUtf8(MaskText(bytes)));
  return 0;
}

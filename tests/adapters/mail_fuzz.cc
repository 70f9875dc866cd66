// Mails, headers and HTML from any bytes: whatever is read is UTF-8 and within its bounds.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/letters/recognise.h"
#include "adapters/mail/header_words.h"
#include "adapters/mail/html_text.h"
#include "adapters/mail/message.h"
#include "petition/text/fold.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace adapters::mail;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Require(petition::text::IsValidUtf8(DecodeHeader(bytes)));
  if (petition::text::IsValidUtf8(bytes)) Require(petition::text::IsValidUtf8(HtmlToText(bytes)));
  for (const auto& mail :
       {bytes,
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + bytes +
            "\r\n--b--\r\n",
        "Subject: =?gbk?B?" + bytes}) {
    const auto read = ParseMail(mail);
    if (!read.ok()) continue;
    Require(petition::text::IsValidUtf8(read->text) && petition::text::IsValidUtf8(read->subject) &&
            petition::text::IsValidUtf8(read->from_name));
    Require(read->text.size() <= MailLimits{}.text_bytes + 1);
    for (const auto& file : read->attachments) Require(petition::text::IsValidUtf8(file.name));
  }
  Require(petition::text::IsValidUtf8(adapters::letters::ReadTsv(bytes).text));
  return 0;
}

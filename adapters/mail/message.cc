#include "adapters/mail/message.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "adapters/mail/header_words.h"
#include "adapters/mail/html_text.h"
#include "adapters/text/charset.h"
#include "petition/text/fold.h"

namespace adapters::mail {
namespace {

using petition::Invalid;

constexpr std::size_t kHeadersMax = 100;
constexpr std::size_t kHeaderBytesMax = 4000;
constexpr std::size_t kReferencesMax = 50;

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Held = std::unique_ptr<T, Unref>;

void StartMimeLibrary() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

std::string LowerText(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// How often a word stands in the bytes, without regard to case, up to a bound.
std::size_t Count(std::string_view bytes, std::string_view word, std::size_t enough) {
  std::size_t count = 0;
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  for (auto it = bytes.begin(); count < enough; ++count, it += static_cast<std::ptrdiff_t>(word.size())) {
    it = std::search(it, bytes.end(), word.begin(), word.end(), same);
    if (it == bytes.end()) break;
  }
  return count;
}

std::string RawHeader(GMimeObject* object, const char* name) {
  GMimeHeaderList* list = g_mime_object_get_header_list(object);
  GMimeHeader* header = list == nullptr ? nullptr : g_mime_header_list_get_header(list, name);
  const char* value = header == nullptr ? nullptr : g_mime_header_get_raw_value(header);
  return value == nullptr ? std::string() : std::string(value);
}

std::string Header(GMimeObject* object, const char* name) {
  return std::string(petition::text::Truncate(DecodeHeader(RawHeader(object, name)), kHeaderBytesMax));
}

// Message ids between angle brackets.
std::vector<std::string> Ids(const std::string& value) {
  std::vector<std::string> ids;
  for (std::size_t at = value.find('<'); at != std::string::npos && ids.size() < kReferencesMax;
       at = value.find('<', at)) {
    const std::size_t end = value.find('>', at);
    if (end == std::string::npos) break;
    if (end - at > 1 && end - at < 300) ids.push_back(value.substr(at + 1, end - at - 1));
    at = end;
  }
  return ids;
}

// "Name <address>" or an address alone.
void ReadFrom(const std::string& raw, MailMessage& mail) {
  const std::size_t open = raw.rfind('<'), close = raw.find('>', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) {
    mail.from_address = DecodeHeader(raw);
  } else {
    mail.from_address = raw.substr(open + 1, close - open - 1);
    const std::string name = DecodeHeader(raw.substr(0, open));
    const std::size_t first = name.find_first_not_of(" \"");
    if (first != std::string::npos) mail.from_name = name.substr(first, name.find_last_not_of(" \"") - first + 1);
  }
  mail.from_name = petition::text::Truncate(mail.from_name, 255);
  mail.from_address = petition::text::Truncate(DecodeGuessing(mail.from_address), 320);
}

std::string Bytes(GMimeDataWrapper* content) {
  if (content == nullptr) return {};
  const Held<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  const GByteArray* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return array == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(array->data), array->len);
}

std::string MediaTypeOf(GMimeObject* part) {
  GMimeContentType* type = g_mime_object_get_content_type(part);
  const std::unique_ptr<char, decltype(&g_free)> text(
      type == nullptr ? nullptr : g_mime_content_type_get_mime_type(type), g_free);
  return text == nullptr ? std::string("text/plain") : LowerText(text.get());
}

Nature NatureOf(GMimeObject* message, GMimeObject* root, const MailMessage& mail) {
  const auto from = LowerText(mail.from_address);
  const auto report = LowerText(RawHeader(root, "Content-Type"));
  const bool delivery =
      report.find("multipart/report") != std::string::npos && report.find("delivery-status") != std::string::npos;
  const auto return_path = RawHeader(message, "Return-Path");
  if (delivery || return_path.find("<>") != std::string::npos || from.starts_with("mailer-daemon@") ||
      from.starts_with("postmaster@"))
    return Nature::kBounce;
  const auto submitted = LowerText(Header(message, "Auto-Submitted"));
  if (!submitted.empty() && !submitted.starts_with("no")) return Nature::kAutoReply;
  for (const char* name : {"X-Autoreply", "X-Autorespond", "X-Auto-Reply"})
    if (!RawHeader(message, name).empty()) return Nature::kAutoReply;
  if (LowerText(Header(message, "Precedence")).starts_with("auto_reply")) return Nature::kAutoReply;
  for (const char* words : {"自动回复", "自动答复", "自動回覆", "auto reply", "automatic reply", "out of office"})
    if (LowerText(mail.subject).starts_with(words)) return Nature::kAutoReply;
  return Nature::kWritten;
}

// Walks the parts and collects text and files.
class Walk {
 public:
  Walk(const MailLimits& limits, MailMessage& mail) : limits_(limits), mail_(mail) {}

  petition::Status Part(GMimeObject* part, std::size_t depth) {
    if (part == nullptr) return petition::Ok();
    if (depth > limits_.depth) return Invalid("mime_too_deep", "the mail's parts are nested too deeply");
    if (++parts_ > limits_.parts) return Invalid("mime_too_many_parts", "the mail has too many parts");
    if (GMIME_IS_MULTIPART(part)) return Multipart(GMIME_MULTIPART(part), depth);
    if (GMIME_IS_MESSAGE_PART(part)) return Attach(part, WholeMessage(part), "message/rfc822");
    if (GMIME_IS_PART(part)) return Leaf(GMIME_PART(part));
    return petition::Ok();
  }

 private:
  petition::Status Multipart(GMimeMultipart* multipart, std::size_t depth) {
    const int count = g_mime_multipart_get_count(multipart);
    if (MediaTypeOf(GMIME_OBJECT(multipart)) != "multipart/alternative" || count < 2) {
      for (int i = 0; i < count; ++i) GUIYI_CHECK(Part(g_mime_multipart_get_part(multipart, i), depth + 1));
      return petition::Ok();
    }
    // The same words in several forms: the plain ones where they say something, else the next.
    for (int i = 0; i < count; ++i) {
      const std::size_t before = mail_.text.size();
      GUIYI_CHECK(Part(g_mime_multipart_get_part(multipart, i), depth + 1));
      if (mail_.text.size() > before) break;
    }
    return petition::Ok();
  }

  petition::Status Leaf(GMimePart* part) {
    GMimeObject* object = GMIME_OBJECT(part);
    const std::string type = MediaTypeOf(object);
    const bool text = type == "text/plain" || type == "text/html";
    const char* name = g_mime_part_get_filename(part);
    if (!text || g_mime_part_is_attachment(part) || name != nullptr)
      return Attach(object, Bytes(g_mime_part_get_content(part)), type);
    const char* charset = g_mime_object_get_content_type_parameter(object, "charset");
    const std::string bytes = Bytes(g_mime_part_get_content(part));
    std::string words;
    if (charset == nullptr) {
      words = DecodeGuessing(bytes);
    } else {
      GUIYI_TRY(words, ToUtf8(bytes, charset));
    }
    if (type == "text/html") words = HtmlToText(words);
    AddText(std::move(words));
    return petition::Ok();
  }

  void AddText(std::string words) {
    // Control characters that a submission can't hold.
    std::erase_if(words,
                  [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F; });
    if (words.find_first_not_of(" \n\t") == std::string::npos) return;
    if (!mail_.text.empty()) mail_.text += '\n';
    if (mail_.text.size() + words.size() <= limits_.text_bytes) {
      mail_.text += words;
      return;
    }
    mail_.text += petition::text::Truncate(words, limits_.text_bytes - std::min(limits_.text_bytes, mail_.text.size()));
    mail_.attachments.push_back({"正文全文.txt", "text/plain; charset=utf-8", std::move(words), {}});
  }

  petition::Status Attach(GMimeObject* object, std::string bytes, const std::string& type) {
    if (bytes.empty()) return petition::Ok();
    std::string name = GMIME_IS_PART(object) && g_mime_part_get_filename(GMIME_PART(object)) != nullptr
                           ? DecodeHeader(g_mime_part_get_filename(GMIME_PART(object)))
                           : "";
    std::erase_if(name,
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '/' || c == '\\' || c == 0x7F; });
    if (name.empty()) name = "附件" + std::to_string(mail_.attachments.size() + 1);
    mail_.attachments.push_back({std::string(petition::text::Truncate(name, 255)), type, std::move(bytes), {}});
    return petition::Ok();
  }

  static std::string WholeMessage(GMimeObject* part) {
    GMimeMessage* inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    if (inner == nullptr) return {};
    const Held<GMimeStream> stream(g_mime_stream_mem_new());
    g_mime_object_write_to_stream(GMIME_OBJECT(inner), nullptr, stream.get());
    const GByteArray* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    return {reinterpret_cast<const char*>(array->data), array->len};
  }

  const MailLimits& limits_;
  MailMessage& mail_;
  std::size_t parts_ = 0;
};

void ReadHeaders(GMimeObject* message, MailMessage& mail) {
  GMimeHeaderList* list = g_mime_object_get_header_list(message);
  const int count = list == nullptr ? 0 : g_mime_header_list_get_count(list);
  for (int i = 0; i < count && mail.headers.size() < kHeadersMax; ++i) {
    GMimeHeader* header = g_mime_header_list_get_header_at(list, i);
    const char* value = g_mime_header_get_raw_value(header);
    mail.headers.emplace_back(LowerText(g_mime_header_get_name(header)),
                              petition::text::Truncate(DecodeHeader(value == nullptr ? "" : value), kHeaderBytesMax));
  }
  mail.subject = Header(message, "Subject");
  mail.to = petition::text::Truncate(Header(message, "To"), 1000);
  ReadFrom(RawHeader(message, "From"), mail);
  const auto ids = Ids(RawHeader(message, "Message-Id"));
  if (!ids.empty()) mail.message_id = DecodeGuessing(ids.front());
  for (const char* name : {"References", "In-Reply-To"}) {
    for (auto& id : Ids(RawHeader(message, name))) {
      id = DecodeGuessing(id);
      if (std::find(mail.references.begin(), mail.references.end(), id) == mail.references.end())
        mail.references.push_back(std::move(id));
    }
  }
}

}  // namespace

petition::Result<MailMessage> ParseMail(std::string_view bytes, const MailLimits& limits) {
  StartMimeLibrary();
  if (bytes.size() > limits.bytes) return Invalid("mail_too_large", "the mail is larger than is taken");
  // The library builds parts by recursion: what could nest too deeply does not come to it.
  if (Count(bytes, "boundary", limits.multiparts + 1) + Count(bytes, "message/rfc822", limits.multiparts + 1) >
      limits.multiparts)
    return Invalid("mime_too_deep", "the mail declares more multiparts than are taken");
  const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Held<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Held<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!message) return Invalid("mail_invalid", "the bytes are no mail");
  MailMessage mail;
  GMimeObject* object = GMIME_OBJECT(message.get());
  ReadHeaders(object, mail);
  if (mail.headers.empty()) return Invalid("mail_invalid", "the mail has no headers");
  if (GDateTime* date = g_mime_message_get_date(message.get())) {
    const auto seconds = g_date_time_to_unix(date);
    if (seconds > 0 && seconds < 253402300800) mail.date = petition::Time(std::chrono::seconds(seconds));
  }
  GMimeObject* root = g_mime_message_get_mime_part(message.get());
  if (root != nullptr) mail.nature = NatureOf(object, root, mail);
  Walk walk(limits, mail);
  GUIYI_CHECK(walk.Part(root, 0));
  mail.text.resize(mail.text.find_last_not_of(" \n\t") + 1);  // npos + 1 is none of it
  return mail;
}

}  // namespace adapters::mail

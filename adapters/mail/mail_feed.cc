#include "adapters/mail/mail_feed.h"

#include "adapters/json/json_records.h"
#include "adapters/text/labelled_lines.h"

namespace adapters::mail {
namespace {

using petition::Json;

void PutText(Json& tree, const char* name, const std::string& text) {
  if (!text.empty()) tree[name] = text;
}

// What stands for the words of a mail that has files only.
std::string ContentOf(const MailMessage& mail) {
  if (!mail.text.empty() || !mail.subject.empty()) return mail.text;
  std::string names;
  for (const auto& file : mail.attachments) names += (names.empty() ? "[附件] " : "、") + file.name;
  return names;
}

Json TreeOf(const MailMessage& mail, const FoundMail& found, const SourceSpec& spec, const MailOptions& options) {
  Json tree = {{"channel", "email"}};
  PutText(tree, "externalId", mail.message_id);
  PutText(tree, "title", mail.subject);
  std::string content = ContentOf(mail);
  if (options.form_lines) {
    auto lines = ReadLabelledLines(content);
    for (const auto& [label, value] : lines.fields) tree[label] = value;
    content = std::move(lines.rest);
  }
  PutText(tree, "content", content);
  PutText(tree, "petitioner.name", mail.from_name);
  PutText(tree, "petitioner.account", mail.from_address);
  PutText(tree, "addressee", mail.to);
  if (mail.date) tree["petitionedAt"] = petition::FormatTime(*mail.date);
  if (found.received_at) tree["receivedAt"] = petition::FormatTime(*found.received_at);
  if (!mail.references.empty()) tree["claims.repeatOf"] = mail.references.front();
  if (!spec.mapping.has_rules()) return tree;
  Json headers = Json::object();
  for (const auto& [name, value] : mail.headers) headers.emplace(name, value);
  tree["headers"] = std::move(headers);
  return tree;
}

void Complete(const MailMessage& mail, const FoundMail& found, const MailOptions& options,
              petition::Submission& submission) {
  // The mail's own number counts; of one that has none, its bytes do.
  submission.external_id = mail.message_id.empty() ? FallbackId(options.account_id + found.bytes) : mail.message_id;
  if (submission.external_id.size() > 200) submission.external_id = FallbackId(submission.external_id);
  if (submission.channel.empty()) submission.channel = "email";
  if (mail.nature == Nature::kWritten) return;
  submission.is_petition = false;
  submission.unknown["mailNature"] = mail.nature == Nature::kBounce ? "bounce" : "auto_reply";
}

class MailFeed final : public Feed {
 public:
  MailFeed(std::unique_ptr<Mailbox> mailbox, std::shared_ptr<const SourceSpec> spec, MailOptions options)
      : mailbox_(std::move(mailbox)), spec_(std::move(spec)), options_(std::move(options)) {}

  std::string_view kind() const override { return "mail"; }

  petition::Result<Fetched> Fetch(std::string_view cursor, std::size_t limit) override {
    GUIYI_TRY(auto found, mailbox_->After(cursor, limit));
    Fetched fetched;
    fetched.cursor = std::move(found.cursor);
    fetched.more = found.more;
    keys_.clear();
    for (const auto& mail : found.mails) {
      keys_.push_back(mail.key);
      fetched.records.push_back(RecordOf(mail, *spec_, options_));
    }
    return fetched;
  }

  petition::Status Settle(const Fetched& fetched, std::span<const Settled>) override {
    // Between a Fetch and its Settle there is no other: the keys are those of the records.
    if (keys_.size() != fetched.records.size()) return petition::Internal("settled what was not fetched");
    return mailbox_->Settle(keys_);
  }

  petition::Result<Record> Reread(const Refused& refused) const override {
    FoundMail mail;
    mail.place = refused.place;
    mail.bytes = refused.raw;
    mail.size = refused.raw.size();
    mail.too_large = refused.context == "too_large";
    if (const auto at = petition::ParseTime(refused.context); at.ok()) mail.received_at = *at;
    return RecordOf(mail, *spec_, options_);
  }

 private:
  const std::unique_ptr<Mailbox> mailbox_;
  const std::shared_ptr<const SourceSpec> spec_;
  const MailOptions options_;
  std::vector<std::string> keys_;  // of what was fetched last
};

}  // namespace

Record RecordOf(const FoundMail& found, const SourceSpec& spec, const MailOptions& options) {
  Record record;
  record.place = found.place;
  record.raw = found.bytes;
  record.media_type = "message/rfc822";
  record.context = found.too_large ? "too_large" : found.received_at ? petition::FormatTime(*found.received_at) : "";
  if (found.too_large) {
    record.refusal = petition::Invalid("mail_too_large",
                                       "the mail is larger than is taken; it stays where it is, here are its headers");
    return record;
  }
  auto mail = ParseMail(found.bytes, options.limits);
  if (!mail.ok()) {
    record.refusal = std::move(mail).error();
    return record;
  }
  MapTree(TreeOf(*mail, found, spec, options), spec, record);
  if (!record.submission) return record;
  Complete(*mail, found, options, *record.submission);
  record.media = std::move(mail->attachments);
  return record;
}

std::unique_ptr<Feed> MakeMailFeed(std::unique_ptr<Mailbox> mailbox, std::shared_ptr<const SourceSpec> spec,
                                   MailOptions options) {
  return std::make_unique<MailFeed>(std::move(mailbox), std::move(spec), std::move(options));
}

}  // namespace adapters::mail

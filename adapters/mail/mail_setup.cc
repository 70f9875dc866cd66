// A mail source from its options.
#include "adapters/mail/mail_feed.h"
#include "adapters/spec_reader.h"

namespace adapters::mail {
namespace {

ImapOptions ReadImap(SpecReader reader, const std::filesystem::path& folder, const MailboxLimits& limits) {
  ImapOptions options;
  options.limits = limits;
  options.host = reader.NeededText("host");
  const std::string tls = reader.Text("tls", "true");
  options.security = tls == "true"       ? ImapSecurity::kTls
                     : tls == "starttls" ? ImapSecurity::kStartTls
                                         : ImapSecurity::kNone;
  if (tls != "true" && tls != "starttls" && tls != "false") {
    reader.Wrong("tls", "range", "must be true, starttls or false");
  }
  const std::uint64_t usual_port = options.security == ImapSecurity::kTls ? 993 : 143;
  options.port = static_cast<std::uint16_t>(reader.Count("port", usual_port, 1, 65535));
  options.ca_file = reader.File("ca_file", folder).string();
  options.user = reader.NeededText("user");
  options.folder = reader.Text("folder", options.folder);
  options.timeout = std::chrono::seconds(reader.Count("timeout_seconds", 30, 1, 300));
  const auto password = ReadSecret(reader.File("password_file", folder));
  if (password.ok()) options.password = *password;
  if (options.password.empty()) reader.Wrong("password_file", "missing", "is needed and must hold the password");
  reader.Finish();
  return options;
}

}  // namespace

petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  MailOptions options;
  options.account_id = setup.source + "\n";
  options.form_lines = reader.Flag("form_lines", false);
  MailboxLimits limits;
  limits.mail_bytes = reader.Count("mail_mib_max", 25, 1, 100) << 20;
  options.limits.bytes = limits.mail_bytes;
  std::unique_ptr<Mailbox> mailbox;
  const int ways = (reader.Has("imap") ? 1 : 0) + (reader.Has("maildir") ? 1 : 0) + (reader.Has("eml_folder") ? 1 : 0);
  if (ways != 1) reader.Wrong("imap", "missing", "one of imap, maildir and eml_folder is needed");
  const auto maildir = reader.File("maildir", setup.folder), eml = reader.File("eml_folder", setup.folder);
  if (reader.Has("imap")) {
    mailbox = MakeImapMailbox(ReadImap(reader.Sub("imap"), setup.folder, limits));
  } else if (!maildir.empty()) {
    mailbox = MakeMaildir(maildir, limits);
  } else if (!eml.empty()) {
    mailbox = MakeEmlFolder(eml, limits, *setup.clock);
  }
  reader.Take("imap");
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakeMailFeed(std::move(mailbox), setup.spec, std::move(options));
}

}  // namespace adapters::mail

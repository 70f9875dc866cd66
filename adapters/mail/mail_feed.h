// Mails as a source: each becomes a submission of channel "email" by the source's mapping, its files attachments. A
// reply names the mail that began its thread as the earlier item (claims.repeatOf): a claim, weighed and never obeyed,
// since anybody can quote an id. Auto-replies and bounces are kept, marked as no petitions. Threads: as a Feed.
#pragma once

#include <memory>

#include "adapters/mail/mailbox.h"
#include "adapters/mail/message.h"
#include "adapters/registry.h"

namespace adapters::mail {

struct MailOptions {
  bool form_lines = false;  ///< lines such as 姓名：张三 in the body are fields
  std::string account_id;   ///< of mails without a Message-ID: made part of their digest
  MailLimits limits;
};

/// A mail's record. What a mapping sees: externalId, channel, title, content, petitionedAt, receivedAt,
/// petitioner.name, petitioner.account, addressee, claims.repeatOf, and "headers" (all of them, names in lower case).
Record RecordOf(const FoundMail& mail, const SourceSpec& spec, const MailOptions& options);

std::unique_ptr<Feed> MakeMailFeed(std::unique_ptr<Mailbox> mailbox, std::shared_ptr<const SourceSpec> spec,
                                   MailOptions options);

/// As adapters/registry.h wants it, from a source's options (config/sources/mail.sample.yaml).
petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup);

}  // namespace adapters::mail

// The door for SMS gateways: their HTTP callback brings messages that citizens sent, long ones in parts, which are
// gathered durably (GatherStore) until all are there; a GatherFeed hands on what stayed incomplete. Threads: as a Door.
#pragma once

#include <memory>
#include <string>

#include "adapters/door.h"
#include "adapters/gathering/gather_feed.h"
#include "adapters/gathering/gather_store.h"
#include "adapters/registry.h"
#include "adapters/sms/callback.h"

namespace adapters::sms {

struct SmsOptions {
  CallbackFields fields;
  CallbackAuthOptions auth;
  std::string answer = "success";  ///< what the gateway wants to read
  std::string answer_type = "text/plain; charset=utf-8";
};

std::unique_ptr<Door> MakeSmsDoor(SmsOptions options, std::shared_ptr<const SourceSpec> spec,
                                  std::shared_ptr<GatherStore> store);
/// For long messages of which a part did not come within `quiet`.
std::unique_ptr<Feed> MakeSmsFeed(std::chrono::milliseconds quiet, std::shared_ptr<const SourceSpec> spec,
                                  std::shared_ptr<GatherStore> store, const petition::Clock& clock);

/// The record of a message or of the parts of a long one; a part that is missing shows in the text. Names: what the
/// mapping sees is externalId, channel, content, petitionedAt, petitioner.phone, to, and the labels of form lines.
Record RecordOf(const GatheredSet& set, const SourceSpec& spec);
Record RecordOf(const Refused& refused, const SourceSpec& spec);

/// As adapters/registry.h wants them, from a source's options (config/sources/sms.sample.yaml).
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);
petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup);

}  // namespace adapters::sms

// What one sender wrote to an official account until they confirmed it, as one record: texts in order, filled-in form
// lines as fields, media and places. Pure functions.
#pragma once

#include "adapters/gathering/gather_store.h"
#include "adapters/record.h"
#include "adapters/source_spec.h"
#include "adapters/wechat/message.h"

namespace adapters::wechat {

/// A piece of a conversation: the message and its XML as it came (decrypted).
std::string PieceOf(const Message& message, std::string_view xml);

/// The tree that a mapping sees: externalId, channel, content, petitionedAt, petitioner.account, location.lon and
/// location.lat (of the last place sent), openId, and the labels of form lines by their names.
petition::Json TreeOf(const GatheredSet& set);

/// The record of a set. Who wrote is told by form lines only; the OpenID is kept as the account. Media that stay at
/// WeChat are named in the submission's unknown field "wechatMedia".
Record RecordOf(const GatheredSet& set, const SourceSpec& spec);
/// The same of one that was refused.
Record RecordOf(const Refused& refused, const SourceSpec& spec);

}  // namespace adapters::wechat

// A Message is one push of a WeChat official account: what its XML says, in our words. Plain data; pure functions.
#pragma once

#include <string>
#include <string_view>

#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters::wechat {

struct Message {
  std::string to_user;
  std::string open_id;  ///< FromUserName: one account's name for somebody, no identity
  petition::Time at{};  ///< CreateTime
  std::string type;     ///< text, image, voice, video, shortvideo, location, link, event
  /// Tells messages apart: MsgId; for events sender, time and name, as WeChat advises, hashed.
  std::string key;
  std::string text;  ///< Content of a text, Recognition of a voice, Title and Description of a link
  std::string event, event_key;
  std::string media_id, picture_url, url;
  std::string lat, lon, label;  ///< of a location

  bool is_event() const { return type == "event"; }
};

/// kInvalid: "xml_..." or "message_invalid" with what is missing.
petition::Result<Message> ParseMessage(std::string_view xml);

/// For the store of gathered messages, and back.
petition::Json ToJson(const Message& message);
Message FromJson(const petition::Json& json);

/// The answer that shows the sender a text. XML, plain.
std::string TextAnswer(const Message& to, std::string_view text, petition::Time at);

}  // namespace adapters::wechat

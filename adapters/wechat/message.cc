#include "adapters/wechat/message.h"

#include <charconv>

#include "adapters/xml/element.h"
#include "ledger/crypto.h"

namespace adapters::wechat {
namespace {

constexpr std::size_t kBytesMax = 64u << 10;    // WeChat's own texts end at 2 KiB
constexpr std::int64_t kLatest = 253402300799;  // 9999-12-31, in seconds

std::string Joined(std::string a, const std::string& b) {
  if (!a.empty() && !b.empty()) a += '\n';
  return a += b;
}

// CDATA in an answer must not be ended by what it holds.
std::string Cdata(std::string_view text) {
  std::string out = "<![CDATA[";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("]]>", at);
    out += text.substr(at, end == std::string_view::npos ? end : end - at + 2);
    if (end == std::string_view::npos) break;
    out += "]]><![CDATA[";
    at = end + 2;
  }
  return out + "]]>";
}

void ReadBody(const xml::Element& root, Message& m) {
  m.text = root.ChildText("Content");
  if (m.type == "voice") m.text = root.ChildText("Recognition");
  if (m.type == "link") m.text = Joined(root.ChildText("Title"), root.ChildText("Description"));
  m.event = root.ChildText("Event");
  m.event_key = root.ChildText("EventKey");
  m.media_id = root.ChildText("MediaId");
  m.picture_url = root.ChildText("PicUrl");
  m.url = root.ChildText("Url");
  m.lat = root.ChildText("Location_X");
  m.lon = root.ChildText("Location_Y");
  m.label = root.ChildText("Label");
}

}  // namespace

petition::Result<Message> ParseMessage(std::string_view bytes) {
  GUIYI_TRY(const auto root, xml::ParseBytes(bytes, "utf-8", {.bytes = kBytesMax, .depth = 8, .elements = 500}));
  Message m;
  m.to_user = root.ChildText("ToUserName");
  m.open_id = root.ChildText("FromUserName");
  m.type = root.ChildText("MsgType");
  const std::string created = root.ChildText("CreateTime"), id = root.ChildText("MsgId");
  std::int64_t seconds = 0;
  const auto read = std::from_chars(created.data(), created.data() + created.size(), seconds);
  if (read.ec != std::errc() || read.ptr != created.data() + created.size() || seconds < 0 || seconds > kLatest)
    return petition::Invalid("message_invalid", "CreateTime is no number of seconds");
  m.at = petition::Time(std::chrono::seconds(seconds));
  if (m.open_id.empty() || m.type.empty())
    return petition::Invalid("message_invalid", "FromUserName or MsgType is missing");
  if (m.open_id.size() > 128 || m.type.size() > 32 || id.size() > 64)
    return petition::Invalid("message_invalid", "FromUserName, MsgType or MsgId is too long");
  ReadBody(root, m);
  if (m.is_event()) {
    m.key = "event-" +
            ledger::Hex(ledger::AsBytes(ledger::Sha256(m.open_id + '\n' + created + '\n' + m.event))).substr(0, 32);
  } else if (id.empty()) {
    return petition::Invalid("message_invalid", "MsgId is missing");
  } else {
    m.key = "msg-" + id;
  }
  return m;
}

petition::Json ToJson(const Message& m) {
  petition::Json json = {{"type", m.type}, {"key", m.key}, {"at", petition::FormatTime(m.at)}};
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  put("toUser", m.to_user);
  put("openId", m.open_id);
  put("text", m.text);
  put("event", m.event);
  put("eventKey", m.event_key);
  put("mediaId", m.media_id);
  put("pictureUrl", m.picture_url);
  put("url", m.url);
  put("lat", m.lat);
  put("lon", m.lon);
  put("label", m.label);
  return json;
}

Message FromJson(const petition::Json& json) {
  Message m;
  const auto get = [&](const char* name) { return json.value(name, std::string()); };
  m.type = get("type");
  m.key = get("key");
  if (const auto at = petition::ParseTime(get("at")); at.ok()) m.at = *at;
  m.to_user = get("toUser");
  m.open_id = get("openId");
  m.text = get("text");
  m.event = get("event");
  m.event_key = get("eventKey");
  m.media_id = get("mediaId");
  m.picture_url = get("pictureUrl");
  m.url = get("url");
  m.lat = get("lat");
  m.lon = get("lon");
  m.label = get("label");
  return m;
}

std::string TextAnswer(const Message& to, std::string_view text, petition::Time at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  return "<xml><ToUserName>" + Cdata(to.open_id) + "</ToUserName><FromUserName>" + Cdata(to.to_user) +
         "</FromUserName><CreateTime>" + std::to_string(seconds) +
         "</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>" + Cdata(text) + "</Content></xml>";
}

}  // namespace adapters::wechat

#include "adapters/wechat/conversation.h"

#include "adapters/json/json_records.h"
#include "adapters/text/labelled_lines.h"

namespace adapters::wechat {
namespace {

using petition::Json;

struct Conversation {
  std::vector<Message> messages;
  std::string xml;
};

Conversation ReadPieces(const GatheredSet& set) {
  Conversation read;
  for (const auto& piece : set.pieces) {
    const auto json = petition::ParseJson(piece.bytes);
    if (!json.ok() || !json->is_object()) continue;  // written by us
    read.messages.push_back(FromJson(json->value("message", Json::object())));
    read.xml += json->value("xml", std::string());
    read.xml += '\n';
  }
  return read;
}

// What stands in the text for a message without words, so that a reader of the text knows of it.
std::string LineOf(const Message& m) {
  if (m.type == "text") return m.text;
  if (m.type == "image") return "[图片]";
  if (m.type == "voice") return m.text.empty() ? "[语音]" : "[语音] " + m.text;
  if (m.type == "video" || m.type == "shortvideo") return "[视频]";
  if (m.type == "location") return m.label.empty() ? "[位置]" : "[位置] " + m.label;
  if (m.type == "link") return "[链接] " + m.text + (m.url.empty() ? "" : "\n" + m.url);
  return "[" + m.type + "]";
}

Json TreeOfMessages(const std::string& name, const std::vector<Message>& messages) {
  std::string text;
  Json tree = {{"externalId", name}, {"channel", "wechat"}};
  for (const auto& m : messages) {
    text += LineOf(m);
    text += '\n';
    if (m.type != "location") continue;
    tree["location.lon"] = m.lon;
    tree["location.lat"] = m.lat;
  }
  const auto lines = ReadLabelledLines(text);
  for (const auto& [label, value] : lines.fields) tree[label] = value;
  tree["content"] = lines.rest;
  if (!messages.empty()) {
    tree["petitionedAt"] = petition::FormatTime(messages.front().at);
    tree["petitioner.account"] = messages.front().open_id;
  }
  return tree;
}

Json MediaOf(const std::vector<Message>& messages) {
  Json media = Json::array();
  for (const auto& m : messages) {
    if (m.media_id.empty() && m.picture_url.empty()) continue;
    Json one = {{"type", m.type}, {"at", petition::FormatTime(m.at)}};
    if (!m.media_id.empty()) one["mediaId"] = m.media_id;
    if (!m.picture_url.empty()) one["pictureUrl"] = m.picture_url;
    media.push_back(std::move(one));
  }
  return media;
}

// What the mapping sees, and what it does not: kept with a refusal, to be read again.
Json ContextOf(const std::string& name, const std::vector<Message>& messages) {
  return {{"name", name},
          {"openId", messages.empty() ? std::string() : messages.front().open_id},
          {"tree", TreeOfMessages(name, messages)},
          {"media", MediaOf(messages)}};
}

void Map(const Json& context, const SourceSpec& spec, Record& record) {
  MapTree(context.value("tree", Json::object()), spec, record);
  if (!record.submission) return;
  auto& submission = *record.submission;
  submission.external_id = context.value("name", std::string());
  if (submission.channel.empty()) submission.channel = "wechat";
  if (submission.petitioners.empty()) submission.petitioners.emplace_back();
  auto& account = submission.petitioners.front().account;
  if (account.empty()) account = context.value("openId", std::string());
  if (const auto media = context.find("media"); media != context.end() && !media->empty())
    submission.unknown["wechatMedia"] = *media;
}

}  // namespace

std::string PieceOf(const Message& message, std::string_view xml) {
  return petition::DumpJson({{"message", ToJson(message)}, {"xml", xml}});
}

Json TreeOf(const GatheredSet& set) { return TreeOfMessages(set.name, ReadPieces(set).messages); }

Record RecordOf(const GatheredSet& set, const SourceSpec& spec) {
  auto read = ReadPieces(set);
  const Json context = ContextOf(set.name, read.messages);
  Record record;
  record.place = set.name;
  record.raw = std::move(read.xml);
  record.media_type = "text/xml; charset=utf-8";
  record.context = petition::DumpJson(context);
  Map(context, spec, record);
  return record;
}

Record RecordOf(const Refused& refused, const SourceSpec& spec) {
  Record record;
  record.place = refused.place;
  record.raw = refused.raw;
  record.media_type = refused.media_type;
  record.context = refused.context;
  const auto context = petition::ParseJson(refused.context);
  if (context.ok() && context->is_object()) {
    Map(*context, spec, record);
  } else {
    record.refusal = petition::Invalid("unreadable", "this was refused as a whole and holds no conversation");
  }
  return record;
}

}  // namespace adapters::wechat

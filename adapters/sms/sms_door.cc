#include "adapters/sms/sms_door.h"

#include <map>

#include "adapters/json/json_records.h"
#include "adapters/text/labelled_lines.h"
#include "ledger/crypto.h"
#include "petition/base64.h"

namespace adapters::sms {
namespace {

using petition::Json;

std::string Digest(const std::string& text) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(text))).substr(0, 32); }

// The same call made again is the same part: by the gateway's number, or by what it says and when.
std::string KeyOf(const SmsPart& p) {
  const std::string at = p.at ? petition::FormatTime(*p.at) : std::string();
  const std::string what = p.id.empty() ? p.phone + '\n' + at + '\n' + p.text : p.id;
  return "sms-" + Digest(what + '\n' + p.reference + '\n' + std::to_string(p.part) + '/' + std::to_string(p.parts));
}

std::string GroupOf(const SmsPart& p) { return p.phone + '\n' + p.reference + '\n' + std::to_string(p.parts); }

std::string PieceOf(const SmsPart& p, std::string_view raw) {
  Json json = {{"phone", p.phone}, {"text", p.text}, {"part", p.part}, {"parts", p.parts}};
  json["raw"] = petition::EncodeBase64(raw);
  if (!p.id.empty()) json["id"] = p.id;
  if (!p.to.empty()) json["to"] = p.to;
  if (p.at) json["at"] = petition::FormatTime(*p.at);
  return petition::DumpJson(json);
}

Json TreeOf(const GatheredSet& set) {
  std::map<unsigned, std::string> texts;
  unsigned parts = 1;
  Json tree = {{"externalId", set.name}, {"channel", "sms"}};
  for (const auto& piece : set.pieces) {
    const auto json = petition::ParseJson(piece.bytes);
    if (!json.ok() || !json->is_object()) continue;  // written by us
    texts.emplace(json->value("part", 1u), json->value("text", std::string()));
    parts = std::max(parts, json->value("parts", 1u));
    tree["petitioner.phone"] = json->value("phone", std::string());
    if (json->contains("to")) tree["to"] = json->at("to");
    if (!tree.contains("petitionedAt")) tree["petitionedAt"] = json->value("at", petition::FormatTime(piece.at));
  }
  std::string text;
  for (unsigned part = 1; part <= parts; ++part) {
    const auto it = texts.find(part);
    text += it == texts.end() ? "[第" + std::to_string(part) + "段缺失]" : it->second;
  }
  const auto lines = ReadLabelledLines(text);
  for (const auto& [label, value] : lines.fields) tree[label] = value;
  tree["content"] = lines.rest.empty() ? text : lines.rest;
  return tree;
}

void Map(const Json& tree, const SourceSpec& spec, Record& record) {
  MapTree(tree, spec, record);
  if (!record.submission) return;
  record.submission->external_id = tree.value("externalId", std::string());
  if (record.submission->channel.empty()) record.submission->channel = "sms";
}

class SmsDoor final : public Door {
 public:
  SmsDoor(SmsOptions options, std::shared_ptr<const SourceSpec> spec, std::shared_ptr<GatherStore> store)
      : options_(std::move(options)), spec_(std::move(spec)), store_(std::move(store)) {}

  std::string_view kind() const override { return "sms"; }

  petition::Status Verify(const DoorCall& call, bool bearer_ok) const override {
    return VerifyCallback(call, bearer_ok, options_.auth);
  }

  petition::Result<DoorDecoded> Decode(const DoorCall& call) override {
    GUIYI_TRY(auto parts, ReadCallback(call, options_.fields));
    DoorDecoded decoded;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].ok()) {
        GUIYI_CHECK(Take(*parts[i], parts.size() == 1 ? RawOf(call) : std::string(), call.at, decoded));
      } else {
        Record record;
        record.place = "message " + std::to_string(i + 1);
        record.raw = RawOf(call);
        record.media_type = call.Header("content-type");
        record.refusal = parts[i].error();
        decoded.records.push_back(std::move(record));
      }
    }
    if (decoded.records.empty()) decoded.note = "gathering";
    return decoded;
  }

  DoorAnswer Reply(const DoorCall&, const DoorDecoded& decoded, std::span<const Settled>) override {
    for (const auto& record : decoded.records) {
      // If this fails the feed hands the set on once more, and the ledger knows it.
      if (!store_->Settle(record.place).ok()) break;
    }
    return {.media_type = options_.answer_type, .body = options_.answer, .headers = {}};
  }

  DoorAnswer Refuse(const DoorCall&, const petition::Error& error) const override {
    switch (error.code) {
      case petition::Code::kInvalid:
        return {.status = 400, .body = error.Reason() + ": " + error.message + "\n", .headers = {}};
      case petition::Code::kUnauthorized:
        return {.status = 401, .body = "refused\n", .headers = {}};
      default:
        return {.status = 503, .body = "later\n", .headers = {}};
    }
  }

  petition::Result<Record> Reread(const Refused& refused) const override { return RecordOf(refused, *spec_); }

 private:
  // A callback by GET has its words in the query.
  static std::string RawOf(const DoorCall& call) {
    if (call.method != "GET") return call.body;
    Json query = Json::object();
    for (const auto& [name, value] : call.query) query[name] = value;
    return petition::DumpJson(query);
  }

  // A message of one part, too, goes through the store: told twice within seconds, it is known.
  petition::Status Take(const SmsPart& part, const std::string& raw, petition::Time at, DoorDecoded& decoded) {
    const std::string key = KeyOf(part);
    const std::string group = part.parts == 1 ? key : GroupOf(part);
    GUIYI_CHECK(store_->Add(group, {key, at, PieceOf(part, raw)}));
    GUIYI_TRY(const auto here, store_->OpenPieces(group));
    // None is open when the set was closed by the call before, whose answer was lost.
    if (here != 0 && here < part.parts) return petition::Ok();
    GUIYI_TRY(const auto closing, store_->Close(group, "whole-" + key, at));
    if (closing.set) decoded.records.push_back(RecordOf(*closing.set, *spec_));
    return petition::Ok();
  }

  const SmsOptions options_;
  const std::shared_ptr<const SourceSpec> spec_;
  const std::shared_ptr<GatherStore> store_;
};

}  // namespace

Record RecordOf(const GatheredSet& set, const SourceSpec& spec) {
  Record record;
  record.place = set.name;
  record.media_type = "application/octet-stream";
  for (const auto& piece : set.pieces) {
    const auto json = petition::ParseJson(piece.bytes);
    if (json.ok() && json->is_object())
      record.raw += petition::DecodeBase64(json->value("raw", std::string())).value_or("") + "\n";
  }
  const Json tree = TreeOf(set);
  record.context = petition::DumpJson(tree);
  Map(tree, spec, record);
  return record;
}

Record RecordOf(const Refused& refused, const SourceSpec& spec) {
  Record record;
  record.place = refused.place;
  record.raw = refused.raw;
  record.media_type = refused.media_type;
  record.context = refused.context;
  const auto tree = petition::ParseJson(refused.context);
  if (tree.ok() && tree->is_object()) {
    Map(*tree, spec, record);
  } else {
    record.refusal = petition::Invalid("unreadable", "this was refused as a whole and holds no message");
  }
  return record;
}

std::unique_ptr<Door> MakeSmsDoor(SmsOptions options, std::shared_ptr<const SourceSpec> spec,
                                  std::shared_ptr<GatherStore> store) {
  return std::make_unique<SmsDoor>(std::move(options), std::move(spec), std::move(store));
}

std::unique_ptr<Feed> MakeSmsFeed(std::chrono::milliseconds quiet, std::shared_ptr<const SourceSpec> spec,
                                  std::shared_ptr<GatherStore> store, const petition::Clock& clock) {
  GatherFeedOptions options{.kind = "sms", .quiet = quiet, .record_of = {}, .reread = {}};
  options.record_of = [spec](const GatheredSet& set) { return RecordOf(set, *spec); };
  options.reread = [spec](const Refused& refused) { return RecordOf(refused, *spec); };
  return MakeGatherFeed(std::move(options), std::move(store), clock);
}

}  // namespace adapters::sms

#include "adapters/wechat/wechat_door.h"

#include <algorithm>
#include <charconv>

#include "adapters/wechat/conversation.h"
#include "adapters/wechat/message.h"
#include "adapters/wechat/message_crypt.h"
#include "adapters/xml/element.h"
#include "ledger/crypto.h"

namespace adapters::wechat {
namespace {

constexpr std::size_t kPushBytesMax = 128u << 10;

petition::Error Unsigned() {
  return {petition::Code::kUnauthorized, "signature_wrong", "the signature is not this account's", {}, {}};
}

petition::Error Untimely() {
  return {petition::Code::kUnauthorized, "timestamp_old", "the push's timestamp is not of this time", {}, {}};
}

bool Equal(const std::string& expected, const std::string& given) {
  return !given.empty() && ledger::ConstantTimeEqual(expected, given);
}

petition::Result<std::string> CipherTextOf(const DoorCall& call) {
  GUIYI_TRY(const auto root, xml::ParseBytes(call.body, "utf-8", {.bytes = kPushBytesMax, .depth = 4, .elements = 50}));
  auto text = root.ChildText("Encrypt");
  if (text.empty()) return petition::Invalid("message_invalid", "Encrypt is missing");
  return text;
}

class WechatDoor final : public Door {
 public:
  WechatDoor(WechatOptions options, MessageCrypt crypt, std::shared_ptr<const SourceSpec> spec,
             std::shared_ptr<GatherStore> store)
      : options_(std::move(options)), crypt_(std::move(crypt)), spec_(std::move(spec)), store_(std::move(store)) {}

  std::string_view kind() const override { return "wechat"; }

  petition::Status Verify(const DoorCall& call, bool) const override {
    GUIYI_CHECK(VerifySignature(call));
    // Told apart from a wrong signature: a hub whose clock is wrong must be able to see it.
    return IsTimely(call) ? petition::Ok() : petition::Status(Untimely());
  }

  petition::Status VerifySignature(const DoorCall& call) const {
    if (options_.token.empty()) return Unsigned();
    const std::string timestamp = call.Query("timestamp"), nonce = call.Query("nonce");
    if (IsSafe(call)) {
      const auto cipher = CipherTextOf(call);
      if (!cipher.ok()) return Unsigned();
      const auto expected = Signature({options_.token, timestamp, nonce, *cipher});
      return Equal(expected, call.Query("msg_signature")) ? petition::Ok() : petition::Status(Unsigned());
    }
    if (!Equal(Signature({options_.token, timestamp, nonce}), call.Query("signature"))) return Unsigned();
    // The plain signature does not cover the body: with keys at hand, nothing is taken that is not sealed by them.
    if (call.method == "POST" && !options_.aes_keys.empty() && !options_.plain_too) return Unsigned();
    return petition::Ok();
  }

  petition::Result<DoorDecoded> Decode(const DoorCall& call) override {
    if (call.method == "GET") return DoorDecoded{{}, "echo"};
    GUIYI_TRY(const auto xml, Opened(call));
    GUIYI_TRY(const auto message, ParseMessage(xml));
    if (Confirms(message)) return Confirmed(message, call.at);
    if (message.is_event()) return DoorDecoded{{}, "event"};
    GUIYI_TRY(const bool fresh, store_->Add(message.open_id, {message.key, call.at, PieceOf(message, xml)}));
    if (!fresh) return DoorDecoded{{}, "known"};
    GUIYI_TRY(const auto pieces, store_->OpenPieces(message.open_id));
    return DoorDecoded{{}, pieces == 1 ? "gathering_begun" : "gathering"};
  }

  DoorAnswer Reply(const DoorCall& call, const DoorDecoded& decoded, std::span<const Settled> settled) override {
    if (decoded.note == "echo") return {.body = call.Query("echostr"), .headers = {}};
    for (const auto& record : decoded.records) {
      // If this fails the set is handed on once more, and the ledger knows it.
      if (!store_->Settle(record.place).ok()) break;
    }
    const std::string words = options_.answers ? Words(decoded, settled) : std::string();
    return words.empty() ? DoorAnswer{.body = "success", .headers = {}} : Told(call, words);
  }

  DoorAnswer Refuse(const DoorCall&, const petition::Error& error) const override {
    // WeChat sends again three times whatever is not answered: what is refused for good is on the ledger and done.
    if (error.code == petition::Code::kInvalid) return {.body = "success", .headers = {}};
    if (error.code == petition::Code::kUnauthorized) return {.status = 401, .body = "refused\n", .headers = {}};
    return {.status = 503, .body = "later\n", .headers = {}};
  }

  petition::Result<Record> Reread(const Refused& refused) const override { return RecordOf(refused, *spec_); }

 private:
  bool IsTimely(const DoorCall& call) const {
    if (options_.age_max.count() == 0) return true;
    const std::string text = call.Query("timestamp");
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
    const std::int64_t now = std::chrono::floor<std::chrono::seconds>(call.at).time_since_epoch().count();
    return seconds >= now - options_.age_max.count() && seconds <= now + options_.age_max.count();
  }

  bool IsSafe(const DoorCall& call) const { return call.method == "POST" && call.Query("encrypt_type") == "aes"; }

  petition::Result<std::string> Opened(const DoorCall& call) const {
    if (!IsSafe(call)) return call.body;
    GUIYI_TRY(const auto cipher, CipherTextOf(call));
    return crypt_.Decrypt(cipher);
  }

  bool Confirms(const Message& m) const {
    if (m.is_event()) return !m.event_key.empty() && m.event == "CLICK" && m.event_key == options_.confirm_event_key;
    const auto& words = options_.confirm_words;
    return m.type == "text" && std::find(words.begin(), words.end(), m.text) != words.end();
  }

  petition::Result<DoorDecoded> Confirmed(const Message& message, petition::Time at) {
    GUIYI_TRY(const auto closing, store_->Close(message.open_id, message.key, at));
    DoorDecoded decoded;
    if (closing.set) {
      decoded.records.push_back(RecordOf(*closing.set, *spec_));
    } else {
      decoded.note = closing.known ? "known" : "nothing_gathered";
    }
    return decoded;
  }

  std::string Words(const DoorDecoded& decoded, std::span<const Settled> settled) const {
    const std::string word = options_.confirm_words.empty() ? "提交" : options_.confirm_words.front();
    if (decoded.note == "gathering_begun")
      return "已收到。请继续发送文字、图片或位置；可按“姓名：”“电话：”“地址：”逐行填写联系方式。发送“" + word +
             "”完成登记。";
    if (decoded.note == "nothing_gathered") return "没有待提交的内容。请先发送您要反映的事项，再发送“" + word + "”。";
    if (settled.empty()) return {};
    if (settled.front().kind == Settled::Kind::kRefused) return "已收到，工作人员将人工核对后登记。";
    return "已登记。编号：" + settled.front().intake_no +
           (settled.front().query_code.empty() ? "" : "，查询码：" + settled.front().query_code) +
           "。请保存，以便查询进度。";
  }

  DoorAnswer Told(const DoorCall& call, const std::string& words) const {
    const auto xml = Opened(call);
    const auto message = xml.ok() ? ParseMessage(*xml) : petition::Result<Message>(xml.error());
    if (!message.ok()) return {.body = "success", .headers = {}};
    std::string body = TextAnswer(*message, words, call.at);
    if (IsSafe(call)) {
      const auto cipher = crypt_.Encrypt(body, ledger::RandomBytes(16));
      if (!cipher.ok()) return {.body = "success", .headers = {}};
      const std::string nonce = ledger::Hex(ledger::RandomBytes(8));
      const auto seconds = std::chrono::floor<std::chrono::seconds>(call.at).time_since_epoch().count();
      const std::string timestamp = std::to_string(seconds);
      body = "<xml><Encrypt><![CDATA[" + *cipher + "]]></Encrypt><MsgSignature><![CDATA[" +
             Signature({options_.token, timestamp, nonce, *cipher}) + "]]></MsgSignature><TimeStamp>" + timestamp +
             "</TimeStamp><Nonce><![CDATA[" + nonce + "]]></Nonce></xml>";
    }
    return {.media_type = "text/xml; charset=utf-8", .body = std::move(body), .headers = {}};
  }

  const WechatOptions options_;
  const MessageCrypt crypt_;
  const std::shared_ptr<const SourceSpec> spec_;
  const std::shared_ptr<GatherStore> store_;
};

}  // namespace

petition::Result<std::unique_ptr<Door>> MakeWechatDoor(WechatOptions options, std::shared_ptr<const SourceSpec> spec,
                                                       std::shared_ptr<GatherStore> store) {
  GUIYI_TRY(auto crypt, MessageCrypt::Make(options.aes_keys, options.app_id));
  return std::unique_ptr<Door>(
      std::make_unique<WechatDoor>(std::move(options), std::move(crypt), std::move(spec), std::move(store)));
}

std::unique_ptr<Feed> MakeWechatFeed(std::chrono::milliseconds quiet, std::shared_ptr<const SourceSpec> spec,
                                     std::shared_ptr<GatherStore> store, const petition::Clock& clock) {
  GatherFeedOptions options{.kind = "wechat", .quiet = quiet, .record_of = {}, .reread = {}};
  options.record_of = [spec](const GatheredSet& set) { return RecordOf(set, *spec); };
  options.reread = [spec](const Refused& refused) { return RecordOf(refused, *spec); };
  return MakeGatherFeed(std::move(options), std::move(store), clock);
}

}  // namespace adapters::wechat

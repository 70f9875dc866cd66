// WeChat pushes from any bytes: sealed texts open only when they are whole, messages survive the store.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/wechat/message.h"
#include "adapters/wechat/message_crypt.h"
#include "adapters/xml/element.h"
#include "petition/base64.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace adapters::wechat;
  static const auto crypt = *MessageCrypt::Make({std::string(43, 'A')}, "wx1");
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)crypt.Decrypt(bytes);
  (void)crypt.Decrypt(petition::EncodeBase64(bytes));
  const auto cipher = crypt.Encrypt(bytes, std::string(16, 'r'));
  Require(cipher.ok());
  const auto plain = crypt.Decrypt(*cipher);
  Require(plain.ok() && *plain == bytes);
  for (const auto& xml : {bytes,
                          "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>text</"
                          "MsgType><MsgId>1</MsgId><Content>" +
                              bytes + "</Content></xml>"}) {
    const auto message = ParseMessage(xml);
    if (!message.ok()) continue;
    const auto again = FromJson(*petition::ParseJson(petition::DumpJson(ToJson(*message))));
    Require(again.key == message->key && again.text == message->text);
    const auto answer = adapters::xml::ParseText(TextAnswer(*message, message->text, message->at));
    Require(answer.ok());
  }
  return 0;
}

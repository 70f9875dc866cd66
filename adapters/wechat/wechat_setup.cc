// A WeChat source from its options.
#include "adapters/spec_reader.h"
#include "adapters/wechat/message_crypt.h"
#include "adapters/wechat/wechat_door.h"

namespace adapters::wechat {
namespace {

struct Settings {
  WechatOptions door;
  std::chrono::minutes quiet{};
};

petition::Result<std::string> Secret(SpecReader& reader, const std::string& key, const std::filesystem::path& folder) {
  auto secret = ReadSecret(reader.File(key, folder));
  if (!secret.ok()) reader.Wrong(key, "secret_unreadable", "can't be read");
  return secret.ok() ? std::move(secret) : petition::Result<std::string>(std::string());
}

petition::Result<Settings> ReadSettings(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  Settings settings;
  auto& door = settings.door;
  door.app_id = reader.NeededText("app_id");
  GUIYI_TRY(door.token, Secret(reader, "token_file", setup.folder));
  if (door.token.empty()) reader.Wrong("token_file", "missing", "is needed and must hold the token");
  for (const char* key : {"aes_key_file", "previous_aes_key_file"}) {
    if (!reader.Has(key)) {
      reader.Take(key);
      continue;
    }
    GUIYI_TRY(auto aes, Secret(reader, key, setup.folder));
    if (!MessageCrypt::Make({aes}, "").ok())
      reader.Wrong(key, "key_invalid", "must hold the 43 characters of an EncodingAESKey");
    door.aes_keys.push_back(std::move(aes));
  }
  door.plain_too = reader.Flag("plain_too", false);
  if (auto words = reader.Texts("confirm_words"); !words.empty()) door.confirm_words = std::move(words);
  door.confirm_event_key = reader.Text("confirm_event_key");
  door.age_max = std::chrono::minutes(reader.Count("age_minutes_max", 10, 0, 24 * 60));
  door.answers = reader.Flag("answers", true);
  settings.quiet = std::chrono::minutes(reader.Count("quiet_minutes", 30, 1, 24 * 60));
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return settings;
}

}  // namespace

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  GUIYI_TRY(auto settings, ReadSettings(setup));
  return MakeWechatDoor(std::move(settings.door), setup.spec, GatherStore::Make({.folder = setup.state}));
}

petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup) {
  GUIYI_TRY(auto settings, ReadSettings(setup));
  return MakeWechatFeed(settings.quiet, setup.spec, GatherStore::Make({.folder = setup.state}), *setup.clock);
}

}  // namespace adapters::wechat

// The door for WeChat official accounts: URL check, pushes plain and in safe mode. What a sender writes is gathered
// durably (GatherStore) and answered at once; a word of confirmation makes one submission of it, whose number the
// sender is told; a GatherFeed hands on what was never confirmed. Threads: as a Door.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "adapters/door.h"
#include "adapters/gathering/gather_feed.h"
#include "adapters/gathering/gather_store.h"
#include "adapters/registry.h"

namespace adapters::wechat {

struct WechatOptions {
  std::string token;
  std::string app_id;
  std::vector<std::string>
      aes_keys;            ///< EncodingAESKey: the current one, then the previous one during a change; none: plain
  bool plain_too = false;  ///< with keys: also takes pushes in the clear (WeChat's compatible mode)
  std::vector<std::string> confirm_words = {"提交", "确认提交"};  ///< a text that is one of these ends the gathering
  std::string confirm_event_key;                                  ///< so does a click on the menu entry with this key
  /// How old the timestamp of a push may be, and how far ahead of our clock: who recorded one can't play it again
  /// later.
  std::chrono::seconds age_max{600};  ///< 0: not looked at
  bool answers = true;                ///< tells senders what happened, by WeChat's passive answer; else "success" only
};

/// kInvalid "key_invalid" for keys that are none.
petition::Result<std::unique_ptr<Door>> MakeWechatDoor(WechatOptions options, std::shared_ptr<const SourceSpec> spec,
                                                       std::shared_ptr<GatherStore> store);
/// For sets that nobody confirmed within `quiet`.
std::unique_ptr<Feed> MakeWechatFeed(std::chrono::milliseconds quiet, std::shared_ptr<const SourceSpec> spec,
                                     std::shared_ptr<GatherStore> store, const petition::Clock& clock);

/// As adapters/registry.h wants them, from a source's options (config/sources/wechat.sample.yaml).
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);
petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup);

}  // namespace adapters::wechat

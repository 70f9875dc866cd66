#include "adapters/registry.h"

#include <algorithm>
#include <array>

#include "adapters/database/database_feed.h"
#include "adapters/files/files_feed.h"
#include "adapters/hotline/hotline.h"
#include "adapters/json/json_door.h"
#include "adapters/letters/letters_feed.h"
#include "adapters/mail/mail_feed.h"
#include "adapters/open311/open311_door.h"
#include "adapters/portal/portal.h"
#include "adapters/sms/sms_door.h"
#include "adapters/soap/soap_door.h"
#include "adapters/visit/visit.h"
#include "adapters/wechat/wechat_door.h"

namespace adapters {
namespace {

constexpr std::array kKinds = {
    Kind{"database", "", MakeDatabaseFeed, nullptr},
    Kind{"files", "", MakeFilesFeed, nullptr},
    Kind{"json", "/channels/json/{source}", nullptr, MakeJsonDoor},
    Kind{"portal", "/channels/portal/{source}", nullptr, portal::MakeDoor},
    Kind{"hotline", "/channels/hotline/{source}", nullptr, hotline::MakeDoor},
    Kind{"visit", "/channels/visit/{source}", nullptr, visit::MakeDoor},
    Kind{"wechat", "/channels/wechat/{source}", wechat::MakeFeed, wechat::MakeDoor},
    Kind{"sms", "/channels/sms/{source}", sms::MakeFeed, sms::MakeDoor},
    Kind{"soap", "/soap/{source}", nullptr, soap::MakeDoor},
    Kind{"open311", "/open311/v2", nullptr, open311::MakeDoor},
    Kind{"mail", "", mail::MakeFeed, nullptr},
    Kind{"letters", "", letters::MakeFeed, nullptr},
};

}  // namespace

std::span<const Kind> Kinds() { return kKinds; }

const Kind* FindKind(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

petition::Status CheckSetup(const AdapterSetup& setup) {
  const Kind* kind = FindKind(setup.spec->kind);
  if (kind == nullptr) {
    auto error = petition::Invalid("kind_unknown", "there is no kind of adapter of this name");
    error.fields.push_back({"/kind", "kind_unknown", error.message});
    return error;
  }
  const auto under_options = [](petition::Error error) {
    for (auto& field : error.fields) field.pointer = "/options" + (field.pointer == "/" ? "" : field.pointer);
    return error;
  };
  if (kind->make_feed != nullptr) {
    if (auto feed = kind->make_feed(setup); !feed.ok()) return under_options(std::move(feed).error());
  }
  if (kind->make_door != nullptr) {
    if (auto door = kind->make_door(setup); !door.ok()) return under_options(std::move(door).error());
  }
  return petition::Ok();
}

}  // namespace adapters

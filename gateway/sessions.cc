#include "gateway/sessions.h"

#include <algorithm>

#include "ledger/crypto.h"

namespace gateway {
namespace {

std::string NewSessionToken() { return ledger::Hex(ledger::RandomBytes(32)); }
std::string SessionKeyOf(std::string_view token) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(token))); }

}  // namespace

bool Sessions::Ended(const Session& session, petition::Time now) const {
  return now - session.seen_at >= options_.idle || now - session.opened_at >= options_.absolute;
}

void Sessions::MakeRoom(const std::string& user, petition::Time now) {
  std::erase_if(sessions_, [&](const auto& one) { return Ended(one.second, now); });
  const auto end_idlest = [&](auto counts, std::size_t max) {
    std::size_t count = 0;
    auto idlest = sessions_.end();
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
      if (!counts(at->second)) continue;
      ++count;
      if (idlest == sessions_.end() || at->second.seen_at < idlest->second.seen_at) idlest = at;
    }
    if (count >= max) sessions_.erase(idlest);
  };
  end_idlest([&](const Session& session) { return session.user == user; }, options_.for_each_max);
  end_idlest([](const Session&) { return true; }, options_.max);
}

Sessions::Opened Sessions::Open(std::string user, petition::Time password_set_at) {
  const auto now = clock_.Now();
  Opened opened{NewSessionToken(), {std::move(user), NewSessionToken(), password_set_at, now, now}};
  const std::lock_guard lock(mutex_);
  MakeRoom(opened.session.user, now);
  sessions_[SessionKeyOf(opened.token)] = opened.session;
  return opened;
}

std::optional<Sessions::Session> Sessions::Find(std::string_view token) {
  const auto key = SessionKeyOf(token);
  const auto now = clock_.Now();
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return std::nullopt;
  if (Ended(found->second, now)) {
    sessions_.erase(found);
    return std::nullopt;
  }
  found->second.seen_at = now;
  return found->second;
}

void Sessions::Close(std::string_view token) {
  const auto key = SessionKeyOf(token);
  const std::lock_guard lock(mutex_);
  sessions_.erase(key);
}

void Sessions::CloseAllOf(std::string_view user) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& one) { return one.second.user == user; });
}

std::size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace gateway

#include "gateway/registry_snapshot.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <algorithm>

#include "gateway/registry_keys.h"

namespace gateway {
namespace {

using Poco::Data::Session;
using namespace Poco::Data::Keywords;

petition::Time FromMilliseconds(std::int64_t ms) { return petition::Time{std::chrono::milliseconds{ms}}; }

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

void ReadOldKeys(Session& session, RegistrySnapshot& snapshot) {
  std::vector<std::string> hashes, owners;
  std::vector<Poco::Int64> ends;
  session << "SELECT key_hash, source, until FROM old_keys", into(hashes), into(owners), into(ends), now;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto source = snapshot.sources.find(owners[i]);
    if (source == snapshot.sources.end()) continue;
    RegistrySnapshot::Holder holder;
    holder.ends = FromMilliseconds(ends[i]);
    holder.principal.role = Role::kSource;
    holder.principal.name = holder.principal.source = owners[i];
    if (source->second.state == "suspended") holder.refusal = "source_suspended";
    auto& until = source->second.old_key_until;
    until = std::max(until.value_or(*holder.ends), *holder.ends);
    snapshot.keys.emplace(hashes[i], std::move(holder));
  }
}

void ReadSources(Session& session, RegistrySnapshot& snapshot) {
  std::vector<std::string> names, channels, divisions, states, mappings, hashes;
  std::vector<Poco::Int64> created, versions, ends;
  // The column `mapping` of a registry made before files had versions names a file of another form: not taken.
  session << "SELECT s.name, s.channel, s.division, s.state, coalesce(m.text, ''), s.created_at, s.key_hash, "
             "coalesce(m.version, 0), coalesce(k.at, 0) FROM sources s "
             "LEFT JOIN mappings m ON m.source = s.name AND m.version = "
             "(SELECT max(version) FROM mappings WHERE source = s.name) "
             "LEFT JOIN key_ends k ON k.source = s.name ORDER BY s.name",
      into(names), into(channels), into(divisions), into(states), into(mappings), into(created), into(hashes),
      into(versions), into(ends), now;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Source source{names[i],
                  channels[i],
                  divisions[i],
                  states[i],
                  mappings[i],
                  FromMilliseconds(created[i]),
                  static_cast<std::uint64_t>(versions[i]),
                  {},
                  {}};
    if (ends[i] != 0) source.key_expires_at = FromMilliseconds(ends[i]);
    RegistrySnapshot::Holder holder;
    holder.ends = source.key_expires_at;
    holder.principal.role = Role::kSource;
    holder.principal.name = holder.principal.source = source.name;
    if (source.state == "suspended") holder.refusal = "source_suspended";
    snapshot.keys.emplace(hashes[i], std::move(holder));
    snapshot.sources.emplace(source.name, std::move(source));
  }
}

void ReadUsers(Session& session, RegistrySnapshot& snapshot) {
  std::vector<std::string> names, roles, divisions, sources, hashes;
  std::vector<Poco::Int64> sealed, personal, disabled, created;
  session << "SELECT name, role, divisions, source, sealed, personal, disabled, created_at, key_hash FROM users "
             "ORDER BY name",
      into(names), into(roles), into(divisions), into(sources), into(sealed), into(personal), into(disabled),
      into(created), into(hashes), now;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto role = RoleFromName(roles[i]);
    if (!role) continue;  // written by a later version: such a user gets no right here
    User user{names[i],
              *role,
              Split(divisions[i]),
              sources[i],
              sealed[i] != 0,
              personal[i] != 0,
              disabled[i] != 0,
              FromMilliseconds(created[i])};
    RegistrySnapshot::Holder holder;
    holder.principal = {user.role, user.name, user.source, user.divisions, user.sealed, user.personal};
    if (user.disabled) holder.refusal = "user_disabled";
    snapshot.keys.emplace(hashes[i], std::move(holder));
    snapshot.users.push_back(std::move(user));
  }
}

petition::Error NoKey(std::string reason, std::string message) {
  return {petition::Code::kUnauthorized, std::move(reason), std::move(message), {}, {}};
}

}  // namespace

RegistrySnapshot RegistrySnapshot::Read(Session& session) {
  RegistrySnapshot snapshot;
  ReadSources(session, snapshot);
  ReadOldKeys(session, snapshot);
  ReadUsers(session, snapshot);
  return snapshot;
}

petition::Result<Principal> RegistrySnapshot::HolderOf(std::string_view key, petition::Time time) const {
  const auto found = LooksLikeKey(key) ? keys.find(KeyHash(key)) : keys.end();
  if (found == keys.end()) return NoKey("key_unknown", "the key is not known here");
  const Holder& holder = found->second;
  if (!holder.refusal.empty()) return NoKey(holder.refusal, "the key is not in use any more");
  if (holder.ends && *holder.ends <= time) return NoKey("key_expired", "the key is past its time");
  return holder.principal;
}

}  // namespace gateway

// The life of a connected source: how it stands, what its file is, trying another file on a sample, its states.
#include "adapters/expiry.h"
#include "adapters/sample.h"
#include "config/source_file.h"
#include "gateway/feeds/mapping_check.h"
#include "gateway/feeds/source_life.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/state/source_figures.h"
#include "ledger/crypto.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kSampleRecordsMax = 200;
constexpr std::size_t kUnmappedShown = 50;
constexpr std::size_t kSourcesListed = 200, kSourcesListedMax = 1'000;
constexpr std::string_view kSourceColumns[] = {"name",        "channel", "state",   "registered",
                                               "quarantined", "refused", "resends", "lastSeenAt"};

Json TimeOrNull(petition::Time time) {
  return time == petition::Time{} ? Json(nullptr) : Json(petition::FormatTime(time));
}

Json UnmappedView(const std::map<std::string, std::uint64_t>& unmapped) {
  std::vector<std::pair<std::uint64_t, std::string>> most;
  for (const auto& [name, count] : unmapped) most.emplace_back(count, name);
  std::sort(most.rbegin(), most.rend());
  Json json = Json::array();
  for (const auto& [count, name] : most) {
    if (json.size() == kUnmappedShown) break;
    json.push_back({{"name", name}, {"count", count}});
  }
  return json;
}

Json FeedView(const FeedStatus& status) {
  return {{"phase", status.phase},   {"reason", status.reason},     {"message", status.message},
          {"behind", status.behind}, {"failures", status.failures}, {"lastRoundAt", TimeOrNull(status.last_round)}};
}

Json CertificatesView(const Adapter& adapter) {
  Json list = Json::array();
  for (const auto& one : adapters::ExpiriesOf(adapter.spec->options, adapter.setup.folder)) {
    list.push_back({{"what", one.what}, {"expiresAt", petition::FormatTime(one.at)}});
  }
  return list;
}

/// Everything that can be said of the sources at this moment.
struct SourceViews {
  std::map<std::string, SourceFigures> figures;
  std::map<std::string, FeedFigures> fed;
  std::map<std::string, FeedStatus> feeds;
  std::map<std::string, std::uint64_t> quarantined;
  std::map<std::string, SourceCounts::Counts> counts;

  static Result<SourceViews> Gather(Desk& desk) {
    SourceViews views;
    GUIYI_TRY(views.figures, FiguresOfSources(desk.hub.cases()));
    GUIYI_TRY(views.fed, desk.hub.feed_state().Figures());
    GUIYI_TRY(const auto open, desk.hub.quarantine().Counts());
    for (const auto& one : open) views.quarantined[one.source] += one.open;
    views.feeds = desk.hub.feeds().status();
    views.counts = desk.sources.All();
    return views;
  }

  Json Of(Desk& desk, const Source& source) const {
    Json json{{"name", source.name},
              {"channel", source.channel},
              {"division", source.division},
              {"state", source.state},
              {"createdAt", petition::FormatTime(source.created_at)},
              {"registered", 0},
              {"resends", 0},
              {"refused", 0},
              {"quarantined", 0},
              {"mappingVersion", source.mapping_version},
              {"keyExpiresAt", source.key_expires_at ? Json(petition::FormatTime(*source.key_expires_at)) : Json()},
              {"oldKeyUntil", nullptr},
              {"kind", "json"},
              {"unmapped", Json::array()},
              {"feed", nullptr}};
    petition::Time last_seen{};
    if (source.old_key_until && *source.old_key_until > desk.hub.clock().Now())
      json["oldKeyUntil"] = petition::FormatTime(*source.old_key_until);
    if (source.mapping_version != 0) {
      const auto adapter = desk.hub.adapters().Of(source.name);
      json["kind"] = adapter.ok() ? Json((*adapter)->spec->kind) : Json(nullptr);
      if (adapter.ok()) json["certificates"] = CertificatesView(**adapter);
    }
    if (const auto known = figures.find(source.name); known != figures.end()) {
      json["registered"] = known->second.registered;
      last_seen = known->second.last_registered;
    }
    if (const auto seen = counts.find(source.name); seen != counts.end()) {
      json["resends"] = seen->second.resends;
      json["refused"] = seen->second.refused;
      last_seen = std::max(last_seen, seen->second.last_seen);
    }
    if (const auto came = fed.find(source.name); came != fed.end()) {
      json["resends"] = json["resends"].get<std::uint64_t>() + came->second.counts.existing;
      json["refused"] = json["refused"].get<std::uint64_t>() + came->second.counts.refused;
      json["shadow"] = {{"records", came->second.counts.shadow}, {"failed", came->second.counts.shadow_failed}};
      json["unmapped"] = UnmappedView(came->second.unmapped);
      if (came->second.write_backs_owed > 0) json["writeBacksOwed"] = came->second.write_backs_owed;
      last_seen = std::max(last_seen, came->second.last_at);
    }
    if (const auto held = quarantined.find(source.name); held != quarantined.end()) json["quarantined"] = held->second;
    if (const auto feed = feeds.find(source.name); feed != feeds.end() && !feed->second.phase.empty()) {
      json["feed"] = FeedView(feed->second);
      last_seen = std::max(last_seen, feed->second.last_round);
    }
    json["lastSeenAt"] = TimeOrNull(last_seen);
    return json;
  }
};

Json VersionView(const MappingVersion& version, bool text) {
  Json json = {{"version", version.version},
               {"at", petition::FormatTime(version.at)},
               {"by", version.by},
               {"note", version.note}};
  if (text) json["text"] = version.text;
  return json;
}

/// A file that comes over HTTP says what records mean, and nothing about folders, addresses and secrets of this
/// machine: those are set where it stands (`guiyi source mapping`).
petition::Status SameSettings(const adapters::SourceSpec& tried, const adapters::SourceSpec* live) {
  const bool same = live == nullptr ? tried.kind == "json" && tried.options.empty()
                                    : tried.kind == live->kind && tried.options == live->options;
  if (same) return petition::Ok();
  return petition::Invalid("settings_not_here",
                           "kind and options are set on the hub's own machine: guiyi source mapping");
}

Result<std::string> TextOf(Desk& desk, const Source& source, std::uint64_t version) {
  GUIYI_TRY(const auto versions, desk.hub.registry().Mappings(source.name));
  for (const auto& one : versions) {
    if (one.version == version) return one.text;
  }
  return petition::NotFound("there is no such version");
}

/// A long text of the body; "" when absent.
Result<std::string> LongText(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return FieldError(name, "type", "must be a text");
  return found->get<std::string>();
}

}  // namespace

Result<Source> VisibleSource(Desk& desk, const Request& request) {
  const auto source = desk.hub.registry().FindSource(request.captures[0]);
  const auto& who = *request.who;
  const bool own = who.role == Role::kDepartment || who.role == Role::kSource;
  if (!source || (own && source->name != who.source)) return petition::NotFound("there is no such source");
  return *source;
}

Outcome ReadSources(Desk& desk, Request& request) {
  const auto& who = *request.who;
  GUIYI_TRY(const auto views, SourceViews::Gather(desk));
  GUIYI_TRY(const auto limit, LimitOf(request, kSourcesListed, kSourcesListedMax));
  std::vector<Json> sources;
  for (const auto& source : desk.hub.registry().Sources()) {
    if (who.role == Role::kDepartment && source.name != who.source) continue;
    sources.push_back(views.Of(desk, source));
  }
  GUIYI_TRY(auto listed, ListRows(request, std::move(sources), "name", kSourceColumns, limit));
  return JsonAnswer({{"sources", std::move(listed.rows)},
                     {"total", listed.total},
                     {"cursor", std::move(listed.cursor)},
                     {"backlog", desk.hub.follower().backlog()}});
}

Outcome CheckSource(Desk& desk, Request& request) {
  GUIYI_TRY(const auto source, VisibleSource(desk, request));
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto text, LongText(body, "mapping"));
  GUIYI_TRY(auto sample, LongText(body, "sample"));
  GUIYI_TRY(const auto encoded, LongText(body, "sampleBase64"));
  GUIYI_TRY(const auto name, TextField(body, "name"));
  GUIYI_TRY(const auto media_type, TextField(body, "mediaType"));
  if (!encoded.empty()) {
    auto bytes = ledger::FromBase64(encoded);
    if (!bytes.ok()) return FieldError("sampleBase64", "base64", "is no base64");
    sample = std::move(*bytes);
  }
  if (sample.empty()) return FieldError("sample", "field_missing", "is needed: sample, or sampleBase64 with bytes");
  std::shared_ptr<const Adapter> live;
  if (source.mapping_version != 0) {
    GUIYI_TRY(live, desk.hub.adapters().Of(source.name));
  } else {
    GUIYI_TRY(live, desk.hub.adapters().Try(source, ""));
  }
  std::shared_ptr<const Adapter> tried = live;
  if (!text.empty()) {
    GUIYI_TRY(const auto spec, config::ParseSourceFile(text));
    GUIYI_CHECK(SameSettings(*spec, live->spec.get()));
    GUIYI_TRY(tried, desk.hub.adapters().Try(source, text));
  }
  GUIYI_TRY(const auto records, adapters::ReadSample(tried->setup, sample, media_type, name, kSampleRecordsMax));
  std::vector<adapters::Record> before;
  if (tried != live) {
    if (auto read = adapters::ReadSample(live->setup, sample, media_type, name, kSampleRecordsMax); read.ok()) {
      before = std::move(*read);
    }
  }
  Json json = ShownCheck(records, before);
  json["mappingVersion"] = source.mapping_version;
  return JsonAnswer(json);
}

Outcome ReadMapping(Desk& desk, Request& request) {
  GUIYI_TRY(const auto source, VisibleSource(desk, request));
  GUIYI_TRY(const auto versions, desk.hub.registry().Mappings(source.name));
  Json list = Json::array();
  for (const auto& one : versions) list.push_back(VersionView(one, false));
  Json json = {{"version", source.mapping_version}, {"versions", std::move(list)}, {"text", source.mapping}};
  if (const auto wanted = request.Query("version"); !wanted.empty()) {
    GUIYI_TRY(const auto number, NumberOf(wanted));
    GUIYI_TRY(json["text"], TextOf(desk, source, number));
    json["version"] = number;
  }
  return JsonAnswer(json);
}

Outcome PutMapping(Desk& desk, Request& request) {
  GUIYI_TRY(const auto source, VisibleSource(desk, request));
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(auto text, LongText(body, "text"));
  GUIYI_TRY(auto note, TextField(body, "note"));
  if (const auto to = body.find("rollback"); to != body.end()) {
    if (!to->is_number_unsigned()) return FieldError("rollback", "type", "must be the number of a version");
    GUIYI_TRY(text, TextOf(desk, source, to->get<std::uint64_t>()));
    if (note.empty()) note = "rollback to version " + to->dump();
  } else if (text.empty()) {
    return FieldError("text", "field_missing", "is needed, or rollback with the number of a version");
  }
  // Settings are held against those of now before anything is made by them: making may read files.
  GUIYI_TRY(const auto spec, config::ParseSourceFile(text));
  std::shared_ptr<const adapters::SourceSpec> live;
  if (source.mapping_version != 0) {
    GUIYI_TRY(live, config::ParseSourceFile(source.mapping));
  }
  GUIYI_CHECK(SameSettings(*spec, live.get()));
  GUIYI_TRY(const auto tried, desk.hub.adapters().Try(source, text));
  (void)tried;
  GUIYI_TRY(const auto version, desk.hub.registry().PutMapping(source.name, text, request.who->name, note));
  return JsonAnswer({{"version", version}}, 201);
}

Outcome SetSourceState(Desk& desk, Request& request) {
  GUIYI_TRY(const auto source, VisibleSource(desk, request));
  GUIYI_TRY(const auto body, BodyObject(request));
  StateChange change;
  GUIYI_TRY(change.state, NeededText(body, "state"));
  GUIYI_TRY(change.reason, TextField(body, "reason"));
  if (const auto count = body.find("controlCount"); count != body.end() && !count->is_null()) {
    if (!count->is_number_unsigned()) return FieldError("controlCount", "type", "must be a whole number");
    change.control_count = count->get<std::uint64_t>();
  }
  change.by = request.who->name;
  // What was handed in up to now counts.
  (void)desk.hub.follower().WaitFolded(desk.hub.ledger().size() - 1, std::chrono::seconds(2));
  SourceLife life(desk.hub.registry(), desk.hub.adapters(), desk.hub.quarantine(), desk.hub.ledger());
  GUIYI_CHECK(life.Change(source.name, change));
  return JsonAnswer({{"name", source.name}, {"state", change.state}, {"before", source.state}});
}

}  // namespace gateway::http

#include "dedup/memory_replay.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

#include "dedup/han.h"

namespace dedup {
namespace {

using petition::Json;
using petition::Mode;
using petition::Relation;

constexpr std::size_t kShingle = 3;

std::set<std::uint64_t> Shingles(const Profile& profile) {
  std::set<std::uint64_t> out;
  for (std::size_t i = 0; i + kShingle <= profile.text.size(); ++i)
    out.insert(HashOf(std::u32string_view(profile.text).substr(i, kShingle)));
  return out;
}

}  // namespace

namespace {

constexpr std::size_t kLineBytesMax = 8u << 20, kLinesMax = 1'000'000;

petition::Result<Line> ReadLine(const std::string& text, const std::string& where) {
  const auto wrong = [&](const std::string& why) { return petition::Invalid("line_invalid", where + ": " + why); };
  if (text.size() > kLineBytesMax) return wrong("is too long");
  auto json = petition::ParseJson(text);
  if (!json.ok() || !json->is_object()) return wrong("is no JSON object");
  const auto member = [](const Json& of, const char* name) {
    const auto found = of.find(name);
    return found != of.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Line line;
  line.id = member(*json, "id");
  line.closure = member(*json, "type") == "closure";
  const auto at = petition::ParseTime(member(*json, line.closure ? "at" : "receivedAt"));
  if (!at.ok()) return wrong(line.closure ? "`at` is no time" : "`receivedAt` is no time");
  line.at = *at;
  if (line.id.empty()) return wrong("`id` is missing");
  if (line.closure) return line;
  line.source = member(*json, "source");
  if (const auto gold = json->find("gold"); gold != json->end() && gold->is_object()) {
    line.matter = member(*gold, "matter");
    line.of = member(*gold, "of");
    line.relation = member(*gold, "relation");
    line.why = member(*gold, "why");
  }
  for (const char* key : {"type", "id", "source", "gold"}) json->erase(key);
  auto submission = petition::SubmissionFromJson(*json);
  if (!submission.ok()) return wrong(submission.error().Reason());
  line.submission = std::move(submission).value();
  line.canonical = petition::CanonicalContent(line.submission);
  return line;
}

}  // namespace

petition::Result<std::vector<Line>> ReadLabelled(const std::vector<std::string>& files) {
  std::vector<Line> lines;
  for (std::size_t file = 0; file < files.size(); ++file) {
    std::ifstream in(files[file]);
    if (!in) return petition::NotFound("can't read " + files[file]);
    std::string text;
    for (std::size_t number = 1; std::getline(in, text); ++number) {
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (lines.size() >= kLinesMax) return petition::Invalid("too_many_lines", "more than a million lines");
      const auto name = files[file].substr(files[file].find_last_of('/') + 1);
      GUIYI_TRY(auto line, ReadLine(text, name + ":" + std::to_string(number)));
      line.file = file;
      lines.push_back(std::move(line));
    }
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
  return lines;
}

void MemorySource::Add(std::uint64_t index, const Profile& profile) {
  ++documents_;
  for (const auto& key : CandidateKeys(profile)) keys_[key].push_back(index);
  for (const auto shingle : Shingles(profile)) shingles_[shingle].push_back(index);
}

petition::Result<CandidateSource::Found> MemorySource::Find(std::uint64_t self, const Profile& asking,
                                                            std::size_t limit) const {
  std::map<std::uint64_t, Candidate> hits;
  const double documents = static_cast<double>(documents_) + 1;
  const auto count = [&](const std::vector<std::uint64_t>& postings, double factor, bool key) {
    const double weight = factor * std::log(documents / static_cast<double>(postings.size()));
    for (const auto index : postings) {
      if (index == self) continue;
      auto& hit = hits[index];
      hit.index = index;
      hit.score += weight;
      ++(key ? hit.shared_keys : hit.shared_shingles);
    }
  };
  std::vector<const std::vector<std::uint64_t>*> asked;
  for (const auto shingle : Shingles(asking))
    if (const auto found = shingles_.find(shingle); found != shingles_.end()) asked.push_back(&found->second);
  std::stable_sort(asked.begin(), asked.end(), [](const auto* a, const auto* b) { return a->size() < b->size(); });
  if (asked.size() > 32) asked.resize(32);
  for (const auto* postings : asked) count(*postings, 1, false);
  for (const auto& key : CandidateKeys(asking))
    if (const auto found = keys_.find(key); found != keys_.end())
      count(
          found->second,
          key.starts_with("phone:") || key.starts_with("id:") || key.starts_with("name:") || key.starts_with("account:")
              ? 4
              : 1.5,
          true);
  Found found;
  for (const auto& [index, hit] : hits) found.candidates.push_back(hit);
  std::stable_sort(found.candidates.begin(), found.candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (found.candidates.size() > limit) {
    found.candidates.resize(limit);
    found.bounded = true;
  }
  return found;
}

std::uint64_t MemorySource::Frequency(std::string_view key) const {
  const auto found = keys_.find(std::string(key));
  return found == keys_.end() ? 0 : found->second.size();
}

petition::Result<Profile> MemoryHistory::ProfileOf(std::uint64_t index) const {
  const auto found = profiles_.find(index);
  if (found == profiles_.end()) return petition::NotFound("no such intake");
  return found->second;
}

petition::Result<CaseFacts> MemoryHistory::CaseOf(std::uint64_t index) const {
  const auto first = case_of_.at(index);
  CaseFacts facts;
  facts.lead = first;
  facts.members = members_.at(first);
  const auto group = group_of_.at(first);
  for (const auto& [other, its_group] : group_of_)
    if (its_group == group) facts.group_cases_first.push_back(other);
  if (facts.group_cases_first.size() > 1) facts.group = group;
  if (const auto closed = closed_.find(first); closed != closed_.end()) facts.closed_at = closed->second;
  return facts;
}

void MemoryHistory::Add(std::uint64_t index, Profile profile) {
  profiles_[index] = std::move(profile);
  case_of_[index] = index;
  group_of_[index] = index;
  members_[index] = {index};
}

void MemoryHistory::Tie(std::uint64_t index, std::uint64_t of, Relation relation) {
  const auto mine = case_of_.at(index), theirs = case_of_.at(of);
  if (mine == theirs) return;
  if (petition::SharesCase(relation)) {
    for (const auto member : members_.at(mine)) {
      case_of_[member] = theirs;
      members_[theirs].push_back(member);
    }
    std::sort(members_[theirs].begin(), members_[theirs].end());
    members_.erase(mine);
    group_of_.erase(mine);
  } else {
    const auto from = group_of_.at(mine), to = group_of_.at(theirs);
    for (auto& [first, group] : group_of_)
      if (group == from) group = to;
  }
}

void MemoryHistory::Close(std::uint64_t index, petition::Time at) {
  auto& closed = closed_[case_of_.at(index)];
  closed = std::max(closed, at);
}

std::vector<Prediction> Replay(const std::vector<Line>& lines, const Model& model) {
  MemorySource source;
  MemoryHistory history;
  const Decider decider(model, source, history);
  std::vector<Prediction> predictions;
  std::map<std::string, std::uint64_t> index_of;
  std::vector<std::string> id_of;
  std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> numbers;
  std::vector<const Line*> submissions;
  for (const auto& line : lines) {
    if (line.closure) {
      if (const auto found = index_of.find(line.id); found != index_of.end()) history.Close(found->second, line.at);
      continue;
    }
    const std::uint64_t index = id_of.size();
    id_of.push_back(line.id);
    index_of[line.id] = index;
    submissions.push_back(&line);
    Prediction out;
    out.id = line.id;
    const auto start = std::chrono::steady_clock::now();
    auto profile = Extract(line.submission, {line.source, line.at, false});
    // Intake's part: the same number of the same source.
    bool settled = false;
    if (!line.submission.external_id.empty()) {
      auto& earlier = numbers[{line.source, line.submission.external_id}];
      for (const auto other : earlier) {
        const bool equal = submissions[other]->canonical == line.canonical;
        const auto& parameters = model.parameters();
        const auto other_profile = history.ProfileOf(other).value();
        const bool shared =
            parameters.people.Probability(DescribePeople(profile, other_profile, ComparePeople(profile, other_profile),
                                                         [](std::string_view) { return 1.0; })) >= 0.5 ||
            (profile.people.empty() || other_profile.people.empty()) ||
            line.submission.petitioners.front().name == submissions[other]->submission.petitioners.front().name;
        if (!equal && !shared) continue;
        out.relation = equal ? Relation::kResend : Relation::kRevision;
        out.mode = Mode::kAuto;
        out.of = id_of[other];
        out.candidates = {out.of};
        out.score = 1;
        history.Add(index, profile);
        history.Tie(index, other, out.relation);
        settled = true;
        break;
      }
      earlier.push_back(index);
    }
    if (!settled) {
      auto verdict = decider.Decide(index, profile);
      out.verdict = std::move(verdict).value();
      out.micros =
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
      out.relation = out.verdict.relation;
      out.mode = out.verdict.mode;
      out.score = out.verdict.score;
      if (out.verdict.of) out.of = id_of[*out.verdict.of];
      for (const auto& candidate : out.verdict.candidates) out.candidates.push_back(id_of[candidate.index]);
      history.Add(index, profile);
      if (out.mode == Mode::kAuto) history.Tie(index, *out.verdict.of, out.relation);
    }
    if (!settled || out.relation == Relation::kRevision) source.Add(index, profile);
    predictions.push_back(std::move(out));
  }
  return predictions;
}

std::string PredictionJson(const Prediction& p) {
  Json json = {{"id", p.id},        {"relation", petition::RelationName(p.relation)},
               {"of", p.of},        {"mode", petition::ModeName(p.mode)},
               {"score", p.score},  {"candidates", p.candidates},
               {"micros", p.micros}};
  return petition::DumpJson(json);
}

std::vector<LabelledPair> CollectPairs(const std::vector<Line>& lines, const Model::Parameters& parameters,
                                       std::size_t limit) {
  MemorySource source;
  std::vector<Profile> profiles;
  std::vector<const Line*> of_index;
  std::map<std::string, std::uint64_t> index_of;
  std::map<std::uint64_t, std::uint64_t> case_of;
  std::map<std::uint64_t, petition::Time> closed;
  std::vector<LabelledPair> pairs;
  for (const auto& line : lines) {
    if (line.closure) {
      if (index_of.contains(line.id)) closed[case_of[index_of[line.id]]] = line.at;
      continue;
    }
    const std::uint64_t index = profiles.size();
    index_of[line.id] = index;
    of_index.push_back(&line);
    profiles.push_back(Extract(line.submission, {line.source, line.at, false}));
    case_of[index] = index;
    if (!line.of.empty() && line.relation != "joint" && index_of.contains(line.of))
      case_of[index] = case_of[index_of[line.of]];
    const auto& profile = profiles.back();
    if (line.relation == "resend" || line.relation == "revision" || line.matter.empty()) {
      if (line.relation != "resend") source.Add(index, profile);
      continue;
    }
    std::set<std::uint64_t> others;
    for (std::uint64_t i = 0; i < index; ++i)
      if (of_index[i]->matter == line.matter && of_index[i]->relation != "resend") others.insert(i);
    const auto found = source.Find(index, profile, limit).value();
    for (const auto& candidate : found.candidates) others.insert(candidate.index);
    const Prepared prepared(profile, parameters.rarity);
    const Later later(prepared);
    const double documents = std::log(static_cast<double>(std::max<std::uint64_t>(source.Documents(), 2000)) + 1);
    const KeyRarity rarity = [&](std::string_view key) {
      return std::clamp(1 - std::log(std::max(1.0, static_cast<double>(source.Frequency(key)))) / documents, 0.0, 1.0);
    };
    for (const auto other : others) {
      LabelledPair pair;
      pair.later = line.id;
      pair.earlier = of_index[other]->id;
      pair.matter_of_later = line.matter;
      pair.matter_of_earlier = of_index[other]->matter;
      const Prepared earlier(profiles[other], parameters.rarity);
      const auto first = case_of[other];
      pair.matter =
          CompareMatter(later, earlier, rarity, closed.contains(first) && closed[first] <= profile.received_at);
      pair.people = DescribePeople(profile, profiles[other], ComparePeople(profile, profiles[other]), rarity);
      pair.follow_up = DescribeFollowUp(profile, profiles[other], pair.matter);
      pair.same_matter = !line.matter.empty() && of_index[other]->matter == line.matter;
      pair.people_known = pair.same_matter;
      pair.same_people = case_of[other] == case_of[index];
      pair.is_follow_up =
          pair.same_people && pair.same_matter && (line.relation == "duplicate" || line.relation == "supplement");
      pair.supplement = line.relation == "supplement";
      pairs.push_back(pair);
    }
    source.Add(index, profile);
  }
  return pairs;
}

}  // namespace dedup

// Questions about single intakes, cases and groups.
#include <map>

#include "dedup/case_book_impl.h"

namespace dedup {

using book::FromMillis;
using book::Id;
using petition::Json;
using petition::Mode;
using petition::Relation;
using petition::Result;

namespace book {

namespace {

constexpr std::size_t kFactsMembersMax = 1000;  // a case beyond that is held against its earliest members

std::optional<std::uint64_t> Optional(std::int64_t index) {
  return index < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(index));
}

using MemberTuple = std::tuple<std::uint64_t, std::string, std::string, std::string, std::string, int, int, int,
                               std::int64_t, std::int64_t, int, int, int, double, std::int64_t, std::string,
                               std::string, std::string, std::int64_t, std::string, std::string, std::string>;

template <typename... A>
std::vector<MemberTuple> AskMembers(Connection& sql, const char* text, const A&... args) {
  return sql.Ask<std::uint64_t, std::string, std::string, std::string, std::string, int, int, int, std::int64_t,
                 std::int64_t, int, int, int, double, std::int64_t, std::string, std::string, std::string, std::int64_t,
                 std::string, std::string, std::string>(text, args...);
}

#define GUIYI_MEMBER_COLUMNS                                                                                         \
  "SELECT m.idx, m.no, m.source, m.division, m.channel, m.sealed, m.historic, m.dropped, m.received, m.registered, " \
  "m.decided, m.relation, m.mode, m.score, m.tied, IFNULL(t.no, ''),"                                                \
  " l.no, IFNULL(g.no, ''), m.closed, m.state, m.national_no, m.national_state FROM intakes m JOIN intakes l ON "    \
  "l.idx=m.lead JOIN cases c ON c.lead=m.lead"                                                                       \
  " LEFT JOIN intakes t ON t.idx=m.tied LEFT JOIN intakes g ON g.idx=c.grp "

MemberRow ToMember(MemberTuple&& row) {
  MemberRow member;
  std::int64_t received = 0, registered = 0, tied = -1, closed = 0;
  int sealed = 0, historic = 0, dropped = 0, decided = 0, relation = 0, mode = 0;
  std::string lead_no, group_no;
  std::tie(member.index, member.intake_no, member.source, member.division, member.channel, sealed, historic, dropped,
           received, registered, decided, relation, mode, member.score, tied, member.of_intake_no, lead_no, group_no,
           closed, member.state, member.national_no, member.national_state) = std::move(row);
  member.sealed = sealed != 0;
  member.historic = historic != 0;
  member.dropped = dropped != 0;
  member.decided = decided != 0;
  member.received_at = FromMillis(received);
  member.registered_at = FromMillis(registered);
  member.relation = static_cast<Relation>(relation);
  member.mode = static_cast<Mode>(mode);
  member.of = Optional(tied);
  member.case_no = CaseNo(lead_no);
  if (!group_no.empty()) member.group_no = GroupNo(group_no);
  if (closed != 0) member.closed_at = FromMillis(closed);
  return member;
}

}  // namespace

std::optional<Place> FindPlace(Connection& sql, std::uint64_t index) {
  auto rows = sql.Ask<std::uint64_t, std::string, std::string, int, int, int, int, std::int64_t>(
      "SELECT lead, no, source, sealed, historic, decided, relation, received FROM intakes WHERE idx=$1", Id(index));
  if (rows.empty()) return std::nullopt;
  auto& [lead, no, source, sealed, historic, decided, relation, received] = rows[0];
  return Place{index,       lead,          std::move(no), std::move(source),
               sealed != 0, historic != 0, decided != 0,  static_cast<Relation>(relation),
               received};
}

std::optional<CaseState> FindCase(Connection& sql, std::uint64_t lead) {
  const auto rows = sql.Ask<std::uint64_t, std::int64_t, std::uint64_t, int, std::int64_t, std::int64_t, std::int64_t>(
      "SELECT lead, grp, size, sealed, last_closed, first_received, last_received FROM cases WHERE lead=$1", Id(lead));
  if (rows.empty()) return std::nullopt;
  const auto& [found, group, size, sealed, last_closed, first_received, last_received] = rows[0];
  return CaseState{found, size, group, sealed != 0, last_closed, first_received, last_received};
}

std::vector<std::uint64_t> MembersOf(Connection& sql, std::uint64_t lead) {
  std::vector<std::uint64_t> members;
  for (const auto& [index] : sql.Ask<std::uint64_t>("SELECT idx FROM intakes WHERE lead=$1 ORDER BY idx", Id(lead)))
    members.push_back(index);
  return members;
}

std::vector<std::uint64_t> GroupOf(Connection& sql, const CaseState& state) {
  if (state.group < 0) return {state.lead};
  std::vector<std::uint64_t> leads;
  for (const auto& [lead] :
       sql.Ask<std::uint64_t>("SELECT lead FROM cases WHERE grp=$1 AND grp>=0 ORDER BY lead", state.group))
    leads.push_back(lead);
  return leads;
}

std::optional<MemberRow> FindMember(Connection& sql, std::uint64_t index) {
  auto rows = AskMembers(sql, GUIYI_MEMBER_COLUMNS "WHERE m.idx=$1", Id(index));
  if (rows.empty()) return std::nullopt;
  return ToMember(std::move(rows[0]));
}

std::optional<std::uint64_t> FindNo(Connection& sql, std::string_view intake_no) {
  const auto rows = sql.Ask<std::uint64_t>("SELECT idx FROM intakes WHERE no=$1 ORDER BY idx LIMIT 1", intake_no);
  if (rows.empty()) return std::nullopt;
  return std::get<0>(rows[0]);
}

std::optional<CaseFacts> FindFacts(Connection& sql, std::uint64_t index) {
  // Asked for each candidate that is not known: most are their case's only member, and stand in no group.
  const auto rows = sql.Ask<std::uint64_t, std::int64_t, std::uint64_t, std::int64_t, std::int64_t>(
      "SELECT m.lead, c.grp, c.size, c.last_closed, c.last_received FROM intakes m JOIN cases c ON c.lead=m.lead "
      "WHERE m.idx=$1",
      Id(index));
  if (rows.empty()) return std::nullopt;
  const auto& [lead, group, size, last_closed, last_received] = rows[0];
  CaseFacts facts;
  facts.lead = lead;
  CaseState state;
  state.lead = lead;
  state.group = group;
  state.last_closed = last_closed;
  state.last_received = last_received;
  facts.closed_at = state.ClosedAt();
  facts.members = {index};
  if (size > 1) {
    facts.members.clear();
    for (const auto& [member] : sql.Ask<std::uint64_t>("SELECT idx FROM intakes WHERE lead=$1 ORDER BY idx LIMIT $2",
                                                       Id(lead), kFactsMembersMax))
      facts.members.push_back(member);
  }
  facts.group_cases_first = {lead};
  if (group >= 0) {
    facts.group = static_cast<std::uint64_t>(group);
    facts.group_cases_first = GroupOf(sql, state);
    if (facts.group_cases_first.size() > kFactsMembersMax) facts.group_cases_first.resize(kFactsMembersMax);
  }
  return facts;
}

CaseRow CaseRowOf(Connection& sql, const CaseState& state) {
  CaseRow row;
  row.case_no = CaseNo(FindPlace(sql, state.lead)->no);
  if (state.group >= 0) row.group_no = GroupNo(FindPlace(sql, static_cast<std::uint64_t>(state.group))->no);
  row.first = state.lead;
  row.size = state.size;
  row.sealed = state.sealed;
  row.first_received = FromMillis(state.first_received);
  row.last_received = FromMillis(state.last_received);
  row.closed_at = state.ClosedAt();
  return row;
}

Result<Profile> FindProfile(const CaseBook::Impl& impl, Connection& sql, std::uint64_t index) {
  const auto rows = sql.Ask<Bytes>("SELECT profile FROM profiles WHERE idx=$1", Id(index));
  if (rows.empty()) return petition::NotFound("no profile of that intake");
  return Deserialize(impl.Open(std::get<0>(rows[0]), "profile"));
}

std::string DivisionPrefixes(const std::vector<std::string>& divisions) {
  if (divisions.empty()) return "";
  Json prefixes = Json::array();
  for (std::string code : divisions) {
    if (code.size() == 12 && code.ends_with("000")) code.resize(9);
    if (code.size() == 9 && code.ends_with("000")) code.resize(6);
    while (code.size() >= 2 && code.size() <= 6 && code.ends_with("00")) code.resize(code.size() - 2);
    if (code.empty() || code.find_first_not_of("0123456789") != std::string::npos)
      continue;  // contains nothing, rather than everything
    prefixes.push_back(code);
  }
  return prefixes.dump();
}

void AddChange(Connection& sql, const Place& place, Time at, std::string_view kind, const Json& detail) {
  sql.Run("INSERT INTO changes(source, idx, at, kind, detail) VALUES($1, $2, $3, $4, $5)", place.source,
          Id(place.index), Millis(at), kind, petition::DumpJson(detail));
}

}  // namespace book

namespace {

using LinkTuple = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string, std::string, int, double,
                             std::string, std::string, std::int64_t, std::uint64_t, std::int64_t, Bytes>;

LinkRow ToLink(const CaseBook::Impl& impl, LinkTuple&& row) {
  LinkRow link;
  int relation = 0;
  std::int64_t at = 0, undone = -1;
  Bytes verdict;
  std::tie(link.id, link.from, link.of, link.from_no, link.of_no, relation, link.score, link.by, link.why, at,
           link.entry, undone, verdict) = std::move(row);
  link.relation = static_cast<Relation>(relation);
  link.at = FromMillis(at);
  if (undone >= 0) link.undone_by = static_cast<std::uint64_t>(undone);
  if ((link.why == "verdict" || link.why == "operator" || link.why == "answer") && !verdict.value.empty()) {
    const auto record = VerdictFromJson(Json::parse(impl.Open(verdict, "verdict")));
    if (record) link.reasons = record->reasons;
  }
  return link;
}

std::vector<LinkRow> LinksOf(const CaseBook::Impl& impl, Connection& sql, std::uint64_t lead) {
  std::vector<LinkRow> links;
  for (auto& row : sql.Ask<std::uint64_t, std::uint64_t, std::uint64_t, std::string, std::string, int, double,
                           std::string, std::string, std::int64_t, std::uint64_t, std::int64_t, Bytes>(
           "SELECT k.id, k.src, k.tied, a.no, b.no, k.relation, k.score, k.by, k.why, k.at, k.entry, k.undone, "
           "IFNULL(v.verdict, x'') FROM links k JOIN intakes a ON a.idx=k.src"
           " JOIN intakes b ON b.idx=k.tied LEFT JOIN verdicts v ON v.idx=k.src WHERE k.src IN (SELECT idx FROM "
           "intakes WHERE lead=$1) OR"
           " k.tied IN (SELECT idx FROM intakes WHERE lead=$2) ORDER BY k.id",
           Id(lead), Id(lead))) {
    links.push_back(ToLink(impl, std::move(row)));
  }
  return links;
}

using ActTuple = std::tuple<std::uint64_t, std::string, std::string, Bytes, std::int64_t, std::string, std::string,
                            std::string, std::string>;

ActRow ToAct(const CaseBook::Impl& impl, ActTuple&& row) {
  ActRow act;
  Bytes reason;
  std::int64_t at = 0;
  std::string intakes;
  std::tie(act.entry, act.kind, act.by, reason, at, act.outcome, act.case_no, act.other_no, intakes) = std::move(row);
  act.reason = impl.Open(reason, "reason");
  act.at = FromMillis(at);
  act.refused = act.outcome != "done";
  act.intakes = Json::parse(intakes).get<std::vector<std::string>>();
  return act;
}

bool AnyInScope(Connection& sql, std::uint64_t lead, const Scope& scope, const std::string& prefixes) {
  return !sql.Ask<int>("SELECT 1 FROM intakes m WHERE m.lead=$1 AND " GUIYI_SCOPE("$2", "$3", "$4") " LIMIT 1",
                       Id(lead), scope.sealed, scope.source, prefixes)
              .empty();
}

petition::Error NoCase() { return petition::NotFound("no such case"); }

/// The lead of the case a number leads to today.
std::optional<std::uint64_t> Resolve(Connection& sql, std::string_view number) {
  const auto index = book::FindNo(sql, IntakeNoOfCase(number));
  if (!index) return std::nullopt;
  return book::FindPlace(sql, *index)->lead;
}

std::vector<MemberRow> ScopedMembers(Connection& sql, std::uint64_t lead, const Scope& scope,
                                     const std::string& prefixes) {
  std::vector<MemberRow> members;
  for (auto& row : book::AskMembers(
           sql, GUIYI_MEMBER_COLUMNS "WHERE m.lead=$1 AND " GUIYI_SCOPE("$2", "$3", "$4") " ORDER BY m.idx", Id(lead),
           scope.sealed, scope.source, prefixes)) {
    members.push_back(book::ToMember(std::move(row)));
  }
  return members;
}

}  // namespace

Result<CaseView> CaseBook::CaseByNo(std::string_view case_no, const Scope& scope) const {
  return Guarded("case", [&]() -> Result<CaseView> {
    auto sql = impl_->file.Reader();
    if (!case_no.starts_with('C')) return NoCase();
    const auto lead = Resolve(*sql, case_no);
    if (!lead || !AnyInScope(*sql, *lead, scope, book::DivisionPrefixes(scope.divisions))) return NoCase();
    const auto state = *book::FindCase(*sql, *lead);
    CaseView view;
    view.row = book::CaseRowOf(*sql, state);
    view.moved = view.row.case_no != case_no;
    view.members = ScopedMembers(*sql, *lead, Scope::Everything(), "");
    view.links = LinksOf(*impl_, *sql, *lead);
    for (auto& row :
         sql->Ask<std::uint64_t, std::string, std::string, Bytes, std::int64_t, std::string, std::string, std::string,
                  std::string>("SELECT DISTINCT a.entry, a.kind, a.by, a.reason, a.at, a.outcome, a.case_no, "
                               "a.other_no, a.intakes FROM intakes m JOIN acts_about s ON s.idx=m.idx"
                               " JOIN acts a ON a.entry=s.entry WHERE m.lead=$1 ORDER BY a.entry",
                               Id(*lead))) {
      view.history.push_back(ToAct(*impl_, std::move(row)));
    }
    if (!scope.sealed) {
      const auto is_sealed = [&](const std::string& number) {
        const auto first = book::FindNo(*sql, IntakeNoOfCase(number));
        return first && book::FindPlace(*sql, *first)->sealed;
      };
      std::erase_if(view.history, [&](const ActRow& act) {
        return act.kind == "seal" || act.kind == "unseal" || is_sealed(act.case_no) || is_sealed(act.other_no);
      });
    }
    if (state.group >= 0) {
      for (const std::uint64_t other : book::GroupOf(*sql, state))
        view.group.push_back(book::CaseRowOf(*sql, *book::FindCase(*sql, other)));
    }
    return view;
  });
}

Result<CaseRow> CaseBook::CaseOfIntake(std::uint64_t index) const {
  return Guarded("case", [&]() -> Result<CaseRow> {
    auto sql = impl_->file.Reader();
    const auto place = book::FindPlace(*sql, index);
    if (!place) return NoCase();
    return book::CaseRowOf(*sql, *book::FindCase(*sql, place->lead));
  });
}

Result<std::vector<MemberRow>> CaseBook::Members(std::string_view case_no, const Scope& scope) const {
  return Guarded("members", [&]() -> Result<std::vector<MemberRow>> {
    auto sql = impl_->file.Reader();
    const auto lead = Resolve(*sql, case_no);
    if (!lead) return NoCase();
    auto members = ScopedMembers(*sql, *lead, scope, book::DivisionPrefixes(scope.divisions));
    if (members.empty()) return NoCase();
    return members;
  });
}

Result<GroupView> CaseBook::GroupByNo(std::string_view group_no, const Scope& scope) const {
  return Guarded("group", [&]() -> Result<GroupView> {
    auto sql = impl_->file.Reader();
    const petition::Error none = petition::NotFound("no such group");
    if (!group_no.starts_with('G')) return none;
    const auto lead = Resolve(*sql, group_no);
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    if (!lead) return none;
    const auto state = *book::FindCase(*sql, *lead);
    if (state.group < 0) return none;
    GroupView view;
    view.group_no = GroupNo(book::FindPlace(*sql, static_cast<std::uint64_t>(state.group))->no);
    std::map<std::uint64_t, LinkRow> links;
    for (const std::uint64_t other : book::GroupOf(*sql, state)) {
      if (!AnyInScope(*sql, other, scope, prefixes)) continue;
      view.cases.push_back(book::CaseRowOf(*sql, *book::FindCase(*sql, other)));
      for (LinkRow& link : LinksOf(*impl_, *sql, other)) {
        if (link.relation == Relation::kJoint) links.emplace(link.id, std::move(link));
      }
    }
    if (view.cases.empty()) return none;
    for (auto& [id, link] : links) view.links.push_back(std::move(link));
    return view;
  });
}

Result<MemberRow> CaseBook::Member(std::uint64_t index) const {
  return Guarded("member", [&]() -> Result<MemberRow> {
    auto sql = impl_->file.Reader();
    auto member = book::FindMember(*sql, index);
    if (!member) return petition::NotFound("no such intake");
    return std::move(*member);
  });
}

Result<std::vector<MemberRow>> CaseBook::MembersByIndex(std::span<const std::uint64_t> indices) const {
  return Guarded("members", [&]() -> Result<std::vector<MemberRow>> {
    auto sql = impl_->file.Reader();
    std::vector<MemberRow> members;
    for (const std::uint64_t index : indices) {
      if (auto member = book::FindMember(*sql, index)) members.push_back(std::move(*member));
    }
    return members;
  });
}

Result<std::vector<std::uint64_t>> CaseBook::InScope(std::span<const std::uint64_t> indices, const Scope& scope) const {
  return Guarded("scope", [&]() -> Result<std::vector<std::uint64_t>> {
    auto sql = impl_->file.Reader();
    std::vector<std::uint64_t> found;
    for (const auto& [index] : sql->Ask<std::uint64_t>(
             "SELECT m.idx FROM intakes m WHERE m.idx IN (SELECT value FROM json_each($1)) AND " GUIYI_SCOPE(
                 "$2", "$3", "$4") " ORDER BY m.idx",
             Json(std::vector<std::uint64_t>(indices.begin(), indices.end())).dump(), scope.sealed, scope.source,
             book::DivisionPrefixes(scope.divisions))) {
      found.push_back(index);
    }
    return found;
  });
}

Result<std::optional<std::uint64_t>> CaseBook::IndexOfIntakeNo(std::string_view intake_no) const {
  return Guarded("number", [&]() -> Result<std::optional<std::uint64_t>> {
    auto sql = impl_->file.Reader();
    return book::FindNo(*sql, intake_no);
  });
}

Result<DecisionView> CaseBook::DecisionOf(std::uint64_t index) const {
  return Guarded("decision", [&]() -> Result<DecisionView> {
    auto sql = impl_->file.Reader();
    auto member = book::FindMember(*sql, index);
    const auto rows = sql->Ask<Bytes>("SELECT verdict FROM verdicts WHERE idx=$1", Id(index));
    if (!member || rows.empty()) return petition::NotFound("not decided yet");
    DecisionView view;
    GUIYI_TRY(view.verdict, VerdictFromJson(Json::parse(impl_->Open(std::get<0>(rows[0]), "verdict"))));
    if (const auto of = view.verdict.of ? book::FindPlace(*sql, *view.verdict.of) : std::nullopt) {
      view.of_source = of->source;
      view.of_sealed = of->sealed;
    }
    view.now = std::move(*member);
    const auto source_of = [&](const std::string& number) {
      const auto first = number.empty() ? std::nullopt : book::FindNo(*sql, IntakeNoOfCase(number));
      return first ? book::FindPlace(*sql, *first)->source : std::string();
    };
    view.lead_source = source_of(view.now.case_no);
    view.group_source = source_of(view.now.group_no);
    return view;
  });
}

Result<std::vector<EventRow>> CaseBook::Events(std::uint64_t index) const {
  return Guarded("events", [&]() -> Result<std::vector<EventRow>> {
    auto sql = impl_->file.Reader();
    std::vector<EventRow> events;
    for (auto& [entry, event, by, at, has_text, document] :
         sql->Ask<std::uint64_t, std::string, std::string, std::int64_t, int, std::string>(
             "SELECT entry, event, by, at, has_text, document FROM events WHERE idx=$1 ORDER BY entry", Id(index))) {
      events.push_back(
          {entry, index, std::move(event), std::move(by), FromMillis(at), has_text != 0, std::move(document)});
    }
    return events;
  });
}

Result<ActRow> CaseBook::Act(std::uint64_t entry) const {
  return Guarded("act", [&]() -> Result<ActRow> {
    auto sql = impl_->file.Reader();
    auto rows = sql->Ask<std::uint64_t, std::string, std::string, Bytes, std::int64_t, std::string, std::string,
                         std::string, std::string>(
        "SELECT entry, kind, by, reason, at, outcome, case_no, other_no, intakes FROM acts WHERE entry=$1", Id(entry));
    if (rows.empty()) return petition::NotFound("no such act");
    return ToAct(*impl_, std::move(rows[0]));
  });
}

Result<Profile> CaseBook::ProfileOf(std::uint64_t index) const {
  return Guarded("profile", [&]() -> Result<Profile> {
    auto sql = impl_->file.Reader();
    return book::FindProfile(*impl_, *sql, index);
  });
}

Result<CaseFacts> CaseBook::FactsOf(std::uint64_t index) const {
  return Guarded("facts", [&]() -> Result<CaseFacts> {
    auto sql = impl_->file.Reader();
    auto facts = book::FindFacts(*sql, index);
    if (!facts) return petition::NotFound("no such intake");
    return std::move(*facts);
  });
}

bool CaseBook::ToldApart(std::uint64_t one, std::uint64_t other) const {
  if (!impl_->any_apart) return false;
  try {
    auto sql = impl_->file.Reader();
    return book::CasesStandApart(*sql, one, other);
  } catch (const std::exception&) {
    return true;  // not knowing is a reason to ask a person
  }
}

}  // namespace dedup

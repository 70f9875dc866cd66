// How cases and groups come together and part. A case is named by its earliest member, so joining and parting in any
// order ends in the same numbers; closing times and dates are kept on the intakes and summed up a case, so that parting
// restores them.
#include "dedup/case_book_impl.h"

namespace dedup::book {

using petition::SharesCase;

namespace {

/// Sums a case's row up from its members.
void SumUp(Connection& sql, std::uint64_t lead, std::int64_t group) {
  sql.Run(
      "INSERT INTO cases(lead, grp, size, sealed, last_closed, first_received, last_received)"
      " SELECT MIN(idx), $1, COUNT(*), MAX(sealed), MAX(closed), MIN(received), MAX(received) FROM intakes WHERE "
      "lead=$2 ON CONFLICT(lead) DO UPDATE SET grp=excluded.grp, size=excluded.size, sealed=excluded.sealed, "
      "last_closed=excluded.last_closed, first_received=excluded.first_received, last_received=excluded.last_received",
      group, Id(lead));
}

void SetGroup(Connection& sql, const std::set<std::uint64_t>& leads) {
  const std::int64_t group = leads.size() > 1 ? Id(*leads.begin()) : -1;
  for (const std::uint64_t lead : leads) sql.Run("UPDATE OR FAIL cases SET grp=$1 WHERE lead=$2", group, Id(lead));
}

std::vector<std::uint64_t> Neighbours(Connection& sql, std::uint64_t lead) {
  std::vector<std::uint64_t> found;
  for (const auto& [other] :
       sql.Ask<std::uint64_t>("SELECT o.lead FROM intakes m JOIN links k ON k.src=m.idx JOIN intakes o ON o.idx=k.tied "
                              "WHERE m.lead=$1 AND k.relation=$2 AND k.undone=-1"
                              " UNION SELECT o.lead FROM intakes m JOIN links k ON k.tied=m.idx JOIN intakes o ON "
                              "o.idx=k.src WHERE m.lead=$3 AND k.relation=$4 AND k.undone=-1",
                              Id(lead), Relation::kJoint, Id(lead), Relation::kJoint)) {
    found.push_back(other);
  }
  return found;
}

/// Finds the groups among these cases (and whatever their joint links lead to) anew.
void Regroup(Connection& sql, std::set<std::uint64_t> leads) {
  while (!leads.empty()) {
    std::set<std::uint64_t> group;
    std::vector<std::uint64_t> open{*leads.begin()};
    while (!open.empty()) {
      const std::uint64_t lead = open.back();
      open.pop_back();
      if (!group.insert(lead).second) continue;
      for (const std::uint64_t other : Neighbours(sql, lead)) open.push_back(other);
    }
    SetGroup(sql, group);
    for (const std::uint64_t lead : group) leads.erase(lead);
  }
}

}  // namespace

void AddLink(Connection& sql, const NewLink& link) {
  sql.Run(
      "INSERT INTO links(src, tied, relation, score, by, why, at, entry, undone) VALUES($1, $2, $3, $4, $5, $6, $7, "
      "$8, -1)",
      Id(link.from), Id(link.of), link.relation, link.score, link.by, link.why, Millis(link.at), Id(link.entry));
}

void Recount(Connection& sql, std::uint64_t index) {
  Relation relation = Relation::kNew;
  double score = 0;
  std::int64_t tied = -1;
  for (const auto& [linked, weight, of, together] : sql.Ask<int, double, std::int64_t, int>(
           "SELECT k.relation, k.score, k.tied, o.lead=m.lead FROM links k JOIN intakes m ON m.idx=k.src JOIN intakes "
           "o ON o.idx=k.tied WHERE k.src=$1 AND k.undone=-1 ORDER BY k.id",
           Id(index))) {
    const auto candidate = static_cast<Relation>(linked);
    const bool within = SharesCase(candidate) && together != 0;
    if (!within && (candidate != Relation::kJoint || SharesCase(relation)))
      continue;  // what holds within the case goes before what holds within the group
    relation = candidate;
    score = weight;
    tied = of;
  }
  sql.Run("UPDATE intakes SET relation=$1, score=$2, tied=$3 WHERE idx=$4", relation, score, tied, Id(index));
}

void JoinGroups(Connection& sql, std::uint64_t lead_a, std::uint64_t lead_b) {
  std::set<std::uint64_t> leads;
  for (const std::uint64_t lead : {lead_a, lead_b}) {
    for (const std::uint64_t member : GroupOf(sql, FindCase(sql, lead).value())) leads.insert(member);
  }
  SetGroup(sql, leads);
}

std::vector<std::uint64_t> Join(Connection& sql, std::uint64_t lead_a, std::uint64_t lead_b) {
  const std::uint64_t low = std::min(lead_a, lead_b), high = std::max(lead_a, lead_b);
  std::set<std::uint64_t> group;
  for (const std::uint64_t lead : {low, high}) {
    for (const std::uint64_t other : GroupOf(sql, FindCase(sql, lead).value())) group.insert(other);
  }
  group.erase(high);
  const std::vector<std::uint64_t> moved = MembersOf(sql, high);
  sql.Run("UPDATE intakes SET lead=$1 WHERE lead=$2", Id(low), Id(high));
  sql.Run("DELETE FROM cases WHERE lead=$1", Id(high));
  SumUp(sql, low, -1);
  SetGroup(sql, group);
  return moved;
}

void Part(Connection& sql, std::uint64_t lead, const std::vector<std::uint64_t>& leaving, const std::string& by,
          Time at, std::uint64_t entry) {
  const auto old_group = GroupOf(sql, FindCase(sql, lead).value());
  const std::vector<std::uint64_t> members = MembersOf(sql, lead);
  const std::set<std::uint64_t> out(leaving.begin(), leaving.end());
  std::vector<std::uint64_t> staying;
  for (const std::uint64_t member : members) {
    if (!out.contains(member)) staying.push_back(member);
  }
  const std::uint64_t lead_out = *out.begin(), lead_in = staying.front();
  std::map<std::uint64_t, Relation> before;
  for (const std::uint64_t member : members) before[member] = FindPlace(sql, member)->relation;

  sql.Run("DELETE FROM cases WHERE lead=$1", Id(lead));
  for (const std::uint64_t member : members)
    sql.Run("UPDATE intakes SET lead=$1 WHERE idx=$2", Id(out.contains(member) ? lead_out : lead_in), Id(member));
  for (const std::uint64_t member : members) {
    // Links over the cut end; whoever is left without one is held by the first of its side, as what it was.
    sql.Run(
        "UPDATE links SET undone=$1 WHERE src=$2 AND undone=-1 AND relation<>$3 AND (SELECT lead FROM intakes WHERE "
        "idx=links.tied)<>(SELECT lead FROM intakes WHERE idx=links.src)"
        " AND tied IN (SELECT idx FROM intakes WHERE lead IN ($4, $5))",
        Id(entry), Id(member), Relation::kJoint, Id(lead_out), Id(lead_in));
    const std::uint64_t first = out.contains(member) ? lead_out : lead_in;
    const bool held = sql.Ask<int>(
                             "SELECT 1 FROM links k JOIN intakes o ON o.idx=k.tied WHERE k.src=$1 AND k.undone=-1 AND "
                             "k.relation<>$2 AND o.lead=$3 LIMIT 1",
                             Id(member), Relation::kJoint, Id(first))
                          .size() == 1;
    if (member != first && !held) {
      const Relation relation = SharesCase(before[member]) ? before[member] : Relation::kDuplicate;
      AddLink(sql, {member, first, relation, 1, by, "split", at, entry});
    }
    Recount(sql, member);
  }
  SumUp(sql, lead_out, -1);
  SumUp(sql, lead_in, -1);
  std::set<std::uint64_t> leads(old_group.begin(), old_group.end());
  leads.erase(lead);
  leads.insert(lead_out);
  leads.insert(lead_in);
  Regroup(sql, std::move(leads));
}

Left LeaveOverSeal(Connection& sql, std::uint64_t lead, const std::vector<std::uint64_t>& leaving,
                   const std::string& by, Time at, std::uint64_t entry) {
  Left left;
  const std::set<std::uint64_t> out(leaving.begin(), leaving.end());
  for (const std::uint64_t member : MembersOf(sql, lead)) {
    if (!out.contains(member)) left.staying.push_back(member);
  }
  if (left.staying.empty()) {
    const auto group = GroupOf(sql, FindCase(sql, lead).value());
    SumUp(sql, lead, -1);
    Regroup(sql, {group.begin(), group.end()});
    return left;
  }
  Part(sql, lead, leaving, by, at, entry);
  const bool lead_left = out.contains(lead);
  left.lead = lead_left ? left.staying.front() : *out.begin();
  left.moved = lead_left ? left.staying : leaving;
  return left;
}

}  // namespace dedup::book

// What the sources of the case book share. Internal; shows Poco::Data through case_book_file.h. Functions here throw;
// the edges in case_book*.cc catch (Guarded).
#pragma once

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/case_book_file.h"

namespace dedup {

/// What is known of cases without asking the file. Most intakes are their case's only one, open and in no group: a
/// bit for each, once it was added or asked for. Of others the facts that were asked for lately: the young ones, and
/// those of before they were too many. Kept in step by what the writing connection says it writes. Guarded by that
/// connection's lock.
class KnownCases {
 public:
  explicit KnownCases(StateFile& file);
  KnownCases(const KnownCases&) = delete;
  KnownCases& operator=(const KnownCases&) = delete;
  /// Empty when it is not known.
  std::optional<CaseFacts> Find(std::uint64_t index);
  void Keep(std::uint64_t index, const CaseFacts& facts);
  void KeepAlone(std::uint64_t index);  ///< it is its case's only one, open and in no group
  void Forget();                        ///< a part of a transaction was taken back

 private:
  struct Generation {
    const CaseFacts* Find(std::uint64_t index) const;
    std::unordered_map<std::uint64_t, std::uint64_t> leads;  // of intakes
    std::unordered_map<std::uint64_t, CaseFacts> facts;      // by lead
  };
  std::vector<bool> alone_;  // by index
  Generation young_, old_;
};

struct CaseBook::Impl {
  Impl(const std::filesystem::path& path, const std::string& vfs, const std::vector<ledger::Key>& keys)
      : file(path, vfs), sealer(keys), known(file) {}

  std::string Seal(std::string_view plain, std::string_view context) const { return sealer.Seal(plain, context); }
  std::string Open(const Bytes& sealed, std::string_view context) const;  ///< throws when it does not open

  StateFile file;
  ledger::Sealer sealer;
  KnownCases known;
  std::atomic<bool> any_apart{false};  ///< nothing was ever told apart: the common case costs no question
};

namespace book {
struct Place;
}

struct CaseBook::Transaction::Impl {
  explicit Impl(CaseBook::Impl& owner) : book(owner), guard(owner.file.Writer()) {}
  Connection& sql() { return *guard; }
  // Of an intake that is not there: decided where `mode` says how (case_book_write.cc). Throws.
  void Insert(const IntakeRow& intake, std::string_view serialized_profile, std::optional<petition::Mode> mode);
  Effect Decide(const book::Place& self, const VerdictRecord& verdict, std::string_view record);

  CaseBook::Impl& book;
  StateFile::WriteGuard guard;
  bool open = false;
};

namespace book {

using petition::Relation;
using petition::Time;

inline std::int64_t Millis(Time time) { return time.time_since_epoch().count(); }
inline Time FromMillis(std::int64_t millis) { return Time(std::chrono::milliseconds(millis)); }
inline std::int64_t Id(std::uint64_t index) { return static_cast<std::int64_t>(index); }

/// What changes about an intake, small.
struct Place {
  std::uint64_t index = 0, lead = 0;
  std::string no, source;
  bool sealed = false, historic = false, decided = false;
  Relation relation = Relation::kNew;
  std::int64_t received = 0;
};
std::optional<Place> FindPlace(Connection& sql, std::uint64_t index);
/// The intake, the one it revises and all revisions of that, ascending (case_book_seal.cc).
std::vector<std::uint64_t> ChainOf(Connection& sql, std::uint64_t index);

/// A case as its row has it. `group`: lead of the group's first case, -1 when it stands alone.
struct CaseState {
  std::uint64_t lead = 0, size = 0;
  std::int64_t group = -1;
  bool sealed = false;
  std::int64_t last_closed = 0, first_received = 0, last_received = 0;
  std::optional<Time> ClosedAt() const {
    if (last_closed == 0 || last_received > last_closed) return std::nullopt;
    return FromMillis(last_closed);
  }
};
std::optional<CaseState> FindCase(Connection& sql, std::uint64_t lead);
std::vector<std::uint64_t> MembersOf(Connection& sql, std::uint64_t lead);
/// Leads of all cases of the group a case belongs to (itself alone when it stands alone), ascending.
std::vector<std::uint64_t> GroupOf(Connection& sql, const CaseState& state);

/// As it is shown.
CaseRow CaseRowOf(Connection& sql, const CaseState& state);

std::optional<MemberRow> FindMember(Connection& sql, std::uint64_t index);
std::optional<std::uint64_t> FindNo(Connection& sql, std::string_view intake_no);
std::optional<CaseFacts> FindFacts(Connection& sql, std::uint64_t index);
petition::Result<Profile> FindProfile(const CaseBook::Impl& impl, Connection& sql, std::uint64_t index);

// Telling apart (case_book_apart.cc). A person's "not the same" is kept as two sides of intakes; it stands between the
// cases (and, of level kMatter, the groups) that hold intakes of both sides now, wherever merges have brought them.
enum class Apart { kCase = 1, kMatter = 2 };
/// Whether any act at all holds the case apart from another: asked for each candidate, mostly in vain.
bool AnyApart(Connection& sql, std::uint64_t lead);
/// Whether one stands between the cases of two intakes.
bool CasesStandApart(Connection& sql, std::uint64_t one, std::uint64_t other);
/// Whether an act of at least that level stands between the two sets of cases.
bool StandApart(Connection& sql, const std::vector<std::uint64_t>& leads_a, const std::vector<std::uint64_t>& leads_b,
                Apart level);
void TellApart(CaseBook::Impl& impl, Connection& sql, std::uint64_t entry, Apart level,
               const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);
/// A person took it back: acts between the two sets bind no more.
void TakeBack(Connection& sql, const std::vector<std::uint64_t>& leads_a, const std::vector<std::uint64_t>& leads_b,
              std::uint64_t entry);

// Cases and groups (case_book_cases.cc).
struct NewLink {
  std::uint64_t from = 0, of = 0;
  Relation relation = Relation::kDuplicate;
  double score = 1;
  std::string by, why;
  Time at{};
  std::uint64_t entry = 0;
};
void AddLink(Connection& sql, const NewLink& link);
/// Sets what an intake is now from its links that stand.
void Recount(Connection& sql, std::uint64_t index);
/// Both cases become one, led by the earlier lead; their groups too. Answers those whose case number changed.
std::vector<std::uint64_t> Join(Connection& sql, std::uint64_t lead_a, std::uint64_t lead_b);
/// The intakes leave their case. Links over the cut are undone; each side stays together.
void Part(Connection& sql, std::uint64_t lead, const std::vector<std::uint64_t>& leaving, const std::string& by,
          Time at, std::uint64_t entry);
struct Left {
  std::uint64_t lead = 0;              ///< of the case that `moved` stand in now
  std::vector<std::uint64_t> moved;    ///< those whose case number changed: the ones that left, or all others
  std::vector<std::uint64_t> staying;  ///< empty when nobody was left behind
};
/// Those intakes of the case have changed sides of the seal, and links over it are cut: they leave the others, and the
/// group.
Left LeaveOverSeal(Connection& sql, std::uint64_t lead, const std::vector<std::uint64_t>& leaving,
                   const std::string& by, Time at, std::uint64_t entry);
/// The groups of both cases become one.
void JoinGroups(Connection& sql, std::uint64_t lead_a, std::uint64_t lead_b);

/// Tells one that has just joined the case what was answered in it before (case_book_answers.cc).
void TellLateJoiner(Connection& sql, const Place& self, std::uint64_t lead, Relation relation);
// Figures (case_book_figures.cc).
void MakeFigures(Connection& sql);
std::string DumpFigures(Connection& sql);

void AddChange(Connection& sql, const Place& place, Time at, std::string_view kind, const petition::Json& detail);

/// `division` LIKE these prefixes, as a JSON list for the SQL below; "" for everything.
std::string DivisionPrefixes(const std::vector<std::string>& divisions);

}  // namespace book
}  // namespace dedup

/// Filters rows of intakes (alias m) by three parameters in order: sealed (0/1), source, division prefixes.
#define GUIYI_SCOPE(sealed, source, divisions)                                              \
  "(m.sealed=0 OR " sealed "=1) AND (" source "='' OR m.source=" source ") AND (" divisions \
  "='' OR EXISTS(SELECT 1 FROM json_each(" divisions ") p WHERE m.division LIKE p.value||'%'))"

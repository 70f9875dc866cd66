// The calls of the HTTP door: each takes a request that was allowed and read, and answers from the parts of the hub.
// The route table (table.cc) says which runs where. Threads: all safe from any thread; a Desk is shared by them.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "gateway/http/http_server.h"
#include "gateway/http/import_rows.h"
#include "gateway/http/message.h"
#include "gateway/http/metrics.h"
#include "gateway/http/rate_limit.h"
#include "gateway/http/route.h"
#include "gateway/hub.h"
#include "gateway/views.h"

namespace gateway::http {

class Staff;

/// What came from each source through this door since the start.
class SourceCounts {
 public:
  struct Counts {
    std::uint64_t registered = 0, resends = 0, refused = 0;
    petition::Time last_seen{};
  };
  /// Sealed ones show that the source is alive, but are not counted: the figure is for readers without the right, too.
  void Count(const std::string& source, petition::Time now, const Receipt& receipt);
  void CountRefused(const std::string& source, petition::Time now);
  std::map<std::string, Counts> All() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Counts> counts_;  // guarded by mutex_; sources of the registry only, so bounded by it
};

/// What the calls work with. Lives as long as the server.
struct Desk {
  Hub& hub;
  const HttpOptions options;
  RateLimit anonymous, previews, checks;
  SourceCounts sources;
  RefusedRows refused_rows;
  std::unique_ptr<Staff> staff;      // set once, before the server starts
  const Metrics* metrics = nullptr;  // set once, before the server starts
  std::function<std::size_t()> connections;

  Desk(Hub& its_hub, HttpOptions its_options);
  ~Desk();
};

/// The one route table.
std::vector<Route> Table(Desk& desk);

using Outcome = petition::Result<Answer>;

// intakes_calls.cc
Outcome RegisterIntake(Desk& desk, Request& request);
bool RegisterIntakeSoon(Desk& desk, Request& request, Post post, Reply reply);
Outcome PutAttachment(Desk& desk, Request& request);
// batch_call.cc
Outcome RegisterBatch(Desk& desk, Request& request);
// reading_calls.cc
Outcome ReadIntake(Desk& desk, Request& request);
Outcome ReadIntakeByNumber(Desk& desk, Request& request);
Outcome ReadRaw(Desk& desk, Request& request);
Outcome ReadProof(Desk& desk, Request& request);
Outcome ReadReceiptPage(Desk& desk, Request& request);
Outcome ReadChanges(Desk& desk, Request& request);
// events_calls.cc: what was done about an intake
Outcome ReportEvent(Desk& desk, Request& request);
Outcome ReportEventByNumber(Desk& desk, Request& request);
Outcome SealIntake(Desk& desk, Request& request);
// matching_calls.cc
Outcome Preview(Desk& desk, Request& request);
Outcome CheckChannel(Desk& desk, Request& request);

// models_calls.cc
Outcome ReadModels(Desk& desk, Request& request);
// case_calls.cc
Outcome SearchCases(Desk& desk, Request& request);
Outcome ReadCase(Desk& desk, Request& request);
Outcome MergeCases(Desk& desk, Request& request);
Outcome SplitCase(Desk& desk, Request& request);
Outcome ReadReviews(Desk& desk, Request& request);
Outcome AnswerReview(Desk& desk, Request& request);
// session_calls.cc: people who sign in at the console
Outcome SignIn(Desk& desk, Request& request);
Outcome WhoAmI(Desk& desk, Request& request);
Outcome SignOut(Desk& desk, Request& request);
Outcome ChangeOwnPassword(Desk& desk, Request& request);
// users_calls.cc
Outcome ReadUsers(Desk& desk, Request& request);
Outcome AddUser(Desk& desk, Request& request);
Outcome DisableUser(Desk& desk, Request& request);
Outcome ResetPassword(Desk& desk, Request& request);
// names_calls.cc
Outcome ReadNames(Desk& desk, Request& request);
// console_calls.cc: the page itself
Outcome ConsolePage(Desk& desk, Request& request);
Outcome ConsoleAsset(Desk& desk, Request& request);
// petitioner_calls.cc
Outcome Progress(Desk& desk, Request& request);
Outcome ProgressForm(Desk& desk, Request& request);
Outcome ProgressPage(Desk& desk, Request& request);
Outcome ReceiptCheckPage(Desk& desk, Request& request);
Outcome Registered(Desk& desk, Request& request);
// channel_calls.cc: doors of other protocols
Outcome VisitChannel(Desk& desk, Request& request);
Outcome VisitSoap(Desk& desk, Request& request);
Outcome VisitOpen311(Desk& desk, Request& request);
// source_calls.cc: the life of a connected source
Outcome ReadSources(Desk& desk, Request& request);
Outcome CheckSource(Desk& desk, Request& request);
Outcome ReadMapping(Desk& desk, Request& request);
Outcome PutMapping(Desk& desk, Request& request);
Outcome SetSourceState(Desk& desk, Request& request);
/// A department (and a source) sees its own; whatever else there is answers like what does not exist.
petition::Result<Source> VisibleSource(Desk& desk, const Request& request);
// own_source_calls.cc
Outcome RenewSourceKey(Desk& desk, Request& request);
Outcome ReadSourceRecords(Desk& desk, Request& request);
// quarantine_calls.cc
Outcome ReadQuarantine(Desk& desk, Request& request);
Outcome ReplayQuarantine(Desk& desk, Request& request);
Outcome SetAside(Desk& desk, Request& request);
// oversight_calls.cc
Outcome ReadDeliveries(Desk& desk, Request& request);
Outcome RetryDelivery(Desk& desk, Request& request);
Outcome SkipDelivery(Desk& desk, Request& request);
Outcome AssignDelivery(Desk& desk, Request& request);
Outcome ReadCallbacks(Desk& desk, Request& request);
Outcome ResumeCallback(Desk& desk, Request& request);
Outcome TakeManifest(Desk& desk, Request& request);
Outcome Summary(Desk& desk, Request& request);
// exceptions_calls.cc: oversight's lists
Outcome ReadExceptions(Desk& desk, Request& request);
Outcome ReadException(Desk& desk, Request& request);
Outcome ChangeException(Desk& desk, Request& request);
Outcome ReadClocks(Desk& desk, Request& request);
Outcome ReadItems(Desk& desk, Request& request);
Outcome ReadCalls(Desk& desk, Request& request);
Outcome ReadReconciliation(Desk& desk, Request& request);
Outcome ReadReport(Desk& desk, Request& request);
// counted_calls.cc: the lists behind the summary's counters
Outcome ReadRegistered(Desk& desk, Request& request);
Outcome ReadCaseList(Desk& desk, Request& request);
Outcome ReadQuestions(Desk& desk, Request& request);
/// The call behind each counter that has no names of its own below it.
petition::Json CounterLists(bool sealed);
// flow_calls.cc
Outcome ReadFlows(Desk& desk, Request& request);
petition::Json ClockView(const ClockRow& row, const ClockBook& book, petition::Time now);
// register_calls.cc: independent registers, and one item's path by its numbers
Outcome TakeCalls(Desk& desk, Request& request);
Outcome TakeRegisterLines(Desk& desk, Request& request);
Outcome TakeUpstreamRegister(Desk& desk, Request& request);
Outcome Lookup(Desk& desk, Request& request);
Outcome SuggestCategory(Desk& desk, Request& request);
// public_calls.cc
Outcome ReadCheckpoint(Desk& desk, Request& request);
Outcome ReadLedgerKey(Desk& desk, Request& request);
Outcome ReadTile(Desk& desk, Request& request);
Outcome Alive(Desk& desk, Request& request);
Outcome Ready(Desk& desk, Request& request);
Outcome ReadMetrics(Desk& desk, Request& request);
Outcome OpenApi(Desk& desk, Request& request);

// call_support.cc: what several calls need.

/// The body as a JSON object; kInvalid otherwise.
petition::Result<petition::Json> BodyObject(const Request& request);
/// A text field; "" when absent; kInvalid with its pointer when it is something else or longer than 4 KiB.
petition::Result<std::string> TextField(const petition::Json& json, const char* name);
/// The same, and it must not be empty.
petition::Result<std::string> NeededText(const petition::Json& json, const char* name);
petition::Error FieldError(const char* name, const char* code, const char* message);
/// The `limit` of a list: `otherwise` when absent, at most `max`. kInvalid "limit_invalid" names the parameter.
petition::Result<std::size_t> LimitOf(const Request& request, std::size_t otherwise, std::size_t max);
/// The `cursor` of a list that goes by numbers; none when absent. kInvalid "cursor_invalid".
petition::Result<std::optional<std::uint64_t>> CursorOf(const Request& request);
petition::Result<std::uint64_t> NumberOf(std::string_view text);
/// A list that is held in memory, ordered by `sort` and paged: rows in their own order, each with a text `id`;
/// `columns` are the members it may be sorted by.
struct ListedRows {
  petition::Json rows = petition::Json::array(), cursor;
  std::size_t total = 0;
};
petition::Result<ListedRows> ListRows(const Request& request, std::vector<petition::Json> rows, const char* id,
                                      std::span<const std::string_view> columns, std::size_t limit);

/// An intake that the principal may see. Whatever it may not see is answered exactly like what does not exist.
struct Located {
  std::uint64_t index = 0;
  ledger::Stored stored;
  std::optional<IntakeRecord> record;      ///< none when its payload ended with its retention
  std::optional<dedup::MemberRow> member;  ///< none while it is not folded
  std::string intake_no;
  bool sealed = false;
};
petition::Result<Located> Locate(Desk& desk, const Principal& who, std::string_view intake_no,
                                 ledger::Ledger::Raw raw = ledger::Ledger::Raw::kLeave);
petition::Result<Located> LocateIndex(Desk& desk, const Principal& who, std::uint64_t index,
                                      ledger::Ledger::Raw raw = ledger::Ledger::Raw::kLeave);
petition::Error NoSuchIntake();
petition::Error NoSuchCase();
/// Whether that case or group number may be told. Staff see it; a source or handler only where the intake that leads it
/// (and gave it its number) is its own.
bool OwnsCase(Desk& desk, const Principal& who, std::string_view case_or_group_no);
/// For what others wrote about an intake; none: this principal may read it as it is.
std::optional<Masks> MasksOf(Desk& desk, const Principal& who, std::uint64_t index);
/// The words of an intake for a list: title, content, place, masked as the principal needs; empty when they ended with
/// their retention.
petition::Json WordsOf(Desk& desk, const Principal& who, std::uint64_t index);

}  // namespace gateway::http

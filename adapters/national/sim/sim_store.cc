#include "adapters/national/sim/sim_store.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Tuple.h>

#include <mutex>

namespace adapters {
namespace {

using namespace Poco::Data::Keywords;
using Poco::Int64;

constexpr const char* kTables[] = {
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=5000",
    "CREATE TABLE IF NOT EXISTS registrations(id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, digest TEXT NOT "
    "NULL, case_no TEXT NOT NULL, national_no TEXT NOT NULL, state TEXT NOT NULL, sealed INTEGER NOT NULL, "
    "with_content INTEGER NOT NULL, calls INTEGER NOT NULL, registered_ms INTEGER NOT NULL, told INTEGER NOT NULL "
    "DEFAULT 0)",
    // What has something to be told comes by time: 0 nothing told, 1 the state, 2 the answer too.
    "CREATE INDEX IF NOT EXISTS registrations_told ON registrations(told, registered_ms) WHERE told < 2",
    "CREATE TABLE IF NOT EXISTS updates(reference TEXT NOT NULL, update_id TEXT NOT NULL, kind TEXT NOT NULL, event "
    "TEXT NOT NULL, PRIMARY KEY(reference, update_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS instructions(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, reference TEXT "
    "NOT NULL, national_no TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL, "
    "acknowledged INTEGER NOT NULL DEFAULT 0)",
};

Int64 Ms(petition::Time time) { return time.time_since_epoch().count(); }
petition::Time AtMs(Int64 ms) { return petition::Time(std::chrono::milliseconds(ms)); }

using Row = Poco::Tuple<std::string, std::string, std::string, std::string, std::string, bool, bool, Int64, Int64>;
constexpr const char* kColumns =
    "reference, digest, case_no, national_no, state, sealed, with_content, calls, registered_ms";

SimRegistration FromRow(const Row& row) {
  SimRegistration r;
  r.reference = row.get<0>();
  r.digest = row.get<1>();
  r.case_no = row.get<2>();
  r.national_no = row.get<3>();
  r.state = row.get<4>();
  r.sealed = row.get<5>();
  r.with_content = row.get<6>();
  r.calls = static_cast<std::uint64_t>(row.get<7>());
  r.registered_at = AtMs(row.get<8>());
  return r;
}

std::string_view StateAfter(std::string_view event) {
  if (event == "replied") return "answered";
  for (std::string_view known : {"accepted", "not_accepted", "transferred", "closed", "withdrawn"})
    if (event == known) return known;
  return {};
}

}  // namespace

struct SimStore::Impl {
  explicit Impl(const std::string& file) : session("SQLite", file) {}

  // BEGIN IMMEDIATE is said outright: Poco's own begin is deferred.
  template <typename Work>
  auto Transact(Work work) -> decltype(work()) {
    std::lock_guard lock(mutex);
    try {
      session << "BEGIN IMMEDIATE", now;
      try {
        auto result = work();
        if (result.ok()) {
          session << "COMMIT", now;
        } else {
          session << "ROLLBACK", now;
        }
        return result;
      } catch (...) {
        try {
          session << "ROLLBACK", now;
        } catch (const Poco::Exception&) {
        }
        throw;
      }
    } catch (const Poco::Exception& e) {
      return petition::Unavailable("the stand-in's store failed", e.displayText());
    }
  }

  std::optional<SimRegistration> Find(std::string reference) {
    std::vector<Row> rows;
    session << "SELECT " << kColumns << " FROM registrations WHERE reference = $1", into(rows), use(reference), now;
    if (rows.empty()) return {};
    return FromRow(rows.front());
  }

  void Insert(SimRegistration& row) {
    Int64 next = 0, ms = Ms(row.registered_at);
    session << "SELECT COALESCE(MAX(id), 0) + 1 FROM registrations", into(next), now;
    char number[40];
    std::snprintf(number, sizeof number, "GX%s%08lld", petition::LocalDay(row.registered_at).c_str(),
                  static_cast<long long>(next));
    row.national_no = number;
    session << "INSERT INTO registrations(id, reference, digest, case_no, national_no, state, sealed, with_content, "
               "calls, registered_ms) VALUES($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
        use(next), use(row.reference), use(row.digest), use(row.case_no), use(row.national_no), use(row.state),
        use(row.sealed), use(row.with_content), use(ms), now;
  }

  std::mutex mutex;
  Poco::Data::Session session;
};

SimStore::SimStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SimStore::~SimStore() = default;

petition::Result<std::unique_ptr<SimStore>> SimStore::Open(const std::filesystem::path& file) {
  try {
    Poco::Data::SQLite::Connector::registerConnector();
    auto impl = std::make_unique<Impl>(file.string());
    for (const char* statement : kTables) impl->session << statement, now;
    return std::unique_ptr<SimStore>(new SimStore(std::move(impl)));
  } catch (const Poco::Exception& e) {
    return petition::Unavailable("the stand-in's store cannot be opened", e.displayText());
  }
}

petition::Result<SimStore::Taken> SimStore::Register(const SimRegistration& wanted) {
  return impl_->Transact([&]() -> petition::Result<Taken> {
    if (auto known = impl_->Find(wanted.reference)) {
      std::string reference = wanted.reference;
      impl_->session << "UPDATE registrations SET calls = calls + 1 WHERE reference = $1", use(reference), now;
      if (known->digest != wanted.digest) {
        auto error = petition::Conflict("reference_clash", "the reference is known with another content");
        error.detail = known->national_no;
        return error;
      }
      ++known->calls;
      return Taken{*known, true};
    }
    Taken taken{wanted, false};
    taken.row.state = "registered";
    taken.row.calls = 1;
    impl_->Insert(taken.row);
    return taken;
  });
}

petition::Result<std::optional<SimRegistration>> SimStore::Find(std::string_view reference) {
  return impl_->Transact(
      [&]() -> petition::Result<std::optional<SimRegistration>> { return impl_->Find(std::string(reference)); });
}

petition::Result<bool> SimStore::Update(std::string_view reference, std::string_view update_id, std::string_view kind,
                                        std::string_view event) {
  return impl_->Transact([&]() -> petition::Result<bool> {
    std::string ref(reference), id(update_id), what(kind), name(event), state(StateAfter(event));
    if (!impl_->Find(ref)) return petition::NotFound("unknown reference");
    Int64 known = 0;
    impl_->session << "SELECT COUNT(*) FROM updates WHERE reference = $1 AND update_id = $2", into(known), use(ref),
        use(id), now;
    if (known > 0) return true;
    impl_->session << "INSERT INTO updates(reference, update_id, kind, event) VALUES($1, $2, $3, $4)", use(ref),
        use(id), use(what), use(name), now;
    if (!state.empty())
      impl_->session << "UPDATE registrations SET state = $1 WHERE reference = $2", use(state), use(ref), now;
    return false;
  });
}

petition::Result<bool> SimStore::HasUpdate(std::string_view reference, std::string_view update_id) {
  return impl_->Transact([&]() -> petition::Result<bool> {
    std::string ref(reference), id(update_id);
    Int64 known = 0;
    impl_->session << "SELECT COUNT(*) FROM updates WHERE reference = $1 AND update_id = $2", into(known), use(ref),
        use(id), now;
    return known > 0;
  });
}

petition::Status SimStore::MakeInstructions(petition::Time accept_before, petition::Time answer_before,
                                            petition::Time time) {
  struct Step {
    Int64 told, before;
    const char *kind, *state, *text;
  };
  const Step steps[] = {
      {0, Ms(accept_before), "state", "accepted", ""},
      {1, Ms(answer_before), "answer", "answered", "国家系统答复：已转有权处理单位办理，处理意见另行送达。"}};
  return impl_->Transact([&]() -> petition::Status {
    for (const auto& step : steps) {
      Int64 told = step.told, before = step.before, at = Ms(time), next = step.told + 1;
      std::string kind = step.kind, state = step.state, text = step.text;
      // At most a page at a time, so that asking for instructions stays quick however many have become due.
      constexpr const char* kDue =
          "SELECT id FROM registrations WHERE told = $1 AND registered_ms <= $2 ORDER BY told, registered_ms, id LIMIT "
          "500";
      std::vector<Int64> due;
      impl_->session << kDue, into(due), use(told), use(before), now;
      for (Int64 id : due) {
        impl_->session << "INSERT INTO instructions(kind, reference, national_no, state, text, at_ms) SELECT $1, "
                          "reference, national_no, $2, $3, $4 FROM registrations WHERE id = $5",
            use(kind), use(state), use(text), use(at), use(id), now;
        impl_->session << "UPDATE registrations SET told = $1, state = $2 WHERE id = $3", use(next), use(state),
            use(id), now;
      }
    }
    return petition::Ok();
  });
}

petition::Result<std::vector<SimInstruction>> SimStore::InstructionsAfter(std::uint64_t id, std::size_t limit) {
  return impl_->Transact([&]() -> petition::Result<std::vector<SimInstruction>> {
    using Line = Poco::Tuple<Int64, std::string, std::string, std::string, std::string, std::string, Int64, bool>;
    std::vector<Line> lines;
    Int64 after = static_cast<Int64>(id), most = static_cast<Int64>(limit);
    impl_->session << "SELECT id, kind, reference, national_no, state, text, at_ms, acknowledged FROM instructions "
                      "WHERE id > $1 ORDER BY id LIMIT $2",
        into(lines), use(after), use(most), now;
    std::vector<SimInstruction> instructions;
    for (const auto& line : lines)
      instructions.push_back({static_cast<std::uint64_t>(line.get<0>()), line.get<1>(), line.get<2>(), line.get<3>(),
                              line.get<4>(), line.get<5>(), AtMs(line.get<6>()), line.get<7>()});
    return instructions;
  });
}

petition::Status SimStore::AddInstruction(const SimInstruction& instruction) {
  return impl_->Transact([&]() -> petition::Status {
    auto i = instruction;
    Int64 at = Ms(i.at);
    impl_->session
        << "INSERT INTO instructions(kind, reference, national_no, state, text, at_ms) VALUES($1, $2, $3, $4, $5, $6)",
        use(i.kind), use(i.reference), use(i.national_no), use(i.state), use(i.text), use(at), now;
    return petition::Ok();
  });
}

petition::Status SimStore::Acknowledge(std::uint64_t id) {
  return impl_->Transact([&]() -> petition::Status {
    Int64 key = static_cast<Int64>(id);
    impl_->session << "UPDATE instructions SET acknowledged = 1 WHERE id = $1", use(key), now;
    return petition::Ok();
  });
}

petition::Result<std::vector<SimRegistration>> SimStore::Registrations() {
  return impl_->Transact([&]() -> petition::Result<std::vector<SimRegistration>> {
    std::vector<Row> rows;
    impl_->session << "SELECT " << kColumns << " FROM registrations ORDER BY id", into(rows), now;
    std::vector<SimRegistration> registrations;
    for (const auto& row : rows) registrations.push_back(FromRow(row));
    return registrations;
  });
}

petition::Result<std::uint64_t> SimStore::UpdateCount() {
  return impl_->Transact([&]() -> petition::Result<std::uint64_t> {
    Int64 count = 0;
    impl_->session << "SELECT COUNT(*) FROM updates", into(count), now;
    return static_cast<std::uint64_t>(count);
  });
}

}  // namespace adapters

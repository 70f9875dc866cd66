#include "adapters/database/database_feed.h"

#include "adapters/database/exchange_tables.h"
#include "adapters/json/json_records.h"
#include "adapters/spec_reader.h"

namespace adapters {
namespace {

using petition::Result;
using petition::Status;

constexpr std::size_t kReasonMax = 64;

class DatabaseFeed final : public Feed {
 public:
  DatabaseFeed(std::shared_ptr<const SourceSpec> spec, ExchangeOptions options, std::size_t batch)
      : spec_(std::move(spec)), options_(options), batch_(batch), tables_(std::move(options)) {}

  std::string_view kind() const override { return "database"; }

  Result<Fetched> Fetch(std::string_view cursor, std::size_t limit) override {
    Fetched fetched;
    const std::size_t most = std::min(limit, batch_);
    GUIYI_TRY(auto rows, tables_.Read(std::string(cursor), most));
    // The end: from the beginning again, for rows that came in between or were set back. Not in shadow, where nothing
    // is marked and the same rows would come for ever.
    fetched.cursor = rows.empty() && !shadow_ ? std::string() : std::string(cursor);
    for (ExchangeRow& row : rows) {
      Record& record = fetched.records.emplace_back();
      record.place = "row " + row.key;
      record.raw = petition::DumpJson(row.tree);
      record.media_type = "application/json";
      MapTree(row.tree, *spec_, record);
      if (record.submission && record.submission->external_id.starts_with("digest:")) {
        record.submission->external_id = row.key;
      }
      fetched.cursor = row.key;
    }
    fetched.more = rows.size() == most;
    return fetched;
  }

  Status Settle(const Fetched& fetched, std::span<const Settled> settled) override {
    std::vector<ExchangeMark> marks;
    for (std::size_t i = 0; i < settled.size(); ++i) {
      const Settled& one = settled[i];
      shadow_ = one.kind == Settled::Kind::kShadow;
      if (shadow_) continue;
      const bool refused = one.kind == Settled::Kind::kRefused;
      ExchangeMark mark;
      mark.key = fetched.records[i].place.substr(4);  // behind "row "
      mark.state = refused ? options_.refused : options_.done;
      mark.result = refused && one.error ? one.error->Reason().substr(0, kReasonMax) : std::string("0001");
      mark.number = one.intake_no;
      marks.push_back(std::move(mark));
    }
    return marks.empty() ? petition::Ok() : tables_.Mark(marks);
  }

  bool writes_back() const override { return true; }
  Status Amend(const std::string& place, const std::string& intake_no) override {
    if (!place.starts_with("row ")) return petition::Ok();
    ExchangeMark mark;
    mark.key = place.substr(4);
    mark.state = options_.done;
    mark.result = "0001";
    mark.number = intake_no;
    mark.only_from = options_.refused;
    return tables_.Mark({mark});
  }

  // Days are compared as texts: columns of exchange tables are texts of one of these forms, or times that read so.
  Result<std::optional<ListedDay>> ListedOn(std::string_view day, std::size_t limit) override {
    if (options_.reg.name.empty()) return std::optional<ListedDay>();
    if (day.size() != 8) return petition::Invalid("day_invalid", "a day has eight digits");
    const std::string text(day), year = text.substr(0, 4), month = text.substr(4, 2), date = text.substr(6);
    ListedDay listed;
    GUIYI_TRY(listed.numbers,
              tables_.Numbers({text, year + "-" + month + "-" + date, year + "/" + month + "/" + date}, limit + 1));
    listed.cut = listed.numbers.size() > limit;
    if (listed.cut) listed.numbers.resize(limit);
    return std::optional(std::move(listed));
  }

  Result<Record> Reread(const Refused& refused) const override {
    Record record;
    record.place = refused.place;
    record.raw = refused.raw;
    record.media_type = refused.media_type;
    GUIYI_TRY(const auto tree, petition::ParseJson(refused.raw));
    MapTree(tree, *spec_, record);
    if (record.submission && record.submission->external_id.starts_with("digest:") &&
        refused.place.starts_with("row ")) {
      record.submission->external_id = refused.place.substr(4);
    }
    return record;
  }

 private:
  const std::shared_ptr<const SourceSpec> spec_;
  const ExchangeOptions options_;
  const std::size_t batch_;
  ExchangeTables tables_;
  bool shadow_ = false;  ///< how the last batch was settled
};

std::string SqlName(SpecReader& reader, const std::string& key, bool needed) {
  std::string name = needed ? reader.NeededText(key) : reader.Text(key);
  if (!name.empty() && !IsSqlName(name)) reader.Wrong(key, "range", "is no name of a table or column");
  return name;
}

/// "0-9" as its numbers; anything else as it stands.
std::vector<std::string> States(SpecReader& reader, const std::string& key, std::vector<std::string> otherwise) {
  if (!reader.Has(key)) return reader.Take(key), otherwise;
  std::vector<std::string> states;
  for (const std::string& text : reader.Texts(key)) {
    const bool range = text.size() == 3 && text[1] == '-' && text[0] >= '0' && text[0] <= text[2] && text[2] <= '9';
    if (!range) states.push_back(text);
    for (char c = text.empty() ? '1' : text[0]; range && c <= text[2]; ++c) states.emplace_back(1, c);
  }
  if (states.empty() || states.size() > 64) reader.Wrong(key, "range", "must be 1 to 64 states");
  return states;
}

void ReadConnection(SpecReader& options, const AdapterSetup& setup, ExchangeOptions& exchange) {
  const std::string connector = options.NeededText("connector");
  exchange.connector = connector == "sqlite"       ? "SQLite"
                       : connector == "postgresql" ? "PostgreSQL"
                       : connector == "mysql"      ? "MySQL"
                       : connector == "odbc"       ? "ODBC"
                                                   : "";
  if (exchange.connector.empty()) options.Wrong("connector", "range", "must be sqlite, postgresql, mysql or odbc");
  const auto file = options.File("file", setup.folder), secret = options.File("connection_file", setup.folder);
  if (connector == "sqlite" && !file.empty()) {
    exchange.connection = file.string();
  } else if (!secret.empty()) {
    auto connection = ReadSecret(secret);
    if (connection.ok()) {
      exchange.connection = std::move(*connection);
    } else {
      options.Wrong("connection_file", "secret_unreadable", "can't be read");
    }
  } else {
    options.Wrong("connection_file", "missing", "is needed: a file with the connection string");
  }
}

void ReadTables(SpecReader& options, ExchangeOptions& exchange) {
  SpecReader tables = options.Sub("tables");
  SpecReader item = tables.Sub("item");
  exchange.item = SqlName(item, "name", true);
  exchange.key = SqlName(item, "key", true);
  exchange.state = SqlName(item, "state", true);
  exchange.result = SqlName(item, "result", false);
  exchange.number = SqlName(item, "number", false);
  item.Finish();
  for (const char* name : {"call", "person", "handling"}) {
    if (!tables.Has(name)) {
      tables.Take(name);
      continue;
    }
    SpecReader linked = tables.Sub(name);
    exchange.linked[name] = {SqlName(linked, "name", true), SqlName(linked, "link", true)};
    linked.Finish();
  }
  tables.Finish();
}

void ReadRegister(SpecReader& options, ExchangeOptions& exchange) {
  if (!options.Has("register")) {
    options.Take("register");
    return;
  }
  SpecReader reg = options.Sub("register");
  exchange.reg = {SqlName(reg, "name", false), SqlName(reg, "number", true), SqlName(reg, "day", true)};
  if (exchange.reg.name.empty()) exchange.reg.name = exchange.item;
  reg.Finish();
}

}  // namespace

Result<std::unique_ptr<Feed>> MakeDatabaseFeed(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader options(setup.spec->options, "", findings);
  ExchangeOptions exchange;
  ReadConnection(options, setup, exchange);
  ReadTables(options, exchange);
  ReadRegister(options, exchange);
  SpecReader states = options.Sub("states");
  exchange.take = States(states, "take", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "30", "40"});
  exchange.done = states.Text("done", "20");
  exchange.refused = states.Text("refused", "45");
  for (const auto& end : {exchange.done, exchange.refused}) {
    if (std::find(exchange.take.begin(), exchange.take.end(), end) != exchange.take.end()) {
      states.Wrong("take", "range", "holds a state that means the end");
    }
  }
  states.Finish();
  const std::size_t batch = static_cast<std::size_t>(options.Count("batch", 100, 1, 1000));
  if (const std::string name = options.Text("encoding"); !name.empty()) {
    exchange.encoding = EncodingFromName(name);
    if (!exchange.encoding) options.Wrong("encoding", "range", "must be utf-8, gb18030 (gbk) or big5");
  }
  options.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return std::unique_ptr<Feed>(std::make_unique<DatabaseFeed>(setup.spec, std::move(exchange), batch));
}

}  // namespace adapters

// The exchange database against a real one: SQLite always; PostgreSQL, over its own connector and over ODBC, where its
// server programs are installed.
#include <Poco/Data/MySQL/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "adapters/database/database_feed.h"
#include "adapters/database/exchange_tables.h"
#include "config/source_file.h"
#include "support/process.h"

namespace adapters {
namespace {

using namespace Poco::Data::Keywords;
using testing::ElementsAre;

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() { Poco::Data::SQLite::Connector::registerConnector(); }

  static std::string Yaml(const std::string& connection) {
    return "kind: database\noptions:\n" + connection +
           "  tables:\n    item: {name: t_xfj, key: xfjbh, state: zt, result: jgdm, number: hubbh}\n"
           "    person: {name: t_xfr, link: xfjbh}\n    handling: {name: t_bl, link: xfjbh}\n"
           "  register: {number: xfjbh, day: djsj}\n"
           "mapping:\n  fields: {receivedAt: {from: djsj, date: [yyyyMMddHHmmss, auto]}}\n"
           "  people: {each: /person, fields: {name: xm}}\n  keep: [/handling]\n"
           "  ignore: [zt, jgdm, hubbh, /person/xfjbh]\n";
  }
  std::unique_ptr<Feed> Make(const std::string& connection) {
    const auto spec = config::ParseSourceFile(Yaml(connection));
    EXPECT_TRUE(spec.ok()) << spec.error().message;
    auto feed = MakeDatabaseFeed({"trial", *spec, folder_.path(), {}, nullptr});
    EXPECT_TRUE(feed.ok()) << feed.error().message;
    return std::move(*feed);
  }
  static void Fill(Poco::Data::Session& session, const char* time_type) {
    session << "CREATE TABLE t_xfj(xfjbh VARCHAR(40), tsnr VARCHAR(4000), djsj " + std::string(time_type) +
                   ", zt INTEGER, jgdm VARCHAR(64), hubbh VARCHAR(64))",
        now;
    session << "CREATE TABLE t_xfr(xfjbh VARCHAR(40), xm VARCHAR(255))", now;
    session << "CREATE TABLE t_bl(xfjbh VARCHAR(40), hfgznr VARCHAR(4000))", now;
    for (const char* row :
         {"('A1','路灯不亮','2025-03-04 09:00:00',0,NULL,NULL)",
          "('A2','五次没送出','2024-01-01 10:00:00',5,NULL,NULL)", "('A3','键冲突','2024-01-02 10:00:00',30,NULL,NULL)",
          "('A4','早已送到','2024-01-03 10:00:00',20,NULL,NULL)"}) {
      session << std::string("INSERT INTO t_xfj VALUES") + row, now;
    }
    session << "INSERT INTO t_xfr VALUES('A1','孟远帆')", now;
    session << "INSERT INTO t_xfr VALUES('A1','蒋若溪')", now;
    session << "INSERT INTO t_bl VALUES('A2','已转')", now;
  }
  static std::vector<std::string> States(Poco::Data::Session& session) {
    std::vector<std::string> keys, results;
    std::vector<int> states;
    session << "SELECT xfjbh, zt, coalesce(jgdm, '-') FROM t_xfj ORDER BY xfjbh", into(keys), into(states),
        into(results), now;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < keys.size(); ++i)
      all.push_back(keys[i] + " " + std::to_string(states[i]) + " " + results[i]);
    return all;
  }
  void TakesEverythingOwed(Feed& feed, Poco::Data::Session& session) {
    const auto fetched = feed.Fetch("", 100);
    ASSERT_TRUE(fetched.ok()) << fetched.error().message << fetched.error().detail;
    ASSERT_EQ(fetched->records.size(), 3u) << "all but the one that is done, however often it was tried";
    ASSERT_TRUE(fetched->records[0].submission.has_value());
    const auto& first = *fetched->records[0].submission;
    EXPECT_EQ(first.external_id, "A1");
    EXPECT_EQ(first.petitioners.size(), 2u);
    EXPECT_EQ(petition::FormatTime(*first.received_at), "2025-03-04T09:00:00+08:00");
    EXPECT_TRUE(fetched->records[1].submission->unknown.contains("handling"))
        << fetched->records[1].submission->unknown.dump();
    EXPECT_FALSE(first.unknown.contains("handling")) << "there were no steps";
    std::vector<Settled> settled(3);
    settled[0].kind = Settled::Kind::kRegistered;
    settled[0].intake_no = "439900-20250304-000001-V";
    settled[1].kind = Settled::Kind::kRefused;
    settled[1].error = petition::Invalid("unmappable", "");
    settled[2].kind = Settled::Kind::kExisting;
    ASSERT_TRUE(feed.Settle(*fetched, settled).ok());
    ASSERT_TRUE(feed.Settle(*fetched, settled).ok()) << "twice is once";
    EXPECT_THAT(States(session), ElementsAre("A1 20 0001", "A2 45 unmappable", "A3 20 0001", "A4 20 -"));
    const auto rest = feed.Fetch(fetched->cursor, 100);
    ASSERT_TRUE(rest.ok());
    EXPECT_TRUE(rest->records.empty());
    EXPECT_EQ(rest->cursor, "") << "from the beginning again";
    // A replay registers what was refused; what somebody has set back since is not touched.
    ASSERT_TRUE(feed.writes_back());
    ASSERT_TRUE(feed.Amend("row A2", "439900-20250304-000002-W").ok());
    ASSERT_TRUE(feed.Amend("row A2", "439900-20250304-000002-W").ok());
    ASSERT_TRUE(feed.Amend("row A1", "another").ok());
    EXPECT_THAT(States(session), ElementsAre("A1 20 0001", "A2 20 0001", "A3 20 0001", "A4 20 -"));
    std::string number;
    session << "SELECT hubbh FROM t_xfj WHERE xfjbh = 'A2'", into(number), now;
    EXPECT_EQ(number, "439900-20250304-000002-W");
    session << "SELECT hubbh FROM t_xfj WHERE xfjbh = 'A1'", into(number), now;
    EXPECT_EQ(number, "439900-20250304-000001-V") << "it never was refused";
    // What the source lists of a day, whatever became of it here.
    EXPECT_THAT(feed.ListedOn("20240103", 10).value()->numbers, ElementsAre("A4"));
    session << "UPDATE t_xfj SET djsj='2024-01-03 23:59:59' WHERE xfjbh = 'A2'", now;
    const auto listed = feed.ListedOn("20240103", 10);
    ASSERT_TRUE(listed.ok()) << listed.error().message << listed.error().detail;
    EXPECT_THAT((*listed)->numbers, ElementsAre("A2", "A4"));
    EXPECT_FALSE((*listed)->cut);
    EXPECT_THAT(feed.ListedOn("20240103", 1).value()->numbers, ElementsAre("A2"));
    EXPECT_TRUE(feed.ListedOn("20240103", 1).value()->cut);
    EXPECT_TRUE(feed.ListedOn("20240104", 10).value()->numbers.empty());
    session << "UPDATE t_xfj SET djsj='2024-01-01 10:00:00' WHERE xfjbh = 'A2'", now;
  }

  support::TemporaryFolder folder_;
};

TEST_F(DatabaseTest, TakesWhatOthersGaveUpAndWritesBack) {
  Poco::Data::Session session("SQLite", folder_.path() + "/x.db");
  Fill(session, "TEXT");
  const auto feed = Make("  connector: sqlite\n  file: x.db\n");
  TakesEverythingOwed(*feed, session);
}

TEST_F(DatabaseTest, ASourceInShadowIsNotWrittenTo) {
  Poco::Data::Session session("SQLite", folder_.path() + "/x.db");
  Fill(session, "TEXT");
  const auto feed = Make("  connector: sqlite\n  file: x.db\n");
  const auto fetched = feed->Fetch("", 2);
  ASSERT_TRUE(fetched.ok());
  std::vector<Settled> settled(2);
  for (auto& one : settled) one.kind = Settled::Kind::kShadow;
  ASSERT_TRUE(feed->Settle(*fetched, settled).ok());
  EXPECT_THAT(States(session), ElementsAre("A1 0 -", "A2 5 -", "A3 30 -", "A4 20 -"));
  const auto next = feed->Fetch(fetched->cursor, 2);
  ASSERT_EQ(next->records.size(), 1u);
  EXPECT_EQ(next->records[0].place, "row A3");
}

TEST_F(DatabaseTest, AMissingTableOrDatabaseIsNotNow) {
  const auto feed = Make("  connector: sqlite\n  file: x.db\n");
  const auto fetched = feed->Fetch("", 2);
  ASSERT_FALSE(fetched.ok());
  EXPECT_EQ(fetched.error().code, petition::Code::kUnavailable);
  EXPECT_FALSE(IsSqlName("t; DROP TABLE x"));
  EXPECT_FALSE(IsSqlName("a b"));
  EXPECT_TRUE(IsSqlName("xf.t_xfj"));
}

/// A PostgreSQL server of the test's own on a socket in its folder, run by a user that is not root.
class Postgres {
 public:
  static constexpr const char* kBin = "/usr/lib/postgresql/15/bin/";
  static bool Installed() { return access((std::string(kBin) + "postgres").c_str(), X_OK) == 0; }

  explicit Postgres(const std::string& folder) : folder_(folder + "/pg") {
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder, std::filesystem::perms::all);
    as_other_ = geteuid() == 0;
    if (as_other_) (void)std::system(("chown -R postgres " + folder_).c_str());
    port_ = 20000 + static_cast<int>(getpid() % 20000);
    up_ = Shell(std::string(kBin) + "initdb -D " + folder_ +
                "/data -A trust -U guiyi --no-sync -E UTF8 --locale=C.UTF-8") &&
          Shell(std::string(kBin) + "pg_ctl -D " + folder_ + "/data -w -t 60 -l " + folder_ + "/log -o \"-F -p " +
                std::to_string(port_) + " -k " + folder_ + " -c listen_addresses=127.0.0.1\" start");
  }
  ~Postgres() {
    if (up_) (void)Shell(std::string(kBin) + "pg_ctl -D " + folder_ + "/data -m immediate stop");
  }
  bool up() const { return up_; }
  int port() const { return port_; }

 private:
  bool Shell(const std::string& command) const {
    const std::string whole = as_other_ ? "su postgres -s /bin/sh -c '" + command + "'" : command;
    return std::system((whole + " >/dev/null 2>&1").c_str()) == 0;
  }
  std::string folder_;
  bool as_other_ = false, up_ = false;
  int port_ = 0;
};

TEST_F(DatabaseTest, PostgresqlOverItsOwnConnectorAndOverOdbc) {
  if (!Postgres::Installed()) GTEST_SKIP() << "no PostgreSQL server here";
  const Postgres server(folder_.path());
  if (!server.up()) GTEST_SKIP() << "the PostgreSQL server does not start here";
  const std::string connection = "host=127.0.0.1 port=" + std::to_string(server.port()) + " user=guiyi dbname=postgres";
  std::ofstream(folder_.path() + "/pg.secret") << connection << "\n";
  const auto feed = Make("  connector: postgresql\n  connection_file: pg.secret\n");
  EXPECT_FALSE(feed->Fetch("", 1).ok()) << "there are no tables yet";
  {
    Poco::Data::Session session("PostgreSQL", connection);
    Fill(session, "TIMESTAMP");
    TakesEverythingOwed(*feed, session);
    session << "UPDATE t_xfj SET zt = CASE xfjbh WHEN 'A1' THEN 0 WHEN 'A2' THEN 5 WHEN 'A3' THEN 30 ELSE 20 END, jgdm "
               "= NULL",
        now;
    const char* driver = "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so";
    if (access(driver, R_OK) != 0) return;
    std::ofstream(folder_.path() + "/odbc.secret")
        << "DRIVER=" << driver << ";SERVER=127.0.0.1;PORT=" << server.port() << ";UID=guiyi;DATABASE=postgres;\n";
    TakesEverythingOwed(*Make("  connector: odbc\n  connection_file: odbc.secret\n"), session);
  }
}

/// A MariaDB server of the test's own, on a socket and a port of loopback; run by a user that is not root.
class MariaDb {
 public:
  static constexpr const char* kServer = "/usr/sbin/mariadbd";
  static bool Installed() { return access(kServer, X_OK) == 0; }

  /// On an empty folder, without tables of users: it makes the database `x` and lets in whoever comes.
  explicit MariaDb(const std::string& folder)
      : folder_(folder + "/my"), port_(40000 + static_cast<int>(getpid() % 20000)) {
    std::filesystem::create_directories(folder_ + "/data");
    std::filesystem::permissions(folder, std::filesystem::perms::all);
    std::ofstream(folder_ + "/first.sql") << "CREATE DATABASE x CHARACTER SET utf8mb4;\n";
    std::vector<std::string> command = {kServer,
                                        "--no-defaults",
                                        "--datadir=" + folder_ + "/data",
                                        "--socket=" + folder_ + "/s",
                                        "--bind-address=127.0.0.1",
                                        "--skip-networking=0",
                                        "--port=" + std::to_string(port_),
                                        "--skip-grant-tables",
                                        "--init-file=" + folder_ + "/first.sql",
                                        "--innodb-flush-log-at-trx-commit=0",
                                        "--innodb-buffer-pool-size=8M",
                                        "--skip-name-resolve"};
    if (geteuid() == 0) {
      (void)std::system(("chown -R nobody " + folder_).c_str());
      command.push_back("--user=nobody");
    }
    server_ = support::Process::Start(command, folder + "/my.log");
  }
  int port() const { return port_; }

 private:
  const std::string folder_;
  const int port_;
  support::Process server_;
};

TEST_F(DatabaseTest, MysqlAgainstAMariaDb) {
  if (!MariaDb::Installed()) GTEST_SKIP() << "no MariaDB server here";
  Poco::Data::MySQL::Connector::registerConnector();
  const MariaDb server(folder_.path());
  const std::string connection =
      "host=127.0.0.1;port=" + std::to_string(server.port()) + ";user=root;db=x;character-set=utf8mb4;secure-auth=true";
  std::ofstream(folder_.path() + "/my.secret") << connection << "\n";
  std::unique_ptr<Poco::Data::Session> session;
  for (int tries = 0; !session && tries < 1200; ++tries) {
    try {
      session = std::make_unique<Poco::Data::Session>("MySQL", connection);
    } catch (const Poco::Exception&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  ASSERT_TRUE(session) << "the MariaDB server does not answer";
  Fill(*session, "DATETIME");
  TakesEverythingOwed(*Make("  connector: mysql\n  connection_file: my.secret\n"), *session);
}

}  // namespace
}  // namespace adapters

// IMAP against a real Dovecot, started on loopback for the test with a configuration, folders and a password of its
// own.
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "adapters/mail/imap_session.h"
#include "adapters/mail/mail_feed.h"
#include "door_host.h"
#include "support/process.h"
#include "support/test_certificate.h"

namespace adapters::mail {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

int FreePort() {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ::bind(listening, reinterpret_cast<sockaddr*>(&address), length);
  ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(listening);
  return ntohs(address.sin_port);
}

class DovecotTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/sbin/dovecot")) GTEST_SKIP() << "dovecot-imapd is not installed";
    char made[] = "/tmp/guiyi-dovecot-XXXXXX";  // short: the names of its sockets have a bound
    folder_ = ::mkdtemp(made);
    port_ = FreePort();
    for (const char* name : {"mail/new", "mail/cur", "mail/tmp", "run", "state"})
      fs::create_directories(folder_ / name);
    fs::permissions(folder_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    (void)support::MakeTestCertificate(folder_);
    std::ofstream(folder_ / "users") << "hub:{PLAIN}pass word\n";
    Configure();
    Start();
  }
  void TearDown() override {
    dovecot_ = {};
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void Configure() {
    const std::string user = ::geteuid() == 0 ? "mail" : ::getpwuid(::geteuid())->pw_name;
    const std::string group = ::geteuid() == 0 ? "mail" : std::to_string(::getegid());
    const std::string base = folder_.string();
    std::ofstream out(folder_ / "dovecot.conf");
    out << "base_dir = " << base << "/run\nstate_dir = " << base << "/state\nlog_path = " << base
        << "/log\nprotocols = imap\nlisten = 127.0.0.1\n"
        << "ssl = required\nssl_cert = <" << base << "/test.crt\nssl_key = <" << base
        << "/test.key\nmail_location = maildir:" << base << "/mail\nfirst_valid_uid = 1\n"
        << "mail_uid = " << user << "\nmail_gid = " << group << "\n"
        << "passdb {\n driver = passwd-file\n args = " << base
        << "/users\n}\nuserdb {\n driver = static\n args = uid=" << user << " gid=" << group << " home=" << base
        << "/mail\n}\nservice imap-login {\n chroot =\n inet_listener imap {\n port = " << port_
        << "\n }\n inet_listener imaps {\n port = 0\n }\n}\n"
        // Nobody has to be slowed down here who guesses passwords.
        << "auth_failure_delay = 0\nservice anvil {\n chroot =\n unix_listener anvil-auth-penalty {\n mode = 0\n "
           "}\n}\n";
    if (::geteuid() != 0) {
      out << "default_internal_user = " << user << "\ndefault_login_user = " << user
          << "\ndefault_internal_group = " << group << "\n";
      return;
    }
    const passwd* mail = ::getpwnam("mail");
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "mail"))
      (void)::chown(entry.path().c_str(), mail->pw_uid, mail->pw_gid);
    (void)::chown((folder_ / "mail").c_str(), mail->pw_uid, mail->pw_gid);
  }

  void Start() {
    dovecot_ = support::Process::Start({"/usr/sbin/dovecot", "-F", "-c", (folder_ / "dovecot.conf").string()},
                                       (folder_ / "stderr").string());
    for (int tries = 0; tries < 100; ++tries) {
      if (ImapSession::Open(Options()).ok()) return;
      std::this_thread::sleep_for(50ms);
    }
    std::ifstream log(folder_ / "log"), errors(folder_ / "stderr");
    FAIL() << "dovecot does not answer: " << std::string(std::istreambuf_iterator<char>(log), {})
           << std::string(std::istreambuf_iterator<char>(errors), {});
  }

  ImapOptions Options() const {
    ImapOptions options;
    options.host = "127.0.0.1";
    options.port = static_cast<std::uint16_t>(port_);
    options.security = ImapSecurity::kStartTls;
    options.ca_file = (folder_ / "test.crt").string();
    options.user = "hub";
    options.password = "pass word";
    options.timeout = 10s;
    return options;
  }
  std::unique_ptr<Feed> OpenFeed() { return MakeMailFeed(MakeImapMailbox(Options()), spec_, {}); }

  void Deliver(const std::string& id, const std::string& body) {
    const auto name = std::to_string(++delivered_) + ".host";
    std::ofstream(folder_ / "mail/tmp" / name, std::ios::binary)
        << "From: a@b.example\r\nMessage-ID: <" << id
        << ">\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        << body << "\r\n";
    if (const passwd* mail = ::getpwnam("mail"); ::geteuid() == 0)
      (void)::chown((folder_ / "mail/tmp" / name).c_str(), mail->pw_uid, mail->pw_gid);
    fs::rename(folder_ / "mail/tmp" / name, folder_ / "mail/new" / name);
  }

  static std::vector<std::string> Ids(const Fetched& fetched) {
    std::vector<std::string> ids;
    for (const auto& record : fetched.records)
      ids.push_back(record.submission ? record.submission->external_id : "refused");
    return ids;
  }

  fs::path folder_;
  int port_ = 0, delivered_ = 0;
  support::Process dovecot_;
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
};

TEST_F(DovecotTest, EachMailOnceInOrderAndNoFlagChanges) {
  for (int i = 1; i <= 5; ++i) Deliver("m" + std::to_string(i), "路灯" + std::to_string(i));
  const auto feed = OpenFeed();
  auto fetched = feed->Fetch("", 3);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message << fetched.error().detail;
  EXPECT_EQ(Ids(*fetched), (std::vector<std::string>{"m1", "m2", "m3"}));
  EXPECT_TRUE(fetched->more);
  EXPECT_EQ(fetched->records[0].submission->content, "路灯1");
  ASSERT_TRUE(fetched->records[0].submission->received_at.has_value());
  // Killed before the cursor moved: the same three, by a feed that remembers nothing.
  EXPECT_EQ(Ids(*OpenFeed()->Fetch("", 3)), Ids(*fetched));
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  fetched = feed->Fetch(fetched->cursor, 3);
  EXPECT_EQ(Ids(*fetched), (std::vector<std::string>{"m4", "m5"}));
  EXPECT_FALSE(fetched->more);
  const std::string end = fetched->cursor;
  fetched = feed->Fetch(end, 3);
  EXPECT_TRUE(fetched->records.empty());
  EXPECT_EQ(fetched->cursor, end);
  Deliver("m6", "后来的");
  EXPECT_EQ(Ids(*feed->Fetch(end, 3)), std::vector<std::string>{"m6"});
  // Dovecot moves mails from new/ to cur/ when somebody opens the folder to write; flags stand behind ",": none is S.
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "mail"))
    EXPECT_FALSE(entry.path().string().ends_with("S")) << entry.path();
}

TEST_F(DovecotTest, NumberedAnewEverythingIsReadAgain) {
  Deliver("m1", "一");
  auto fetched = OpenFeed()->Fetch("", 9);
  ASSERT_TRUE(fetched.ok());
  const std::string cursor = fetched->cursor;
  const std::string other = "1" + cursor;  // of another UIDVALIDITY
  EXPECT_EQ(Ids(*OpenFeed()->Fetch(other, 9)), std::vector<std::string>{"m1"});
  EXPECT_EQ(OpenFeed()->Fetch(other, 9)->cursor, cursor);
  EXPECT_TRUE(OpenFeed()->Fetch(cursor, 9)->records.empty());
}

TEST_F(DovecotTest, WrongPasswordAndNoServerAreTold) {
  auto options = Options();
  options.password = "wrong";
  EXPECT_EQ(MakeImapMailbox(options)->After("", 1).error().code, petition::Code::kUnauthorized);
  options.port = static_cast<std::uint16_t>(FreePort());
  EXPECT_EQ(MakeImapMailbox(options)->After("", 1).error().code, petition::Code::kUnavailable);
  options = Options();
  options.folder = "Nowhere";
  EXPECT_EQ(MakeImapMailbox(options)->After("", 1).error().Reason(), "imap_refused");
}

// A server that offers no TLS, or somebody between who struck the offer out: it hears no login.
TEST(ImapSessionTest, NoPasswordGoesOverAnOpenLine) {
  Poco::Net::ServerSocket listening(Poco::Net::SocketAddress("127.0.0.1", 0));
  std::string heard;
  std::thread server([&] {
    Poco::Net::StreamSocket line = listening.acceptConnection();
    line.setReceiveTimeout(Poco::Timespan(10, 0));
    const auto say = [&](const std::string& text) { line.sendBytes(text.data(), static_cast<int>(text.size())); };
    say("* OK ready\r\n");
    char bytes[512];
    try {
      for (int got = 0; (got = line.receiveBytes(bytes, sizeof bytes)) > 0;) {
        const std::string asked(bytes, static_cast<std::size_t>(got));
        heard += asked;
        const std::string tag = asked.substr(0, asked.find(' '));
        if (asked.find("CAPABILITY") != std::string::npos) say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n");
        say(tag + " OK done\r\n");
      }
    } catch (const Poco::Exception&) {  // the other side went
    }
  });
  ImapOptions options;
  options.host = "127.0.0.1";
  options.port = listening.address().port();
  options.user = "hub";
  options.password = "pass word";
  options.security = ImapSecurity::kStartTls;
  const auto session = ImapSession::Open(options);
  server.join();
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.error().code, petition::Code::kUnavailable);
  EXPECT_NE(heard.find("CAPABILITY"), std::string::npos) << heard;
  EXPECT_EQ(heard.find("LOGIN"), std::string::npos) << heard;
  EXPECT_EQ(heard.find("AUTHENTICATE"), std::string::npos) << heard;
}

TEST_F(DovecotTest, NoPasswordGoesToAStranger) {
  auto options = Options();
  options.security = ImapSecurity::kTls;
  EXPECT_EQ(ImapSession::Open(options).error().code, petition::Code::kUnavailable)
      << "TLS from the start is another port";
  options.security = ImapSecurity::kStartTls;
  options.ca_file.clear();
  const auto stranger = ImapSession::Open(options);
  ASSERT_FALSE(stranger.ok());
  EXPECT_EQ(stranger.error().code, petition::Code::kUnavailable);
  EXPECT_NE(stranger.error().message.find("certificate"), std::string::npos) << stranger.error().message;
}

TEST_F(DovecotTest, ATooLargeMailComesAsItsHeadersAndALargeOneWhole) {
  Deliver("big", std::string(300'000, 'x'));
  Deliver("small", "小");
  auto options = Options();
  options.limits.mail_bytes = 100'000;
  const auto found = MakeImapMailbox(options)->After("", 9);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->mails.size(), 2u);
  EXPECT_TRUE(found->mails[0].too_large);
  EXPECT_NE(found->mails[0].bytes.find("<big>"), std::string::npos);
  EXPECT_LT(found->mails[0].bytes.size(), 20'000u);
  EXPECT_GT(MakeImapMailbox(Options())->After("", 9)->mails[0].bytes.size(), 300'000u);
}

}  // namespace
}  // namespace adapters::mail

#include "config/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace config {
namespace {

petition::Error ErrorOf(const std::string& text) {
  auto settings = ParseSettings(text, "/etc/guiyi");
  EXPECT_FALSE(settings.ok()) << text;
  return settings.ok() ? petition::Error{} : settings.error();
}

TEST(SettingsTest, EmptyTextGivesTheDefaults) {
  for (const char* text : {"", "# nothing\n", "---\n", "http:\n"}) {
    const auto settings = ParseSettings(text, "/etc/guiyi");
    ASSERT_TRUE(settings.ok()) << text;
    EXPECT_EQ(settings->http.listen, "127.0.0.1:8080");
    EXPECT_EQ(settings->division, "439900");
    EXPECT_EQ(settings->backlog_max, 1'000'000u);
    EXPECT_TRUE(settings->national.address.empty());
  }
}

TEST(SettingsTest, SampleIsReadAndSaysTheDefaults) {
  const auto sample = LoadSettings(std::string(GUIYI_SOURCE_DIR) + "/config/guiyi.yaml");
  ASSERT_TRUE(sample.ok()) << sample.error().message;
  const Settings defaults;
  EXPECT_EQ(sample->data.filename(), defaults.data.filename());
  EXPECT_EQ(sample->division, defaults.division);
  EXPECT_EQ(sample->origin, defaults.origin);
  EXPECT_EQ(sample->http.listen, defaults.http.listen);
  EXPECT_EQ(sample->http.connections_max, defaults.http.connections_max);
  EXPECT_EQ(sample->rpc.listen, defaults.rpc.listen);
  EXPECT_EQ(sample->rpc.connections_max, defaults.rpc.connections_max);
  EXPECT_EQ(sample->national.connections, defaults.national.connections);
  EXPECT_EQ(sample->backlog_max, defaults.backlog_max);
  EXPECT_EQ(sample->disk_free_min, defaults.disk_free_min);
  EXPECT_EQ(sample->refusals_per_minute, defaults.refusals_per_minute);
  EXPECT_EQ(sample->unnamed_attachments_for, defaults.unnamed_attachments_for);
}

TEST(SettingsTest, SampleWithEveryKeySwitchedOnIsReadToo) {
  std::ifstream in(std::string(GUIYI_SOURCE_DIR) + "/config/guiyi.yaml");
  std::string text, line;
  while (std::getline(in, line)) {
    // "  # key: value" is a key that is commented out; a sentence holds a blank before its colon.
    const auto hash = line.find("# ");
    const auto colon = line.find(": ");
    const bool key = hash != std::string::npos && colon != std::string::npos && hash > 0 &&
                     line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", hash + 2) == colon;
    text += (key ? line.substr(0, hash) + line.substr(hash + 2) : line) + "\n";
  }
  const auto settings = ParseSettings(text, "/etc/guiyi");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->national.address, "national.example:9190");
  EXPECT_EQ(settings->national.key_file, "/etc/guiyi/keys/national.key");
  EXPECT_EQ(settings->http.private_key_file, "/etc/guiyi/keys/http.key");
  EXPECT_EQ(settings->rpc.client_ca_file, "/etc/guiyi/keys/departments-ca.crt");
  EXPECT_EQ(settings->model, "/etc/guiyi/dedup_model.json");
}

TEST(SettingsTest, UnknownKeyIsNamedWithItsLine) {
  const auto error = ErrorOf("data: x\nhttp:\n  listen: 127.0.0.1:1\n  lissten: 127.0.0.1:2\n");
  EXPECT_EQ(error.code, petition::Code::kInvalid);
  ASSERT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields[0].pointer, "/http/lissten");
  EXPECT_NE(error.message.find("http/lissten"), std::string::npos);
  EXPECT_NE(error.message.find("line 4"), std::string::npos);
}

TEST(SettingsTest, AllMistakesAreReportedAtOnce) {
  const auto error =
      ErrorOf("division: 43\nintake: {backlog_max: -1, disk_free_min_mib: lots}\nnational: {tls: maybe}\n");
  EXPECT_EQ(error.fields.size(), 4u) << error.message;
}

TEST(SettingsTest, SecretAsValueIsRefusedAndNotRepeated) {
  const auto error = ErrorOf("national:\n  address: 127.0.0.1:9\n  key: sesame-open\n");
  EXPECT_NE(error.message.find("key_file"), std::string::npos);
  EXPECT_EQ(error.message.find("sesame"), std::string::npos);
}

TEST(SettingsTest, HalfATlsPairIsAMistake) {
  EXPECT_EQ(ErrorOf("http: {certificate_file: a.crt}\n").fields.at(0).code, "incomplete");
  EXPECT_EQ(ErrorOf("national: {address: 'a:1', tls: true}\n").fields.at(0).code, "incomplete");
}

TEST(SettingsTest, AddressesAreChecked) {
  for (const char* address : {"8080", "127.0.0.1", ":80", "host:70000", "::1:80", "host:-1", "host:8x"}) {
    EXPECT_EQ(ErrorOf("http: {listen: '" + std::string(address) + "'}\n").fields.at(0).code, "address") << address;
  }
  EXPECT_TRUE(ParseSettings("http: {listen: '[::1]:0'}\nrpc: {listen: ''}\n", "/").ok());
}

TEST(SettingsTest, HostileTextsAreRefusedNotCrashed) {
  for (const std::string text : {"a: [", "\t- x", "- a\n- b\n", "just words", "{a: {b: c}", "---\na: 1\n---\nb: 2\n",
                                 "data: [1, 2]\n", "http: 5\n", "data: a\ndata: b\n", "? [x]\n: y\n"}) {
    EXPECT_FALSE(ParseSettings(text, "/").ok()) << text;
  }
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "[";
  EXPECT_FALSE(ParseSettings(deep, "/").ok());
}

TEST(SettingsTest, MissingFileIsSaidSo) {
  const auto settings = LoadSettings("/nonexistent/guiyi.yaml");
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().code, petition::Code::kNotFound);
}

TEST(SettingsTest, DestinationsCallbacksAndWitnessesAreRead) {
  const auto settings = ParseSettings(R"(
ledger:
  witnesses:
    - url: https://witness.example
      vkey: w+00000000+AAAA
  witness_quorum: 1
destinations:
  - name: province
    kind: exchange_db
    database: postgresql
    connection_file: province.dsn
    codes_file: codes.json
    channels: [hotline, letter]
    divisions: ["439902"]
    sends_per_second: 20
  - name: city
    address: city.example:9190
callbacks:
  - source: hotline
    url: https://hotline.example/notify
    secret_file: s
)",
                                      "/etc/guiyi");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  ASSERT_EQ(settings->destinations.size(), 2u);
  EXPECT_EQ(settings->destinations[0].connection_file, "/etc/guiyi/province.dsn");
  EXPECT_EQ(settings->destinations[0].channels, (std::vector<std::string>{"hotline", "letter"}));
  EXPECT_EQ(settings->destinations[0].sends_per_second, 20u);
  EXPECT_EQ(settings->destinations[1].kind, "thrift");
  EXPECT_EQ(settings->callbacks[0].secret_file, "/etc/guiyi/s");
  EXPECT_EQ(settings->witnessing.witnesses[0].url, "https://witness.example");
  EXPECT_FALSE(settings->national_given);
}

TEST(SettingsTest, MistakesOfListsAreNamedByTheirPlace) {
  const auto pointer = [](const std::string& text) {
    const auto error = ErrorOf(text);
    return error.fields.empty() ? std::string() : error.fields[0].pointer;
  };
  EXPECT_EQ(pointer("destinations:\n  - name: a\n    kind: fax\n"), "/destinations/0/kind");
  EXPECT_EQ(pointer("destinations:\n  - name: A B\n    address: x:1\n"), "/destinations/0/name");
  EXPECT_EQ(pointer("destinations:\n  - name: national\n    address: x:1\n"), "/destinations/0/name");
  EXPECT_EQ(pointer("destinations:\n  - name: a\n    kind: exchange_db\n"), "/destinations/0/connection_file");
  EXPECT_EQ(pointer("destinations:\n  - name: a\n    address: x:1\n    key: secret\n"), "/destinations/0/key");
  EXPECT_EQ(pointer("destinations: yes\n"), "/destinations");
  EXPECT_EQ(pointer("callbacks:\n  - source: a\n    url: ftp://x\n    secret_file: s\n"), "/callbacks/0/url");
  EXPECT_EQ(pointer("callbacks:\n  - source: a\n    url: http://x\n"), "/callbacks/0/secret_file");
  EXPECT_EQ(pointer("ledger:\n  witnesses:\n    - url: http://x\n"), "/ledger/witnesses/0/vkey");
}

}  // namespace
}  // namespace config

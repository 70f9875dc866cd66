#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>
#include <stdlib.h>

#include <sstream>

#include "gateway/import/import_target.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;
using petition::Status;

constexpr long kTimeoutSeconds = 120;
constexpr std::size_t kAnswerBytesMax = 64u << 20;
constexpr std::size_t kBodyBytesMax = 7u << 20;  ///< of one call; the hub takes 8 MiB

petition::Error Unreachable(const char* detail) {
  return petition::Unavailable("the hub does not answer; the import can be gone on with later", detail);
}

/// The error that an answer of the hub stands for.
petition::Error FromProblem(int status, const Json& problem) {
  petition::Error error;
  const bool object = problem.is_object();
  error.reason = object ? problem.value("code", "") : "";
  error.message = object ? problem.value("detail", "") : "";
  if (error.message.empty()) error.message = "the hub answered " + std::to_string(status);
  if (object && problem.contains("errors") && problem["errors"].is_array()) {
    for (const Json& field : problem["errors"]) {
      if (field.is_object()) error.fields.push_back({field.value("pointer", ""), field.value("code", ""), ""});
    }
  }
  if (status == 401 || status == 403) {
    error.code = petition::Code::kUnauthorized;
  } else if (status == 429 || status == 503) {
    error.code = petition::Code::kPushback;
  } else if (status == 404) {
    error.code = petition::Code::kNotFound;
  } else {
    error.code = status >= 500 ? petition::Code::kUnavailable : petition::Code::kInvalid;
  }
  return error;
}

class HttpTarget final : public ImportTarget {
 public:
  HttpTarget(std::unique_ptr<Poco::Net::HTTPClientSession> session, std::string prefix, std::string key)
      : session_(std::move(session)), prefix_(std::move(prefix)), key_(std::move(key)) {}

  Result<Source> FindSource(const std::string& name) override {
    // The hub says whether the key is of that source, when the first row comes; how its rows are read, it says now.
    Poco::URI::encode(name, "&=+?#%/", source_);
    Source source;
    source.name = name;
    source.state = "live";
    GUIYI_TRY(const Answer answer, Ask("GET", "/api/v1/sources/" + source_ + "/mapping", "", ""));
    const auto json = petition::ParseJson(answer.body);
    // Not now is not "no file": rows must not be read by another one than the hub's.
    if (answer.status == 429 || answer.status >= 500) return FromProblem(answer.status, json.ok() ? *json : Json());
    if (answer.status == 200 && json.ok() && json->is_object()) {
      source.mapping = json->value("text", "");
      source.mapping_version = json->value("version", std::uint64_t{0});
    }
    return source;
  }
  Result<std::string> AddSource(const Source&) override {
    return petition::Invalid("not_over_http", "sources can't be added over HTTP; use `guiyi source add`");
  }
  ImportAnswers Register(const ImportBatch& batch) override {
    return RegisterInPieces(
        batch, [&](std::size_t begin, std::size_t end) { return Take(batch, begin, end); },
        [this](const ImportClosure& one) { return Close(one); });
  }
  Status Refuse(std::span<const Refusal> refusals) override;
  bool RecordsRefusals() const override { return true; }
  std::uint64_t ledger_size() override { return 0; }
  Result<std::vector<std::uint64_t>> RefusedLines(const std::string&, std::uint64_t) override {
    return std::vector<std::uint64_t>();
  }
  std::filesystem::path progress_file() const override;

 private:
  struct Answer {
    int status = 0;
    std::string body;
  };
  std::vector<Result<ImportReceipt>> Take(const ImportBatch& batch, std::size_t begin, std::size_t end);
  Result<bool> Close(const ImportClosure& closure);
  Result<Answer> Ask(const char* method, const std::string& path, const std::string& media_type,
                     const std::string& body);
  Result<Answer> Post(const std::string& path, const std::string& media_type, const std::string& body) {
    return Ask("POST", path, media_type, body);
  }
  /// One result for each line of the body.
  std::vector<Result<ImportReceipt>> PostRows(const std::string& body, std::size_t count);

  std::unique_ptr<Poco::Net::HTTPClientSession> session_;
  const std::string prefix_, key_;
  std::string source_;  ///< as a part of a query
};

Result<HttpTarget::Answer> HttpTarget::Ask(const char* method, const std::string& path, const std::string& media_type,
                                           const std::string& body) {
  try {
    Poco::Net::HTTPRequest request(method, prefix_ + path, Poco::Net::HTTPMessage::HTTP_1_1);
    if (!media_type.empty()) request.setContentType(media_type);
    request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    request.set("Authorization", "Bearer " + key_);
    session_->sendRequest(request).write(body.data(), static_cast<std::streamsize>(body.size()));
    Poco::Net::HTTPResponse response;
    std::istream& in = session_->receiveResponse(response);
    Answer answer;
    answer.status = static_cast<int>(response.getStatus());
    char chunk[65536];
    while (in.read(chunk, sizeof chunk), in.gcount() > 0) {
      answer.body.append(chunk, static_cast<std::size_t>(in.gcount()));
      if (answer.body.size() > kAnswerBytesMax) {
        session_->reset();
        return Unreachable("answer too large");
      }
    }
    return answer;
  } catch (const Poco::Exception& error) {
    session_->reset();
    return Unreachable(error.name());
  } catch (const std::exception& error) {
    session_->reset();
    return Unreachable(error.what());
  }
}

std::vector<Result<ImportReceipt>> HttpTarget::PostRows(const std::string& body, std::size_t count) {
  const auto all = [&](const petition::Error& error) { return std::vector<Result<ImportReceipt>>(count, error); };
  auto answer = Post("/api/v1/intakes/batch?source=" + source_, "application/jsonl", body);
  if (!answer.ok()) return all(answer.error());
  if (answer->status != 200) {
    const auto problem = petition::ParseJson(answer->body);
    return all(FromProblem(answer->status, problem.ok() ? *problem : Json()));
  }
  std::vector<Result<ImportReceipt>> results;
  std::istringstream lines(answer->body);
  for (std::string line; std::getline(lines, line);) {
    const auto json = petition::ParseJson(line);
    if (!json.ok() || !json->is_object()) return all(Unreachable("an answer that is no JSON"));
    if (!json->contains("receipt")) {
      results.emplace_back(FromProblem(json->value("status", 500), json->value("problem", Json())));
      continue;
    }
    const Json& given = json->at("receipt");
    ImportReceipt receipt;
    receipt.intake_no = given.value("intakeNo", "");
    receipt.index = given.value("ledgerIndex", std::uint64_t{0});
    receipt.existing = given.value("existing", false);
    receipt.revision = given.value("revision", false);
    for (const auto& flag : given.value("flags", std::vector<std::string>{})) {
      receipt.number_reused = receipt.number_reused || flag == "number-reused";
      receipt.sealed = receipt.sealed || flag == "sealed";
    }
    results.emplace_back(std::move(receipt));
  }
  if (results.size() != count) return all(Unreachable("not one result a row"));
  return results;
}

/// The row as the file had it, beside what it was mapped to. Without its bytes when both together are too much for a
/// call.
std::string RowOf(const ImportBatch& batch, std::size_t at) {
  const Arrival& arrival = batch.arrivals[at];
  Json row = {{"import", {{"file", batch.file}, {"line", batch.lines[at]}}},
              {"submission", petition::SubmissionToJson(arrival.submission)}};
  row["import"]["mediaType"] = arrival.media_type;
  row["import"]["raw"] = ledger::Base64(arrival.raw);
  std::string text = petition::DumpJson(row);
  if (text.size() <= kBodyBytesMax) return text;
  row["import"].erase("raw");
  return petition::DumpJson(row);
}

std::vector<Result<ImportReceipt>> HttpTarget::Take(const ImportBatch& batch, std::size_t begin, std::size_t end) {
  std::vector<Result<ImportReceipt>> results;
  std::string body;
  std::size_t rows = 0;
  const auto post = [&] {
    auto some = PostRows(body, rows);
    std::move(some.begin(), some.end(), std::back_inserter(results));
    body.clear();
    rows = 0;
  };
  for (std::size_t at = begin; at < end; ++at) {
    const std::string row = RowOf(batch, at);
    if (rows > 0 && body.size() + row.size() > kBodyBytesMax) post();
    body += row + "\n";
    ++rows;
  }
  if (rows > 0) post();
  return results;
}

/// The hub records them as we would, each line once.
Status HttpTarget::Refuse(std::span<const Refusal> refusals) {
  for (const Refusal& refusal : refusals) {
    Json import = {{"file", refusal.where.value("file", "")},
                   {"line", refusal.where.value("line", std::uint64_t{0})},
                   {"mediaType", refusal.media_type},
                   {"raw", ledger::Base64(refusal.raw.substr(0, kRefusedRawMax))},
                   {"size", refusal.raw_size},
                   {"refused", refusal.reason}};
    if (refusal.where.contains("fields")) import["fields"] = refusal.where["fields"];
    const auto results = PostRows(petition::DumpJson({{"import", std::move(import)}}) + "\n", 1);
    if (!results.front().ok() && results.front().error().code != petition::Code::kInvalid)
      return results.front().error();
  }
  return petition::Ok();
}

Result<bool> HttpTarget::Close(const ImportClosure& closure) {
  const Json event = {{"event", "closed"},
                      {"at", petition::FormatTime(closure.at)},
                      {"text", "imported closure"},
                      {"import", {{"file", closure.file}, {"line", closure.line}}}};
  GUIYI_TRY(const Answer answer,
            Post("/api/v1/intakes/" + closure.of.intake_no + "/events", "application/json", petition::DumpJson(event)));
  if (answer.status == 200 || answer.status == 201) return answer.status == 201;  // 200: known already
  const auto problem = petition::ParseJson(answer.body);
  return FromProblem(answer.status, problem.ok() ? *problem : Json());
}

std::filesystem::path HttpTarget::progress_file() const {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  std::filesystem::path folder;
  if (state != nullptr && *state == '/') {
    folder = state;
  } else if (home != nullptr && *home == '/') {
    folder = std::filesystem::path(home) / ".local" / "state";
  } else {
    return {};
  }
  folder /= "guiyi";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  return failed ? std::filesystem::path() : folder / "imports.db";
}

}  // namespace

Result<std::unique_ptr<ImportTarget>> OpenHttpTarget(const std::string& url, const std::string& key) {
  try {
    const Poco::URI uri(url);
    const bool tls = uri.getScheme() == "https";
    if ((!tls && uri.getScheme() != "http") || uri.getHost().empty() || !uri.getQuery().empty()) {
      return petition::Invalid("url_invalid", "the address must read http://HOST:PORT or https://HOST:PORT");
    }
    std::unique_ptr<Poco::Net::HTTPClientSession> session;
    if (tls) {
      const Poco::Net::Context::Ptr context(new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", "", "",
                                                                   Poco::Net::Context::VERIFY_STRICT, 9, true));
      session = std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
    } else {
      session = std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
    }
    session->setKeepAlive(true);
    session->setTimeout(Poco::Timespan(kTimeoutSeconds, 0));
    std::string prefix = uri.getPath();
    while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
    return std::unique_ptr<ImportTarget>(std::make_unique<HttpTarget>(std::move(session), std::move(prefix), key));
  } catch (const Poco::Exception& error) {
    return petition::Invalid("url_invalid", "the address can't be used");
  }
}

}  // namespace gateway

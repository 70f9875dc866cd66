// The console: the files that the build packed into the program, served from memory. Names of assets hold a hash of
// their content, so they are kept for ever; the page itself is asked for anew each time and answered 304 by its tag.
#include <unordered_map>

#include "embedded/console_pack.h"
#include "gateway/http/calls.h"

namespace gateway::http {

using petition::Json;

namespace {

struct File {
  std::string media_type, tag;
  bool lasting = false;                  ///< its name changes with its content
  std::string_view plain, gzip, brotli;  ///< of the last two, empty when there is none
};

using Files = std::unordered_map<std::string, File>;

/// "GYC1", the length of the index as 8 decimal digits, the index as JSON, the bytes. Made by our own build: what does
/// not fit is a fault of the build, and then there is no page.
Files ReadPack() {
  Files files;
  const auto pack = embedded::console_pack();
  constexpr std::size_t kHead = 12;
  if (pack.size() < kHead || !pack.starts_with("GYC1")) return files;
  const auto length = NumberOf(pack.substr(4, 8));
  if (!length.ok() || *length > pack.size() - kHead) return files;
  const auto index = petition::ParseJson(std::string(pack.substr(kHead, *length)));
  if (!index.ok()) return files;
  const auto bytes = pack.substr(kHead + *length);
  const auto part = [&](const Json& row, const char* name) -> std::string_view {
    const auto found = row.find(name);
    if (found == row.end()) return {};
    return bytes.substr((*found)[0].get<std::size_t>(), (*found)[1].get<std::size_t>());
  };
  for (const auto& row : *index) {
    files[row["path"]] = {row["type"],        row["tag"],        row["lasting"],
                          part(row, "plain"), part(row, "gzip"), part(row, "br")};
  }
  return files;
}

const Files& Pack() {
  static const Files files = ReadPack();
  return files;
}

/// Whether a comma list names the encoding without q=0.
bool Takes(std::string_view encodings, std::string_view name) {
  const auto at = encodings.find(name);
  if (at == std::string_view::npos) return false;
  const auto rest = encodings.substr(at + name.size(), encodings.substr(at).find(',') - name.size());
  return rest.find("q=0") == std::string_view::npos || rest.find("q=0.") != std::string_view::npos;
}

/// Scripts, styles, pictures and calls of this origin only; nothing inline, nothing evaluated, nothing framed.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

Answer ServeFile(const File& file, const Request& request) {
  Answer answer;
  answer.headers = {{"ETag", file.tag},
                    {"Vary", "Accept-Encoding"},
                    {"Cache-Control", file.lasting ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (request.known_tag.find(file.tag) != std::string::npos) {
    answer.status = 304;
    return answer;
  }
  answer.media_type = file.media_type;
  std::string_view bytes = file.plain;
  if (!file.brotli.empty() && Takes(request.encodings, "br")) {
    bytes = file.brotli;
    answer.headers.emplace_back("Content-Encoding", "br");
  } else if (!file.gzip.empty() && Takes(request.encodings, "gzip")) {
    bytes = file.gzip;
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  answer.body = bytes;
  return answer;
}

}  // namespace

// Every place inside the console is one page; it finds its way by the address itself.
Outcome ConsolePage(Desk&, Request& request) {
  const auto page = Pack().find("index.html");
  if (page == Pack().end()) return petition::Unavailable("the console is not part of this build");
  auto answer = ServeFile(page->second, request);
  answer.headers.emplace_back("Content-Security-Policy", kPolicy);
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  answer.headers.emplace_back("X-Frame-Options", "DENY");
  answer.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  answer.headers.emplace_back("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  return answer;
}

Outcome ConsoleAsset(Desk&, Request& request) {
  const auto file = Pack().find("assets/" + request.captures[0]);
  if (file == Pack().end()) return petition::NotFound("there is no such file");
  return ServeFile(file->second, request);
}

}  // namespace gateway::http

// A Door takes a request that was read off the wire through every check, in one place and always in the same order:
// path, method, rate, key, role, size, media type; then the handler runs. Whatever is refused of what was handed in
// (also on a path that there is not, or as a request that can't be read) is put on the ledger before it is answered. No
// Poco type: the server gives it bytes. Threads: Serve is safe from any thread as far as its parts are. Failure:
// exceptions end here, as a 500 without details.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gateway/http/message.h"
#include "gateway/http/metrics.h"
#include "gateway/http/rate_limit.h"
#include "gateway/http/route.h"
#include "gateway/intake.h"

namespace gateway::http {

/// What the door needs of the hub, so that its behaviour can be tested by itself.
struct DoorParts {
  std::function<petition::Result<Principal>(std::string_view key)> authenticate;
  /// Somebody who signed in, by the cookie of a request that shows no key. May be left out: then nobody can.
  std::function<petition::Result<Principal>(const Request& request)> signed_in;
  /// Puts a refusal on the ledger: its index, or ledger::kNoIndex when it was summed up.
  std::function<petition::Result<std::uint64_t>(const Refusal&)> refuse;
  /// A line for our own log: no personal data, no words of a petition.
  std::function<void(std::string_view)> log;
};

struct DoorLimits {
  std::uint64_t body_bytes_max = 8u << 20;
  std::uint64_t stream_bytes_max = 4ull << 30;
  std::uint64_t form_bytes_max = 16u << 10;
  std::uint64_t upload_bytes_max = 64u << 10;   ///< of a form with a file: a receipt, also as a saved page
  std::uint64_t bodies_bytes_max = 256u << 20;  ///< of all bodies held in memory at one time; beyond: come again
};

class Door {
 public:
  Door(Routes routes, DoorParts parts, DoorLimits limits, RateLimit& anonymous);

  struct Served {
    Answer answer;
    std::size_t route = Metrics::kOther;  ///< place in the table
    std::string who;                      ///< name of the principal, "" when none was shown
  };
  /// `request` has method, path, query and headers; the door fills in the rest. Reads as much of the body as the route
  /// takes.
  Served Serve(Request& request, BodyReader& body);

  /// Whether requests like this one may be served soon.
  bool MayServeSoon(std::string_view method, std::string_view target) const;
  /// Serves without waiting, where the route can. `request` as for Serve, `body` whole. False: nothing happened, and
  /// Serve has to. Else `done` is called once within work that was given to `post`: with what is answered, or with
  /// nothing, and then Serve has to. What is refused is always left to Serve, which may wait for its record.
  bool ServeSoon(Request& request, std::string_view body, const Post& post,
                 std::function<void(std::optional<Served>)> done);

  /// Answers what could not be read as a request at all; `head` is what came of its header.
  Answer Unreadable(const petition::Error& error, std::string_view head, Language language);

  const Routes& routes() const { return routes_; }

 private:
  class KeptBody;
  /// What one request takes of the memory for bodies; given back at its end.
  class Lease {
   public:
    explicit Lease(std::atomic<std::uint64_t>& held) : held_(held) {}
    ~Lease() { held_ -= mine_; }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    bool Take(std::uint64_t bytes, std::uint64_t bytes_max);

   private:
    std::atomic<std::uint64_t>& held_;
    std::uint64_t mine_ = 0;
  };

  bool BeginSoon(Request& request, std::string_view body, const Post& post,
                 std::function<void(std::optional<Served>)>& done);
  petition::Result<Answer> Run(Request& request, BodyReader& body, Served& served, Lease& lease);
  petition::Status Identify(Request& request, const Route& route);
  petition::Status TakeBody(Request& request, BodyReader& body, const Route& route, Lease& lease);
  Answer NoSuchCall(const petition::Error& error, const std::string& allow, Request& request, BodyReader& body,
                    Lease& lease);
  Answer Refused(const petition::Error& error, Request& request, BodyReader& body, Lease& lease, KeptBody* kept);
  Answer Recorded(const petition::Error& error, const Refusal& refusal, Language language);

  const Routes routes_;
  const DoorParts parts_;
  const DoorLimits limits_;
  RateLimit& anonymous_;
  std::atomic<std::uint64_t> held_{0};  ///< bytes of bodies in memory
};

/// Reads at most `bytes_max`; kInvalid "too_large" beyond, with what had come by then in `into`.
petition::Status ReadBody(BodyReader& body, std::uint64_t bytes_max, std::string& into);

}  // namespace gateway::http

// A Submission is what a citizen (or somebody for them) handed in, mapped to the hub's own fields: the same JSON in
// HTTP bodies, imports and labelled sets. Plain data, no thread guarantee of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace petition {

/// One person of a submission. All fields as the source gave them; identifiers.h has the normal forms.
struct Petitioner {
  std::string name;
  std::string id_number;
  std::string phone;
  std::string calling_number;
  std::string account;  ///< OpenID or login: no identity by itself
  std::string address;
  std::string
      role;  ///< main | joint | agent (an agent acts for the others; the persons represented are the petitioners)
};

/// A file of a submission. `content` holds decoded bytes of a small one; a larger one was put first and is named by
/// `sha256` (hex).
struct Attachment {
  std::string name;
  std::string media_type;
  std::uint64_t size = 0;
  std::string sha256;
  std::string content;
};

struct Location {
  double lon = 0, lat = 0;
};
struct Call {
  std::string id, operator_name, recording_ref;
};
/// What the source itself claims about earlier items; never trusted, kept and compared.
struct Claims {
  std::optional<bool> first, repeat;
  std::string repeat_of, merged_into;
};
/// What an operator decided with the caller on the line. verdict: "same" (with case_no) or "none".
struct Tie {
  std::string case_no, verdict, by;
};

struct Submission {
  std::string external_id, upstream_no, link_no;
  std::string channel;  ///< one of kChannels, "" when unknown
  std::optional<Time> received_at, petitioned_at;
  std::vector<Petitioner> petitioners;
  std::uint32_t head_count = 0;  ///< 0: not given
  bool anonymous = false;
  std::string title, content, place_text, division, category, purpose;
  std::optional<bool> is_petition;
  std::string accused, addressee;
  bool urgent = false;
  std::string threat;
  bool confidential = false;
  std::optional<Location> location;
  Call call;
  std::string barcode;
  std::vector<Attachment> attachments;
  Claims claims;
  Tie tie;
  /// Fields we have no name for, kept as they came (their names are reported): a top-level one under its name, one
  /// inside a part under its JSON pointer
  /// ("/petitioners/0/sex"), as is a top-level one whose own name begins with a slash.
  Json unknown = Json::object();
};

/// portal, hotline, letter, email, visit, wechat, sms, app, department, leader_mailbox, upper_transfer, other
bool IsChannel(std::string_view channel);
/// 求决, 投诉, 建议, 举报, 检举控告, 申诉, 咨询, 其他
bool IsPurpose(std::string_view purpose);

/// Largest sizes taken: characters are Unicode code points.
inline constexpr std::size_t kTextBytesMax = 1u << 20;  ///< title, content
inline constexpr std::size_t kFieldBytesMax = 4096;     ///< any other string
inline constexpr std::size_t kPetitionersMax = 2000;
inline constexpr std::size_t kAttachmentsMax = 200;

/// Reads the JSON of a submission. All wrong fields are reported at once (Error::fields, JSON pointers): wrong types,
/// times that are no RFC 3339, unknown channel, role or purpose, sizes beyond the limits, bad base64, neither content
/// nor title nor attachment (reason "content_missing"), NUL bytes. Control characters other than newline and tab are
/// refused; CRLF and CR become newlines. Damaged or implausible identifiers are NOT errors: people give wrong numbers,
/// and the words must still be taken.
Result<Submission> SubmissionFromJson(const Json& json);

/// The same JSON again, members with default values left out; unknown fields at their place. With `attachment_bytes`
/// false, `content` of attachments is left out (their sha256 stays).
Json SubmissionToJson(const Submission& submission, bool attachment_bytes = true);

/// The text over which "equal content" is decided for a resend: canonical JSON of everything but times (receivedAt,
/// petitionedAt), transport fields (call id and operator, claims, tie, upstreamNo, linkNo, unknown fields) and the
/// external id itself.
std::string CanonicalContent(const Submission& submission);

}  // namespace petition

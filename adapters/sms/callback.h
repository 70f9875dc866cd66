// What an SMS gateway's callback says, read from a form, a query or JSON by the names that the source's settings give,
// and how a callback shows that it is the gateway's. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/door.h"
#include "petition/result.h"

namespace adapters::sms {

/// Names of the callback's fields. Where a list stands, the first that is there counts.
struct CallbackFields {
  std::vector<std::string> phone = {"phone", "mobile", "from", "src", "msisdn"};
  std::vector<std::string> text = {"content", "text", "msg", "message"};
  std::vector<std::string> id = {"msgId", "msgid", "messageId", "id"};
  std::vector<std::string> at = {"time", "receiveTime", "timestamp", "moTime"};
  std::vector<std::string> to = {"to", "dest", "spNumber", "extCode"};
  std::vector<std::string> part = {"part", "partIndex", "pknumber"};  ///< of a long message, counted from 1
  std::vector<std::string> parts = {"parts", "partTotal", "pktotal"};
  std::vector<std::string> reference = {"reference", "partRef", "longId"};
};

enum class CallbackAuth {
  kBearer,  ///< the source's own key of the hub
  kToken,   ///< a secret in a field, in the query or in a header
  kHmac,    ///< HMAC-SHA256 over timestamp header, "\n" and body, in hex, in a header
};

struct CallbackAuthOptions {
  CallbackAuth kind = CallbackAuth::kBearer;
  std::string secret;
  std::string name = "token";    ///< of the field or header that holds token or signature
  std::string timestamp_header;  ///< kHmac: what is signed with the body; "": the body alone
  std::chrono::seconds timestamp_age_max{300};
};

/// One message or part of one.
struct SmsPart {
  std::string phone, text, id, to;
  std::optional<petition::Time> at;
  std::string reference;
  unsigned part = 1, parts = 1;
};

/// Part numbers of a long message: more is nothing that a telephone sends.
inline constexpr unsigned kPartsMax = 64;

/// All messages of a callback: an array of JSON brings several, and a bad one among them spoils no good one. kInvalid
/// "callback_invalid" names the field.
petition::Result<std::vector<petition::Result<SmsPart>>> ReadCallback(const DoorCall& call,
                                                                      const CallbackFields& fields);

petition::Status VerifyCallback(const DoorCall& call, bool bearer_ok, const CallbackAuthOptions& options);

}  // namespace adapters::sms

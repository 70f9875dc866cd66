// What stands in which column: parcels and updates as rows of an exchange database, an item handed down as a
// submission, and what the state column with its result code means. Pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/destination.h"
#include "adapters/exchange_db/sessions.h"

namespace adapters::exchange {

using Columns = std::vector<std::pair<std::string, Value>>;

/// The rows of one registration or update, by table.
struct Rows {
  Columns call, item, handling;  ///< empty: none of that table
  std::vector<Columns> persons;
};
Rows ToRows(const Parcel& parcel, petition::Time now);
Rows ToRows(const Update& update, petition::Time now);

/// What the other side has written back about one row.
struct WrittenBack {
  std::int64_t state = 0;
  std::string result_code, national_no, state_word;
  std::string digest;        ///< of what we wrote
  std::string their_digest;  ///< of what holds the key there
};
Answer ToAnswer(const WrittenBack& back, std::chrono::milliseconds look_again);

/// Columns an item handed down is read from, and the same as a submission; `persons`: columns of kPersonColumns.
inline constexpr const char* kItemColumns =
    "xfjbh, sxfjbh, xfrq, nrfldm, xfmddm, bt, tsnr, wtsddm, wtsd, sxr, bfyrhdw, xfrs, nmbz, zdjjbz, yybz, letterid";
inline constexpr const char* kPersonColumns = "xm, zjhm, sjh, ldhm, zh, zz, zfrbz, dlbz";
petition::Submission ToSubmission(const Row& item, const std::vector<Row>& persons);

/// "2025-03-04 10:12:00" at +08:00, and back; an unreadable one is kInvalid.
std::string TimeText(petition::Time time);
petition::Result<petition::Time> ReadTime(const std::string& text);

}  // namespace adapters::exchange

#include "adapters/exchange_db/row_mapping.h"

#include <array>
#include <cstdio>

#include "adapters/exchange_db/schema.h"
#include "petition/json.h"

namespace adapters::exchange {
namespace {

using petition::Json;
using petition::Submission;

constexpr std::chrono::milliseconds kTooFrequentWait{60'000};

Value Flag(bool flag) { return static_cast<std::int64_t>(flag ? 1 : 0); }

std::string DayText(const std::optional<petition::Time>& time) {
  return time ? TimeText(*time).substr(0, 10) : std::string();
}

std::string Attachments(const Submission& submission) {
  if (submission.attachments.empty()) return "";
  Json list = Json::array();
  for (const auto& file : submission.attachments)
    list.push_back({{"name", file.name}, {"mediaType", file.media_type}, {"size", file.size}, {"sha256", file.sha256}});
  return petition::DumpJson(list);
}

/// What a registration and a revision have in common.
void AddContent(const Submission& from, Columns& item) {
  const auto text = [&](const char* column, const std::string& value) {
    if (!value.empty()) item.emplace_back(column, value);
  };
  text("xfjbh", from.external_id);
  text("sxfjbh", from.upstream_no);
  text("hbjbh", from.claims.merged_into);
  text("gljbh", from.claims.repeat_of);
  text("xfrq", DayText(from.petitioned_at ? from.petitioned_at : from.received_at));
  text("jssj", from.received_at ? TimeText(*from.received_at) : std::string());
  text("xfxs", from.channel);
  text("xfmddm", from.purpose);
  text("nrfldm", from.category);
  text("bt", from.title);
  text("tsnr", from.content);
  text("wtsddm", from.division);
  text("wtsd", from.place_text);
  text("sxr", from.addressee);
  text("yybz", from.threat);
  text("letterid", from.barcode);
  text("bfyrhdw", from.accused);
  text("xgfj", Attachments(from));
  if (from.location) {
    text("jd", std::to_string(from.location->lon));
    text("wd", std::to_string(from.location->lat));
  }
  if (from.is_petition) item.emplace_back("sfxfj", std::string(*from.is_petition ? "1" : "0"));
  item.emplace_back("xfrs", static_cast<std::int64_t>(from.head_count));
  item.emplace_back("nmbz", Flag(from.anonymous));
  item.emplace_back("lmbz", Flag(from.petitioners.size() > 1));
  item.emplace_back("zdjjbz", Flag(from.urgent));
  item.emplace_back("bmbz", Flag(from.confidential));
}

void AddPeople(const Submission& from, const Columns& key, Rows& rows) {
  bool main = false;
  std::int64_t order = 0;
  for (const auto& person : from.petitioners) {
    Columns columns = key;
    columns.insert(columns.end(), {{"xh", order++},
                                   {"xm", person.name},
                                   {"zjhm", person.id_number},
                                   {"sjh", person.phone},
                                   {"ldhm", person.calling_number},
                                   {"zh", person.account},
                                   {"zz", person.address}});
    const bool first = !main && person.role != "agent" && person.role != "joint";
    main = main || first;
    columns.emplace_back("zfrbz", Flag(first));
    columns.emplace_back("dlbz", Flag(person.role == "agent"));
    rows.persons.push_back(std::move(columns));
  }
}

void AddCall(const Submission& from, const Columns& key, Rows& rows) {
  rows.call = key;
  const std::string calling = from.petitioners.empty() ? "" : from.petitioners.front().calling_number;
  const std::string contact = from.petitioners.empty() ? "" : from.petitioners.front().phone;
  rows.call.insert(rows.call.end(),
                   {{"hjbh", from.call.id}, {"ldhm", calling}, {"lxdh", contact}, {"lybh", from.call.recording_ref}});
}

Answer EndedBy(Outcome outcome, std::string reason, std::chrono::milliseconds retry_after = {}) {
  Answer answer;
  answer.outcome = outcome;
  answer.reason = std::move(reason);
  answer.retry_after = retry_after;
  return answer;
}

Answer Failed(const std::string& code) {
  if (code == "-1") return EndedBy(Outcome::kTransient, "busy");
  if (code == "-2") return EndedBy(Outcome::kTransient, "too_frequent", kTooFrequentWait);
  if (code == "04" || code.empty()) return EndedBy(Outcome::kTransient, "unknown_error");
  if (code == "0202") return EndedBy(Outcome::kPermanent, "bad_format");
  if (code == "0301") return EndedBy(Outcome::kPermanent, "no_service");
  if (code == "0304") return EndedBy(Outcome::kPermanent, "no_right");
  if (code == "0404") return EndedBy(Outcome::kPermanent, "business_rule");
  const bool plain = code.size() <= 8 && code.find_first_not_of("0123456789-") == std::string::npos;
  return EndedBy(Outcome::kPermanent, plain ? "code_" + code : "code_unknown");
}

}  // namespace

std::string TimeText(petition::Time time) {
  const std::string text = petition::FormatTime(time);  // 2025-03-04T10:12:00+08:00
  return text.substr(0, 10) + " " + text.substr(11, 8);
}

petition::Result<petition::Time> ReadTime(const std::string& text) {
  if (text.size() != 19 || text[10] != ' ') return petition::Invalid("time_invalid", "not yyyy-MM-dd HH:mm:ss");
  return petition::ParseTime(text.substr(0, 10) + "T" + text.substr(11) + "+08:00");
}

Rows ToRows(const Parcel& parcel, petition::Time now) {
  const Columns key{{"lhxfjid", parcel.intake_no}, {"gxbh", std::string()}};
  Rows rows;
  rows.item = key;
  rows.item.insert(rows.item.end(), {{"djjgmc", parcel.source},
                                     {"djsj", TimeText(parcel.registered_at)},
                                     {"ajbh", parcel.case_no},
                                     {"gxlb", std::string(petition::RelationName(parcel.relation))},
                                     {"glxfjid", parcel.of_intake_no},
                                     {"nrzy", parcel.content_digest},
                                     {"mfbz", Flag(parcel.sealed)}});
  AddContent(parcel.submission, rows.item);
  AddPeople(parcel.submission, key, rows);
  AddCall(parcel.submission, key, rows);
  rows.handling = key;
  rows.handling.insert(rows.handling.end(),
                       {{"blfs", std::string("register")},
                        {"blsj", TimeText(now)},
                        {"ajbh", parcel.case_no},
                        // Its state is the item's: nobody has anything to do with this row by itself.
                        {"clzt", static_cast<std::int64_t>(kTaken)}});
  return rows;
}

Rows ToRows(const Update& update, petition::Time now) {
  const Columns key{{"lhxfjid", update.intake_no}, {"gxbh", update.update_id}};
  Rows rows;
  if (update.submission) {
    rows.item = key;
    rows.item.insert(rows.item.end(), {{"ajbh", update.case_no}, {"clzt", static_cast<std::int64_t>(kTaken)}});
    AddContent(*update.submission, rows.item);
    AddPeople(*update.submission, key, rows);
    AddCall(*update.submission, key, rows);
  }
  const bool answer = update.event == "replied" || update.event == "closed" || update.event == "resolved";
  rows.handling = key;
  rows.handling.insert(rows.handling.end(), {{"blfs", update.event.empty() ? update.kind : update.event},
                                             {"blsj", TimeText(now)},
                                             {"hfgznr", update.text},
                                             {"ajbh", update.case_no},
                                             {"dftype", Flag(answer)}});
  return rows;
}

Answer ToAnswer(const WrittenBack& back, std::chrono::milliseconds look_again) {
  Answer done;
  done.outcome = Outcome::kDone;
  done.national_no = back.national_no;
  done.state = back.state_word;
  done.content_digest = back.digest;
  if (back.state == kTaken) return done;
  if (back.state == kKeyTaken) {
    // A timeout after the other side's commit looks like this, too: it is ours when the content is.
    if (!back.digest.empty() && back.their_digest == back.digest) return done;
    return EndedBy(Outcome::kPermanent, "key_conflict");
  }
  if (back.state == kFailed) return Failed(back.result_code);
  if (back.state < 0 || back.state > kTriedMost) return EndedBy(Outcome::kPermanent, "state_unknown");
  return EndedBy(Outcome::kUnknown, back.state == kWaiting ? "waiting_there" : "tried_there", look_again);
}

petition::Submission ToSubmission(const Row& item, const std::vector<Row>& persons) {
  Submission submission;
  submission.channel = "upper_transfer";
  std::size_t at = 0;
  for (std::string* field : {&submission.external_id, &submission.upstream_no}) *field = item[at++];
  if (auto day = petition::ParseTime(item[at++] + "T00:00:00+08:00"); day.ok()) submission.petitioned_at = *day;
  for (std::string* field : {&submission.category, &submission.purpose, &submission.title, &submission.content,
                             &submission.division, &submission.place_text, &submission.addressee, &submission.accused})
    *field = item[at++];
  submission.head_count = static_cast<std::uint32_t>(std::strtoul(item[at++].c_str(), nullptr, 10));
  submission.anonymous = item[at++] == "1";
  submission.urgent = item[at++] == "1";
  submission.threat = item[at++];
  submission.barcode = item[at++];
  for (const Row& row : persons) {
    petition::Petitioner person;
    std::size_t cell = 0;
    for (std::string* field :
         {&person.name, &person.id_number, &person.phone, &person.calling_number, &person.account, &person.address})
      *field = row[cell++];
    const bool main = row[cell++] == "1", agent = row[cell++] == "1";
    person.role = agent ? "agent" : main ? "main" : "joint";
    submission.petitioners.push_back(std::move(person));
  }
  return submission;
}

}  // namespace adapters::exchange

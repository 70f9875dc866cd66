#include "gateway/feeds/record_intake.h"

#include <algorithm>
#include <fstream>

#include "gateway/refusals.h"
#include "ledger/crypto.h"
#include "petition/json.h"

namespace gateway {

using adapters::Record;
using adapters::Settled;
using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kRefusedWhereMax = 8000;  // what a refusal's record keeps of it (refusals.cc)
constexpr std::size_t kMediaPiece = 1u << 20;

/// Errors that speak of us, not of the record.
bool IsOurs(const petition::Error& error) { return !IsRefusal(error); }

Settled ToSettled(const Receipt& receipt) {
  Settled settled;
  settled.kind = receipt.existing   ? Settled::Kind::kExisting
                 : receipt.revision ? Settled::Kind::kRevision
                                    : Settled::Kind::kRegistered;
  settled.intake_no = receipt.intake_no;
  settled.query_code = receipt.query_code;
  settled.ledger_index = receipt.ledger_index;
  return settled;
}

/// The media's digest and size, of memory or file.
Result<std::pair<std::string, std::uint64_t>> DigestOf(const adapters::Media& media) {
  ledger::RunningSha256 digest;
  if (media.file.empty()) {
    digest.Add(media.bytes);
    return std::pair{digest.HexDigest(), std::uint64_t{media.bytes.size()}};
  }
  std::ifstream in(media.file, std::ios::binary);
  std::string piece(kMediaPiece, '\0');
  std::uint64_t size = 0;
  if (!in) return petition::Unavailable("a file that came with a record can't be read");
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    digest.Add(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
    size += static_cast<std::uint64_t>(in.gcount());
  }
  if (in.bad()) return petition::Unavailable("a file that came with a record can't be read");
  return std::pair{digest.HexDigest(), size};
}

Status WriteMedia(const adapters::Media& media, ledger::BlobStore::Writer& writer) {
  if (media.file.empty()) return writer.Write(media.bytes);
  std::ifstream in(media.file, std::ios::binary);
  std::string piece(kMediaPiece, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    GUIYI_CHECK(writer.Write(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount()))));
  }
  return petition::Ok();
}

}  // namespace

/// What waits to be registered together, and what was told so far. What the arrivals hold is lent: however it ends, the
/// records have it again, for they come again when something was not taken.
struct RecordIntake::Batch {
  explicit Batch(std::vector<Record>& of) : records(of) {
    settled.resize(of.size());
    arrivals.reserve(of.size());
  }
  ~Batch() { GiveBack(); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// The arrivals' places among the records.
  std::vector<std::size_t> GiveBack() {
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      records[places[i]].submission = std::move(arrivals[i].submission);
      records[places[i]].raw = std::move(arrivals[i].raw);
    }
    arrivals.clear();
    return std::exchange(places, {});
  }

  std::vector<Record>& records;
  std::vector<std::optional<Settled>> settled;
  std::vector<Arrival> arrivals;
  std::vector<std::size_t> places;  ///< of the arrivals among the records; never fewer than they are
  std::vector<Refusal> refusals;
  std::vector<std::size_t> refused;
};

Status RecordIntake::StoreMedia(const Source& source, Record& record) {
  for (const adapters::Media& media : record.media) {
    GUIYI_TRY(const auto digest_and_size, DigestOf(media));
    const auto& digest = digest_and_size.first;
    const auto size = digest_and_size.second;
    if (!owners_.Has(source.name, digest)) {
      GUIYI_CHECK(intake_.CheckDisk(true));
      GUIYI_TRY(const auto writer, blobs_.Put(digest));
      GUIYI_CHECK(WriteMedia(media, *writer));
      GUIYI_TRY(const auto written, writer->Finish());
      (void)written;
      GUIYI_CHECK(owners_.Remember(source.name, digest));
    }
    auto& attachments = record.submission->attachments;
    const auto named = std::find_if(attachments.begin(), attachments.end(), [&](const auto& one) {
      return one.sha256 == digest || (one.sha256.empty() && one.content.empty() && one.name == media.name);
    });
    petition::Attachment& attachment = named == attachments.end() ? attachments.emplace_back() : *named;
    if (attachment.name.empty()) attachment.name = media.name;
    if (attachment.media_type.empty()) attachment.media_type = media.media_type;
    attachment.sha256 = digest;
    attachment.size = size;
  }
  return petition::Ok();
}

Result<Settled> RecordIntake::PutReport(const Source& source, const adapters::Report& report) {
  GUIYI_TRY(const auto known, ledger_.FindExternal(source.name, report.external_id));
  if (known.empty()) return petition::NotFound("no submission of this number was handed in before");
  Json body = {{"event", report.event}, {"text", report.text}};
  if (report.at) body["at"] = petition::FormatTime(*report.at);
  if (report.text.empty()) body.erase("text");
  GUIYI_TRY(const auto event, EventReportFromJson(body));
  Principal who;
  who.name = who.source = source.name;
  GUIYI_TRY(const auto acted, decisions_.Report(who, known.back().index, event));
  Settled settled;
  settled.kind = Settled::Kind::kReported;
  settled.ledger_index = acted.entry;
  return settled;
}

Refusal RecordIntake::ToRefusal(const Source& source, std::string_view door, Record& record,
                                const petition::Error& error) const {
  Refusal refusal;
  refusal.door = door;
  refusal.source = source.name;
  refusal.reason = error.Reason();
  refusal.media_type = record.media_type;
  refusal.raw_size = record.raw.size();
  refusal.raw = record.raw;
  refusal.where = WhereOf(error);
  refusal.where["place"] = record.place;
  refusal.where["mapping"] = source.mapping_version;
  if (!record.context.empty()) refusal.where["context"] = record.context;
  // A table of very many columns: its rows can't be read again alone, but the file is in the archive.
  if (petition::DumpJson(refusal.where).size() > kRefusedWhereMax) refusal.where.erase("context");
  return refusal;
}

Refusal RecordIntake::ToShadow(const Source& source, std::string_view door, Record& record) const {
  const petition::Error error =
      record.refusal.value_or(petition::Invalid(std::string(kShadowReason), "the source is tried out"));
  Refusal refusal = ToRefusal(source, door, record, error);
  refusal.reason = kShadowReason;
  Json would = {{"as", record.submission ? "submission" : record.report ? "report" : "refused"}};
  if (record.submission) would["externalId"] = record.submission->external_id;
  if (record.report) would["externalId"] = record.report->external_id;
  if (record.refusal) would["reason"] = error.Reason();
  refusal.where["would"] = std::move(would);
  return refusal;
}

Result<std::vector<Settled>> RecordIntake::AppendAll(
    const Source& source, const adapters::SourceSpec& spec, std::string_view door, std::vector<Record>& records,
    const std::function<std::optional<std::uint64_t>(const std::string& place)>& known_refusal,
    Intake::Receipts receipts_asked) {
  Batch batch(records);
  const bool shadow = source.state == "shadow";

  const auto refuse = [&](std::size_t at, const petition::Error& error) {
    const auto before = known_refusal ? known_refusal(records[at].place) : std::nullopt;
    Settled settled;
    settled.kind = shadow ? Settled::Kind::kShadow : Settled::Kind::kRefused;
    if (!shadow || records[at].refusal) settled.error = error;
    settled.ledger_index = before.value_or(ledger::kNoIndex);
    batch.settled[at] = std::move(settled);
    if (before) return;
    batch.refusals.push_back(shadow ? ToShadow(source, door, records[at])
                                    : ToRefusal(source, door, records[at], error));
    batch.refused.push_back(at);
  };
  const auto flush = [&]() -> Status {
    auto receipts = intake_.RegisterAll(batch.arrivals, receipts_asked);
    const auto places = batch.GiveBack();
    for (std::size_t i = 0; i < receipts.size(); ++i) {
      if (receipts[i].ok()) {
        batch.settled[places[i]] = ToSettled(*receipts[i]);
        continue;
      }
      if (IsOurs(receipts[i].error())) return receipts[i].error();
      refuse(places[i], receipts[i].error());
    }
    return petition::Ok();
  };

  for (std::size_t i = 0; i < records.size(); ++i) {
    Record& record = records[i];
    if (shadow || record.refusal) {
      refuse(i, record.refusal.value_or(petition::Invalid(std::string(kShadowReason), "the source is tried out")));
    } else if (record.submission) {
      GUIYI_CHECK(StoreMedia(source, record));
      batch.places.push_back(i);
      Arrival& arrival = batch.arrivals.emplace_back();
      arrival.source = source.name;
      arrival.submission = std::move(*record.submission);
      if (arrival.submission.channel.empty())
        arrival.submission.channel = spec.channel.empty() ? source.channel : spec.channel;
      if (arrival.submission.division.empty()) {
        arrival.submission.division = spec.division.empty() ? source.division : spec.division;
      }
      arrival.raw = std::move(record.raw);
      if (!record.media_type.empty()) arrival.media_type = record.media_type;
    } else if (record.report) {
      // What it reports about may stand before it in the same batch.
      GUIYI_CHECK(flush());
      auto reported = PutReport(source, *record.report);
      if (reported.ok()) {
        batch.settled[i] = std::move(*reported);
      } else if (IsOurs(reported.error())) {
        return std::move(reported).error();
      } else {
        refuse(i, reported.error());
      }
    } else {
      refuse(i, petition::Invalid("record_empty", "the adapter made nothing of the record"));
    }
  }
  GUIYI_CHECK(flush());
  auto appended = intake_.RefuseAll(batch.refusals);
  for (std::size_t i = 0; i < appended.size(); ++i) {
    if (!appended[i].ok()) return std::move(appended[i]).error();
    batch.settled[batch.refused[i]]->ledger_index = *appended[i];
  }
  std::vector<Settled> settled;
  for (auto& one : batch.settled) settled.push_back(std::move(one).value_or(Settled{}));
  return settled;
}

FeedCounts CountsOf(std::span<const Settled> settled, std::span<const Record> records) {
  FeedCounts counts;
  for (std::size_t i = 0; i < settled.size(); ++i) {
    switch (settled[i].kind) {
      case Settled::Kind::kRegistered:
        ++counts.registered;
        break;
      case Settled::Kind::kExisting:
        ++counts.existing;
        break;
      case Settled::Kind::kRevision:
        ++counts.revisions;
        break;
      case Settled::Kind::kReported:
        ++counts.reported;
        break;
      case Settled::Kind::kRefused:
        ++counts.refused;
        break;
      case Settled::Kind::kShadow:
        ++counts.shadow;
        if (records[i].refusal) ++counts.shadow_failed;
        break;
    }
  }
  return counts;
}

}  // namespace gateway

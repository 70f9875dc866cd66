#include "gateway/follower_fold.h"

#include "gateway/decisions.h"
#include "petition/json.h"

namespace gateway {

using dedup::Effect;
using petition::Json;
using petition::Status;

namespace {

using Transaction = dedup::CaseBook::Transaction;

struct Entry {
  const ledger::Stored& stored;
  const Json& record;
  Transaction& transaction;
  Deliveries& deliveries;
  bool ask_first;
  std::vector<std::uint64_t>& resealed;

  petition::Result<petition::Time> At() const { return petition::ParseTime(record.at("at").get<std::string>()); }
  std::uint64_t Index(const char* name) const { return record.at(name).get<std::uint64_t>(); }
  std::string Text(const char* name) const { return record.value(name, ""); }
  DeliveryKey Delivery() const {
    DeliveryKey key{record.at("destination").get<std::string>(), Index("intake"), {}};
    if (record.contains("update")) key.update = Index("update");
    return key;
  }

  /// Owes an update for each intake whose case changed.
  Status OweAll(const Effect& effect, std::string_view kind, petition::Time at) const {
    for (const std::uint64_t index : effect.changed) {
      GUIYI_CHECK(deliveries.Reorder(index));
      GUIYI_CHECK(deliveries.AddUpdate(index, stored.index, kind, "", at, ask_first));
      if (kind == "merged") GUIYI_CHECK(deliveries.AddLateAnswers(index, at, ask_first));
    }
    return petition::Ok();
  }
};

Status FoldMerge(const Entry& fold) {
  dedup::MergeRecord merge{fold.stored.index,
                           fold.Index("first"),
                           fold.Index("with"),
                           fold.record.value("overrule", false),
                           fold.Text("by"),
                           fold.Text("reason"),
                           {}};
  GUIYI_TRY(merge.at, fold.At());
  GUIYI_TRY(const auto effect, fold.transaction.ApplyMerge(merge));
  return fold.OweAll(effect, "merged", merge.at);
}

Status FoldSplit(const Entry& fold) {
  dedup::SplitRecord split{
      fold.stored.index, fold.Index("of"),    fold.record.at("intakes").get<std::vector<std::uint64_t>>(),
      fold.Text("by"),   fold.Text("reason"), {}};
  GUIYI_TRY(split.at, fold.At());
  GUIYI_TRY(const auto effect, fold.transaction.ApplySplit(split));
  return fold.OweAll(effect, "split", split.at);
}

Status FoldAnswer(const Entry& fold) {
  dedup::AnswerRecord answer;
  answer.entry = fold.stored.index;
  answer.review = fold.Index("review");
  const auto verdict = dedup::AnswerFromName(fold.Text("verdict"));
  if (!verdict) return petition::Corrupt("an answer without a verdict");
  answer.answer = *verdict;
  answer.relation = petition::RelationFromName(fold.Text("relation")).value_or(petition::Relation::kNew);
  answer.overrule = fold.record.value("overrule", false);
  answer.by = fold.Text("by");
  answer.reason = fold.Text("reason");
  GUIYI_TRY(answer.at, fold.At());
  GUIYI_TRY(const auto effect, fold.transaction.ApplyAnswer(answer));
  return fold.OweAll(effect, "merged", answer.at);
}

Status FoldSealing(const Entry& fold, bool sealed) {
  dedup::SealingRecord sealing{fold.stored.index, fold.Index("intake"), sealed,
                               fold.Text("by"),   fold.Text("reason"),  {}};
  GUIYI_TRY(sealing.at, fold.At());
  GUIYI_TRY(const auto effect, fold.transaction.ApplySealing(sealing));
  fold.resealed.insert(fold.resealed.end(), effect.resealed.begin(), effect.resealed.end());
  return fold.OweAll(effect, "split", sealing.at);
}

Status FoldDecision(const Entry& fold) {
  const std::string what = fold.Text("what");
  if (what == "replayed" || what == "set_aside") {
    const auto intake = what == "replayed" ? fold.Index("intake") : ledger::kNoIndex;
    return fold.deliveries.quarantine().Close(fold.Index("refused"), fold.stored.index, intake);
  }
  if (what == "answer") return FoldAnswer(fold);
  if (what == "seal" || what == "unseal") return FoldSealing(fold, what == "seal");
  if (what == "delivery_assign") return fold.deliveries.Assign(fold.Delivery(), fold.Text("owner"));
  if (what != "delivery_retry" && what != "delivery_skip") return petition::Ok();  // another part's
  GUIYI_TRY(const auto at, fold.At());
  if (what == "delivery_retry") return fold.deliveries.Unpark(fold.Delivery(), at);
  return fold.deliveries.Skip(fold.Delivery(), fold.Text("reason"), at);
}

Status FoldEvent(const Entry& fold) {
  if (const std::string instruction = fold.Text("instruction"); !instruction.empty())
    GUIYI_CHECK(fold.deliveries.instructions().Add(fold.Text("destination"), instruction));
  if (!fold.record.contains("intake")) return petition::Ok();  // about none of our intakes
  const std::uint64_t index = fold.Index("intake");
  if (index == ledger::kNoIndex) return petition::Ok();
  GUIYI_TRY(const auto at, fold.At());
  const std::string event = fold.Text("event"), destination = fold.Text("destination");
  if (!destination.empty()) {
    dedup::NationalRecord national{fold.stored.index,  index, destination, fold.Text("what"), fold.Text("nationalNo"),
                                   fold.Text("state"), "",    at};
    GUIYI_TRY(const auto said, fold.transaction.ApplyNational(national));
    (void)said;
    GUIYI_CHECK(fold.deliveries.TakeState(index, destination, fold.Text("nationalNo"), fold.Text("state")));
  }
  if (!IsEventName(event)) return petition::Ok();
  dedup::EventRecord happened{fold.stored.index,          index, event, fold.Text("by"), at, !fold.Text("text").empty(),
                              fold.Text("documentSha256")};
  GUIYI_TRY(const auto effect, fold.transaction.ApplyEvent(happened));
  if (effect.refused) return petition::Ok();
  GUIYI_CHECK(fold.deliveries.AddUpdate(index, fold.stored.index, "event", event, at, fold.ask_first, destination));
  // One answer answers all members: where they are registered they are answered, too.
  if (event != "replied" && event != "closed" && event != "resolved") return petition::Ok();
  return fold.deliveries.AddSharedAnswer(index, fold.stored.index, event, at, fold.ask_first);
}

Status FoldRefused(const Entry& fold) {
  if (fold.Text("source").empty()) return petition::Ok();  // nobody's: it can't be read by anybody's mapping
  QuarantineRow row;
  row.index = fold.stored.index;
  row.source = fold.Text("source");
  row.door = fold.Text("door");
  row.reason = fold.Text("reason");
  row.size = fold.record.value("size", std::uint64_t{0});
  const Json where = fold.record.value("where", Json::object());
  row.place = where.value("place", "");
  if (const auto would = where.find("would"); would != where.end()) {
    row.shadow = true;
    row.external_id = would->value("externalId", "");
    row.would_fail = would->contains("reason");
    if (row.would_fail) row.reason = would->value("reason", "");
  }
  const auto entry = petition::ParseJson(fold.stored.entry);
  if (!entry.ok()) return petition::Corrupt("an entry that does not read as one");
  GUIYI_TRY(row.at, petition::ParseTime(entry->value("time", "")));
  return fold.deliveries.quarantine().Add(row);
}

Status FoldDelivered(const Entry& fold) {
  const DeliveryKey key = fold.Delivery();
  const std::string outcome = fold.Text("outcome");
  GUIYI_TRY(const auto at, fold.At());
  const auto end = outcome == "done" ? DeliveryState::kDone : DeliveryState::kParked;
  GUIYI_CHECK(fold.deliveries.Settle(key, end, fold.Text("nationalNo"), fold.Text("state"), fold.Text("reason"), at,
                                     fold.Text("owner")));
  dedup::NationalRecord national{fold.stored.index,       key.index,          key.destination,     outcome,
                                 fold.Text("nationalNo"), fold.Text("state"), fold.Text("reason"), at};
  GUIYI_TRY(const auto effect, fold.transaction.ApplyNational(national));
  (void)effect;
  return petition::Ok();
}

}  // namespace

Status FoldEntry(const ledger::Stored& stored, Transaction& transaction, Deliveries& deliveries, bool ask_first,
                 std::vector<std::uint64_t>& resealed) {
  using ledger::Kind;
  switch (stored.kind) {
    case Kind::kMerge:
    case Kind::kSplit:
    case Kind::kDecision:
    case Kind::kEvent:
    case Kind::kDelivered:
    case Kind::kRefused:
      break;
    default:
      return petition::Ok();  // nothing of the state follows from it
  }
  if (stored.dropped) return petition::Ok();
  GUIYI_TRY(const auto record, petition::ParseJson(stored.record));
  const Entry fold{stored, record, transaction, deliveries, ask_first, resealed};
  try {
    switch (stored.kind) {
      case Kind::kMerge:
        return FoldMerge(fold);
      case Kind::kSplit:
        return FoldSplit(fold);
      case Kind::kDecision:
        return FoldDecision(fold);
      case Kind::kEvent:
        return FoldEvent(fold);
      case Kind::kRefused:
        return FoldRefused(fold);
      default:
        return FoldDelivered(fold);
    }
  } catch (const Json::exception&) {
    return petition::Corrupt("entry " + std::to_string(stored.index) + " does not read as its kind");
  }
}

Status FoldOthers(const ledger::Stored& stored, const std::vector<Fold*>& folds) {
  if (folds.empty() || stored.dropped) return petition::Ok();
  GUIYI_TRY(const auto record, petition::ParseJson(stored.record));
  try {
    for (Fold* fold : folds) GUIYI_CHECK(fold->TakeEntry(stored, record));
  } catch (const Json::exception&) {
    return petition::Corrupt("entry " + std::to_string(stored.index) + " does not read as its kind");
  }
  return petition::Ok();
}

Status FoldIntake(const dedup::IntakeRow& intake, std::string_view serialized_profile,
                  const dedup::VerdictRecord& verdict, std::string_view record, Transaction& transaction,
                  Deliveries& deliveries, bool ask_first) {
  GUIYI_TRY(const auto effect, transaction.AddDecided(intake, serialized_profile, verdict, record));
  if (intake.historic || verdict.owed.empty()) return petition::Ok();
  GUIYI_TRY(const auto lead, transaction.IndexOfIntakeNo(dedup::IntakeNoOfCase(effect.case_no)));
  for (const std::string& destination : verdict.owed) {
    GUIYI_CHECK(deliveries.AddRegistration(destination, intake, lead.value_or(intake.index), effect.case_no, verdict.at,
                                           ask_first));
  }
  GUIYI_CHECK(deliveries.AddLateAnswers(intake.index, verdict.at, ask_first));
  if (verdict.relation == petition::Relation::kRevision && verdict.mode == petition::Mode::kAuto && verdict.of) {
    return deliveries.AddUpdate(*verdict.of, intake.index, "revision", "", verdict.at, ask_first);
  }
  return petition::Ok();
}

}  // namespace gateway

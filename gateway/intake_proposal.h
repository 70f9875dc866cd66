// What intake hands to the ledger: proposals that become drafts once their place is known. Each belongs to the call
// that made it; Compose runs on the ledger's writer thread while that call waits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/intake.h"
#include "gateway/intake_record.h"

namespace gateway {

/// What the ledger has under the numbers of one call, each looked up once: a source may use one number for all of a
/// file.
class NumbersKnown {
 public:
  explicit NumbersKnown(const ledger::Ledger& ledger) : ledger_(ledger) {}
  struct Number {
    std::uint64_t before = 0;  ///< all of the entries up to here
    std::vector<ledger::KnownIntake> intakes;
  };
  /// Valid as long as this object.
  petition::Result<const Number*> Find(const std::string& source, const std::string& external_id);

 private:
  const ledger::Ledger& ledger_;
  std::map<std::pair<std::string, std::string>, Number> numbers_;
};

/// An arrival on its way into the ledger: everything that needs no place in it is done beforehand by the caller's
/// thread, the look-up of its number too; Compose only asks what came under that number since, and joins prepared
/// texts.
class IntakeProposal final : public ledger::Proposal {
 public:
  IntakeProposal(const ledger::Ledger& ledger, const petition::Clock& clock, const std::string& division6,
                 const Arrival& arrival, PreparedRecord record, std::string content, std::string people,
                 bool wants_proof);

  /// To be called once before it is proposed.
  petition::Status LookUp(NumbersKnown& numbers);
  petition::Result<std::variant<ledger::Draft, std::uint64_t>> Compose(ledger::View& view) override;
  bool WantsProof() const override { return wants_proof_; }

  /// Where the intake stands; kNoIndex before Compose.
  std::uint64_t index() const { return index_; }
  const std::optional<ledger::KnownIntake>& first() const { return first_; }
  const std::string& intake_no() const { return intake_no_; }
  petition::Time registered_at() const { return registered_at_; }
  bool revision() const { return key_.revision_of != ledger::kNoIndex; }
  bool number_reused() const { return number_reused_; }
  std::vector<std::string> flags;

 private:
  /// What stands under the number.
  struct Known {
    std::uint64_t before = 0;  ///< of the entries up to here
    bool used = false;         ///< there are some
    std::optional<ledger::KnownIntake> same_content;
    std::uint64_t same_people = ledger::kNoIndex;  ///< the first intake of these people
  };
  /// `known_` with what came since; pure memory.
  Known Update(const ledger::View& view) const;

  const ledger::Ledger& ledger_;
  const petition::Clock& clock_;
  const std::string& division6_;
  const Arrival& arrival_;  ///< outlives the append
  const PreparedRecord record_;
  const bool wants_proof_;
  ledger::IntakeKey key_;
  Known known_;
  // What Compose found; read by the caller once the ledger has answered.
  std::optional<ledger::KnownIntake> first_;
  std::uint64_t index_ = ledger::kNoIndex;
  bool number_reused_ = false;
  petition::Time registered_at_{};
  std::string intake_no_;
};

/// Of an event whose intake was not registered.
petition::Error IntakeRefused();

/// An event that learns in its turn where the intake stands that it is about.
class SequelProposal final : public ledger::Proposal {
 public:
  SequelProposal(const Sequel& sequel, const IntakeProposal* of) : sequel_(sequel), of_(of) {}

  petition::Result<std::variant<ledger::Draft, std::uint64_t>> Compose(ledger::View& view) override;
  bool WantsProof() const override { return false; }

 private:
  const Sequel& sequel_;
  const IntakeProposal* of_;  ///< composed before this one
};

}  // namespace gateway

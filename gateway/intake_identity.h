// What intake keeps to tell a resend, a revision and a reused number apart: keyed hashes of a submission's content and
// of what identifies its people. Nothing of them can be turned back without the key. Pure functions over a key; safe
// from any thread.
#pragma once

#include <string>
#include <string_view>

#include "ledger/crypto.h"
#include "petition/submission.h"

namespace gateway {

/// 16 bytes over the canonical content: equal for a resend.
std::string ContentHash(const ledger::Key& key, const petition::Submission& submission);

/// 8 bytes for each thing that identifies a person, sorted, one after the other. The upper three bits say what kind of
/// thing it is (so that two resident ids that differ can outweigh a shared telephone), the rest is the keyed hash.
/// An agent's own identity counts only when nobody else is named; without any person the accused stands in.
std::string PeopleHashes(const ledger::Key& key, const petition::Submission& submission);

/// Whether two of these have a person in common. Two valid resident ids without a match say no, whatever telephone they
/// share (a village phone, a group's spokesman); otherwise any shared id, phone, account or full name says yes.
bool PersonInCommon(std::string_view a, std::string_view b);

}  // namespace gateway

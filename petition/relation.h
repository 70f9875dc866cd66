// How a submission relates to earlier ones, and how that was decided. See dedup/README.md for the meaning of each.
#pragma once

#include <optional>
#include <string_view>

namespace petition {

enum class Relation { kNew, kResend, kRevision, kDuplicate, kSupplement, kRepeat, kJoint };
/// auto: sure, tied without a person; review: a person decides; new: stands alone.
enum class Mode { kNew, kAuto, kReview };

/// "new", "resend", "revision", "duplicate", "supplement", "repeat", "joint".
std::string_view RelationName(Relation relation);
std::optional<Relation> RelationFromName(std::string_view name);
/// "new", "auto", "review".
std::string_view ModeName(Mode mode);
std::optional<Mode> ModeFromName(std::string_view name);

/// Whether the relation puts both submissions into one case (the same people): all ties but joint.
inline bool SharesCase(Relation relation) { return relation != Relation::kNew && relation != Relation::kJoint; }

}  // namespace petition

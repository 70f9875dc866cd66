#include "petition/relation.h"

#include <array>

namespace petition {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 7> kRelationNames = {"new",        "resend", "revision", "duplicate",
                                                            "supplement", "repeat", "joint"};
constexpr std::array<std::string_view, 3> kModeNames = {"new", "auto", "review"};

template <typename E, std::size_t N>
std::optional<E> FromName(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view RelationName(Relation relation) { return kRelationNames[static_cast<std::size_t>(relation)]; }
std::optional<Relation> RelationFromName(std::string_view name) { return FromName<Relation>(kRelationNames, name); }
std::string_view ModeName(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }
std::optional<Mode> ModeFromName(std::string_view name) { return FromName<Mode>(kModeNames, name); }

}  // namespace petition

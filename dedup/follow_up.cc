#include "dedup/parameters.h"

namespace dedup {

SupplementVector DescribeFollowUp(const Profile& later, const Profile& earlier, const MatterVector& matter) {
  SupplementVector v{};
  const auto flag = [](bool on) { return on ? 1.0 : 0.0; };
  v[ks_title_adds] = flag(later.acts & kActTitleAdds);
  v[ks_adds_evidence] = flag(later.acts & kActAddsEvidence);
  v[ks_asks_progress] = flag(later.acts & kActAsksProgress);
  v[ks_refers_back] = flag(later.acts & kActRefersBack);
  v[ks_refers_to_day] = matter[k_refers_to_day];
  v[ks_brief] = flag(later.full_letters < 130);
  v[ks_very_brief] = flag(later.full_letters < 50);
  v[ks_long_story] = flag(later.full_letters > 200);
  v[ks_demands] = flag(later.acts & kActDemands);
  v[ks_short_channel] = flag(later.channel == "sms" || later.channel == "wechat");
  v[ks_email] = flag(later.channel == "email");
  bool agent = false;
  for (const auto& person : later.people) agent = agent || person.role == Person::Role::kAgent;
  v[ks_agent] = flag(agent);
  v[ks_earlier_brief] = flag(earlier.full_letters < 90);
  v[ks_new_share] = 1 - std::min(1.0, matter[k_text_within]);
  v[ks_again] = flag(later.acts & kActAgain);
  return v;
}

}  // namespace dedup

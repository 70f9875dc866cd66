#include <algorithm>
#include <array>

#include "petition/digits.h"
#include "petition/identifiers.h"
#include "petition/surnames.h"
#include "petition/text/fold.h"
#include "petition/utf32.h"

namespace petition {
namespace {

using namespace std::string_view_literals;
using Kind = PersonName::Kind;

// Longer titles stand before those they end in. Fold has made them simplified.
constexpr std::array kTitles = {
    U"老先生"sv, U"老太太"sv, U"老人家"sv, U"老爷子"sv, U"老大爷"sv, U"老大娘"sv, U"副主任"sv, U"副校长"sv, U"副局长"sv,
    U"副镇长"sv, U"先生"sv,   U"女士"sv,   U"小姐"sv,   U"太太"sv,   U"夫人"sv,   U"同志"sv,   U"老师"sv,   U"师傅"sv,
    U"同学"sv,   U"朋友"sv,   U"大姐"sv,   U"大哥"sv,   U"大爷"sv,   U"大妈"sv,   U"大娘"sv,   U"大伯"sv,   U"大叔"sv,
    U"大婶"sv,   U"大嫂"sv,   U"阿姨"sv,   U"阿婆"sv,   U"阿伯"sv,   U"阿叔"sv,   U"阿公"sv,   U"叔叔"sv,   U"伯伯"sv,
    U"婆婆"sv,   U"爷爷"sv,   U"奶奶"sv,   U"公公"sv,   U"老汉"sv,   U"老太"sv,   U"老伯"sv,   U"老人"sv,   U"老师"sv,
    U"老板"sv,   U"经理"sv,   U"主任"sv,   U"医生"sv,   U"大夫"sv,   U"护士"sv,   U"律师"sv,   U"教授"sv,   U"老总"sv,
    U"队长"sv,   U"组长"sv,   U"书记"sv,   U"校长"sv,   U"会计"sv,   U"站长"sv,   U"村长"sv,   U"支书"sv,   U"厂长"sv,
    U"店长"sv,   U"警官"sv,   U"班长"sv,   U"科长"sv,   U"所长"sv,   U"局长"sv,   U"镇长"sv,   U"女生"sv,   U"男士"sv,
    U"美女"sv,   U"帅哥"sv,   U"姑娘"sv,   U"小哥"sv,   U"老爹"sv,   U"嫂子"sv,   U"大侠"sv};
// Only after a bare surname: a full name may end in these.
constexpr std::array kShortTitles = {U"伯"sv, U"叔"sv, U"婶"sv, U"嫂"sv, U"姨"sv, U"哥"sv, U"姐"sv, U"总"sv,
                                     U"工"sv, U"公"sv, U"婆"sv, U"氏"sv, U"爷"sv, U"妈"sv, U"某"sv, U"老"sv};

constexpr std::array kAnonymousWords = {U"匿名"sv,   U"不愿"sv,    U"不便"sv,   U"不透露"sv, U"不想透露"sv,
                                        U"保密"sv,   U"无名氏"sv,  U"佚名"sv,   U"隐名"sv,   U"未署名"sv,
                                        U"不署名"sv, U"不具名"sv,  U"未具名"sv, U"无姓名"sv, U"拒绝透露"sv,
                                        U"拒留"sv,   U"未留姓名"sv};
// Who is speaking, not what they are called; also behind 热心, 部分, 全体 and the like.
constexpr std::array kRoleWords = {
    U"网民"sv,   U"网友"sv,   U"市民"sv,   U"群众"sv,   U"村民"sv,   U"居民"sv,   U"业主"sv,   U"住户"sv,   U"知情人"sv,
    U"知情者"sv, U"来电人"sv, U"来信人"sv, U"来访人"sv, U"投诉人"sv, U"举报人"sv, U"反映人"sv, U"信访人"sv, U"诉求人"sv,
    U"家长"sv,   U"职工"sv,   U"员工"sv,   U"教师"sv,   U"司机"sv,   U"老百姓"sv, U"百姓"sv,   U"消费者"sv, U"用户"sv,
    U"游客"sv,   U"路人"sv,   U"热心人"sv, U"用户名"sv, U"访客"sv,   U"来访者"sv};

constexpr bool IsHan(char32_t c) {
  return (c >= 0x3400 && c < 0xA000) || (c >= 0xF900 && c < 0xFB00) || (c >= 0x20000 && c < 0x40000);
}
bool IsDot(char32_t c) { return c == U'·' || c == U'.' || c == U'。' || c == U'・'; }
bool IsMaskSign(char32_t c) {
  return c == U'*' || c == U'×' || c == U'x' || c == U'○' || c == U'〇' || c == U'□' || c == U'△' || c == U'_' ||
         c == U'?' || c == U'✕' || c == U'╳' || c == 0xFFFD;
}

// Without blanks, bracketed notes and line ends; middle dots in one form.
std::u32string Bare(std::string_view text) {
  std::u32string out;
  int depth = 0;
  for (const char32_t c : ToUtf32(text::Fold(text::Truncate(text, 1024)))) {
    if (c == U'(' || c == U'[') {
      ++depth;
    } else if (c == U')' || c == U']') {
      if (depth > 0) --depth;
    } else if (depth == 0 && c != U' ' && c != U'\n' && c != U'"' && c != U'\'') {
      out += IsDot(c) && !out.empty() && out.back() > 0x7F ? U'·' : c;
    }
  }
  while (!out.empty() && (out.back() == U'·' || out.back() == U',' || out.back() == U':' || out.back() == U'、'))
    out.pop_back();
  return out;
}

template <typename List>
std::u32string_view EndsInOneOf(const List& list, std::u32string_view name) {
  for (const std::u32string_view word : list) {
    if (name.ends_with(word)) return word;
  }
  return {};
}

bool IsSurnameOnly(std::u32string_view name) {
  return (name.size() == 1 && IsHan(name[0]) && name[0] != U'某') || (name.size() == 2 && IsCompoundSurname(name));
}

std::u32string_view SurnameOf(std::u32string_view name) {
  if (name.size() >= 2 && IsCompoundSurname(name.substr(0, 2))) return name.substr(0, 2);
  return !name.empty() && IsSurname(name[0]) ? name.substr(0, 1) : std::u32string_view{};
}

bool SaysNobody(std::u32string_view name) {
  for (const std::u32string_view word : kAnonymousWords) {
    if (name.find(word) != std::u32string_view::npos) return true;
  }
  const std::u32string_view role = EndsInOneOf(kRoleWords, name);
  // 张伟家长 names somebody; 热心市民 and 部分业主 do not.
  return !role.empty() && (role.size() == name.size() || SurnameOf(name).empty() || name.starts_with(U"全"));
}

// 张伟等5人 -> 张伟; 李建军、孙丽 -> 李建军: the first named stands for the field.
std::u32string_view FirstNamed(std::u32string_view name) {
  if (const auto end = name.find_first_of(U"、,/;&"); end != std::u32string_view::npos && end >= 2)
    name = name.substr(0, end);
  const auto more = name.find(U'等');
  if (more == std::u32string_view::npos || more < 2) return name;
  const bool counts =
      name.find_first_not_of(U"0123456789一二三四五六七八九十百几多余人名户位", more + 1) == std::u32string_view::npos;
  return counts ? name.substr(0, more) : name;
}

// 业主张伟 -> 张伟.
std::u32string_view WithoutRole(std::u32string_view name) {
  for (const std::u32string_view role : kRoleWords) {
    if (!name.starts_with(role)) continue;
    std::u32string_view rest = name.substr(role.size());
    if (!rest.empty() && rest[0] == U':') rest.remove_prefix(1);
    if (rest.size() >= 2 && rest.size() <= 4 && !SurnameOf(rest).empty()) return rest;
  }
  return name;
}

PersonName Partial(std::u32string_view known) { return {Kind::kPartial, ToUtf8(known), ToUtf8(SurnameOf(known))}; }

// 王*峰, 吴某邦, 覃某, 王某某: nullopt when nothing is masked.
std::optional<PersonName> ReadMasked(std::u32string name) {
  const bool han = std::any_of(name.begin(), name.end(), IsHan);
  bool masked = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != U'某' && (!IsMaskSign(name[i]) || (name[i] == U'x' && !han))) continue;
    masked = true;
    if (name[i] != U'某') name[i] = U'*';
  }
  if (!masked) return std::nullopt;
  if (name.find_first_not_of(U"*某") == std::u32string::npos) return PersonName{Kind::kAnonymous, "", ""};
  // Behind a surname 某 says no more than "somebody", whatever its count; in the middle it hides one character.
  while (name.back() == U'某') name.pop_back();
  std::replace(name.begin(), name.end(), U'某', U'*');
  return Partial(name);
}

}  // namespace

PersonName NormaliseName(std::string_view text) {
  std::u32string name = Bare(text);
  if (name.empty() || IsEmptyWord(TypedForm(ToUtf8(name)))) {
    const bool hidden = name.find(U"保密") != std::u32string::npos;
    return {hidden ? Kind::kAnonymous : Kind::kMissing, "", ""};
  }
  const bool han = std::any_of(name.begin(), name.end(), IsHan);
  const bool digits = std::any_of(name.begin(), name.end(), [](char32_t c) { return c >= U'0' && c <= U'9'; });
  // Account codes and numbers are nobody's name.
  if (text::Letters(ToUtf8(name)).empty() || (digits && !han)) return {};
  name = std::u32string(WithoutRole(FirstNamed(name)));
  if (SaysNobody(name)) return {Kind::kAnonymous, "", ""};
  // 莫子涵家长 is somebody else than the one named.
  if (!EndsInOneOf(kRoleWords, name).empty()) return {Kind::kPartial, ToUtf8(name), ""};

  // A title goes; what is left decides. 欧阳先生 -> 欧阳, 张伟先生 -> 张伟, 小王师傅 -> 王.
  if (const auto title = EndsInOneOf(kTitles, name); !title.empty() && title.size() < name.size()) {
    name.resize(name.size() - title.size());
    if (IsSurnameOnly(name)) return Partial(name);
  } else if (const auto brief = EndsInOneOf(kShortTitles, name);
             !brief.empty() && IsSurnameOnly(std::u32string_view(name).substr(0, name.size() - 1))) {
    return Partial(std::u32string_view(name).substr(0, name.size() - 1));
  }
  if (auto masked = ReadMasked(name)) return *masked;
  if (name.size() == 2 && (name[0] == U'老' || name[0] == U'小') && IsSurname(name[1])) return Partial(name.substr(1));
  if (IsSurnameOnly(name)) return Partial(name);
  if (name.size() == 2 && name[0] == U'阿') return {Kind::kPartial, ToUtf8(name), ""};
  return {Kind::kFull, ToUtf8(name), ToUtf8(SurnameOf(name))};
}

}  // namespace petition

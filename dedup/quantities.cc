#include "dedup/quantities.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_map>

#include "dedup/han.h"

namespace dedup {
namespace {

constexpr std::size_t kQuantitiesMax = 32, kDaysMax = 16, kPartsMax = 16, kCodesMax = 8;

int DigitOf(char32_t c) {
  static const std::unordered_map<char32_t, int> table = {
      {U'零', 0}, {U'〇', 0}, {U'○', 0},  {U'一', 1}, {U'二', 2}, {U'三', 3}, {U'四', 4}, {U'五', 5},
      {U'六', 6}, {U'七', 7}, {U'八', 8}, {U'九', 9}, {U'两', 2}, {U'壹', 1}, {U'贰', 2}, {U'叁', 3},
      {U'肆', 4}, {U'伍', 5}, {U'陆', 6}, {U'柒', 7}, {U'捌', 8}, {U'玖', 9}, {U'元', -2}};
  if (IsDigit(c)) return static_cast<int>(c - U'0');
  const auto found = table.find(c);
  return found == table.end() || found->second < 0 ? -1 : found->second;
}

std::int64_t ScaleOf(char32_t c) {
  switch (c) {
    case U'十':
    case U'拾':
      return 10;
    case U'百':
    case U'佰':
      return 100;
    case U'千':
    case U'仟':
      return 1000;
    case U'万':
      return 10000;
    case U'亿':
      return 100000000;
    default:
      return 0;
  }
}

bool StartsWith(std::u32string_view text, std::size_t at, std::u32string_view what) {
  return text.substr(at).starts_with(what);
}

struct UnitWord {
  std::u32string_view word;
  Quantity::Unit unit;
  std::int64_t factor;
};
// Longest first where one begins another.
constexpr std::array kUnitWords = {
    UnitWord{U"元", Quantity::Unit::kMoney, 1},       UnitWord{U"块", Quantity::Unit::kMoney, 1},
    UnitWord{U"圆", Quantity::Unit::kMoney, 1},       UnitWord{U"%", Quantity::Unit::kPercent, 1},
    UnitWord{U"平方米", Quantity::Unit::kArea, 1},    UnitWord{U"平米", Quantity::Unit::kArea, 1},
    UnitWord{U"平方", Quantity::Unit::kArea, 1},      UnitWord{U"m2", Quantity::Unit::kArea, 1},
    UnitWord{U"㎡", Quantity::Unit::kArea, 1},        UnitWord{U"亩", Quantity::Unit::kArea, 667},
    UnitWord{U"公里", Quantity::Unit::kLength, 1000}, UnitWord{U"km", Quantity::Unit::kLength, 1000},
    UnitWord{U"千米", Quantity::Unit::kLength, 1000}, UnitWord{U"里路", Quantity::Unit::kLength, 500},
    UnitWord{U"米", Quantity::Unit::kLength, 1},      UnitWord{U"户", Quantity::Unit::kCount, 1},
    UnitWord{U"人", Quantity::Unit::kCount, 1},       UnitWord{U"名", Quantity::Unit::kCount, 1},
    UnitWord{U"位", Quantity::Unit::kCount, 1},       UnitWord{U"个", Quantity::Unit::kCount, 1},
    UnitWord{U"盏", Quantity::Unit::kCount, 1},       UnitWord{U"台", Quantity::Unit::kCount, 1},
    UnitWord{U"辆", Quantity::Unit::kCount, 1},       UnitWord{U"棵", Quantity::Unit::kCount, 1},
    UnitWord{U"节", Quantity::Unit::kCount, 1},       UnitWord{U"家", Quantity::Unit::kCount, 1},
    UnitWord{U"间", Quantity::Unit::kCount, 1},       UnitWord{U"套", Quantity::Unit::kCount, 1},
    UnitWord{U"头", Quantity::Unit::kCount, 1},       UnitWord{U"份", Quantity::Unit::kCount, 1},
    UnitWord{U"张", Quantity::Unit::kCount, 1},       UnitWord{U"次", Quantity::Unit::kCount, 1},
    UnitWord{U"天", Quantity::Unit::kDuration, 1},    UnitWord{U"日内", Quantity::Unit::kDuration, 1},
    UnitWord{U"小时", Quantity::Unit::kDuration, 1},  UnitWord{U"个月", Quantity::Unit::kDuration, 30},
    UnitWord{U"分贝", Quantity::Unit::kMeasure, 1},   UnitWord{U"度", Quantity::Unit::kMeasure, 1},
    UnitWord{U"伏", Quantity::Unit::kMeasure, 1},     UnitWord{U"v", Quantity::Unit::kMeasure, 1},
    UnitWord{U"kv", Quantity::Unit::kMeasure, 1},     UnitWord{U"吨", Quantity::Unit::kMeasure, 1},
    UnitWord{U"斤", Quantity::Unit::kMeasure, 1},     UnitWord{U"秒", Quantity::Unit::kDuration, 1},
    UnitWord{U"分钟", Quantity::Unit::kDuration, 1}};

const UnitWord* UnitAt(std::u32string_view text, std::size_t at) {
  const UnitWord* best = nullptr;
  for (const auto& unit : kUnitWords)
    if (StartsWith(text, at, unit.word) && (best == nullptr || unit.word.size() > best->word.size())) best = &unit;
  return best;
}

struct PartWord {
  std::u32string_view word;
  AddressPart::Kind kind;
};
constexpr std::array kPartWords = {
    PartWord{U"号楼", AddressPart::Kind::kBuilding}, PartWord{U"#楼", AddressPart::Kind::kBuilding},
    PartWord{U"栋", AddressPart::Kind::kBuilding},   PartWord{U"幢", AddressPart::Kind::kBuilding},
    PartWord{U"座", AddressPart::Kind::kBuilding},   PartWord{U"#", AddressPart::Kind::kBuilding},
    PartWord{U"单元", AddressPart::Kind::kUnit},     PartWord{U"门洞", AddressPart::Kind::kUnit},
    PartWord{U"室", AddressPart::Kind::kRoom},       PartWord{U"号院", AddressPart::Kind::kHouse},
    PartWord{U"号大院", AddressPart::Kind::kHouse},  PartWord{U"号", AddressPart::Kind::kHouse},
    PartWord{U"期", AddressPart::Kind::kPhase},      PartWord{U"组", AddressPart::Kind::kGroup},
    PartWord{U"社", AddressPart::Kind::kGroup},      PartWord{U"队", AddressPart::Kind::kGroup},
    PartWord{U"屯", AddressPart::Kind::kGroup},      PartWord{U"村民小组", AddressPart::Kind::kGroup},
    PartWord{U"路公交", AddressPart::Kind::kRoute},  PartWord{U"路车", AddressPart::Kind::kRoute},
    PartWord{U"路", AddressPart::Kind::kRoute},      PartWord{U"号线", AddressPart::Kind::kRoute}};

const PartWord* PartAt(std::u32string_view text, std::size_t at) {
  const PartWord* best = nullptr;
  for (const auto& part : kPartWords)
    if (StartsWith(text, at, part.word) && (best == nullptr || part.word.size() > best->word.size())) best = &part;
  return best;
}

struct Civil {
  int year, month, day, weekday;
};
Civil CivilOf(petition::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time + std::chrono::hours(8));
  const std::chrono::year_month_day date(day);
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(std::chrono::weekday(day).iso_encoding())};
}

Day DayBefore(petition::Time received, int days) {
  const auto civil = CivilOf(received - std::chrono::days(days));
  return {static_cast<std::int16_t>(civil.year), static_cast<std::int8_t>(civil.month),
          static_cast<std::int8_t>(civil.day)};
}

// What a text does around a day when it speaks of an earlier submission: 2月11日在网上反映 ..., 3月10日打12345.
bool SpeaksOfHandingIn(std::u32string_view text, std::size_t at) {
  static const std::vector<std::u32string_view> words = {U"反映",   U"投诉", U"举报",    U"登记", U"寄",       U"写信",
                                                         U"写过信", U"来信", U"打12345", U"打过", U"打了电话", U"拨打",
                                                         U"来访",   U"提交", U"提过",    U"邮件", U"信访"};
  const auto after = text.substr(at, 14);
  const auto stop = after.find_first_of(U"。；!?");
  return ContainsAny(after.substr(0, stop), words);
}

using View = std::u32string_view;

class QuantityReader {
 public:
  QuantityReader(std::u32string_view text, petition::Time received, bool place)
      : text_(text), received_(received), today_(CivilOf(received)), place_(place) {}

  NumbersFound Read() {
    for (std::size_t at = 0; at < text_.size();) at = Step(at);
    return std::move(found_);
  }

 private:
  std::size_t Step(std::size_t at) {
    if (const auto code = ReadCode(at)) return *code;
    if (const auto relative = ReadRelative(at)) return *relative;
    const auto number = ReadNumber(text_, at);
    if (!number) {
      ReadLetterBuilding(at);
      return at + 1;
    }
    if (const auto dashed = ReadDashed(at)) return *dashed;
    if (const auto date = ReadDate(*number)) return *date;
    if (const auto listed = ReadListedParts(*number)) return *listed;
    if (const auto part = ReadPart(*number)) return *part;
    AddQuantity(*number);
    return number->end;
  }

  // Contract, lot, order and plate numbers: letters and digits, with hyphens, at least two digits and one letter. K6,
  // B2-317, HCZ-0612-2024, 桂A12345.
  std::optional<std::size_t> ReadCode(std::size_t at) {
    if (at > 0 && (IsLatin(text_[at - 1]) || IsDigit(text_[at - 1]))) return std::nullopt;
    std::size_t end = at, letters = 0, digits = 0;
    for (; end < text_.size() && end - at < 40; ++end) {
      const char32_t c = text_[end];
      if (IsLatin(c))
        ++letters;
      else if (IsDigit(c))
        ++digits;
      else if (c == U'-' && end > at && end + 1 < text_.size() && (IsLatin(text_[end + 1]) || IsDigit(text_[end + 1])))
        continue;
      else
        break;
    }
    const bool starts_with_letter = IsLatin(text_[at]);
    if (letters == 0 && digits >= 7 && digits + letters == end - at &&
        digits <= 20) {  // 0007731: a receipt's number, an order's number
      AddCode(text_.substr(at, end - at));
      return end;
    }
    if (letters == 0 || digits < 2 || !starts_with_letter || end - at < 3) return std::nullopt;
    AddCode(text_.substr(at, end - at));
    return end;
  }

  void AddCode(std::u32string_view code) {
    if (found_.codes.size() < kCodesMax) {
      auto text = ToUtf8(code);
      if (std::find(found_.codes.begin(), found_.codes.end(), text) == found_.codes.end())
        found_.codes.push_back(std::move(text));
    }
  }

  // a座, b栋: a building by letter.
  void ReadLetterBuilding(std::size_t at) {
    if (!IsLatin(text_[at]) || (at > 0 && IsLatin(text_[at - 1]))) return;
    if (at + 1 < text_.size() && (text_[at + 1] == U'座' || text_[at + 1] == U'栋' || text_[at + 1] == U'幢'))
      AddPart(AddressPart::Kind::kBuilding, ToUtf8(text_.substr(at, 1)));
  }

  std::optional<std::size_t> ReadRelative(std::size_t at) {
    static constexpr std::u32string_view kBegins = U"前昨今上";
    if (kBegins.find(text_[at]) == std::u32string_view::npos) return std::nullopt;
    struct Word {
      std::u32string_view word;
      int days;
    };
    static constexpr std::array words = {Word{U"前天", 2}, Word{U"昨天", 1}, Word{U"昨晚", 1}, Word{U"昨日", 1},
                                         Word{U"今天", 0}, Word{U"今日", 0}, Word{U"今晚", 0}, Word{U"今早", 0}};
    for (const auto& word : words)
      if (StartsWith(text_, at, word.word)) {
        AddDay(DayBefore(received_, word.days), at + word.word.size());
        return at + word.word.size();
      }
    for (std::u32string_view start : {std::u32string_view(U"上个月"), std::u32string_view(U"上月")})
      if (StartsWith(text_, at, start))
        if (const auto number = ReadNumber(text_, at + start.size());
            number && number->milli % 1000 == 0 && number->milli >= 1000 && number->milli <= 31000 &&
            number->end < text_.size() && (text_[number->end] == U'日' || text_[number->end] == U'号')) {
          const bool january = today_.month == 1;
          AddDay({static_cast<std::int16_t>(today_.year - (january ? 1 : 0)),
                  static_cast<std::int8_t>(january ? 12 : today_.month - 1),
                  static_cast<std::int8_t>(number->milli / 1000)},
                 number->end + 1);
          return number->end + 1;
        }
    static constexpr std::u32string_view kWeekdays = U"一二三四五六日";
    for (std::u32string_view start : {std::u32string_view(U"上周"), std::u32string_view(U"上星期"),
                                      std::u32string_view(U"上个星期"), std::u32string_view(U"上礼拜")})
      if (StartsWith(text_, at, start) && at + start.size() < text_.size()) {
        char32_t c = text_[at + start.size()];
        if (c == U'天') c = U'日';
        const auto weekday = kWeekdays.find(c);
        if (weekday == std::u32string_view::npos) continue;
        AddDay(DayBefore(received_, today_.weekday + 7 - static_cast<int>(weekday) - 1), at + start.size() + 1);
        return at + start.size() + 1;
      }
    return std::nullopt;
  }

  // 6-1-1802, 9-3-201: building, unit, room. 2栋1-501 is read piece by piece.
  std::optional<std::size_t> ReadDashed(std::size_t at) {
    std::array<std::string, 3> values;
    std::size_t count = 0, i = at;
    while (count < 3 && i < text_.size() && IsDigit(text_[i])) {
      const std::size_t begin = i;
      while (i < text_.size() && IsDigit(text_[i])) ++i;
      if (i - begin > 4) return std::nullopt;
      values[count++] = ToUtf8(text_.substr(begin, i - begin));
      if (i >= text_.size() || (text_[i] != U'-' && text_[i] != U'—')) break;
      ++i;
    }
    if (count == 2 && values[1].size() >= 3 && values[0].size() <= 2 &&
        (values[1].size() == 3 || values[1].size() == 4) && text_[i - 1] != U'-') {
      if (i < text_.size() && (text_[i] == U'年' || text_[i] == U'元')) return std::nullopt;
      const bool after_building =
          !found_.parts.empty() && found_.parts.back().kind == AddressPart::Kind::kBuilding && at > 0 && PartEndsAt(at);
      AddPart(after_building ? AddressPart::Kind::kUnit : AddressPart::Kind::kBuilding, values[0]);
      AddPart(AddressPart::Kind::kRoom, values[1]);
      return i;
    }
    if (count != 3 || values[2].size() < 3) return std::nullopt;
    AddPart(AddressPart::Kind::kBuilding, values[0]);
    AddPart(AddressPart::Kind::kUnit, values[1]);
    AddPart(AddressPart::Kind::kRoom, values[2]);
    return i;
  }

  bool PartEndsAt(std::size_t at) const {
    return text_[at - 1] == U'栋' || text_[at - 1] == U'幢' || text_[at - 1] == U'楼' || text_[at - 1] == U'座';
  }

  std::optional<std::size_t> ReadDate(const NumberSpan& number) {
    const std::int64_t value = number.milli / 1000;
    if (number.milli % 1000 != 0 && !(number.digits >= 6)) return ReadDotted(number);
    if (number.end >= text_.size()) return std::nullopt;
    const char32_t next = text_[number.end];
    if (next == U'.' || next == U'/' || next == U'-') return ReadDotted(number);
    if (next == U'年' && number.positional && (value >= 1940 && value <= 2060))
      return ReadYear(number, static_cast<int>(value));
    if (next == U'年' && number.positional && number.digits == 2) {  // 93年, 98年, 22年, 八五年
      const int year = value > today_.year % 100 + 1 ? 1900 + static_cast<int>(value) : 2000 + static_cast<int>(value);
      if (value >= 50 || (value >= 10 && value <= today_.year % 100 + 1)) return ReadYear(number, year);
    }
    if (next == U'月' && value >= 1 && value <= 12 && !StartsWith(text_, number.end, U"月租") && !IsSpan(number))
      return ReadMonth(number, 0, static_cast<int>(value));
    return std::nullopt;
  }

  // 3个月 is a length and never gets here; 每年6月 does and does no harm.
  bool IsSpan(const NumberSpan& number) const {
    return number.begin > 0 && (text_[number.begin - 1] == U'每' || text_[number.begin - 1] == U'第');
  }

  std::optional<std::size_t> ReadDotted(const NumberSpan& number) {
    std::array<int, 3> fields{};
    std::size_t count = 0, i = number.begin;
    char32_t separator = 0;
    while (count < 3 && i < text_.size() && IsDigit(text_[i])) {
      int value = 0;
      std::size_t digits = 0;
      for (; i < text_.size() && IsDigit(text_[i]) && digits < 5; ++i, ++digits)
        value = value * 10 + static_cast<int>(text_[i] - U'0');
      fields[count++] = value;
      if (i >= text_.size() || (text_[i] != U'.' && text_[i] != U'/' && text_[i] != U'-') ||
          (separator != 0 && text_[i] != separator))
        break;
      separator = text_[i];
      if (i + 1 >= text_.size() || !IsDigit(text_[i + 1])) break;
      ++i;
    }
    if (count < 2 || fields[0] < 1980 || fields[0] > 2060 || fields[1] < 1 || fields[1] > 12) return std::nullopt;
    Day day{static_cast<std::int16_t>(fields[0]), static_cast<std::int8_t>(fields[1]),
            static_cast<std::int8_t>(count == 3 && fields[2] <= 31 ? fields[2] : 0)};
    AddDay(day, i);
    return i;
  }

  std::optional<std::size_t> ReadYear(const NumberSpan& number, int year) {
    const std::size_t after = number.end + 1;
    if (after < text_.size())
      if (const auto month = MonthAt(after)) return ReadMonth(*month, year, static_cast<int>(month->milli / 1000));
    AddDay({static_cast<std::int16_t>(year), 0, 0}, after);
    return after;
  }

  std::optional<NumberSpan> MonthAt(std::size_t at) const {
    if (StartsWith(text_, at, U"元月")) return NumberSpan{at, at + 1, 1000, true, false, 1};
    auto month = ReadNumber(text_, at);
    if (!month || month->milli < 1000 || month->milli > 12000 || month->end >= text_.size() ||
        text_[month->end] != U'月')
      return std::nullopt;
    return month;
  }

  int YearFor(const NumberSpan& month_span, int month) const {
    const auto before =
        text_.substr(month_span.begin >= 3 ? month_span.begin - 3 : 0, std::min<std::size_t>(3, month_span.begin));
    if (Contains(before, U"去年")) return today_.year - 1;
    if (Contains(before, U"前年")) return today_.year - 2;
    if (Contains(before, U"今年") || month <= today_.month) return today_.year;
    // 10月开业 lies ahead, 10月付的款 behind: a later month alone tells no year; a day (9月14日) has been.
    return ReadDay(month_span.end + 1) ? today_.year - 1 : 0;
  }

  // 14日, 14号
  std::optional<NumberSpan> ReadDay(std::size_t at) const {
    const auto number = at < text_.size() ? ReadNumber(text_, at) : std::nullopt;
    if (!number || number->milli % 1000 != 0 || number->milli < 1000 || number->milli > 31000 ||
        number->end >= text_.size() || (text_[number->end] != U'日' && text_[number->end] != U'号'))
      return std::nullopt;
    return number;
  }

  std::optional<std::size_t> ReadMonth(const NumberSpan& month_span, int year, int month) {
    Day day{static_cast<std::int16_t>(year != 0 ? year : YearFor(month_span, month)), static_cast<std::int8_t>(month),
            0};
    std::size_t end = month_span.end + 1;
    if (const auto number = ReadDay(end)) {
      day.day = static_cast<std::int8_t>(number->milli / 1000);
      end = number->end + 1;
    }
    AddDay(day, end);
    return end;
  }

  void AddDay(Day day, std::size_t end) {
    if (SpeaksOfHandingIn(text_, end) && day.month != 0 && found_.earlier_days.size() < 4)
      found_.earlier_days.push_back(day);
    if (found_.days.size() < kDaysMax && std::find(found_.days.begin(), found_.days.end(), day) == found_.days.end())
      found_.days.push_back(day);
  }

  // 八、九、十组; 3栋和5栋 is read one by one; 1至6号楼 are all of them.
  std::optional<std::size_t> ReadListedParts(const NumberSpan& first) {
    constexpr std::int64_t kListedMax = 40;
    std::vector<std::int64_t> values;
    NumberSpan number = first;
    bool range = false;
    while (values.size() < 12) {
      if (number.milli % 1000 != 0 || number.milli <= 0 || number.milli > 400'000) return std::nullopt;
      const std::int64_t value = number.milli / 1000;
      if (range && value - values.back() > kListedMax) return std::nullopt;
      if (range)
        for (std::int64_t between = values.back() + 1; between < value; ++between) values.push_back(between);
      values.push_back(value);
      if (number.end >= text_.size()) return std::nullopt;
      const char32_t next = text_[number.end];
      if (View(U"、,和与及至到-~").find(next) == View::npos) break;
      range = View(U"至到-~").find(next) != View::npos;
      const auto more = ReadNumber(text_, number.end + 1);
      if (!more) return std::nullopt;
      number = *more;
    }
    if (values.size() < 2) return std::nullopt;
    const auto* part = PartAt(text_, number.end);
    if (part == nullptr || (part->kind != AddressPart::Kind::kGroup && part->kind != AddressPart::Kind::kBuilding &&
                            part->kind != AddressPart::Kind::kUnit && part->kind != AddressPart::Kind::kRoute))
      return std::nullopt;
    if (part->word == U"路" || part->word == U"#" || part->word == U"社" || part->word == U"队") return std::nullopt;
    for (const std::int64_t value : values) AddPart(part->kind, std::to_string(value));
    return number.end + part->word.size();
  }

  std::optional<std::size_t> ReadPart(const NumberSpan& number) {
    if (number.end >= text_.size() || number.milli % 1000 != 0) return std::nullopt;
    const auto* part = PartAt(text_, number.end);
    const std::int64_t value = number.milli / 1000;
    if (part == nullptr) {
      // A bare 3 or 4 digit number right after a building or unit, or in an address, is a room.
      if (number.positional && (number.digits == 3 || number.digits == 4) && number.begin > 0 &&
          (PartEndsAt(number.begin) || text_[number.begin - 1] == U'元' ||
           (place_ && text_[number.begin - 1] == U'座')) &&
          (number.begin < 2 || !StartsWith(text_, number.begin - 2, U"万元"))) {
        AddPart(AddressPart::Kind::kRoom, std::to_string(value));
        return number.end;
      }
      return std::nullopt;
    }
    if (part->kind == AddressPart::Kind::kHouse && !place_ &&
        (value > 2000 || StartsWith(text_, number.end, U"号码") ||
         (number.begin > 0 && text_[number.begin - 1] == U'月')))
      return std::nullopt;
    if (part->kind == AddressPart::Kind::kPhase && value > 12) return std::nullopt;
    if (part->kind == AddressPart::Kind::kGroup &&
        (value > 40 || StartsWith(text_, number.end, U"组织") || StartsWith(text_, number.end, U"社区") ||
         StartsWith(text_, number.end, U"社保")))
      return std::nullopt;
    if (part->kind == AddressPart::Kind::kRoute &&
        (number.rough || StartsWith(text_, number.end, U"路口") || value > 1200 ||
         (number.begin > 0 && IsHan(text_[number.begin - 1]) && !place_ && value < 10)))
      return std::nullopt;
    if (part->kind == AddressPart::Kind::kBuilding && (value > 400 || (number.rough))) return std::nullopt;
    AddPart(part->kind, std::to_string(value));
    return number.end + part->word.size();
  }

  void AddPart(AddressPart::Kind kind, std::string value) {
    if (found_.parts.size() >= kPartsMax) return;
    for (const auto& part : found_.parts)
      if (part.kind == kind && part.value == value) return;
    found_.parts.push_back({kind, false, false, std::move(value)});
  }

  void AddQuantity(const NumberSpan& number) {
    if (found_.quantities.size() >= kQuantitiesMax) return;
    Quantity quantity{Quantity::Unit::kNone, number.rough, number.milli};
    std::size_t end = number.end;
    if (end < text_.size() && (text_[end] == U'余' || text_[end] == U'多' || text_[end] == U'来')) {
      quantity.rough = true;
      ++end;
    }
    if (number.begin > 0 && (text_[number.begin - 1] == U'约' || text_[number.begin - 1] == U'近'))
      quantity.rough = true;
    if (const auto* unit = UnitAt(text_, end)) {
      quantity.unit = unit->unit;
      quantity.milli *= unit->factor;
    } else if (!number.positional && number.milli >= 10000000) {
      quantity.unit = Quantity::Unit::kMoney;  // 交了两万九, 差三万二: said without 元
    } else if (number.positional && number.milli >= 1000000 && number.digits >= 4) {
      quantity.unit = Quantity::Unit::kNone;
    } else {
      return;  // a bare small number says nothing
    }
    for (const auto& other : found_.quantities)
      if (other.unit == quantity.unit && other.milli == quantity.milli) return;
    found_.quantities.push_back(quantity);
  }

  std::u32string_view text_;
  petition::Time received_;
  Civil today_;
  bool place_;
  NumbersFound found_;
};

}  // namespace

// One literal (ASCII with point and commas, or Han digits) and scales after it, repeatedly: 3万2千, 三万二,
// 叁拾陆万, 12.5万, 九百六十.
std::optional<NumberSpan> ReadNumber(std::u32string_view text, std::size_t at) {
  NumberSpan span{at, at, 0, true, false, 0};
  std::int64_t total = 0, section = 0, literal = 0;  // thousandths
  std::int64_t last_scale = 0;
  bool have_literal = false, any = false;
  std::size_t i = at, literal_digits = 0;
  while (i < text.size() && i - at < 32) {
    const char32_t c = text[i];
    const int digit = DigitOf(c);
    if (digit >= 0) {
      if (!have_literal) literal = 0, literal_digits = 0;
      const bool ascii = IsDigit(c);
      literal = literal * 10 + static_cast<std::int64_t>(digit) * 1000;
      if (literal > 4'000'000'000'000'000ll) return std::nullopt;
      ++literal_digits;
      ++span.digits;
      have_literal = any = true;
      ++i;
      if (!ascii) continue;
      if (i + 1 < text.size() && text[i] == U',' && IsDigit(text[i + 1]) && i + 3 < text.size() &&
          IsDigit(text[i + 2]) && IsDigit(text[i + 3]) && !(i + 4 < text.size() && IsDigit(text[i + 4])))
        ++i;
      if (i + 1 < text.size() && text[i] == U'.' && IsDigit(text[i + 1])) {
        std::int64_t place = 100;
        for (++i; i < text.size() && IsDigit(text[i]); ++i, place /= 10) literal += place * (text[i] - U'0');
      }
      continue;
    }
    if ((c == U'点') && have_literal && i + 1 < text.size() && DigitOf(text[i + 1]) >= 0 && !IsDigit(text[i + 1]) &&
        !span.positional) {
      std::int64_t place = 100;
      for (++i; i < text.size() && DigitOf(text[i]) >= 0; ++i, place /= 10) literal += place * DigitOf(text[i]);
      continue;
    }
    const std::int64_t scale = ScaleOf(c);
    if (scale == 0) break;
    if (!have_literal) {
      if (any || scale != 10) break;  // 十二, but not a bare 万
      literal = 1000;
    }
    // 千克, 万一, 百姓 ... : a scale must not be the first character of another word when nothing was counted.
    span.positional = false;
    any = true;
    if (scale >= 10000) {
      section += have_literal || literal != 0 ? literal : 0;
      total += section * scale;
      section = 0;
    } else {
      section += literal * scale;
    }
    last_scale = scale;
    literal = 0;
    have_literal = false;
    literal_digits = 0;
    ++i;
    if (i < text.size() && (text[i] == U'余' || text[i] == U'多' || text[i] == U'几' || text[i] == U'来')) {
      span.rough = true;
      if (i + 1 < text.size() && ScaleOf(text[i + 1]) >= 10000) {
        section *= ScaleOf(text[i + 1]);
        last_scale = ScaleOf(text[i + 1]);
        total += section;
        section = 0;
        ++i;
      }
      ++i;
      break;
    }
  }
  if (!any) return std::nullopt;
  // 三万二 = 32000, 两千五 = 2500: a last single digit stands for the next lower scale.
  if (have_literal) {
    if (last_scale >= 100 && literal_digits == 1 && literal % 1000 == 0 &&
        !(i > 1 && DigitOf(text[i - 2]) == 0 && i - at > 2))
      section += literal * (last_scale / 10);
    else
      section += literal;
  }
  span.milli = total + section;
  span.end = i;
  return span;
}

NumbersFound ReadNumbers(std::u32string_view folded, petition::Time received, bool place) {
  return QuantityReader(folded, received, place).Read();
}

}  // namespace dedup

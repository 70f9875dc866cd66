#include "dedup/quantities.h"

#include <algorithm>
#include <array>

#include "dedup/days.h"
#include "dedup/han.h"
#include "dedup/numbers.h"

namespace dedup {
namespace {

constexpr std::size_t kQuantitiesMax = 32, kPartsMax = 16, kCodesMax = 8;

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
    if (StandsAt(text, at, unit.word) && (best == nullptr || unit.word.size() > best->word.size())) best = &unit;
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
    if (StandsAt(text, at, part.word) && (best == nullptr || part.word.size() > best->word.size())) best = &part;
  return best;
}

using View = std::u32string_view;

class QuantityReader {
 public:
  QuantityReader(std::u32string_view text, petition::Time received, bool place)
      : text_(text), days_(text, received), place_(place) {}

  NumbersFound Read() {
    for (std::size_t at = 0; at < text_.size();) at = Step(at);
    found_.days = days_.TakeDays();
    found_.earlier_days = days_.TakeEarlierDays();
    return std::move(found_);
  }

 private:
  std::size_t Step(std::size_t at) {
    if (const auto code = ReadCode(at)) return *code;
    if (const auto relative = days_.ReadRelative(at)) return *relative;
    const auto number = ReadNumber(text_, at);
    if (!number) {
      ReadLetterBuilding(at);
      return at + 1;
    }
    if (const auto dashed = ReadDashed(at)) return *dashed;
    if (const auto date = days_.ReadDate(*number)) return *date;
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
          (number.begin < 2 || !StandsAt(text_, number.begin - 2, U"万元"))) {
        AddPart(AddressPart::Kind::kRoom, std::to_string(value));
        return number.end;
      }
      return std::nullopt;
    }
    if (part->kind == AddressPart::Kind::kHouse && !place_ &&
        (value > 2000 || StandsAt(text_, number.end, U"号码") ||
         (number.begin > 0 && text_[number.begin - 1] == U'月')))
      return std::nullopt;
    if (part->kind == AddressPart::Kind::kPhase && value > 12) return std::nullopt;
    if (part->kind == AddressPart::Kind::kGroup &&
        (value > 40 || StandsAt(text_, number.end, U"组织") || StandsAt(text_, number.end, U"社区") ||
         StandsAt(text_, number.end, U"社保")))
      return std::nullopt;
    if (part->kind == AddressPart::Kind::kRoute &&
        (number.rough || StandsAt(text_, number.end, U"路口") || value > 1200 ||
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
  DayReader days_;
  bool place_;
  NumbersFound found_;
};

}  // namespace

NumbersFound ReadNumbers(std::u32string_view folded, petition::Time received, bool place) {
  return QuantityReader(folded, received, place).Read();
}

}  // namespace dedup

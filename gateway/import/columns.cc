#include "gateway/import/columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <set>
#include <unordered_map>

#include "gateway/import/cells.h"
#include "petition/text/fold.h"

namespace gateway {
namespace {

using petition::Json;

constexpr std::string_view kKeep = "keep:";
constexpr std::size_t kColumnsMax = 500;
constexpr std::size_t kMappingBytesMax = 1u << 20;

/// What a cell of the field is read as.
enum class As { kText, kTime, kFlag, kCount, kNumber, kChannel, kPurpose, kIgnored };

struct Field {
  std::string_view name;
  As as;
  std::vector<std::string_view> headings;  ///< besides the name itself; pinyin names are those of exchange tables
};

const std::vector<Field>& Fields() {
  static const std::vector<Field> fields = {
      {"externalId",
       As::kText,
       {"编号", "信访件编号", "信访编号", "信访件号", "工单编号", "工单号", "12345工单编号", "诉求编号", "受理编号",
        "受理单号", "登记编号", "登记号", "来信编号", "留言编号", "流水号", "xfjbh", "external_id"}},
      {"upstreamNo", As::kText, {"上级编号", "上级件编号", "上级信访件编号", "国家编号", "sxfjbh", "gjbh"}},
      {"linkNo", As::kText, {"关联编号", "关联标识", "lhxfjid"}},
      {"channel", As::kChannel, {"渠道", "来源渠道", "受理渠道", "诉求渠道", "信访形式", "信访渠道", "xfxs"}},
      {"receivedAt",
       As::kTime,
       {"登记时间", "登记日期", "受理时间", "受理日期", "收件时间", "收件日期", "收信日期", "接收时间", "来电时间",
        "留言时间", "接件时间", "djsj"}},
      {"petitionedAt",
       As::kTime,
       {"信访日期", "信访时间", "反映时间", "反映日期", "来访日期", "来信日期", "邮戳日期", "xfrq", "ycrq"}},
      {"petitioner.name",
       As::kText,
       {"姓名", "信访人", "信访人姓名", "主访人", "来电人", "来电人姓名", "诉求人", "诉求人姓名", "联系人", "投诉人",
        "反映人", "来信人", "来访人", "举报人", "市民姓名", "xm", "name"}},
      {"petitioner.account", As::kText, {"账号", "帐号", "用户名", "留言用户", "用户编号", "openid", "account"}},
      {"petitioner.idNumber",
       As::kText,
       {"身份证号", "身份证号码", "身份证", "证件号码", "证件号", "公民身份号码", "zjhm", "idNumber"}},
      {"petitioner.phone",
       As::kText,
       {"电话", "手机", "手机号", "手机号码", "联系电话", "电话号码", "联系方式", "联系手机", "sjh", "lxdh", "phone"}},
      {"petitioner.callingNumber", As::kText, {"来电号码", "主叫号码", "来电电话", "ldhm", "callingNumber"}},
      {"petitioner.address",
       As::kText,
       {"地址", "住址", "联系地址", "家庭住址", "家庭地址", "通讯地址", "通信地址", "zz", "txdz", "address"}},
      {"headCount", As::kCount, {"人数", "信访人数", "来访人数", "反映人数", "xfrs"}},
      {"anonymous", As::kFlag, {"匿名", "是否匿名", "nmbz"}},
      {"title", As::kText, {"标题", "主题", "诉求标题", "留言主题", "工单标题", "信访标题", "事项名称", "bt"}},
      {"content",
       As::kText,
       {"内容", "诉求内容", "信访内容", "反映内容", "投诉内容", "留言详情", "留言内容", "工单内容", "来电内容",
        "问题描述", "事项内容", "主要内容", "tsnr"}},
      {"placeText",
       As::kText,
       {"地点", "问题发生地", "事发地点", "事发地址", "发生地点", "诉求地点", "诉求地址", "问题属地", "wtsd"}},
      {"division", As::kText, {"行政区划", "行政区划代码", "区划代码", "属地代码", "问题属地代码", "wtsddm"}},
      {"category", As::kText, {"类别", "分类", "内容分类", "业务分类", "诉求分类", "问题分类", "工单分类", "nrfldm"}},
      {"purpose", As::kPurpose, {"信访目的", "诉求目的", "目的", "诉求类型", "工单类型", "xfmddm"}},
      {"isPetition", As::kFlag, {"是否信访", "是否信访件", "sfxfj"}},
      {"accused",
       As::kText,
       {"被反映人", "被反映单位", "被反映人(单位)", "被投诉单位", "被投诉人", "被举报人", "被举报单位", "投诉对象",
        "反映对象", "bfyrhdw"}},
      {"addressee", As::kText, {"收信人", "sxr"}},
      {"urgent", As::kFlag, {"紧急", "是否紧急", "加急", "是否加急", "重大紧急", "zdjjbz"}},
      {"threat", As::kText, {"扬言", "扬言内容"}},
      {"confidential", As::kFlag, {"保密", "是否保密", "要求保密", "issecret"}},
      {"location.lon", As::kNumber, {"经度", "lon"}},
      {"location.lat", As::kNumber, {"纬度", "lat"}},
      {"call.id", As::kText, {"通话编号", "话单编号", "呼叫编号"}},
      {"call.operator", As::kText, {"话务员", "坐席", "坐席工号", "受理人员", "接线员"}},
      {"call.recordingRef", As::kText, {"录音编号", "录音文件", "录音地址"}},
      {"barcode", As::kText, {"条码", "条形码", "信件条码", "letterid"}},
      {"claims.first", As::kFlag, {"初次信访", "是否初次", "初信初访", "qgccbz"}},
      {"claims.repeat", As::kFlag, {"重复信访", "是否重复", "重信重访", "是否重复件", "cfxfbz"}},
      {"claims.repeatOf", As::kText, {"重复件编号", "原信访件编号", "原编号", "repeated_id", "gljbh"}},
      {"claims.mergedInto", As::kText, {"合并编号", "并案编号", "hbjbh"}},
      {"id", As::kText, {}},
      {"source", As::kText, {}},
      {"ignore", As::kIgnored, {"序号", "行号", "no."}},
      {"keep:remark", As::kText, {"备注", "说明"}},
      {"keep:status", As::kText, {"状态", "处理状态", "办理状态", "工单状态", "xfjzt"}},
      {"keep:unit", As::kText, {"承办单位", "办理单位", "责任单位", "主办单位", "去向机构"}},
      {"keep:reply", As::kText, {"答复意见", "答复内容", "回复内容", "办理结果"}},
      {"keep:repliedAt", As::kText, {"答复时间", "回复时间", "办结时间"}},
      {"keep:gender", As::kText, {"性别", "xb"}},
  };
  return fields;
}

const Field* FindField(std::string_view name) {
  const auto found = std::find_if(Fields().begin(), Fields().end(), [&](const Field& f) { return f.name == name; });
  return found == Fields().end() ? nullptr : &*found;
}

/// A heading as it is compared: folded, without blanks, in one form of brackets.
std::string FoldHeading(std::string_view heading) {
  std::string folded;
  for (const char c : petition::text::Fold(heading)) {
    if (c != ' ') folded += c;
  }
  return folded;
}

const std::unordered_map<std::string, std::string>& BuiltInHeadings() {
  static const auto headings = [] {
    std::unordered_map<std::string, std::string> map;
    for (const Field& field : Fields()) {
      map.emplace(FoldHeading(field.name), field.name);
      for (const auto heading : field.headings) map.emplace(FoldHeading(heading), field.name);
      if (field.name.starts_with("petitioner.")) {
        map.emplace("petitioners[0]." + FoldHeading(field.name.substr(11)), field.name);
      }
    }
    return map;
  }();
  return headings;
}

/// Puts a value at "a" or "a.b" of the object; "petitioner.x" at the first petitioner.
void Put(Json& json, std::string_view name, Json value) {
  if (name.starts_with(kKeep)) {
    json[std::string(name.substr(kKeep.size()))] = std::move(value);
  } else if (name.starts_with("petitioner.")) {
    json["petitioners"][0][std::string(name.substr(11))] = std::move(value);
  } else if (const auto dot = name.find('.'); dot != std::string_view::npos) {
    json[std::string(name.substr(0, dot))][std::string(name.substr(dot + 1))] = std::move(value);
  } else {
    json[std::string(name)] = std::move(value);
  }
}

/// False when the cell is none of what the field is read as.
bool PutCell(Json& json, std::string_view name, As as, std::string_view cell) {
  switch (as) {
    case As::kIgnored:
      return true;
    case As::kText:
      Put(json, name, cell);
      return true;
    case As::kTime: {
      const std::string time = TimeFromCell(cell);
      if (!time.empty()) Put(json, name, time);
      return !time.empty();
    }
    case As::kFlag: {
      const auto flag = FlagFromCell(cell);
      if (flag) Put(json, name, *flag);
      return flag.has_value();
    }
    case As::kCount: {
      std::uint32_t count = 0;
      const auto [end, failed] = std::from_chars(cell.data(), cell.data() + cell.size(), count);
      const bool good = failed == std::errc() && end == cell.data() + cell.size();
      if (good) Put(json, name, count);
      return good;
    }
    case As::kNumber: {
      double number = 0;
      const auto [end, failed] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
      const bool good = failed == std::errc() && end == cell.data() + cell.size() && std::isfinite(number);
      if (good) Put(json, name, number);
      return good;
    }
    // A code without a meaning here is kept where people see it; the source's own channel stands in.
    case As::kChannel:
    case As::kPurpose: {
      const std::string code = as == As::kChannel ? ChannelFromCell(cell) : PurposeFromCell(cell);
      if (code.empty()) {
        json[std::string(name) + "AsGiven"] = cell;
      } else {
        Put(json, name, code);
      }
      return true;
    }
  }
  return false;
}

}  // namespace

const std::vector<std::string>& FieldNames() {
  static const auto names = [] {
    std::vector<std::string> list;
    for (const Field& field : Fields()) list.emplace_back(field.name);
    return list;
  }();
  return names;
}

petition::Result<TableMapping> TableMappingFromJson(const Json& json) {
  TableMapping mapping;
  petition::Error wrong = petition::Invalid("mapping_invalid", "the mapping file holds what is no mapping");
  const auto add = [&](const std::string& pointer, const char* message) {
    wrong.fields.push_back({pointer, "mapping_invalid", message});
  };
  if (!json.is_object()) return wrong;
  for (const auto& [key, value] : json.items()) {
    if (key == "columns" && value.is_object()) {
      std::size_t number = 0;
      for (const auto& [heading, field] : value.items()) {
        ++number;
        const std::string name = field.is_string() ? field.get<std::string>() : "";
        if (FindField(name) == nullptr && !(name.starts_with(kKeep) && name.size() > kKeep.size())) {
          add("/columns/" + std::to_string(number), "is mapped to a field that does not exist");
        } else {
          mapping.columns[FoldHeading(heading)] = name;
        }
      }
    } else if (key == "encoding" && value.is_string()) {
      mapping.encoding = value.get<std::string>();
    } else if (key == "delimiter" && value.is_string() && value.get<std::string>().size() == 1) {
      mapping.delimiter = value.get<std::string>()[0];
    } else if (key != "_") {  // "_" is for notes
      add("/" + key, "is not known here or of another type");
    }
  }
  if (!wrong.fields.empty()) return wrong;
  return mapping;
}

petition::Result<TableMapping> LoadTableMapping(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::NotFound("the mapping file can't be read");
  std::string text(kMappingBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMappingBytesMax)
    return petition::Invalid("mapping_invalid", "the mapping file is larger than 1 MiB");
  GUIYI_TRY(const Json json, petition::ParseJson(text));
  return TableMappingFromJson(json);
}

petition::Result<std::vector<std::string>> MapHeadings(const std::vector<std::string>& headings,
                                                       const TableMapping& mapping) {
  petition::Error wrong = petition::Invalid("heading_unknown", "columns whose heading has no meaning here:");
  std::vector<std::string> fields;
  std::set<std::string> seen;
  if (headings.size() > kColumnsMax) return petition::Invalid("too_many_columns", "a table has at most 500 columns");
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const std::string folded = FoldHeading(TrimCell(headings[i])), column = std::to_string(i + 1);
    const auto own = mapping.columns.find(folded);
    const auto built_in = BuiltInHeadings().find(folded);
    std::string field = own != mapping.columns.end()          ? own->second
                        : built_in != BuiltInHeadings().end() ? built_in->second
                                                              : std::string();
    if (field.empty()) {
      wrong.message += " " + column;
      wrong.fields.push_back({"/columns/" + column, "heading_unknown", "the heading has no meaning here"});
    } else if (field != "ignore" && !seen.insert(field).second) {
      if (wrong.fields.empty()) wrong.reason = "heading_twice";
      wrong.message += " " + column;
      wrong.fields.push_back({"/columns/" + column, "heading_twice", "an earlier column means the same"});
    }
    fields.push_back(std::move(field));
  }
  if (!wrong.fields.empty()) return wrong;
  return fields;
}

petition::Result<Json> RowToJson(const std::vector<std::string>& fields, const std::vector<std::string>& cells) {
  petition::Error wrong = petition::Invalid("cell_invalid", "cells that can't be read:");
  Json json = Json::object();
  for (std::size_t i = 0; i < fields.size() && i < cells.size(); ++i) {
    const Field* field = FindField(fields[i]);
    const As as = field == nullptr ? As::kText : field->as;
    const std::string_view cell = fields[i] == "content" ? std::string_view(cells[i]) : TrimCell(cells[i]);
    if (StandsForNothing(TrimCell(cell))) continue;
    if (PutCell(json, fields[i], as, as == As::kText ? cell : TrimCell(cell))) continue;
    const std::string column = std::to_string(i + 1);
    wrong.message += " " + column;
    wrong.fields.push_back({"/columns/" + column, "cell_invalid", "is not what this column holds"});
  }
  if (json.contains("location") && !(json["location"].contains("lon") && json["location"].contains("lat"))) {
    json.erase("location");
  }
  if (!wrong.fields.empty()) return wrong;
  return json;
}

}  // namespace gateway

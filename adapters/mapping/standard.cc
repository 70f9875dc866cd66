#include "adapters/mapping/standard.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "adapters/mapping/values.h"
#include "petition/text/fold.h"

namespace adapters {

const std::vector<StandardField>& StandardFields() {
  static const std::vector<StandardField> fields = {
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

const StandardField* FindStandardField(std::string_view name) {
  const auto& fields = StandardFields();
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

std::string FoldHeading(std::string_view heading) {
  std::string folded;
  for (const char c : petition::text::Fold(heading)) {
    if (c != ' ') folded += c;
  }
  return folded;
}

std::optional<petition::Json> ReadValue(As as, std::string_view text) {
  switch (as) {
    case As::kIgnored:
    case As::kText:
      return petition::Json(text);
    case As::kTime: {
      std::string time = TimeFromCell(text);
      if (time.empty()) return std::nullopt;
      return petition::Json(std::move(time));
    }
    case As::kFlag: {
      const auto flag = FlagFromCell(text);
      if (!flag) return std::nullopt;
      return petition::Json(*flag);
    }
    case As::kCount: {
      std::uint64_t count = 0;
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
      if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
      return petition::Json(count);
    }
    case As::kNumber: {
      double number = 0;
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
      return petition::Json(number);
    }
    case As::kChannel:
    case As::kPurpose: {
      std::string code = as == As::kChannel ? ChannelFromCell(text) : PurposeFromCell(text);
      if (code.empty()) return std::nullopt;
      return petition::Json(std::move(code));
    }
  }
  return std::nullopt;
}

}  // namespace adapters

// Invented submissions for tests of comparing: matters of a few kinds at places and among people that the number of the
// matter makes up. Nothing of it is fitted to anything.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dedup/memory_replay.h"

namespace dedup {

inline Line InventedLine(std::string id, std::string at, petition::Json submission, std::string source = "portal") {
  Line line;
  line.id = std::move(id);
  line.source = std::move(source);
  line.at = petition::ParseTime(at).value();
  submission["receivedAt"] = at;
  line.submission = petition::SubmissionFromJson(submission).value();
  line.canonical = petition::CanonicalContent(line.submission);
  return line;
}

inline petition::Json InventedPerson(std::string name, std::string phone) {
  return {{"name", name}, {"phone", phone}, {"role", "main"}};
}

/// `count` matters of three submissions each: first, the same person again, a neighbour.
inline std::vector<Line> InventedMatters(std::size_t count) {
  static const std::array<std::string, 8> kPlaces = {"枫林", "碧桂", "望江", "金沙", "松鹤", "银河", "紫荆", "白鹭"};
  static const std::array<std::string, 4> kKinds = {"花园", "小区", "新村", "家园"};
  static const std::array<std::array<std::string, 3>, 5> kTroubles = {{
      {"电梯停运", "两部电梯停了十天，老人下不了楼，物业说没有配件。", "电梯一直没修，天天爬楼梯。"},
      {"暖气不热", "家里暖气一直不热，室内温度只有十三度，热力公司不来人。", "供暖还是不热，孩子冻感冒了。"},
      {"路灯不亮", "门口的路灯坏了一个多月，晚上一片漆黑，没人来修。", "路灯还没有修好，昨晚有人摔了。"},
      {"停水", "这几天一直停水，一到晚上就没有水，供水公司电话打不通。", "又停水了，做饭都没有水用。"},
      {"物业费涨价", "物业费突然上调，没有开业主大会，也没有公示成本。", "物业费涨价的通知又贴出来了，不同意。"},
  }};
  static const std::array<std::string, 6> kNames = {"赵文海", "钱玉珍", "孙立群", "周建平", "吴秀兰", "郑国庆"};
  std::vector<Line> lines;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string place = kPlaces[i % 8] + kKinds[i / 8 % 4], building = std::to_string(i % 17 + 1) + "栋";
    const auto& trouble = kTroubles[i % 5];
    const auto name = [&](std::size_t more) { return kNames[(i + more) % 6]; };
    const auto phone = [&](std::size_t more) { return "139" + std::to_string(10000000 + i * 137 + more * 5003); };
    const std::string month = "0" + std::to_string(i % 9 + 1);
    const auto day = [&](int number) {
      return "2025-" + month + "-" + (number < 10 ? "0" : "") + std::to_string(number) + "T10:00:00+08:00";
    };
    const auto text = [&](const std::string& title, const std::string& content, const petition::Json& person) {
      return petition::Json{{"title", place + title},
                            {"content", "我住" + place + building + "，" + content},
                            {"placeText", place + building},
                            {"petitioners", petition::Json::array({person})}};
    };
    const std::string id = "m" + std::to_string(i), matter = "matter-" + std::to_string(i);
    const auto add = [&](std::string suffix, std::string at, petition::Json submission, std::string relation,
                         std::string of, std::string source) {
      Line line = InventedLine(id + suffix, at, std::move(submission), std::move(source));
      line.matter = matter, line.relation = std::move(relation), line.of = std::move(of);
      lines.push_back(std::move(line));
    };
    add("a", day(2), text(trouble[0], trouble[1], InventedPerson(name(0), phone(0))), "new", "", "portal");
    add("b", day(6), text("的问题", trouble[2], InventedPerson(name(0), phone(0))), "duplicate", id + "a", "hotline");
    add("c", day(9), text(trouble[0], trouble[2], InventedPerson(name(2), phone(3))), "joint", id + "a", "hotline");
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.at < b.at; });
  return lines;
}

}  // namespace dedup

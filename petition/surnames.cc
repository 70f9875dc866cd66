#include "petition/surnames.h"

#include <algorithm>
#include <array>
#include <string>

namespace petition {
namespace {

using namespace std::string_view_literals;

constexpr std::u32string_view kSingle =
    U"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    U"陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文庞樊兰殷施洪"
    U"翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦柳邢骆岳齐梅庄辛管左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席"
    U"卫查屈鲍位霍翁隋植甘景薄单包司柏宁柯阮桂闵解强华车冉房边净阴佟闫宫宗苑滕计农卓木池党阙隆全代臧岑明窦应米容古仇蒲"
    U"尚邬商佘巩褚桑冷敖连仲危井芮羿储邴松富巫乌巴弓牧隗山宓蓬郗班仰秋伊栾暴钭厉戎祖符束幸韶郜蓟印宿怀从鄂索咸籍蔺屠蒙"
    U"胥能苍双闻莘贡劳逄姬扶堵宰郦雍却璩濮寿通扈燕冀郏浦别晏瞿充慕茹习宦艾鱼慎戈庾终暨居衡步都满弘匡国寇广禄东殳沃利蔚"
    U"越夔师厍晁勾融訾阚那简饶空毋沙乜养鞠须丰巢蒯相后荆红竺权逯盖益桓公仉督归海帅缑亢况有琴年爱佴伯赏墨哈谯笪言楚鄢荀"
    U"羊惠麹封汲糜宣贲郁缪干诸凤花平水喻云昌酆廉乐傅皮卞元和穆萧湛禹狄伏谈茅支咎蓝麻刁钮娄纳裘荣郎晋仓原鹿揭练普亓粟冼"
    U"邝盘侬谌官晃仝占尧缴苟库展信呼开岩但智化兀丛祝辜吉戚丘畅来奚邸迟稽虞衣栗台银扬保帕玉刀俸麦区招禤零奉滚仫";

constexpr std::array kCompound = {
    U"欧阳"sv, U"太史"sv, U"端木"sv, U"上官"sv, U"司马"sv, U"东方"sv, U"独孤"sv, U"南宫"sv, U"万俟"sv, U"闻人"sv,
    U"夏侯"sv, U"诸葛"sv, U"尉迟"sv, U"公羊"sv, U"赫连"sv, U"澹台"sv, U"皇甫"sv, U"宗政"sv, U"濮阳"sv, U"公冶"sv,
    U"太叔"sv, U"申屠"sv, U"公孙"sv, U"慕容"sv, U"仲孙"sv, U"钟离"sv, U"长孙"sv, U"宇文"sv, U"司徒"sv, U"鲜于"sv,
    U"司空"sv, U"闾丘"sv, U"子车"sv, U"亓官"sv, U"司寇"sv, U"巫马"sv, U"公西"sv, U"颛孙"sv, U"壤驷"sv, U"公良"sv,
    U"漆雕"sv, U"乐正"sv, U"宰父"sv, U"谷梁"sv, U"拓跋"sv, U"夹谷"sv, U"轩辕"sv, U"令狐"sv, U"段干"sv, U"百里"sv,
    U"呼延"sv, U"东郭"sv, U"南门"sv, U"羊舌"sv, U"微生"sv, U"梁丘"sv, U"左丘"sv, U"东门"sv, U"西门"sv, U"第五"sv,
    U"纳兰"sv, U"完颜"sv, U"叶赫"sv, U"尔朱"sv, U"贺兰"sv, U"单于"sv, U"淳于"sv, U"即墨"sv, U"达奚"sv, U"褚师"sv,
    U"张简"sv, U"范姜"sv, U"欧侯"sv};

const std::u32string& SortedSingle() {
  static const std::u32string sorted = [] {
    std::u32string all(kSingle);
    std::sort(all.begin(), all.end());
    return all;
  }();
  return sorted;
}

}  // namespace

bool IsSurname(char32_t c) { return std::binary_search(SortedSingle().begin(), SortedSingle().end(), c); }
bool IsCompoundSurname(std::u32string_view two) {
  return std::find(kCompound.begin(), kCompound.end(), two) != kCompound.end();
}

}  // namespace petition

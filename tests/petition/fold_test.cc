#include "petition/text/fold.h"

#include <gtest/gtest.h>
#include <unicode/normalizer2.h>
#include <unicode/translit.h>

#include <memory>

#include "petition/utf32.h"

namespace petition::text {
namespace {

TEST(FoldTest, TraditionalBecomesSimplified) {
  const std::pair<const char*, const char*> table[] = {{"訪", "访"},
                                                       {"臺", "台"},
                                                       {"樓", "楼"},
                                                       {"棟", "栋"},
                                                       {"號", "号"},
                                                       {"裏", "里"},
                                                       {"裡", "里"},
                                                       {"發", "发"},
                                                       {"電", "电"},
                                                       {"說", "说"},
                                                       {"後", "后"},
                                                       {"於", "于"},
                                                       {"東", "东"},
                                                       {"誠", "诚"},
                                                       {"這", "这"},
                                                       {"峯", "峰"},
                                                       {"邨", "村"},
                                                       {"鄰", "邻"},
                                                       {"隣", "邻"},
                                                       {"覃", "覃"},
                                                       {"開發商遲遲未辦不動產證", "开发商迟迟未办不动产证"},
                                                       {"懇請領導過問", "恳请领导过问"},
                                                       {"為", "为"},
                                                       {"爲", "为"},
                                                       {"衛", "卫"},
                                                       {"鹽", "盐"}};
  for (const auto& [from, to] : table) EXPECT_EQ(Fold(from), to);
}

// ICU itself, character by character, is the oracle of the table.
TEST(FoldTest, TheTableAgreesWithIcu) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::Transliterator> hans(
      icu::Transliterator::createInstance("Hant-Hans", UTRANS_FORWARD, status));
  const auto* nfkc = icu::Normalizer2::getNFKCInstance(status);
  ASSERT_TRUE(U_SUCCESS(status));
  int compared = 0, fixed_up = 0;
  for (UChar32 c = 0x4E00; c < 0xA000; c += 7) {
    icu::UnicodeString text = nfkc->normalize(icu::UnicodeString(c), status);
    hans->transliterate(text);
    std::string expected;
    text.toUTF8String(expected);
    ++compared;
    fixed_up += Fold(ToUtf8(std::u32string(1, static_cast<char32_t>(c)))) == expected ? 0 : 1;
  }
  EXPECT_GT(compared, 2900);
  EXPECT_LE(fixed_up, 20) << "variants that ICU lacks";
}

TEST(FoldTest, WidthCaseAndPunctuationAreFolded) {
  EXPECT_EQ(Fold("ＡＢＣ１２３，（ａ）；！？：％＃"), "abc123,(a);!?:%#");
  EXPECT_EQ(Fold("“好”‘好’「好」《条例》——…"), "\"好\"'好'\"好\"《条例》--...");
  EXPECT_EQ(Fold("信〔2025〕0513號"), "信[2025]0513号");
  EXPECT_EQ(Fold("100㎡ ①②③ ℃ ㈱"), "100m2 123 °c (株)");
  EXPECT_EQ(Fold("句。号、顿｡"), "句。号、顿。");
  EXPECT_EQ(Fold("ﬁ Straße É"), "fi straße é");
}

TEST(FoldTest, ComposedAndDecomposedFormsAreOne) {
  EXPECT_EQ(Fold("e\u0301"), Fold("\u00e9"));
  EXPECT_EQ(Fold("カ\u3099"), Fold("ガ"));
  EXPECT_EQ(Fold("ｶﾞ"), Fold("ガ"));
  EXPECT_EQ(Fold("\u1112\u1161\u11ab"), Fold("한"));
  EXPECT_EQ(Fold("\uF900"), "岂");
}

TEST(FoldTest, WhiteSpaceCollapsesAndLinesStay) {
  EXPECT_EQ(Fold("  a \t b\u00a0\u3000c  "), "a b c");
  EXPECT_EQ(Fold("a \r\n \n b\r"), "a\nb");
  EXPECT_EQ(Fold("a\u200b\ufeffb\u200d\ufe0f"), "ab");
  EXPECT_EQ(Fold(std::string_view("a\0b", 3)), "ab");
}

TEST(FoldTest, MarkupGoesAndEntitiesAreResolved) {
  EXPECT_EQ(Fold("<p style=\"x\">第一</p><P>第二<br/>第<b>三</b></p>"), "第一\n第二\n第三");
  EXPECT_EQ(Fold("<script>var a = '<p>';</script>好<style>p{}</style><!-- 不 -->"), "好");
  EXPECT_EQ(Fold("a&nbsp;&amp;nbsp;b&lt;5&#20013;&#x4e2d;&mdash;&quot;"), "a b<5中中-\"");
  EXPECT_EQ(Fold("&lt;p&gt;双重&lt;/p&gt;"), "双重");
  EXPECT_EQ(Fold("室温<18度, 3>2, a<b, R&D, &, &#; &bogus;"), "室温<18度, 3>2, a<b, r&d, &, &#; &bogus;");
  EXPECT_EQ(Fold("&#55357;&#0;&#99999999;"), "\ufffd\ufffd\ufffd");
}

TEST(FoldTest, PinyinNotesGo) {
  EXPECT_EQ(Fold("經(jīng)過協(xié)商"), "经过协商");
  EXPECT_EQ(Fold("信訪（xìn fǎng）"), "信访");
  EXPECT_EQ(Fold("乙(yi\u030c)"), "乙");
  EXPECT_EQ(Fold("空调(ac)和车位(a1)"), "空调(ac)和车位(a1)");
}

TEST(FoldTest, ChineseNumeralsStay) {
  EXPECT_EQ(Fold("壹萬捌仟陸佰肆拾元 二〇二五年"), "壹万捌仟陆佰肆拾元 二〇二五年");
}

TEST(FoldTest, RareCharactersAndBadBytesSurvive) {
  EXPECT_EQ(Fold("𠮷㙦"), "𠮷㙦");
  EXPECT_EQ(Fold("a\xff中\xe4\xb8"), "a\ufffd中\ufffd");
  EXPECT_EQ(Fold("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(Fold(""), "");
}

TEST(FoldTest, PlainTextIsFoldedAsTextWithMarkup) {
  // A comment takes the long way, and is dropped.
  for (const std::string text :
       {"來電人反映：……（１２３）", " a\u3000\n b ", "①②③㎡……", "a\xff\xff", "\uFDFA\uFDFA", "[x](y)甲(b)"}) {
    EXPECT_EQ(Fold(text), Fold(text + "<!-- -->"));
    std::string many;
    while (many.size() < 20'000) many += text;
    EXPECT_EQ(Fold(many), Fold(many + "<!-- -->"));
    EXPECT_EQ(Fold(many.substr(0, 16'000)), Fold(many.substr(0, 16'000) + "<!-- -->"));
  }
}

TEST(FoldTest, FoldingTwiceChangesNothing) {
  for (const char* text : {"經(jīng)過  ＡＢＣ <b>x</b>", "“『説』”—— 100㎡", "ｶﾞｶﾞ e\u0301", "a<b<c>d"})
    EXPECT_EQ(Fold(Fold(text)), Fold(text));
}

TEST(FoldTest, HostileMarkupTakesLinearTime) {
  std::string tags, comments, scripts, brackets, amps;
  for (int i = 0; i < 200'000; ++i) {
    tags += "<b ";
    comments += "<!--";
    scripts += "<script>";
    brackets += "中(";
    amps += "&amp;";
  }
  EXPECT_GT(Fold(tags + ">").size(), tags.size() - 5000) << "no tag is that long";
  EXPECT_EQ(Fold(comments).size(), comments.size());
  EXPECT_EQ(Fold(scripts), "");
  EXPECT_EQ(Fold(brackets), brackets);
  EXPECT_EQ(Fold(amps).size(), 200'000u);
  EXPECT_EQ(Fold("&" + amps.substr(1, 3) + ";amp;amp;amp;lt;"), "<");
}

TEST(LettersTest, OnlyLettersIdeographsAndDigitsStay) {
  EXPECT_EQ(ToUtf8(Letters("3＃樓，1-501！㎡ A b\n。🙂")), "3楼1501m2ab");
}

TEST(SentencesTest, SplitAtStopsAndLines) {
  const std::string folded = Fold("第一。第二！ 第三？\n\n第四；第五, 同句。");
  EXPECT_EQ(Sentences(folded), (std::vector<std::string_view>{"第一", "第二", "第三", "第四", "第五, 同句"}));
  EXPECT_EQ(Sentences("。！？；"), std::vector<std::string_view>{});
  EXPECT_EQ(Sentences("\xe3\x80"), std::vector<std::string_view>{"\xe3\x80"});
}

TEST(Utf8Test, StrictValidity) {
  for (const char* good : {"", "abc", "中文𠮷", "\xf4\x8f\xbf\xbf", "abcdefgh中abcdefghijk"})
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  for (const char* bad : {"\xff", "abcdefgh\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "中\xe4\xb8",
                          "\xf8\x88\x80\x80\x80", "abcdefghijk\xe4"})
    EXPECT_FALSE(IsValidUtf8(bad));
  EXPECT_TRUE(IsValidUtf8(std::string_view("\0", 1)));
}

TEST(Utf8Test, TruncateNeverCutsACharacter) {
  EXPECT_EQ(Truncate("中文", 6), "中文");
  EXPECT_EQ(Truncate("中文", 5), "中");
  EXPECT_EQ(Truncate("中文", 2), "");
  EXPECT_EQ(Truncate("a𠮷", 4), "a");
  EXPECT_EQ(Truncate("abc", 0), "");
  EXPECT_EQ(Truncate("\x80\x80\x80\x80\x80\x80", 5).size(), 5u);
}

}  // namespace
}  // namespace petition::text

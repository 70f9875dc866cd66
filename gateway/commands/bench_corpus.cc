#include "gateway/commands/bench_corpus.h"

#include <unicode/translit.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>

namespace gateway {
namespace {

constexpr std::size_t kWords = 60000, kPhrases = 30000, kPlaces = 20000, kTopics = 200, kTopicWords = 400;
constexpr const char* kOpeners[] = {"来电人反映", "市民来电反映", "尊敬的领导您好", "网友留言称"};
constexpr const char* kClosings[] = {"请相关部门核实处理并回复", "希望有关部门尽快解决", "望领导重视谢谢",
                                     "诉求请职能部门依法处理"};
constexpr const char* kSurnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙",
                                     "马", "朱", "胡", "郭", "何", "高", "林", "罗", "郑", "梁", "谢", "宋",
                                     "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "袁"};
constexpr const char* kPlaceKinds[] = {"小区", "路", "村", "花园", "街道", "大道", "学校", "市场"};

// The 3,755 common ideographs: the first level of GB 2312.
std::vector<std::string> CommonIdeographs() {
  std::string bytes;
  for (int row = 0xB0; row <= 0xD7; ++row) {
    for (int cell = 0xA1; cell <= (row == 0xD7 ? 0xF9 : 0xFE); ++cell) {
      bytes += static_cast<char>(row);
      bytes += static_cast<char>(cell);
    }
  }
  const icu::UnicodeString text(bytes.data(), static_cast<std::int32_t>(bytes.size()), "GB18030");
  std::vector<std::string> letters;
  for (std::int32_t i = 0; i < text.length(); ++i) {
    std::string letter;
    icu::UnicodeString(text.charAt(i)).toUTF8String(letter);
    letters.push_back(std::move(letter));
  }
  return letters;
}

std::string Traditional(const std::string& text) {
  thread_local const std::unique_ptr<icu::Transliterator> to_traditional = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<icu::Transliterator>(
        icu::Transliterator::createInstance("Simplified-Traditional", UTRANS_FORWARD, status));
  }();
  icu::UnicodeString units = icu::UnicodeString::fromUTF8(text);
  if (to_traditional) to_traditional->transliterate(units);
  std::string out;
  units.toUTF8String(out);
  return out;
}

double Share(std::mt19937_64& random) { return std::uniform_real_distribution<double>()(random); }

std::size_t LettersIn(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Join(const std::vector<std::vector<std::string>>& sentences) {
  std::string text;
  for (const auto& sentence : sentences) {
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      text += sentence[i];
      if (i % 6 == 5 && i + 1 < sentence.size()) text += "，";
    }
    text += "。";
  }
  return text;
}

}  // namespace

std::string_view EditName(Edit edit) {
  switch (edit) {
    case Edit::kLight:
      return "light";
    case Edit::kMedium:
      return "medium";
    case Edit::kHeavy:
      return "heavy";
    case Edit::kTraditional:
      return "traditional";
  }
  return "";
}

BenchCorpus::Zipf::Zipf(std::size_t size, double exponent) {
  double sum = 0;
  for (std::size_t rank = 0; rank < size; ++rank) {
    cumulated_.push_back(sum += 1 / std::pow(static_cast<double>(rank) + 2.7, exponent));
  }
}

std::size_t BenchCorpus::Zipf::operator()(Random& random) const {
  const double at = Share(random) * cumulated_.back();
  const auto found = std::lower_bound(cumulated_.begin(), cumulated_.end(), at) - cumulated_.begin();
  return std::min(static_cast<std::size_t>(found), cumulated_.size() - 1);
}

BenchCorpus::BenchCorpus(std::uint64_t seed)
    : seed_(seed),
      letters_(CommonIdeographs()),
      word_rank_(kWords, 1.0),
      topic_rank_(kTopicWords, 0.9),
      phrase_rank_(kPhrases, 0.9),
      place_rank_(kPlaces, 0.8) {
  Random random(seed);
  std::shuffle(letters_.begin(), letters_.end(), random);
  const Zipf letter_rank(letters_.size(), 0.9);
  const auto spell = [&](std::size_t length) {
    std::string word;
    while (length-- > 0) word += letters_[letter_rank(random)];
    return word;
  };
  for (std::size_t rank = 0; rank < kWords; ++rank) {
    const double kind = Share(random);
    const std::size_t usual = kind < 0.7 ? 2 : kind < 0.85 ? 3 : 4;
    words_.push_back(spell(rank < 300 && rank % 2 == 0 ? 1 : usual));
  }
  for (std::size_t i = 0; i < kPhrases; ++i) {
    Sentence phrase;
    for (std::size_t n = 2 + random() % 3; n > 0; --n) phrase.push_back(words_[word_rank_(random)]);
    phrases_.push_back(std::move(phrase));
  }
  for (std::size_t i = 0; i < kPlaces; ++i)
    places_.push_back(spell(2 + random() % 2) + kPlaceKinds[random() % std::size(kPlaceKinds)]);
}

const std::string& BenchCorpus::Word(std::size_t topic, Random& random) const {
  if (Share(random) < 0.3) {
    // A topic prefers some hundred words out of the whole vocabulary.
    return words_[(topic * 7919 + topic_rank_(random) * 149) % kWords];
  }
  return words_[word_rank_(random)];
}

BenchCorpus::Sentence BenchCorpus::WriteSentence(std::size_t topic, Random& random) const {
  Sentence sentence;
  for (std::size_t length = 5 + random() % 10; sentence.size() < length;) {
    if (Share(random) < 0.12) {
      const Sentence& phrase = phrases_[phrase_rank_(random)];
      sentence.insert(sentence.end(), phrase.begin(), phrase.end());
    } else {
      sentence.push_back(Word(topic, random));
    }
  }
  return sentence;
}

BenchCorpus::Draft BenchCorpus::Write(std::uint64_t number) const {
  Random random(seed_ * 0x9E3779B97F4A7C15u + number);
  Draft draft;
  const std::size_t wanted = 100 + random() % 450, topic = number % kTopics;
  if (Share(random) < 0.4) draft.sentences.push_back({kOpeners[random() % std::size(kOpeners)]});
  const std::string& place = places_[place_rank_(random)];
  const std::string phone = "13" + std::to_string(100000000 + random() % 900000000);
  std::size_t letters = 0;
  while (letters < wanted) {
    Sentence sentence = WriteSentence(topic, random);
    const auto insert = [&](std::string word) {
      sentence.insert(sentence.begin() + static_cast<std::ptrdiff_t>(random() % sentence.size()), std::move(word));
    };
    const double kind = Share(random);
    if (kind < 0.15) insert(place);
    if (kind > 0.95) insert(std::to_string(random() % 1000) + "00元");
    if (kind > 0.90 && kind < 0.92) insert(phone);
    for (const std::string& word : sentence) letters += LettersIn(word);
    draft.sentences.push_back(std::move(sentence));
  }
  if (Share(random) < 0.4) draft.sentences.push_back({kClosings[random() % std::size(kClosings)]});
  draft.place = place;
  draft.keys = {"phone:" + phone, "name:" + std::to_string(random() % 200000), "place:" + place,
                "topic:" + std::to_string(topic)};
  return draft;
}

BenchText BenchCorpus::Text(std::uint64_t number) const {
  Draft draft = Write(number);
  return {Join(draft.sentences), std::move(draft.keys)};
}

petition::Petitioner BenchCorpus::PersonOf(std::uint64_t number) const {
  Random random(seed_ * 0xD1B54A32D192ED03u + number);
  petition::Petitioner person;
  // A given name is drawn as words are: some are common.
  const Zipf& rank = topic_rank_;
  person.name = kSurnames[random() % std::size(kSurnames)] + letters_[rank(random)] + letters_[rank(random)];
  person.phone = "13" + std::to_string(100000000 + random() % 900000000);
  return person;
}

petition::Submission BenchCorpus::Filed(std::uint64_t number) const {
  const Draft draft = Write(number);
  petition::Submission submission;
  submission.external_id = "b-" + std::to_string(number);
  submission.channel = "portal";
  submission.division = "4399" + std::string(number % 8 < 4 ? "02" : "03");
  submission.purpose = "投诉";
  submission.title = draft.place + "，" + draft.sentences.back().front() + draft.sentences.front().front();
  submission.content = Join(draft.sentences);
  submission.place_text = draft.place + std::to_string(number % 40 + 1) + "栋";
  submission.petitioners = {PersonOf(number)};
  return submission;
}

petition::Submission BenchCorpus::FiledAgain(std::uint64_t number, Edit edit, std::uint64_t variant,
                                             bool same_person) const {
  petition::Submission submission = Filed(number);
  submission.external_id += "-" + std::string(EditName(edit)) + std::to_string(variant);
  submission.channel = "hotline";
  submission.content = Edited(number, edit, variant);
  if (same_person) {
    submission.place_text.clear();
  } else {
    submission.petitioners = {PersonOf(number + (std::uint64_t{1} << 40) + variant)};
  }
  return submission;
}

void BenchCorpus::EditWords(Sentence& sentence, double share, std::size_t topic, Random& random) const {
  Sentence edited;
  for (std::string& word : sentence) {
    if (Share(random) >= share) {
      edited.push_back(std::move(word));
      continue;
    }
    const auto kind = random() % 3;  // left out, put in front, or replaced
    if (kind == 0) continue;
    edited.push_back(Word(topic, random));
    if (kind == 1) edited.push_back(std::move(word));
  }
  sentence = std::move(edited);
}

std::string BenchCorpus::Edited(std::uint64_t number, Edit edit, std::uint64_t variant) const {
  Random random(seed_ + number * 31 + variant * 1000003 + static_cast<std::uint64_t>(edit));
  std::vector<Sentence> sentences = Write(number).sentences;
  const std::size_t topic = number % kTopics;
  const double share = edit == Edit::kHeavy ? 0.28 : edit == Edit::kMedium ? 0.12 : 0.025;
  for (Sentence& sentence : sentences) EditWords(sentence, share, topic, random);
  if (edit == Edit::kMedium) sentences[random() % sentences.size()] = WriteSentence(topic, random);
  if (edit == Edit::kHeavy) {
    std::shuffle(sentences.begin(), sentences.end(), random);
    const std::size_t gone = sentences.size() / 3;
    sentences.resize(sentences.size() - gone);
    for (std::size_t i = 0; i < std::max<std::size_t>(gone, 1); ++i) sentences.push_back(WriteSentence(topic, random));
    std::shuffle(sentences.begin(), sentences.end(), random);
  }
  const std::string text = Join(sentences);
  return edit == Edit::kTraditional ? Traditional(text) : text;
}

}  // namespace gateway

// The known answers of the log format, which a Go library and an independent script agree on.
#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

namespace ledger {
namespace {

// Perfect subtrees over entry-0, entry-1, ..., level by level.
class EntryTree {
 public:
  explicit EntryTree(std::uint64_t leaves) {
    levels_.emplace_back();
    for (std::uint64_t i = 0; i < leaves; ++i) levels_[0].push_back(LeafHash("entry-" + std::to_string(i)));
    while (levels_.back().size() > 1) {
      std::vector<Hash> next;
      for (std::size_t i = 0; i + 1 < levels_.back().size(); i += 2)
        next.push_back(NodeHash(levels_.back()[i], levels_.back()[i + 1]));
      levels_.push_back(std::move(next));
    }
  }
  NodeReader Reader() const {
    return [this](int level, std::uint64_t index) -> petition::Result<Hash> {
      const auto row = static_cast<std::size_t>(level);
      if (row >= levels_.size() || index >= levels_[row].size()) return petition::Internal("no such node");
      return levels_[row][index];
    };
  }

 private:
  std::vector<std::vector<Hash>> levels_;
};

const EntryTree& Entries() {
  static const EntryTree tree(70000);
  return tree;
}

std::string Root(std::uint64_t size) { return Base64(AsBytes(RootOf(size, Entries().Reader()).value())); }

Key CountingSeed() {
  Key seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(i);
  return seed;
}

constexpr char kName[] = "example.org/ledger";
constexpr char kVkey[] = "example.org/ledger+5f5b716d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
constexpr char kSignature3[] =
    "X1txbSgFJYmmICyaQl0WJfi+7DO/VdndVdo+5etD1eQL0aSJi/k05lDStJibf334/KhrHfRV5BX+1GjrWMAR9McaRAE=";

std::string SignedCheckpoint(std::uint64_t size) {
  const Signer signer = Signer::FromSeed(kName, CountingSeed()).value();
  return signer.SignNote(Checkpoint{kName, size, RootOf(size, Entries().Reader()).value()}.Text());
}

TEST(LogFormatTest, HashesTheEmptyLeafAsKnown) {
  EXPECT_EQ(Hex(AsBytes(LeafHash(""))), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(LogFormatTest, RootsAreAsKnown) {
  EXPECT_EQ(Root(0), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(Root(1), "QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=");
  EXPECT_EQ(Root(3), "pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs=");
  EXPECT_EQ(Root(5), "GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=");
  EXPECT_EQ(Root(256), "+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4=");
  EXPECT_EQ(Root(257), "kYsc7GTzF8duPPVcBTaEHAOe/wZ3LruIKM58F2Aotaw=");
  EXPECT_EQ(Root(65536), "3yxgbRFEFvpgC/NJUVLgnjnovj0OLlUBw1KCZTmr2o4=");
  EXPECT_EQ(Root(70000), "pipUvjMpT/1aXExjf9dUYwtxqJLoNW46Zmpcin/9FRg=");
}

TEST(LogFormatTest, KeyAndSignatureAreAsKnown) {
  const Signer signer = Signer::FromSeed(kName, CountingSeed()).value();
  EXPECT_EQ(signer.verifier().Text(), kVkey);
  EXPECT_EQ(SignedCheckpoint(3), Checkpoint({kName, 3, RootOf(3, Entries().Reader()).value()}).Text() +
                                     "\n\xE2\x80\x94 " + kName + " " + kSignature3 + "\n");
}

TEST(LogFormatTest, InclusionAndConsistencyAreAsKnown) {
  const auto inclusion = InclusionPath(2, 5, Entries().Reader()).value();
  ASSERT_EQ(inclusion.size(), 3u);
  EXPECT_EQ(Base64(AsBytes(inclusion[0])), "J0ebarMh0u5HdFL2i6UndI6GPK/o+9HfK/idFXDRtpc=");
  const auto consistency = ConsistencyPath(3, 5, Entries().Reader()).value();
  ASSERT_EQ(consistency.size(), 4u);
  EXPECT_EQ(Base64(AsBytes(consistency[0])), "BJ19zbVrz+vTEzBMmDnxlqPUtu873AsIKY+TrIGR8Kg=");
}

TEST(LogFormatTest, TilePathsGroupDigitsByThree) {
  EXPECT_EQ(TileIndexPath(5), "005");
  EXPECT_EQ(TileIndexPath(999), "999");
  EXPECT_EQ(TileIndexPath(1000), "x001/000");
  EXPECT_EQ(TileIndexPath(1234067), "x001/x234/067");
  EXPECT_EQ(TilePath({1, 5, 256}), "tile/1/005");
  EXPECT_EQ(TilePath({0, 1000, 17}), "tile/0/x001/000.p/17");
  EXPECT_EQ(BundlePath(5, 3), "tile/entries/005.p/3");
}

TEST(LogFormatTest, TilesOfASizeAreAsDescribed) {
  EXPECT_TRUE(NewTiles(0, 0).empty());
  EXPECT_EQ(NewTiles(0, 256), (std::vector<TileId>{{0, 0, 256}, {1, 0, 1}}));
  const auto tiles = NewTiles(0, 70000);
  ASSERT_EQ(tiles.size(), 273u + 1 + 1 + 1 + 1);
  EXPECT_EQ(tiles[273], (TileId{0, 273, 112}));
  EXPECT_EQ(tiles[274], (TileId{1, 0, 256}));
  EXPECT_EQ(tiles[275], (TileId{1, 1, 17}));
  EXPECT_EQ(tiles[276], (TileId{2, 0, 1}));
  EXPECT_EQ(NewTiles(255, 257), (std::vector<TileId>{{0, 0, 256}, {0, 1, 1}, {1, 0, 1}}));
  EXPECT_TRUE(NewTiles(257, 257).empty());
}

TEST(LogFormatTest, BundlesAreLengthPrefixedAndWhole) {
  std::string bundle;
  AppendToBundle(bundle, "ab");
  AppendToBundle(bundle, "");
  EXPECT_EQ(bundle, std::string("\0\2ab\0\0", 6));
  const auto entries = SplitBundle(bundle, 2).value();
  EXPECT_EQ(entries[0], "ab");
  EXPECT_EQ(entries[1], "");
  EXPECT_EQ(SplitBundle(bundle, 1).error().code, petition::Code::kCorrupt);
  EXPECT_EQ(SplitBundle(bundle, 3).error().code, petition::Code::kCorrupt);
  EXPECT_EQ(SplitBundle(std::string_view(bundle).substr(0, 3), 1).error().code, petition::Code::kCorrupt);
  const std::string longest(kEntryBytesMax, 'x');
  std::string large;
  AppendToBundle(large, longest);
  EXPECT_EQ(SplitBundle(large, 1).value()[0], longest);
}

TEST(NoteTest, VkeyWithPlusInItsBase64IsSplitAtTheFirstTwoOnly) {
  // Seeds are tried until the encoded public key holds a '+', the trap for parsers that split at every one.
  Key seed = CountingSeed();
  for (int tries = 0; tries < 1000; ++tries) {
    ++seed[0];
    if (seed[0] == 0) ++seed[1];
    const VerifierKey key = Signer::FromSeed(kName, seed)->verifier();
    const std::string text = key.Text();
    if (text.find('+', text.find('+', text.find('+') + 1) + 1) == std::string::npos) continue;
    const auto parsed = VerifierKey::Parse(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->key, key.key);
    return;
  }
  FAIL() << "no key with a plus found";
}

TEST(NoteTest, MalformedKeysAreRefused) {
  const std::string good = kVkey;
  EXPECT_TRUE(VerifierKey::Parse(good).ok());
  EXPECT_FALSE(VerifierKey::Parse("").ok());
  EXPECT_FALSE(VerifierKey::Parse("example.org/ledger").ok());
  EXPECT_FALSE(VerifierKey::Parse("example.org/ledger+5F5B716D" + good.substr(27)).ok()) << "upper-case id";
  EXPECT_FALSE(VerifierKey::Parse("example.org/ledger+5f5b716e" + good.substr(27)).ok()) << "id of another key";
  EXPECT_FALSE(VerifierKey::Parse("example.org/other+5f5b716d" + good.substr(27)).ok()) << "id of another name";
  EXPECT_FALSE(VerifierKey::Parse(good.substr(0, good.size() - 4)).ok());
  EXPECT_FALSE(IsKeyName("a b"));
  EXPECT_FALSE(IsKeyName("a+b"));
  EXPECT_FALSE(
      IsKeyName("a\xE3\x80\x80"
                "b"))
      << "ideographic space";
  EXPECT_FALSE(IsKeyName("a\xff")) << "not UTF-8";
  EXPECT_TRUE(IsKeyName("归一.example/账"));
}

TEST(NoteTest, SignerFileComesBackAsItWas) {
  const Signer signer = Signer::FromSeed(kName, CountingSeed()).value();
  EXPECT_TRUE(signer.FileText().starts_with("PRIVATE+KEY+example.org/ledger+5f5b716d+"));
  const auto again = Signer::Parse(signer.FileText());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->verifier().Text(), kVkey);
}

TEST(NoteTest, SignaturesOfOthersArePassedOver) {
  const VerifierKey key = VerifierKey::Parse(kVkey).value();
  Key other_seed = CountingSeed();
  other_seed[5] = 99;
  const Signer other = Signer::FromSeed("other.example/x", other_seed).value();
  const Signer same_name = Signer::FromSeed(kName, other_seed).value();
  std::string note = SignedCheckpoint(3);
  const std::string text = Note::Parse(note)->text;
  const auto line = [&](const Signer& signer) { return signer.SignNote(text).substr(text.size() + 1); };
  for (int i = 0; i < 8; ++i) note += line(other) + line(same_name);
  EXPECT_TRUE(Note::Parse(note)->Verify(key).ok());
  EXPECT_EQ(Note::Parse(other.SignNote(text))->Verify(key).error().reason, "signature_missing");
  EXPECT_EQ(Note::Parse(same_name.SignNote(text))->Verify(key).error().reason, "signature_missing")
      << "name alone is not enough";
}

TEST(NoteTest, OneWrongSignatureOfTheKeySpoilsTheNote) {
  const VerifierKey key = VerifierKey::Parse(kVkey).value();
  const std::string note = SignedCheckpoint(3);
  const std::size_t line = note.find("\n\n") + 2;
  std::string broken = note.substr(line);
  broken[broken.size() - 20] = broken[broken.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Note::Parse(note + broken)->Verify(key).error().reason, "signature_wrong");
}

TEST(NoteTest, TextEndsAtTheLastBlankLine) {
  const Signer signer = Signer::FromSeed(kName, CountingSeed()).value();
  const std::string text = "one\n\ntwo\n";
  const auto note = Note::Parse(signer.SignNote(text));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->text, text);
  EXPECT_TRUE(note->Verify(signer.verifier()).ok());
}

TEST(NoteTest, HostileBytesAreRefused) {
  const std::string good = SignedCheckpoint(3);
  EXPECT_FALSE(Note::Parse("").ok());
  EXPECT_FALSE(Note::Parse("\n").ok());
  EXPECT_FALSE(Note::Parse("\n\n").ok());
  EXPECT_FALSE(Note::Parse(good.substr(0, good.size() - 1)).ok());
  EXPECT_FALSE(Note::Parse("\x01" + good).ok());
  EXPECT_FALSE(Note::Parse("\xff" + good).ok());
  EXPECT_FALSE(Note::Parse(good + "\n").ok());
  EXPECT_FALSE(Note::Parse(good + "- a b\n").ok());
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'\0', '\n', ' ', '\x80', 'A'}) {
      std::string bent = good;
      if (bent[i] == c) continue;
      bent[i] = c;
      EXPECT_FALSE(Checkpoint::Open(bent, VerifierKey::Parse(kVkey).value()).ok()) << i << " " << static_cast<int>(c);
    }
  }
}

TEST(NoteTest, CosignaturesVerifyWithTheirTime) {
  Key seed = CountingSeed();
  seed[0] = 7;
  const Signer witness = Signer::FromSeed("witness.example/w", seed).value();
  const VerifierKey key = VerifierKey::Make(witness.verifier().name, kAlgorithmCosignature, witness.verifier().key);
  const std::string checkpoint = SignedCheckpoint(5);
  const std::string text = Note::Parse(checkpoint)->text;
  const auto note = Note::Parse(checkpoint + witness.CosignatureLine(text, 1741054320));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->VerifyCosignature(key).value(), 1741054320u);
  EXPECT_TRUE(note->Verify(VerifierKey::Parse(kVkey).value()).ok());
  const auto other = Note::Parse(SignedCheckpoint(3) + witness.CosignatureLine(text, 1741054320));
  EXPECT_EQ(other->VerifyCosignature(key).error().reason, "signature_wrong");
  EXPECT_EQ(Note::Parse(checkpoint)->VerifyCosignature(key).error().reason, "signature_missing");
}

TEST(CheckpointTest, BindsTheOriginToTheKey) {
  const Signer signer = Signer::FromSeed(kName, CountingSeed()).value();
  const std::string foreign = signer.SignNote(Checkpoint{"example.org/another", 0, EmptyRoot()}.Text());
  EXPECT_EQ(Checkpoint::Open(foreign, signer.verifier()).error().reason, "origin_wrong");
}

TEST(CheckpointTest, ReadsOnlyTheOneWayToWriteASize) {
  const std::string root = Base64(AsBytes(EmptyRoot()));
  EXPECT_EQ(Checkpoint::FromText("o\n0\n" + root + "\n")->size, 0u);
  EXPECT_EQ(Checkpoint::FromText("o\n70000\n" + root + "\nextension\n")->size, 70000u);
  for (const std::string size : {"", "00", "01", "-1", "+1", "1 ", "0x1", "99999999999999999999"}) {
    EXPECT_FALSE(Checkpoint::FromText("o\n" + size + "\n" + root + "\n").ok()) << size;
  }
  EXPECT_FALSE(Checkpoint::FromText("o\n1\n" + root.substr(4) + "\n").ok());
  EXPECT_FALSE(Checkpoint::FromText("\n1\n" + root + "\n").ok());
  EXPECT_FALSE(Checkpoint::FromText("o\n1\n" + root).ok());
}

TEST(ProofTextTest, ComesBackAndVerifies) {
  const VerifierKey key = VerifierKey::Parse(kVkey).value();
  Proof proof{2, InclusionPath(2, 5, Entries().Reader()).value(), SignedCheckpoint(5)};
  const std::string text = proof.Text();
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nindex 2\nJ0ebarMh0u5HdFL2i6UndI6GPK/o+9HfK/idFXDRtpc=\n"));
  const Proof again = ParseProof(text).value();
  EXPECT_EQ(again.index, 2u);
  EXPECT_EQ(again.path, proof.path);
  EXPECT_EQ(again.checkpoint, proof.checkpoint);
  EXPECT_EQ(VerifyProof(again, "entry-2", key)->size, 5u);
  EXPECT_FALSE(VerifyProof(again, "entry-3", key).ok());
  const std::string extra = text.substr(0, 23) + "extra AAAA\n" + text.substr(23);
  EXPECT_EQ(ParseProof(extra)->index, 2u);
  EXPECT_FALSE(ParseProof(text.substr(1)).ok());
  EXPECT_FALSE(ParseProof("c2sp.org/tlog-proof@v1\nindex 02\n\n").ok());
  EXPECT_FALSE(ParseProof("c2sp.org/tlog-proof@v1\nindex 2\nAAAA\n\n").ok());
}

TEST(ProofTextTest, CommitmentIsOverSaltAndBothHashes) {
  const std::string salt(32, '\1');
  EXPECT_EQ(Commitment(salt, "raw", "{}"),
            Base64(AsBytes(Sha256({salt, AsBytes(Sha256("raw")), AsBytes(Sha256("{}"))}))));
  EXPECT_EQ(EntryLine("QUJD", "2025-03-04T10:12:00+08:00"),
            R"({"commit":"QUJD","time":"2025-03-04T10:12:00+08:00","v":1})");
}

}  // namespace
}  // namespace ledger

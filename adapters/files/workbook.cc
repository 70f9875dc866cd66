#include "adapters/files/workbook.h"

#include <expat.h>
#include <unzip.h>

#include <algorithm>
#include <charconv>
#include <deque>

#include "adapters/mapping/path.h"
#include "adapters/text/xml_tree.h"

namespace adapters {
namespace {

using petition::Json;
using petition::Result;
using petition::Status;

constexpr std::uint64_t kUnpackedMax = 4ull << 30;
constexpr std::uint64_t kRatioMax = 200;  // packed text of tables is a tenth to a fiftieth
constexpr std::uint64_t kRatioCheckedFrom = 8u << 20;
constexpr std::size_t kSmallPartMax = 4u << 20;  // workbook.xml and its relations
constexpr std::size_t kStringsBytesMax = 128u << 20;
constexpr std::size_t kCellBytesMax = 1u << 20;
constexpr std::size_t kSheetColumnsMax = 500;
constexpr std::size_t kWorkbookRowBytesMax = 8u << 20;
constexpr std::size_t kPiece = 64u << 10;

petition::Error Invalid(const char* what) { return petition::Invalid("workbook_invalid", what); }
petition::Error TooLarge(const char* what) { return petition::Invalid("workbook_too_large", what); }

/// One part of the archive, unpacked piece by piece under its bounds.
class PartStream {
 public:
  static Result<std::unique_ptr<PartStream>> Open(const std::filesystem::path& file, const std::string& name) {
    std::unique_ptr<PartStream> part(new PartStream);
    part->zip_ = unzOpen64(file.c_str());
    if (part->zip_ == nullptr) return Invalid("the file is no workbook");
    if (unzLocateFile(part->zip_, name.c_str(), 1) != UNZ_OK) return petition::NotFound("there is no such part");
    unz_file_info64 info{};
    if (unzGetCurrentFileInfo64(part->zip_, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK ||
        unzOpenCurrentFile(part->zip_) != UNZ_OK) {
      return Invalid("a part of the workbook can't be unpacked");
    }
    part->packed_ = info.compressed_size;
    return part;
  }
  ~PartStream() {
    if (zip_ != nullptr) unzClose(zip_);
  }
  /// 0 at the end.
  Result<std::size_t> Read(char* into, std::size_t size) {
    const int got = unzReadCurrentFile(zip_, into, static_cast<unsigned>(size));
    if (got < 0) return Invalid("a part of the workbook is damaged");
    unpacked_ += static_cast<std::uint64_t>(got);
    const bool bomb = unpacked_ > kRatioCheckedFrom && unpacked_ / std::max<std::uint64_t>(packed_, 1) > kRatioMax;
    if (bomb || unpacked_ > kUnpackedMax) return TooLarge("a part of the workbook unpacks to too much");
    if (got == 0 && unzCloseCurrentFile(zip_) == UNZ_CRCERROR) return Invalid("a part of the workbook is damaged");
    return static_cast<std::size_t>(got);
  }

 private:
  PartStream() = default;
  unzFile zip_ = nullptr;
  std::uint64_t packed_ = 0, unpacked_ = 0;
};

Result<Json> SmallPart(const std::filesystem::path& file, const std::string& name) {
  GUIYI_TRY(const auto part, PartStream::Open(file, name));
  std::string text, piece(kPiece, '\0');
  while (true) {
    GUIYI_TRY(const std::size_t got, part->Read(piece.data(), piece.size()));
    if (got == 0) break;
    text.append(piece, 0, got);
    if (text.size() > kSmallPartMax) return TooLarge("a part of the workbook is too large");
  }
  return XmlToTree(text);
}

std::vector<std::string> TextsAt(const Json& tree, const char* path) {
  std::vector<const Json*> nodes;
  if (const auto at = Path::Parse(path); at.ok()) at->Find(tree, nodes);
  std::vector<std::string> texts;
  for (const Json* node : nodes) texts.push_back(TextOfNode(*node).value_or(""));
  return texts;
}

/// The part that holds the sheet: its relation by the workbook, the target by the relations.
Result<std::string> PartOfSheet(const std::filesystem::path& file, const std::string& wanted) {
  auto workbook = SmallPart(file, "xl/workbook.xml");
  if (!workbook.ok()) {
    if (workbook.error().code == petition::Code::kNotFound) return Invalid("the file is no workbook");
    return std::move(workbook).error();
  }
  auto relations = SmallPart(file, "xl/_rels/workbook.xml.rels");
  if (!relations.ok()) return Invalid("the workbook does not say where its sheets are");
  const auto names = TextsAt(*workbook, "/workbook/sheets/sheet/@name"),
             ids = TextsAt(*workbook, "/workbook/sheets/sheet/@id");
  const auto keys = TextsAt(*relations, "/Relationships/Relationship/@Id"),
             targets = TextsAt(*relations, "/Relationships/Relationship/@Target");
  for (std::size_t i = 0; i < names.size() && i < ids.size(); ++i) {
    if (!wanted.empty() && names[i] != wanted) continue;
    const auto key = std::find(keys.begin(), keys.end(), ids[i]);
    const auto at = static_cast<std::size_t>(key - keys.begin());
    if (at >= targets.size()) break;
    return targets[at].starts_with('/') ? targets[at].substr(1) : "xl/" + targets[at];
  }
  return petition::Invalid("sheet_missing", "the workbook has no such sheet");
}

std::string_view PartName(const char* name) {
  const std::string_view whole(name);
  const auto mark = whole.rfind(':');
  return mark == std::string_view::npos ? whole : whole.substr(mark + 1);
}

const char* Attribute(const char** attributes, std::string_view name) {
  for (std::size_t i = 0; attributes[i] != nullptr; i += 2) {
    if (PartName(attributes[i]) == name) return attributes[i + 1];
  }
  return "";
}

using PartParser = std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)>;

/// What both parts share: text is gathered while it is wanted, and a document type ends all.
struct Listener {
  PartParser parser{XML_ParserCreate("UTF-8"), XML_ParserFree};
  Status status = petition::Ok();
  std::string text;
  bool wants_text = false;

  virtual ~Listener() = default;
  virtual void Begin(std::string_view name, const char** attributes) = 0;
  virtual void End(std::string_view name) = 0;
  void Stop(petition::Error error) {
    if (status.ok()) status = std::move(error);
    XML_StopParser(parser.get(), XML_FALSE);
  }
  void Attach() {
    XML_SetUserData(parser.get(), this);
    XML_SetElementHandler(
        parser.get(),
        [](void* self, const char* name, const char** attributes) {
          static_cast<Listener*>(self)->Begin(PartName(name), attributes);
        },
        [](void* self, const char* name) { static_cast<Listener*>(self)->End(PartName(name)); });
    XML_SetCharacterDataHandler(parser.get(), [](void* self, const char* bytes, int size) {
      auto& listener = *static_cast<Listener*>(self);
      if (!listener.wants_text) return;
      listener.text.append(bytes, static_cast<std::size_t>(size));
      if (listener.text.size() > kCellBytesMax) listener.Stop(TooLarge("a cell holds too much"));
    });
    XML_SetStartDoctypeDeclHandler(parser.get(), [](void* self, const char*, const char*, const char*, int) {
      static_cast<Listener*>(self)->Stop(
          petition::Invalid("xml_doctype", "a part of the workbook has a document type"));
    });
  }
  Status Feed(const char* bytes, std::size_t size, bool last) {
    if (XML_Parse(parser.get(), bytes, static_cast<int>(size), last) == XML_STATUS_OK) return status;
    return status.ok() ? Status(Invalid("a part of the workbook is no XML")) : status;
  }
};

struct SharedStrings final : Listener {
  std::vector<std::string> strings;
  std::string current;
  std::size_t bytes = 0;
  bool phonetic = false;  ///< how a word is read stands beside it; it is no part of it

  void Begin(std::string_view name, const char**) override {
    if (name == "si") current.clear();
    if (name == "rPh") phonetic = true;
    wants_text = name == "t" && !phonetic;
    text.clear();
  }
  void End(std::string_view name) override {
    if (name == "t" && wants_text) current += text;
    if (name == "rPh") phonetic = false;
    wants_text = false;
    if (name != "si") return;
    bytes += current.size() + sizeof(std::string);
    if (bytes > kStringsBytesMax) return Stop(TooLarge("the workbook's shared strings are too large"));
    strings.push_back(std::move(current));
  }
};

/// "BC12" -> 54; 0 for what is no place.
std::size_t ColumnOf(std::string_view place) {
  std::size_t column = 0;
  for (const char c : place) {
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
    if (column > 100'000) return column;
  }
  return column;
}

struct SheetRows final : Listener {
  struct Ready {
    std::uint64_t number = 0;
    std::vector<std::string> cells;
  };
  const std::vector<std::string>* strings = nullptr;
  std::deque<Ready> ready;
  Ready row;
  std::string type, value;
  std::size_t column = 0, bytes = 0;
  std::uint64_t number = 0;
  bool phonetic = false;

  void Begin(std::string_view name, const char** attributes) override {
    if (name == "row") {
      row = {};
      bytes = 0;
      column = 0;
      std::uint64_t said = 0;
      const std::string_view r = Attribute(attributes, "r");
      std::from_chars(r.data(), r.data() + r.size(), said);
      row.number = number = said > number ? said : number + 1;
    } else if (name == "c") {
      const std::size_t said = ColumnOf(Attribute(attributes, "r"));
      column = said != 0 ? said : column + 1;
      type = Attribute(attributes, "t");
      value.clear();
      if (column > kSheetColumnsMax) Stop(TooLarge("a row of the workbook has too many columns"));
    } else if (name == "rPh") {
      phonetic = true;
    }
    wants_text = (name == "v" || name == "t") && !phonetic;
    text.clear();
  }
  void End(std::string_view name) override {
    if (wants_text && (name == "v" || name == "t")) value += text;
    wants_text = false;
    if (name == "rPh") phonetic = false;
    if (name == "c") return EndCell();
    if (name != "row") return;
    const bool any = std::any_of(row.cells.begin(), row.cells.end(), [](const auto& cell) { return !cell.empty(); });
    if (any) ready.push_back(std::move(row));
  }
  void EndCell() {
    if (value.empty() || column == 0) return;
    if (type == "s") {
      std::size_t at = 0;
      const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), at);
      if (failed != std::errc() || at >= strings->size())
        return Stop(Invalid("a cell names a string that there is not"));
      value = (*strings)[at];
    } else if (type == "e") {
      value.clear();  // #N/A and the like: a formula that failed says nothing
    }
    bytes += value.size();
    if (bytes > kWorkbookRowBytesMax) return Stop(TooLarge("a row of the workbook holds too much"));
    if (row.cells.size() < column) row.cells.resize(column);
    row.cells[column - 1] = std::move(value);
    value.clear();
  }
};

/// Gives a whole part to a listener.
Status ReadPart(PartStream& part, Listener& listener) {
  std::string piece(kPiece, '\0');
  while (true) {
    GUIYI_TRY(const std::size_t got, part.Read(piece.data(), piece.size()));
    GUIYI_CHECK(listener.Feed(piece.data(), got, got == 0));
    if (got == 0) return petition::Ok();
  }
}

}  // namespace

struct Workbook::Impl {
  SharedStrings strings;
  SheetRows rows;
  std::unique_ptr<PartStream> part;
  std::string piece = std::string(kPiece, '\0');
  bool ended = false;
};

Workbook::Workbook(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Workbook::~Workbook() = default;

Result<std::unique_ptr<Workbook>> Workbook::Open(const std::filesystem::path& file, const std::string& sheet) {
  GUIYI_TRY(const std::string part, PartOfSheet(file, sheet));
  auto impl = std::make_unique<Impl>();
  impl->strings.Attach();
  impl->rows.Attach();
  impl->rows.strings = &impl->strings.strings;
  auto strings = PartStream::Open(file, "xl/sharedStrings.xml");
  if (strings.ok()) {
    GUIYI_CHECK(ReadPart(**strings, impl->strings));
  } else if (strings.error().code != petition::Code::kNotFound) {
    return std::move(strings).error();
  }
  auto opened = PartStream::Open(file, part);
  if (!opened.ok()) return Invalid("the workbook's sheet is not in it");
  impl->part = std::move(*opened);
  return std::unique_ptr<Workbook>(new Workbook(std::move(impl)));
}

Result<bool> Workbook::Next(std::vector<std::string>& cells, std::uint64_t& number) {
  Impl& in = *impl_;
  while (in.rows.ready.empty()) {
    if (in.ended) return false;
    GUIYI_TRY(const std::size_t got, in.part->Read(in.piece.data(), in.piece.size()));
    in.ended = got == 0;
    GUIYI_CHECK(in.rows.Feed(in.piece.data(), got, in.ended));
  }
  cells = std::move(in.rows.ready.front().cells);
  number = in.rows.ready.front().number;
  in.rows.ready.pop_front();
  return true;
}

}  // namespace adapters

// Sheets as a PDF, by Pango and Cairo: A4 across, columns as wide as what stands in them, headings again on each page.
#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>

#include "gateway/oversight/sheet.h"

namespace gateway {

namespace {

constexpr double kPdfWidth = 841.89, kPdfHeight = 595.28, kPdfMargin = 42;  // points
constexpr double kPdfPad = 4, kPdfColumnMin = 28;
constexpr double kPdfLines = kPdfWidth - 2 * kPdfMargin;
constexpr std::size_t kPdfRowsMax = 1'000;  // of a table: paper that somebody reads
constexpr std::size_t kPdfWidthFrom = 200;  // rows that say how wide columns are
constexpr int kPdfCellLinesMax = 8;

template <auto Free>
struct PdfFree {
  template <typename T>
  void operator()(T* one) const {
    Free(one);
  }
};
using PdfSurface = std::unique_ptr<cairo_surface_t, PdfFree<cairo_surface_destroy>>;
using PdfPen = std::unique_ptr<cairo_t, PdfFree<cairo_destroy>>;
using PdfLayout = std::unique_ptr<PangoLayout, PdfFree<g_object_unref>>;
using PdfFonts = std::unique_ptr<PangoFontMap, PdfFree<g_object_unref>>;
using PdfFont = std::unique_ptr<PangoFontDescription, PdfFree<pango_font_description_free>>;
using PdfContext = std::unique_ptr<PangoContext, PdfFree<g_object_unref>>;

struct PdfSize {
  double width = 0, height = 0;
};

/// Draws from the top of a page down; begins a new one where something no longer fits.
class PdfPages {
 public:
  explicit PdfPages(cairo_surface_t* surface)
      : pen_(cairo_create(surface)),
        fonts_(pango_cairo_font_map_new()),
        context_(pango_font_map_create_context(fonts_.get())) {}

  bool Letters(const std::string& text) {
    return pango_layout_get_unknown_glyphs_count(Lay(text, false, 10, -1).get()) == 0;
  }

  void Heading(const std::string& text, double points) {
    const auto layout = Lay(text, true, points, kPdfLines);
    // With its table's headings and a row or two.
    if (y_ + SizeOf(layout.get()).height + 60 > kPdfHeight - kPdfMargin) NewPage();
    Draw(layout.get(), kPdfMargin, y_);
    y_ += SizeOf(layout.get()).height + 6;
  }

  void Table(const Sheet& sheet) {
    const auto widths = Widths(sheet);
    const Line headings = LineOf({sheet.headings.begin(), sheet.headings.end()}, widths, true);
    Show(headings, widths);
    const std::size_t shown = std::min(sheet.rows.size(), kPdfRowsMax);
    for (std::size_t at = 0; at < shown; ++at) {
      const Line line = LineOf(sheet.rows[at], widths, false);
      if (y_ + line.height > kPdfHeight - kPdfMargin) {
        NewPage();
        Show(headings, widths);
      }
      Show(line, widths);
    }
    if (shown < sheet.rows.size())
      Heading("另有 " + std::to_string(sheet.rows.size() - shown) + " 行，见工作簿（XLSX）", 9);
    y_ += 16;
  }

  cairo_status_t End() {
    Number();
    cairo_show_page(pen_.get());
    return cairo_status(pen_.get());
  }

 private:
  /// A row of a table, laid out.
  struct Line {
    std::vector<PdfLayout> cells;
    double height = 0;
    bool bold = false;
  };

  PdfLayout Lay(const std::string& text, bool bold, double points, double width) {
    PdfLayout layout(pango_layout_new(context_.get()));
    const PdfFont font(pango_font_description_from_string("Sans"));
    pango_font_description_set_absolute_size(font.get(), points * PANGO_SCALE);
    if (bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout.get(), font.get());
    if (width > 0) pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
  }
  static PdfSize SizeOf(PangoLayout* layout) {
    int width = 0, height = 0;
    pango_layout_get_size(layout, &width, &height);
    return {static_cast<double>(width) / PANGO_SCALE, static_cast<double>(height) / PANGO_SCALE};
  }
  void Draw(PangoLayout* layout, double x, double y) {
    cairo_move_to(pen_.get(), x, y);
    pango_cairo_show_layout(pen_.get(), layout);
  }
  static std::string TextOf(const Cell& cell) {
    const auto* number = std::get_if<double>(&cell);
    return number ? CellNumber(*number) : std::get<std::string>(cell);
  }

  /// As wide as what stands in them; where that is too much, the wide ones give way.
  std::vector<double> Widths(const Sheet& sheet) {
    std::vector<double> widths(sheet.headings.size(), kPdfColumnMin);
    const auto widen = [&](std::size_t column, const std::string& text, bool bold) {
      if (column < widths.size())
        widths[column] = std::max(widths[column], SizeOf(Lay(text, bold, 9, -1).get()).width + 2 * kPdfPad + 1);
    };
    for (std::size_t column = 0; column < sheet.headings.size(); ++column) widen(column, sheet.headings[column], true);
    for (std::size_t at = 0; at < std::min(sheet.rows.size(), kPdfWidthFrom); ++at)
      for (std::size_t column = 0; column < sheet.rows[at].size(); ++column)
        widen(column, TextOf(sheet.rows[at][column]), false);
    while (std::accumulate(widths.begin(), widths.end(), 0.0) > kPdfLines) {
      const auto widest = std::max_element(widths.begin(), widths.end());
      const double next = *widest * 0.9;
      if (next < kPdfColumnMin) break;
      *widest = next;
    }
    return widths;
  }
  Line LineOf(const std::vector<Cell>& row, const std::vector<double>& widths, bool bold) {
    Line line;
    line.bold = bold;
    for (std::size_t column = 0; column < std::min(row.size(), widths.size()); ++column) {
      auto layout = Lay(TextOf(row[column]), bold, 9, widths[column] - 2 * kPdfPad);
      pango_layout_set_height(layout.get(), -kPdfCellLinesMax);
      pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
      if (std::holds_alternative<double>(row[column])) pango_layout_set_alignment(layout.get(), PANGO_ALIGN_RIGHT);
      line.height = std::max(line.height, SizeOf(layout.get()).height);
      line.cells.push_back(std::move(layout));
    }
    line.height += 2 * kPdfPad;
    return line;
  }
  void Show(const Line& line, const std::vector<double>& widths) {
    double x = kPdfMargin;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      if (line.bold) {
        cairo_set_source_rgb(pen_.get(), 0.93, 0.94, 0.96);
        cairo_rectangle(pen_.get(), x, y_, widths[column], line.height);
        cairo_fill(pen_.get());
      }
      cairo_set_source_rgb(pen_.get(), 0.6, 0.6, 0.6);
      cairo_set_line_width(pen_.get(), 0.5);
      cairo_rectangle(pen_.get(), x, y_, widths[column], line.height);
      cairo_stroke(pen_.get());
      cairo_set_source_rgb(pen_.get(), 0, 0, 0);
      if (column < line.cells.size()) Draw(line.cells[column].get(), x + kPdfPad, y_ + kPdfPad);
      x += widths[column];
    }
    y_ += line.height;
  }
  void Number() {
    const auto layout = Lay(std::to_string(page_), false, 8, -1);
    Draw(layout.get(), (kPdfWidth - SizeOf(layout.get()).width) / 2, kPdfHeight - kPdfMargin * 0.7);
  }
  void NewPage() {
    Number();
    cairo_show_page(pen_.get());
    ++page_;
    y_ = kPdfMargin;
  }

  PdfPen pen_;
  PdfFonts fonts_;
  PdfContext context_;
  double y_ = kPdfMargin;
  std::size_t page_ = 1;
};

cairo_status_t TakeBytes(void* into, const unsigned char* bytes, unsigned count) {
  static_cast<std::string*>(into)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

petition::Result<std::string> ToPdf(std::string_view title, const std::vector<Sheet>& sheets) {
  std::string bytes;
  const PdfSurface surface(cairo_pdf_surface_create_for_stream(TakeBytes, &bytes, kPdfWidth, kPdfHeight));
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, std::string(title).c_str());
  // One at a time: each takes a processor for itself, and nobody needs two.
  static std::mutex making;
  const std::lock_guard lock(making);
  {
    PdfPages pages(surface.get());
    if (!pages.Letters(std::string(title)))
      return petition::Unavailable("a PDF needs a font with Chinese letters on the hub's machine (fonts-noto-cjk)");
    pages.Heading(std::string(title), 18);
    for (const auto& sheet : sheets) {
      pages.Heading(sheet.title, 12);
      pages.Table(sheet);
    }
    if (const auto status = pages.End(); status != CAIRO_STATUS_SUCCESS)
      return petition::Unavailable("the PDF can't be made", cairo_status_to_string(status));
  }
  cairo_surface_finish(surface.get());
  if (const auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    return petition::Unavailable("the PDF can't be made", cairo_status_to_string(status));
  return bytes;
}

}  // namespace gateway

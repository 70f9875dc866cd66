#include "gateway/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace gateway {

petition::Result<std::string> QrSvg(std::string_view text, std::string_view label) {
  if (text.empty() || text.size() > kQrBytesMax) return petition::Invalid("too_large", "too much for one QR code");
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0,
                        text.size() < 1'000 ? QR_ECLEVEL_M : QR_ECLEVEL_L),
      QRcode_free);
  if (!code) return petition::Internal("the QR code could not be made");
  constexpr int kQuiet = 4;
  const int side = code->width + 2 * kQuiet;
  std::string path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width;) {
      int end = x;
      while (end < code->width && (code->data[y * code->width + end] & 1) != 0) ++end;
      if (end > x)
        path += "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + std::to_string(end - x) +
                "v1h-" + std::to_string(end - x) + "z";
      x = end > x ? end : x + 1;
    }
  }
  const std::string size = std::to_string(side);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + " " + size +
         "\" role=\"img\" shape-rendering=\"crispEdges\"><title>" + std::string(label) +
         "</title><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><path fill=\"#000\" d=\"" + path + "\"/></svg>";
}

}  // namespace gateway

#include "adapters/expiry.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>

namespace adapters {
namespace {

constexpr std::size_t kPemBytesMax = 1u << 20;
constexpr std::size_t kCertificatesMax = 500;  // the authorities of a whole system are some hundreds
constexpr int kNestedMax = 6;

std::optional<petition::Time> EndOfCertificate(const X509& certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) != 1) return std::nullopt;
  return petition::Time(std::chrono::seconds(timegm(&end)));
}

void CollectExpiries(const petition::Json& node, const std::string& pointer, bool is_file,
                     const std::filesystem::path& folder, int depth, std::vector<Expiry>& found) {
  if (depth > kNestedMax) return;
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) {
      const bool file = key.ends_with("_file") || key.ends_with("_files");
      CollectExpiries(value, pointer + "/" + key, file, folder, depth + 1, found);
    }
  } else if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i) {
      CollectExpiries(node[i], pointer + "/" + std::to_string(i), is_file, folder, depth + 1, found);
    }
  } else if (is_file && node.is_string()) {
    const auto end = CertificateEnd(folder / node.get<std::string>());
    if (end) found.push_back({pointer, *end});
  }
}

}  // namespace

std::optional<petition::Time> CertificateEnd(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kPemBytesMax, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  // What holds a secret is none of our business here.
  if (bytes.find("-----BEGIN CERTIFICATE") == std::string::npos) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())),
                                                      BIO_free);
  std::optional<petition::Time> first;
  for (std::size_t i = 0; bio && i < kCertificatesMax; ++i) {
    const std::unique_ptr<X509, decltype(&X509_free)> one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                          X509_free);
    if (!one) break;
    const auto end = EndOfCertificate(*one);
    if (end && (!first || *end < *first)) first = end;
  }
  ERR_clear_error();  // the end of the file is told as an error
  return first;
}

std::vector<Expiry> ExpiriesOf(const petition::Json& options, const std::filesystem::path& folder) {
  std::vector<Expiry> found;
  CollectExpiries(options, "/options", false, folder, 0, found);
  return found;
}

}  // namespace adapters

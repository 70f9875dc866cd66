// A self-signed certificate for 127.0.0.1 with its key, as PEM files in a folder: for tests of TLS.
#pragma once

#include <filesystem>
#include <string>

namespace support {

struct TestCertificate {
  std::string certificate, key;  ///< paths
};

TestCertificate MakeTestCertificate(const std::filesystem::path& folder);

}  // namespace support

// Mails in folders: a Maildir, whose delivered mails lie in new/ and go to cur/, and a folder of .eml files, which go
// to archived/ beside them. Nothing is ever deleted.
#include <algorithm>
#include <fstream>

#include "adapters/mail/mailbox.h"
#include "ledger/durable_file.h"

namespace adapters::mail {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kStill{2};  // a file that has not grown for so long is whole
constexpr std::size_t kHeaderBytes = 16384;

petition::Result<std::string> ReadFile(const fs::path& file, std::size_t bytes) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::Unavailable("a mail's file can't be read", file.filename().string());
  std::string text(bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

class FolderMailbox final : public Mailbox {
 public:
  struct Ways {
    fs::path from, to;
    std::string place, suffix;               ///< of names; "": any
    std::string renamed;                     ///< what is added to a name that is settled
    const petition::Clock* clock = nullptr;  ///< told the age of files by; null: they are whole when they are there
  };
  FolderMailbox(Ways ways, MailboxLimits limits) : ways_(std::move(ways)), limits_(limits) {}

  petition::Result<FoundMails> After(std::string_view, std::size_t limit) override {
    std::error_code error;
    std::vector<std::string> names;
    for (auto it = fs::directory_iterator(ways_.from, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
      if (IsMail(*it)) names.push_back(it->path().filename().string());
    }
    if (error) return petition::Unavailable("the folder of mails can't be read", error.message());
    std::sort(names.begin(), names.end());
    FoundMails found;
    std::size_t bytes = 0;
    for (const auto& name : names) {
      if (found.mails.size() == limit || bytes >= limits_.batch_bytes) {
        found.more = true;
        break;
      }
      GUIYI_TRY(auto mail, ReadOne(name));
      bytes += mail.bytes.size();
      found.mails.push_back(std::move(mail));
    }
    return found;  // what is settled is gone from the folder: no cursor is needed
  }

  petition::Status Settle(std::span<const std::string> keys) override {
    std::error_code error;
    fs::create_directories(ways_.to, error);
    for (const auto& key : keys) {
      const fs::path from = ways_.from / key;
      if (!fs::exists(from, error)) continue;
      fs::path to = ways_.to / (key + ways_.renamed);
      // Two files of one name on different days are two files.
      for (int n = 2; fs::exists(to, error); ++n) to = ways_.to / (key + "." + std::to_string(n) + ways_.renamed);
      fs::rename(from, to, error);
      if (error) return petition::Unavailable("a mail's file can't be put away", error.message());
    }
    auto& files = ledger::FileSystem::Real();
    for (const auto& folder : {ways_.to, ways_.from}) {
      GUIYI_TRY(const auto handle, files.OpenFolder(folder));
      GUIYI_CHECK(handle->Sync());
    }
    return petition::Ok();
  }

 private:
  bool IsMail(const fs::directory_entry& entry) const {
    std::error_code error;
    const auto name = entry.path().filename().string();
    if (!entry.is_regular_file(error) || entry.is_symlink(error) || name.starts_with(".") ||
        !name.ends_with(ways_.suffix))
      return false;
    if (ways_.clock == nullptr) return true;
    const auto written = std::chrono::file_clock::to_sys(entry.last_write_time(error));
    return !error && written + kStill <= ways_.clock->Now();
  }

  petition::Result<FoundMail> ReadOne(const std::string& name) const {
    FoundMail mail;
    std::error_code error;
    mail.key = name;
    mail.place = ways_.place + name;
    mail.size = fs::file_size(ways_.from / name, error);
    mail.too_large = mail.size > limits_.mail_bytes;
    GUIYI_TRY(mail.bytes,
              ReadFile(ways_.from / name, mail.too_large ? kHeaderBytes : static_cast<std::size_t>(mail.size)));
    const auto written = std::chrono::file_clock::to_sys(fs::last_write_time(ways_.from / name, error));
    if (!error) mail.received_at = std::chrono::time_point_cast<std::chrono::milliseconds>(written);
    return mail;
  }

  const Ways ways_;
  const MailboxLimits limits_;
};

}  // namespace

std::unique_ptr<Mailbox> MakeMaildir(fs::path folder, MailboxLimits limits) {
  FolderMailbox::Ways ways{folder / "new", folder / "cur", "new/", "", ":2,S", nullptr};
  return std::make_unique<FolderMailbox>(std::move(ways), limits);
}

std::unique_ptr<Mailbox> MakeEmlFolder(fs::path folder, MailboxLimits limits, const petition::Clock& clock) {
  FolderMailbox::Ways ways{folder, folder / "archived", "", ".eml", "", &clock};
  return std::make_unique<FolderMailbox>(std::move(ways), limits);
}

}  // namespace adapters::mail

#include "gateway/commands/ledger_commands.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "gateway/commands/audit_command.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/commands/witness_command.h"
#include "ledger/durable_file.h"
#include "ledger/offline.h"
#include "ledger/verify.h"
#include "petition/identifiers.h"
#include "petition/json.h"
#include "petition/time.h"

namespace gateway {
namespace {

using ledger::FileSystem;
using petition::Code;
using petition::Json;

constexpr std::size_t kNoteBytesMax = 1 << 20;

int FailLedger(const petition::Error& error) {
  std::cerr << "guiyi ledger: " << error.message;
  if (!error.detail.empty()) std::cerr << " (" << error.detail << ")";
  std::cerr << "\n";
  return error.code == Code::kInvalid ? kExitUsage : kExitCouldNotRun;
}

struct VerifyArguments {
  std::string url, dir, key, save;
  std::vector<std::string> old, witnesses;
  std::size_t quorum = 0;
  bool json = false;
};

// What each code means, in the reader's words.
std::string Explain(const std::string& code) {
  static const std::map<std::string, std::string> kWords{
      {"signature_wrong", "签名不对 / the signature is wrong"},
      {"signature_missing", "没有该密钥的签名 / not signed by this key"},
      {"origin_wrong", "是另一本账的检查点 / the checkpoint is of another log"},
      {"note_malformed", "检查点格式不对 / not a signed checkpoint"},
      {"checkpoint_malformed", "检查点格式不对 / not a checkpoint"},
      {"bundle_missing", "条目文件缺失 / entries are missing"},
      {"bundle_malformed", "条目文件损坏 / entries are damaged"},
      {"tile_missing", "哈希文件缺失 / a tile is missing"},
      {"tile_wrong", "条目与公布的哈希不符 / entries and published hashes differ"},
      {"root_wrong", "条目与签名的根不符 / the entries do not lead to the signed root"},
      {"rewritten", "与当时保存的检查点矛盾：账被改写 / contradicts the kept checkpoint: the log was rewritten"},
      {"rolled_back", "比当时保存的检查点还短：账被截短 / shorter than the kept checkpoint: the log was cut"},
      {"cosignature_missing", "缺少该见证人的联署 / not cosigned by this witness"},
      {"cosignature_wrong", "见证人的联署不对 / the witness' cosignature is wrong"},
      {"old_unreadable", "保存的检查点不是此账签出的 / the kept checkpoint is not signed by this key"},
  };
  const auto words = kWords.find(code);
  return words == kWords.end() ? code : words->second;
}

void ShowProgress(std::uint64_t done, std::uint64_t size) {
  constexpr int kWidth = 40;
  const int filled = size == 0 ? kWidth : static_cast<int>(done * kWidth / size);
  std::fprintf(stderr, "\r[%s%s] %llu/%llu", std::string(static_cast<std::size_t>(filled), '#').c_str(),
               std::string(static_cast<std::size_t>(kWidth - filled), '.').c_str(),
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(size));
  if (done == size) std::fputc('\n', stderr);
}

std::string TimeOf(const ledger::Cosignature& cosignature) {
  constexpr std::uint64_t kSecondsMax = 1ull << 40;  // what a witness says need be no time at all
  return petition::FormatTime(petition::Time(std::chrono::seconds(std::min(cosignature.unix_seconds, kSecondsMax))));
}

void PrintReport(const ledger::VerifyReport& report, bool json) {
  if (json) {
    Json out{{"ok", report.ok()},
             {"origin", report.checkpoint.origin},
             {"size", report.checkpoint.size},
             {"root", ledger::Base64(ledger::AsBytes(report.checkpoint.root))},
             {"entries", report.entries},
             {"tiles", report.tiles},
             {"problemCount", report.problem_count},
             {"cosignatures", Json::array()},
             {"problems", Json::array()}};
    for (const auto& cosignature : report.cosignatures)
      out["cosignatures"].push_back({{"name", cosignature.name}, {"time", TimeOf(cosignature)}});
    for (const auto& problem : report.problems)
      out["problems"].push_back({{"code", problem.code}, {"where", problem.where}});
    std::cout << out.dump() << "\n";
    return;
  }
  for (const auto& cosignature : report.cosignatures)
    std::cout << cosignature.name << ": 联署于 / cosigned at " << TimeOf(cosignature) << "\n";
  for (const auto& problem : report.problems) std::cout << problem.where << ": " << Explain(problem.code) << "\n";
  if (report.problem_count > report.problems.size()) std::cout << "... " << report.problem_count << "\n";
  if (report.ok()) {
    std::cout << "账本完好 / the log is intact: " << report.checkpoint.origin << ", " << report.entries
              << " 条 / entries, root " << ledger::Base64(ledger::AsBytes(report.checkpoint.root)) << "\n";
  } else {
    std::cout << "账本有问题 / something is wrong with the log\n";
  }
}

int Verify(const VerifyArguments& arguments) {
  if (arguments.url.empty() == arguments.dir.empty()) {
    std::cerr << "guiyi ledger verify: --url 与 --dir 须给出其一 / give either --url or --dir\n";
    return kExitUsage;
  }
  ledger::VerifyOptions options;
  auto key = ledger::VerifierKey::Parse(arguments.key);
  if (!key.ok()) return FailLedger(key.error());
  options.key = *std::move(key);
  for (const std::string& vkey : arguments.witnesses) {
    auto witness = ledger::VerifierKey::Parse(vkey);
    if (!witness.ok()) return FailLedger(witness.error());
    options.witnesses.push_back(*std::move(witness));
  }
  options.quorum = arguments.quorum;
  if (options.quorum > options.witnesses.size()) {
    std::cerr << "guiyi ledger verify: --quorum 大于见证人数 / more than there are witnesses\n";
    return kExitUsage;
  }
  FileSystem& files = FileSystem::Real();
  for (const std::string& file : arguments.old) {
    auto note = files.Read(file, kNoteBytesMax);
    if (!note.ok()) return FailLedger(note.error());
    options.old.push_back({file, *std::move(note)});
  }
  // What was saved the last time binds this time: a log that went back or another way is found out.
  if (!arguments.save.empty() && files.Exists(arguments.save)) {
    auto note = files.Read(arguments.save, kNoteBytesMax);
    if (!note.ok()) return FailLedger(note.error());
    options.old.push_back({arguments.save, *std::move(note)});
  }
  if (isatty(STDERR_FILENO) && !arguments.json) options.progress = ShowProgress;

  auto source = arguments.url.empty() ? ledger::OpenFolderSource(arguments.dir) : ledger::OpenHttpSource(arguments.url);
  if (!source.ok()) return FailLedger(source.error());
  const auto report = ledger::VerifyLog(**source, options);
  if (!report.ok()) return FailLedger(report.error());
  PrintReport(*report, arguments.json);
  if (!report->ok()) return kExitFound;
  if (!arguments.save.empty()) {
    const auto saved = ledger::WriteDurably(files, std::filesystem::absolute(arguments.save), report->note);
    if (!saved.ok()) return FailLedger(saved.error());
  }
  return kExitDone;
}

int Prove(const std::string& data, const std::string& number, const std::string& out) {
  const auto parsed = petition::ParseIntakeNo(number);
  if (!parsed) {
    std::cerr << "guiyi ledger prove: 受理编号不对 / not an intake number\n";
    return kExitUsage;
  }
  const auto proof = ledger::OfflineProof(data, parsed->day, parsed->serial);
  if (!proof.ok()) {
    FailLedger(proof.error());
    return proof.error().code == Code::kNotFound ? kExitFound : kExitCouldNotRun;
  }
  if (out.empty()) {
    std::cout << proof->Text();
    return kExitDone;
  }
  const auto written = ledger::WriteDurably(FileSystem::Real(), std::filesystem::absolute(out), proof->Text());
  return written.ok() ? kExitDone : FailLedger(written.error());
}

}  // namespace

void AddLedgerCommands(CLI::App& app, int& exit_code) {
  CLI::App* const ledger_app = app.add_subcommand("ledger", "核验账本 / check the ledger");
  ledger_app->require_subcommand(1);

  auto verify = std::make_shared<VerifyArguments>();
  CLI::App* const verify_app = ledger_app->add_subcommand(
      "verify",
      "核验签名、全部条目与哈希，并与保存的检查点比对 / check signature, every entry and tile, and kept checkpoints");
  verify_app->add_option("--url", verify->url, "账本的网址，如 http://host:port/ledger / where the log is served");
  verify_app->add_option("--dir", verify->dir, "数据目录或其 tiles 目录 / a data folder or its tiles folder");
  verify_app->add_option("--key", verify->key, "账本公钥（vkey） / the log's verifier key")->required();
  verify_app->add_option("--old", verify->old, "以前保存的检查点 / checkpoints kept from earlier");
  verify_app->add_option("--save", verify->save,
                         "核验后保存检查点，下次自动比对 / keep the checkpoint here; compared the next time");
  verify_app->add_option(
      "--witness", verify->witnesses,
      "见证人公钥，可多次；检查点须有其联署 / a witness' key; the checkpoint must be cosigned by it");
  verify_app->add_option("--quorum", verify->quorum,
                         "至少几个见证人联署；默认全部 / how many of them must have cosigned (default: all)");
  verify_app->add_flag("--json", verify->json, "输出 JSON / answer in JSON");
  verify_app->callback([verify, &exit_code] { exit_code = Verify(*verify); });

  AddWitnessCommand(*ledger_app, exit_code);
  AddAuditCommand(*ledger_app, exit_code);

  auto vkey_data = std::make_shared<std::string>("data");
  CLI::App* const vkey_app = ledger_app->add_subcommand("vkey", "显示账本公钥 / print the log's verifier key");
  vkey_app->add_option("--data", *vkey_data, "数据目录，默认 data / data folder (default: data)");
  vkey_app->callback([vkey_data, &exit_code] {
    const auto vkey = ledger::OfflineVkey(*vkey_data);
    if (vkey.ok()) std::cout << *vkey << "\n";
    exit_code = vkey.ok() ? kExitDone : FailLedger(vkey.error());
  });

  struct ProveArguments {
    std::string data = "data", number, out;
  };
  auto prove = std::make_shared<ProveArguments>();
  CLI::App* const prove_app =
      ledger_app->add_subcommand("prove", "给出某件已入账的证明（tlog-proof） / prove that an intake is on the ledger");
  prove_app->add_option("INTAKE_NO", prove->number, "受理编号 / intake number")->required();
  prove_app->add_option("--data", prove->data, "数据目录，默认 data / data folder (default: data)");
  prove_app->add_option("--out", prove->out, "写入文件 / write to this file");
  prove_app->callback([prove, &exit_code] { exit_code = Prove(prove->data, prove->number, prove->out); });
}

}  // namespace gateway

// A SQLite VFS laid over another that gathers what a commit writes to the journal. SQLite writes each page of the
// journal with two calls and syncs at the end; here they become one write just before that sync. Other connections
// learn of a commit's pages through the journal's index, which SQLite changes after the sync: they never look for bytes
// that are still gathered. So it serves the one writer that a file has, also of all processes (what it gathered for a
// transaction that was taken back may be written later), with synchronous=FULL, and nobody else; and it gathers only on
// a disk for which SQLite doesn't fill up a commit's last sector (powersafe overwrite, the default). Whatever else is
// asked of the file meanwhile has the gathered bytes written first; a failure shows at the next sync at the latest,
// which fails the commit.
//
// Threads: as SQLite's own; a file belongs to one connection.
#pragma once

#include <string>

namespace ledger::sqlite {

/// The name to open with, over the VFS of that name ("": the default one).
std::string GatheringVfs(const std::string& base);

}  // namespace ledger::sqlite

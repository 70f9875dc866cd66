// How the gateway opens the small SQLite files of its own (registry, progress of imports) through Poco::Data, and turns
// exceptions into errors. Included by .cc files only. A session belongs to one thread at a time.
#pragma once

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <filesystem>
#include <functional>

#include "petition/result.h"

namespace gateway::sqlite {

/// Opens the file, made with mode 0600 when it is missing: WAL, synchronous=FULL, up to five seconds' wait for other
/// processes.
petition::Result<Poco::Data::Session> Open(const std::filesystem::path& file);

/// The error a caught exception stands for; called inside a catch block. `what` names the file for our log.
petition::Error CaughtError(const char* what);

/// Runs `body` between BEGIN IMMEDIATE and COMMIT; an error or exception rolls back and is the answer.
petition::Status InTransaction(Poco::Data::Session& session, const char* what,
                               const std::function<petition::Status()>& body);

}  // namespace gateway::sqlite

// A Poco::Data statement that stays prepared. Poco's own SQLite connector compiles a statement again each time it is
// executed, which costs more than most of our queries; this one compiles once and afterwards only binds and steps.
// Bindings and extractions are Poco's, as everywhere. One thread at a time.
#pragma once

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <string_view>

namespace ledger::sqlite {

/// To be completed with `, use(x), into(y)` and executed as often as wanted. Throws Poco's exceptions; goes before its
/// session.
Poco::Data::Statement Prepare(Poco::Data::Session& session, std::string_view sql);

}  // namespace ledger::sqlite

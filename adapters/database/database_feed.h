// The exchange database (中间库): tables that an old system fills and marks by a state column. A case is up to four
// linked rows - item, call, persons, handling steps - read in one transaction and given to the mapping as one record:
// the item's columns, and under "call", "person" and "handling" lists of the others' rows. What is on the ledger is
// marked as done in the item's row, what was refused as refused with the reason, in one transaction a batch.
//
// Nothing is passed over: rows are taken by their state, however old they are and however often another sender tried
// and gave up; rows marked as key conflicts are taken, too, and count as delivered only because the hub compares what
// they say (equal content is the first receipt, other content a revision). A source in shadow is not written to.
//
// Options: connector (sqlite, postgresql, mysql, odbc); connection_file (a file whose first line is the connection
// string) or, of sqlite, file; tables: {item: {name, key, state, result, number}, call | person | handling: {name,
// link}} where `result` and `number` are columns for a reason and the intake number, both optional; register: {name,
// number, day}, a table or view of all that the source registered, handed over or not (left out: the item table), by
// the external id and the day of reception: held against the ledger day by day; states: {take: [0-9, 30, 40], done: 20,
// refused: 45}; batch (100); encoding (of texts, when the driver gives bytes).
//
// The cursor is the key of the row read last, so that a batch whose rows can't be marked is not read for ever; after
// the last row it begins again. One caller at a time; a connection that fails is opened anew at the next Fetch.
#pragma once

#include <memory>

#include "adapters/registry.h"

namespace adapters {

petition::Result<std::unique_ptr<Feed>> MakeDatabaseFeed(const AdapterSetup& setup);

}  // namespace adapters

// How willingly the calling thread gives way to others, so that whoever waits for an answer goes first.
#pragma once

namespace petition {

/// `nice`: 0 as the process began, 19 behind everything else (never so far that it stands still: a busy neighbour must
/// not keep the hub from deciding). It can be raised only; threads that it starts inherit it. Of the thread alone:
/// Linux keeps one for each. Where the system refuses, nothing changes.
void SetThreadNice(int nice);

}  // namespace petition

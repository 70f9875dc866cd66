// The reading calls of GeoReport v2: which of them a path means, their filters, and their answers. Pure functions over
// a RequestBook.
#pragma once

#include <string>

#include "adapters/door.h"
#include "adapters/open311/open311_door.h"
#include "adapters/open311/render.h"

namespace adapters::open311 {

/// "requests" and "123" of "/requests/123.json". kNotFound: no such call; kInvalid "format": neither json nor xml.
struct Resource {
  std::string name, id;
  Format format = Format::kJson;
};
petition::Result<Resource> ResourceOf(std::string_view path);

/// The filters of GET requests. kInvalid names the wrong one. Without dates: the last 90 days; a longer span than that
/// is refused rather than cut short where nobody sees it.
petition::Result<RequestQuery> QueryOf(const DoorCall& call);

DoorAnswer Read(const DoorCall& call, const Open311Options& options, const RequestBook* book);

/// The standard's list of errors, with its status.
DoorAnswer ErrorAnswer(Format format, const petition::Error& error, bool key_given);
const Service* FindService(const Open311Options& options, std::string_view code);

}  // namespace adapters::open311

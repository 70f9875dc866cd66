// The door of Open311 GeoReport v2, as server, in JSON and XML: services, services/{code}, requests, requests/{id},
// tokens/{token}; POST requests with an api_key hands a request in. A request that was merged into another matter stays
// open until its lead closes, with status_notes that name the lead; nothing sealed and no accusation ever shows.
// Threads: as a Door.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/door.h"
#include "adapters/open311/request_book.h"
#include "adapters/registry.h"

namespace adapters::open311 {

struct ServiceAttribute {
  std::string code, description, datatype = "string";
  bool required = false;
  std::vector<std::pair<std::string, std::string>> values;  ///< key and name, of lists
};

struct Service {
  std::string code, name, description, group;
  std::vector<std::string> keywords;
  std::vector<ServiceAttribute> attributes;
};

struct Open311Options {
  std::string source;
  std::vector<std::string> jurisdictions;  ///< jurisdiction_id that are taken; none: any, also a missing one
  std::vector<Service> services;
  std::vector<std::string> api_keys;
  std::string service_notice;        ///< told to whoever hands in
  bool publish_description = false;  ///< what people wrote may name them: shown only where they were told so
};

std::unique_ptr<Door> MakeOpen311Door(Open311Options options, std::shared_ptr<const SourceSpec> spec,
                                      std::shared_ptr<const RequestBook> book);

/// As adapters/registry.h wants it, from a source's options (config/sources/open311.sample.yaml). Without a book in the
/// setup (a dry run) nothing can be read.
petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup);

}  // namespace adapters::open311

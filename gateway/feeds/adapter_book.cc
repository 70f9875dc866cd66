#include "gateway/feeds/adapter_book.h"

#include "config/source_file.h"

namespace gateway {

using petition::Result;

Result<std::shared_ptr<const Adapter>> AdapterBook::Try(const Source& source, const std::string& text) const {
  auto adapter = std::make_shared<Adapter>();
  adapter->version = source.mapping_version;
  GUIYI_TRY(adapter->spec, config::ParseSourceFile(text));
  adapter->setup = {source.name, adapter->spec, data_, data_ / "sources" / source.name, &clock_, requests_};
  if (auto checked = adapters::CheckSetup(adapter->setup); !checked.ok()) {
    return config::WithLines(std::move(checked).error(), text);
  }
  adapter->kind = adapters::FindKind(adapter->spec->kind);
  if (adapter->kind->make_door != nullptr) {
    GUIYI_TRY(adapter->door, adapter->kind->make_door(adapter->setup));
  } else {
    GUIYI_TRY(adapter->rereading, adapter->kind->make_feed(adapter->setup));
  }
  return std::shared_ptr<const Adapter>(std::move(adapter));
}

Result<std::shared_ptr<const Adapter>> AdapterBook::Of(std::string_view name) const {
  const auto source = registry_.FindSource(name);
  if (!source || source->mapping_version == 0) return petition::NotFound("there is no such connected source");
  // Held while one is made: two doors of one source would gather the same messages twice.
  const std::lock_guard lock(mutex_);
  if (const auto known = made_.find(name); known != made_.end() && known->second->version == source->mapping_version) {
    return known->second;
  }
  GUIYI_TRY(auto made, Try(*source, source->mapping));
  made_.insert_or_assign(source->name, made);
  return made;
}

}  // namespace gateway

#include "gateway/rpc/exchange_protocol.h"

namespace gateway::rpc {

using namespace apache::thrift::protocol;

namespace {
// The struct of all arguments is the first level, an argument (or an element of a list argument) the second.
constexpr int kArgumentDepth = 2;
constexpr std::int16_t kCredential = 1;  // number of the first argument of every call
constexpr std::int32_t kNameMax = 128;   // of a call
}  // namespace

ExchangeProtocol::ExchangeProtocol(std::shared_ptr<FrameTransport> frames)
    : TBinaryProtocol(frames, static_cast<std::int32_t>(frames->getMaxFrameSize()), static_cast<std::int32_t>(kListMax),
                      true, true),
      frames_(std::move(frames)) {}

std::vector<std::string_view> ExchangeProtocol::Arguments(std::int16_t field) const {
  std::vector<std::string_view> found;
  for (const auto& slice : slices_)
    if (slice.field == field) found.push_back(frames_->frame().substr(slice.begin, slice.end - slice.begin));
  return found;
}

std::string_view ExchangeProtocol::HandedIn() const {
  std::size_t begin = frames_->frame().size(), end = 0;
  for (const auto& slice : slices_) {
    if (slice.field <= kCredential) continue;
    begin = std::min(begin, slice.begin);
    end = std::max(end, slice.end);
  }
  return begin < end ? frames_->frame().substr(begin, end - begin) : std::string_view();
}

std::uint32_t ExchangeProtocol::readMessageBegin_virt(std::string& name, TMessageType& type, std::int32_t& seqid) {
  depth_ = 0;
  argument_ = 0;
  elements_ = 0;
  slices_.clear();
  setStringSizeLimit(kNameMax);
  const auto read = TBinaryProtocol::readMessageBegin(name, type, seqid);
  // Nothing inside can be longer than the frame: a length that says so is refused before memory is made for it.
  const auto size = static_cast<std::int32_t>(frames_->frame().size());
  setStringSizeLimit(size);
  setContainerSizeLimit(std::min(size, static_cast<std::int32_t>(kListMax)));
  return read;
}

std::uint32_t ExchangeProtocol::readStructBegin_virt(std::string& name) {
  if (++depth_ == kArgumentDepth) slices_.push_back({argument_, frames_->position(), 0});
  return TBinaryProtocol::readStructBegin(name);
}

std::uint32_t ExchangeProtocol::readStructEnd_virt() {
  if (depth_-- == kArgumentDepth && !slices_.empty()) slices_.back().end = frames_->position();
  return TBinaryProtocol::readStructEnd();
}

std::uint32_t ExchangeProtocol::readFieldBegin_virt(std::string& name, TType& type, std::int16_t& id) {
  const auto read = TBinaryProtocol::readFieldBegin(name, type, id);
  if (depth_ == kArgumentDepth - 1) argument_ = id;
  return read;
}

std::uint32_t ExchangeProtocol::readListBegin_virt(TType& element, std::uint32_t& size) {
  const auto read = TBinaryProtocol::readListBegin(element, size);
  CountElements(size);
  return read;
}

std::uint32_t ExchangeProtocol::readMapBegin_virt(TType& key, TType& value, std::uint32_t& size) {
  const auto read = TBinaryProtocol::readMapBegin(key, value, size);
  CountElements(size);
  return read;
}

// Every element takes at least one byte of what is left; and together they stay below a bound, since an empty struct of
// one byte is some hundred bytes here.
void ExchangeProtocol::CountElements(std::uint32_t size) {
  const auto left = frames_->frame().size() - std::min(frames_->position(), frames_->frame().size());
  if (size > kElementsMax - elements_ || size > left)
    throw TProtocolException(TProtocolException::SIZE_LIMIT, "too many elements");
  elements_ += size;
}

}  // namespace gateway::rpc

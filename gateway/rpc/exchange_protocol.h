// The binary protocol with two additions: it remembers where in the frame each struct argument stands (the bytes of a
// submission as they came, which a re-encoding would not be, once a sender knows fields that we do not), and it bounds
// how many list elements one message may announce, so that few bytes can't make much memory. Threads: one connection's
// thread.
#pragma once

#include <thrift/protocol/TBinaryProtocol.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/rpc/frame_transport.h"

namespace gateway::rpc {

class ExchangeProtocol final : public apache::thrift::protocol::TBinaryProtocol {
 public:
  static constexpr std::uint32_t kElementsMax = 100'000;  ///< of all lists and maps of a message
  static constexpr std::uint32_t kListMax = 20'000;

  explicit ExchangeProtocol(std::shared_ptr<FrameTransport> frames);

  /// The structs given for that argument of the call, as they came: one, or those of a list in order.
  std::vector<std::string_view> Arguments(std::int16_t field) const;
  /// From the first struct argument behind the credential to the end of the last one, as they came.
  std::string_view HandedIn() const;
  FrameTransport& frames() { return *frames_; }

  std::uint32_t readMessageBegin_virt(std::string& name, apache::thrift::protocol::TMessageType& type,
                                      std::int32_t& seqid) override;
  std::uint32_t readStructBegin_virt(std::string& name) override;
  std::uint32_t readStructEnd_virt() override;
  std::uint32_t readFieldBegin_virt(std::string& name, apache::thrift::protocol::TType& type,
                                    std::int16_t& id) override;
  std::uint32_t readListBegin_virt(apache::thrift::protocol::TType& element, std::uint32_t& size) override;
  std::uint32_t readMapBegin_virt(apache::thrift::protocol::TType& key, apache::thrift::protocol::TType& value,
                                  std::uint32_t& size) override;

 private:
  struct Slice {
    std::int16_t field;
    std::size_t begin, end;
  };
  void CountElements(std::uint32_t size);

  const std::shared_ptr<FrameTransport> frames_;
  int depth_ = 0;
  std::int16_t argument_ = 0;
  std::uint32_t elements_ = 0;
  std::vector<Slice> slices_;
};

}  // namespace gateway::rpc

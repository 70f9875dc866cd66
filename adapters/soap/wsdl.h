// The WSDL 1.1 of a SOAP source: one operation, document/literal, bound to SOAP 1.1 and 1.2. Pure function.
#pragma once

#include <string>
#include <vector>

namespace adapters::soap {

struct WsdlOptions {
  std::string name_space, operation;
  std::string parameter;              ///< the element that holds a document as text; "": the fields stand by themselves
  std::vector<std::string> elements;  ///< then: their names
  std::string address;                ///< where calls go
};

std::string Wsdl(const WsdlOptions& options);

}  // namespace adapters::soap

#include "adapters/soap/wsdl.h"

#include "adapters/xml/element.h"

namespace adapters::soap {
namespace {

// What stands in the template between two percent signs is a name of ours, never of a caller's.
constexpr const char* kTemplate = R"(<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="Petitions" targetNamespace="%ns%" xmlns:tns="%ns%" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xs:schema targetNamespace="%ns%" elementFormDefault="qualified">
      <xs:element name="%op%"><xs:complexType><xs:sequence>
%request%      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="%op%Response"><xs:complexType><xs:sequence>
        <xs:element name="%op%Result" type="%result%"/>
      </xs:sequence></xs:complexType></xs:element>
      <xs:complexType name="Result"><xs:sequence>
        <xs:element name="code" type="xs:string"/>
        <xs:element name="message" type="xs:string"/>
        <xs:element name="item" type="tns:Item" minOccurs="0" maxOccurs="unbounded"/>
      </xs:sequence></xs:complexType>
      <xs:complexType name="Item"><xs:sequence>
        <xs:element name="status" type="xs:string"/>
        <xs:element name="intakeNo" type="xs:string" minOccurs="0"/>
        <xs:element name="queryCode" type="xs:string" minOccurs="0"/>
        <xs:element name="code" type="xs:string" minOccurs="0"/>
        <xs:element name="message" type="xs:string" minOccurs="0"/>
      </xs:sequence></xs:complexType>
    </xs:schema>
  </wsdl:types>
  <wsdl:message name="%op%In"><wsdl:part name="parameters" element="tns:%op%"/></wsdl:message>
  <wsdl:message name="%op%Out"><wsdl:part name="parameters" element="tns:%op%Response"/></wsdl:message>
  <wsdl:portType name="PetitionsPort">
    <wsdl:operation name="%op%"><wsdl:input message="tns:%op%In"/><wsdl:output message="tns:%op%Out"/></wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="PetitionsSoap" type="tns:PetitionsPort">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
    <wsdl:operation name="%op%"><soap:operation soapAction="%action%" style="document"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:binding name="PetitionsSoap12" type="tns:PetitionsPort">
    <soap12:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
    <wsdl:operation name="%op%"><soap12:operation soapAction="%action%" style="document"/>
      <wsdl:input><soap12:body use="literal"/></wsdl:input><wsdl:output><soap12:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="Petitions">
    <wsdl:port name="PetitionsSoap" binding="tns:PetitionsSoap"><soap:address location="%address%"/></wsdl:port>
    <wsdl:port name="PetitionsSoap12" binding="tns:PetitionsSoap12"><soap12:address location="%address%"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
)";

std::string Fill(std::string_view text, const WsdlOptions& options, const std::string& request) {
  const std::string space = xml::Escape(options.name_space);
  const std::string action = space + (space.ends_with('/') ? "" : "/") + xml::Escape(options.operation);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find('%', at);
    out += text.substr(at, begin - at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.find('%', begin + 1);
    const auto name = text.substr(begin + 1, end - begin - 1);
    if (name == "ns") out += space;
    if (name == "op") out += xml::Escape(options.operation);
    if (name == "action") out += action;
    if (name == "address") out += xml::Escape(options.address);
    if (name == "request") out += request;
    if (name == "result") out += options.parameter.empty() ? "tns:Result" : "xs:string";
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string Wsdl(const WsdlOptions& options) {
  std::string request;
  const auto element = [&](const std::string& name) {
    request += "        <xs:element name=\"" + xml::Escape(name) + "\" type=\"xs:string\" minOccurs=\"0\"/>\n";
  };
  if (options.parameter.empty()) {
    for (const auto& name : options.elements) element(name);
  } else {
    element(options.parameter);
  }
  return Fill(kTemplate, options, request);
}

}  // namespace adapters::soap

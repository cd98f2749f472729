// SPDX-License-Identifier: Apache-2.0
// The half of name.h that is about X.500 names.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/encoding.h"
#include "pki/name.h"
#include "pki/primitives/der.h"
#include "pki/primitives/utf8.h"

namespace perennial::pki {
namespace {

using namespace std::string_view_literals;

constexpr size_t kPartsMax = 100;

struct Attribute {
  std::string_view oid;
  std::string_view short_name;  // RFC 4514 §3, else the name that OpenSSL prints.
  std::string_view field;       // On the wire.
  std::string Subject::* value;
  size_t length_max;  // RFC 5280 appendix A, in characters; where it sets none, 256.
  uint8_t tag;
};

// In the order in which they are encoded.
constexpr auto kAttributes = std::to_array<Attribute>({
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"sv, "DC", "domainComponent",
     &Subject::domain_component, 63, der::kIa5String},
    {"\x55\x04\x06"sv, "C", "country", &Subject::country, 2, der::kPrintableString},
    {"\x55\x04\x08"sv, "ST", "stateOrProvinceName", &Subject::state_or_province_name, 128,
     der::kUtf8String},
    {"\x55\x04\x07"sv, "L", "localityName", &Subject::locality_name, 128, der::kUtf8String},
    {"\x55\x04\x09"sv, "STREET", "street", &Subject::street, 256, der::kUtf8String},
    {"\x55\x04\x0a"sv, "O", "organization", &Subject::organization, 64, der::kUtf8String},
    {"\x55\x04\x0b"sv, "OU", "organizationalUnit", &Subject::organizational_unit, 64,
     der::kUtf8String},
    {"\x55\x04\x0c"sv, "title", "title", &Subject::title, 64, der::kUtf8String},
    {"\x55\x04\x04"sv, "SN", "surname", &Subject::surname, 256, der::kUtf8String},
    {"\x55\x04\x2a"sv, "GN", "givenName", &Subject::given_name, 256, der::kUtf8String},
    {"\x55\x04\x2b"sv, "initials", "initials", &Subject::initials, 256, der::kUtf8String},
    {"\x55\x04\x2c"sv, "generationQualifier", "generationQualifier", &Subject::generation_qualifier,
     256, der::kUtf8String},
    {"\x55\x04\x41"sv, "pseudonym", "pseudonym", &Subject::pseudonym, 128, der::kUtf8String},
    {"\x55\x04\x05"sv, "serialNumber", "serialNumber", &Subject::serial_number, 64,
     der::kPrintableString},
    {"\x55\x04\x2e"sv, "dnQualifier", "distinguishedNameQualifier",
     &Subject::distinguished_name_qualifier, 256, der::kPrintableString},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"sv, "UID", "userId", &Subject::user_id, 256,
     der::kUtf8String},
    {"\x55\x04\x03"sv, "CN", "commonName", &Subject::common_name, 64, der::kUtf8String},
});

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           " '()+,-./:=?"sv.find(c) != std::string_view::npos;
  });
}

std::optional<std::string> AttributeFault(const Attribute& attribute, std::string_view value) {
  const auto length = Utf8Length(value);
  if (!length) return "must be UTF-8 without control characters";
  if (*length > attribute.length_max) {
    return "may have at most " + std::to_string(attribute.length_max) + " characters";
  }
  if (attribute.tag == der::kPrintableString && !IsPrintable(value)) {
    return "may hold only letters, digits, space and '()+,-./:=?";
  }
  if (attribute.tag == der::kIa5String && *length != value.size()) return "may hold only ASCII";
  const bool two_capitals =
      value.size() == 2 && std::ranges::all_of(value, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (attribute.field == "country" && !two_capitals)
    return "must be two capital letters (ISO 3166)";
  return std::nullopt;
}

void WritePart(der::Writer& out, std::string_view oid, uint8_t tag, std::string_view value) {
  out.Nest(der::kSet, [&] {
    out.Sequence([&] {
      out.Oid(oid);
      out.Element(tag, value);
    });
  });
}

// One type and value of a relative name.
struct Part {
  der::Bytes oid;
  der::Item value;
};
using Relative = std::vector<Part>;

std::optional<std::vector<Relative>> ReadName(der::Bytes der) {
  der::Reader outer(der);
  auto sequence = outer.Enter(der::kSequence);
  if (!sequence || !outer.empty()) return std::nullopt;
  std::vector<Relative> name;
  size_t parts = 0;
  while (!sequence->empty()) {
    auto set = sequence->Enter(der::kSet);
    if (!set || set->empty()) return std::nullopt;
    Relative relative;
    der::Bytes previous;
    while (!set->empty()) {
      const auto element = set->Next();
      if (!element || element->tag != der::kSequence || ++parts > kPartsMax) return std::nullopt;
      // DER orders the elements of a SET OF by their encoding.
      if (!std::ranges::lexicographical_compare(previous, element->whole)) return std::nullopt;
      previous = element->whole;
      der::Reader pair(element->content);
      const auto oid = pair.TakeOid();
      const auto value = pair.Next();
      if (!oid || !value || !pair.empty()) return std::nullopt;
      relative.push_back({*oid, *value});
    }
    name.push_back(std::move(relative));
  }
  return name;
}

bool IsText(const der::Item& value) {
  const auto text = AsText(value.content);
  if (value.tag == der::kUtf8String) return Utf8Length(text).has_value();
  const bool ascii = value.tag == der::kPrintableString || value.tag == der::kIa5String ||
                     value.tag == der::kTeletexString;
  return ascii && Utf8Length(text) == text.size();
}

// Folds case and spaces, as RFC 5280 §7.1 and OpenSSL compare.
std::string Folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else {
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

bool SamePart(const Part& a, const Part& b) {
  if (!der::Equals(a.oid, b.oid)) return false;
  if (IsText(a.value) && IsText(b.value)) {
    return Folded(AsText(a.value.content)) == Folded(AsText(b.value.content));
  }
  return der::Equals(a.value.whole, b.value.whole);
}

void AppendEscaped(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool outer_space = c == ' ' && (i == 0 || i + 1 == text.size());
    if ("\"+,;<>\\="sv.find(c) != std::string_view::npos || outer_space || (c == '#' && i == 0))
      out.push_back('\\');
    out.push_back(c);
  }
}

void AppendPart(std::string& out, const Part& part) {
  const Attribute* known = nullptr;
  for (const auto& attribute : kAttributes) {
    if (der::Equals(part.oid, attribute.oid)) known = &attribute;
  }
  if (known != nullptr && IsText(part.value)) {
    out.append(known->short_name).push_back('=');
    AppendEscaped(out, AsText(part.value.content));
    return;
  }
  out += der::OidText(part.oid).value_or("?");
  out += "=#" + HexEncode(part.value.whole);
}

bool SameIgnoringCase(std::string_view a, std::string_view b) { return Folded(a) == Folded(b); }

// Cuts `text` at its first `separator` that is not escaped.
std::string_view TakeUntil(std::string_view& text, char separator) {
  size_t i = 0;
  while (i < text.size() && text[i] != separator) i += text[i] == '\\' ? 2 : 1;
  const auto taken = text.substr(0, i);
  text.remove_prefix(std::min(text.size(), i + 1));
  return taken;
}

// Undoes escapes of one character; RFC 4514 also knows `\xx`, which may stand for bytes of UTF-8.
std::optional<std::string> Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size()) return std::nullopt;
      const auto byte = i + 1 < text.size() ? HexDecode(text.substr(i, 2)) : std::nullopt;
      if (byte) {
        out.push_back(static_cast<char>(byte->front()));
        ++i;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

// Writes one `TYPE=value`.
Result<void> WriteTextPart(der::Writer& out, std::string_view text) {
  const auto refuse = [](std::string why) {
    return Fail(ErrorCode::kInvalidArgument,
                "not a distinguished name (RFC 4514): " + std::move(why));
  };
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return refuse("a part has no '='");
  const auto type = text.substr(0, equals);
  const auto value = text.substr(equals + 1);
  if (value.starts_with('#')) {
    const auto oid = der::OidFromText(type);
    const auto encoded = HexDecode(value.substr(1));
    if (!oid || !encoded) return refuse("a part with '#' needs a dotted type and hex digits");
    der::Reader reader(*encoded);
    if (!reader.Next() || !reader.empty()) return refuse("the hex digits are not one DER value");
    out.Nest(der::kSet, [&] {
      out.Sequence([&] {
        out.Oid(AsText(*oid));
        out.Raw(*encoded);
      });
    });
    return {};
  }
  for (const char special : "+\"<>;"sv) {
    auto rest = value;
    if (TakeUntil(rest, special).size() != value.size()) {
      return refuse("parts with '+', and quotes that are not escaped, are not accepted");
    }
  }
  for (const auto& attribute : kAttributes) {
    if (!SameIgnoringCase(type, attribute.short_name) && !SameIgnoringCase(type, attribute.field))
      continue;
    const auto plain = Unescaped(value);
    if (!plain || plain->empty()) return refuse("a part has no value");
    if (const auto fault = AttributeFault(attribute, *plain))
      return refuse(std::string(attribute.field) + " " + *fault);
    WritePart(out, attribute.oid, attribute.tag, *plain);
    return {};
  }
  return refuse("it has a type that we do not know");
}

}  // namespace

Result<std::vector<uint8_t>> EncodeName(const Subject& subject) {
  if (subject.common_name.empty()) {
    return Fail(ErrorCode::kMissingArgument, "commonName is missing");
  }
  for (const auto& attribute : kAttributes) {
    const std::string& value = subject.*attribute.value;
    const auto fault = value.empty() ? std::nullopt : AttributeFault(attribute, value);
    if (fault)
      return Fail(ErrorCode::kInvalidArgument, std::string(attribute.field) + " " + *fault);
  }
  der::Writer out;
  out.Sequence([&] {
    for (const auto& attribute : kAttributes) {
      const std::string& value = subject.*attribute.value;
      if (!value.empty()) WritePart(out, attribute.oid, attribute.tag, value);
    }
  });
  return out.Take();
}

Result<std::string> FormatName(std::span<const uint8_t> der) {
  const auto name = ReadName(der);
  if (!name) return Fail(ErrorCode::kInvalidArgument, "not the DER of a distinguished name");
  std::string out;
  for (auto relative = name->rbegin(); relative != name->rend(); ++relative) {
    if (!out.empty()) out.push_back(',');
    for (size_t i = 0; i < relative->size(); ++i) {
      if (i > 0) out.push_back('+');
      AppendPart(out, (*relative)[i]);
    }
  }
  return out;
}

Result<std::vector<uint8_t>> ParseDistinguishedName(std::string_view text) {
  std::vector<std::vector<uint8_t>> parts;
  if (text.empty())
    return Fail(ErrorCode::kInvalidArgument, "a distinguished name may not be empty");
  while (!text.empty()) {
    auto part = TakeUntil(text, ',');
    while (part.starts_with(' ')) part.remove_prefix(1);
    der::Writer writer;
    TRY(WriteTextPart(writer, part));
    parts.push_back(writer.Take());
    if (parts.size() > kPartsMax)
      return Fail(ErrorCode::kInvalidArgument, "a distinguished name of too many parts");
  }
  der::Writer out;
  out.Sequence([&] {
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) out.Raw(*part);
  });
  return out.Take();
}

bool NameHasPrefix(std::span<const uint8_t> name, std::span<const uint8_t> prefix) {
  const auto whole = ReadName(name);
  const auto first = ReadName(prefix);
  if (!whole || !first || first->size() > whole->size()) return false;
  return std::ranges::equal(
      *first, std::span(*whole).first(first->size()),
      [](const Relative& a, const Relative& b) { return std::ranges::equal(a, b, SamePart); });
}

}  // namespace perennial::pki

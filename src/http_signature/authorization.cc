// SPDX-License-Identifier: Apache-2.0
// The Authorization header, and what must be covered before a key is even looked for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "base/proof.h"
#include "http_signature/signature.h"

namespace perennial::http_signature {
namespace {

constexpr size_t kHeadersMax = 32;
constexpr std::string_view kRequestTarget = "(request-target)";

std::unexpected<Error> Refuse(std::string reason) {
  return Fail(ErrorCode::kUnauthenticated, std::move(reason));
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

void SkipSpace(std::string_view& rest) {
  while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
}

// Reads `name="value"`; there are no escapes, so a value holds neither quote nor backslash.
Result<std::pair<std::string, std::string>> ReadParameter(std::string_view& rest) {
  const auto name_end = std::ranges::find_if_not(rest, IsTokenCharacter) - rest.begin();
  const auto name = rest.substr(0, static_cast<size_t>(name_end));
  rest.remove_prefix(name.size());
  if (name.empty() || !rest.starts_with("=\"")) {
    return Refuse("the Authorization header is not a list of name=\"value\"");
  }
  rest.remove_prefix(2);
  const auto end = rest.find('"');
  if (end == std::string_view::npos) return Refuse("the Authorization header lacks a quote");
  const auto value = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  for (const char c : value) {
    if (c == '\\' || static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) {
      return Refuse("the Authorization header holds a character that is not allowed");
    }
  }
  return std::pair(std::string(name), std::string(value));
}

// The names between single spaces, lower case.
Result<std::vector<std::string>> ReadHeaderList(std::string_view list) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  while (true) {
    const auto end = list.find(' ');
    auto name = Lower(list.substr(0, end));
    if (name != kRequestTarget && (name.empty() || !std::ranges::all_of(name, IsTokenCharacter))) {
      return Refuse("the list of signed headers is malformed");
    }
    if (!seen.insert(name).second) return Refuse(fmt::format("{} is signed twice", name));
    names.push_back(std::move(name));
    if (names.size() > kHeadersMax) return Refuse("too many signed headers");
    if (end == std::string_view::npos) return names;
    list.remove_prefix(end + 1);
  }
}

bool Covers(const SignatureHeader& header, std::string_view name) {
  return std::ranges::find(header.headers, name) != header.headers.end();
}

// A GET without a body is whole without one; everything else must say what its body is.
bool MustCoverBody(const HttpRequest& request) {
  constexpr std::array<std::string_view, 4> kBodiless = {"GET", "HEAD", "DELETE", "OPTIONS"};
  return !request.body.empty() || std::ranges::find(kBodiless, request.method) == kBodiless.end();
}

Result<void> CheckCoverage(const HttpRequest& request, const SignatureHeader& header) {
  if (PERENNIAL_MUTANT("signature.skip_coverage")) return {};
  for (const std::string_view name : {kRequestTarget, std::string_view("host")}) {
    if (!Covers(header, name)) return Refuse(fmt::format("{} is not signed", name));
  }
  if (!Covers(header, "date") && !Covers(header, "x-date")) {
    return Refuse("neither date nor x-date is signed");
  }
  if (!MustCoverBody(request)) return {};
  for (const std::string_view name : {"content-type", "content-length", "x-content-sha256"}) {
    if (!Covers(header, name)) return Refuse(fmt::format("{} is not signed", name));
  }
  return {};
}

}  // namespace

Result<SignatureHeader> ParseAuthorization(std::string_view value) {
  constexpr std::string_view kScheme = "signature ";
  if (Lower(value.substr(0, kScheme.size())) != kScheme) {
    return Refuse("the Authorization header is not of the Signature scheme");
  }
  auto rest = value.substr(kScheme.size());
  SignatureHeader header;
  std::set<std::string> seen;
  while (true) {
    SkipSpace(rest);
    TRY_ASSIGN(const auto parameter, ReadParameter(rest));
    const auto& [name, text] = parameter;
    if (!seen.insert(name).second) return Refuse(fmt::format("{} is there twice", name));
    if (name == "version") {
      if (text != "1") return Refuse("only signature version 1 is known");
    } else if (name == "keyId") {
      header.key_id = text;
    } else if (name == "algorithm") {
      header.algorithm = Lower(text);
    } else if (name == "headers") {
      TRY_ASSIGN(header.headers, ReadHeaderList(text));
    } else if (name == "signature") {
      auto bytes = Base64Decode(text);
      if (!bytes || bytes->empty()) return Refuse("the signature is not strict base64");
      header.signature = std::move(*bytes);
    } else {
      return Refuse(fmt::format("the Authorization header has an unknown parameter {}", name));
    }
    SkipSpace(rest);
    if (rest.empty()) break;
    if (!rest.starts_with(',')) return Refuse("a comma is missing in the Authorization header");
    rest.remove_prefix(1);
  }
  // Without `headers` the draft would sign the date alone; that covers nothing that matters.
  for (const char* name : {"keyId", "algorithm", "headers", "signature"}) {
    if (!seen.contains(name)) return Refuse(fmt::format("the Authorization header lacks {}", name));
  }
  if (header.key_id.empty()) return Refuse("the keyId is empty");
  return header;
}

Result<std::string> SigningString(const HttpRequest& request, std::span<const std::string> headers,
                                  std::string_view target) {
  std::string text;
  for (const auto& name : headers) {
    if (!text.empty()) text += '\n';
    if (name == kRequestTarget) {
      text += fmt::format("{}: {} {}", kRequestTarget, Lower(request.method),
                          target.empty() ? request.target : target);
      continue;
    }
    const std::string* value = nullptr;
    for (const auto& [key, candidate] : request.headers) {
      if (Lower(key) != name) continue;
      // Two values: which one was signed, and which one would be believed?
      if (value != nullptr) return Refuse(fmt::format("{} is signed and there twice", name));
      value = &candidate;
    }
    if (value == nullptr) return Refuse(fmt::format("{} is signed and absent", name));
    text += fmt::format("{}: {}", name, *value);
  }
  // A line break inside a value could pass for another line.
  const auto lines = static_cast<size_t>(std::ranges::count(text, '\n')) + 1;
  if (lines != headers.size() || text.contains('\r')) {
    return Refuse("a signed value holds a line break");
  }
  return text;
}

Result<SignatureHeader> Inspect(const HttpRequest& request) {
  const std::string* authorization = nullptr;
  for (const auto& [name, value] : request.headers) {
    if (Lower(name) != "authorization") continue;
    if (authorization != nullptr) return Refuse("there are two Authorization headers");
    authorization = &value;
  }
  if (authorization == nullptr) return Refuse("the request is not signed");
  TRY_ASSIGN(auto header, ParseAuthorization(*authorization));
  TRY(CheckCoverage(request, header));
  TRY(SigningString(request, header.headers));
  return header;
}

}  // namespace perennial::http_signature

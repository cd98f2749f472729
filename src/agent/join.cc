// SPDX-License-Identifier: Apache-2.0
#include "agent/join.h"

#include <fmt/format.h>

#include "api/identity/client.h"
#include "base/encoding.h"
#include "base/json.h"
#include "pki/certificate.h"
#include "pki/name.h"

namespace perennial::agent {
namespace {

constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kTokenPrefix = "pnj_";
constexpr std::string_view kAddressesPointer = "/addresses: ";
constexpr std::string_view kNewToken =
    "make a new one (perennial node token create --pool POOL) and join again";

Result<void> CheckRequest(const JoinRequest& request) {
  if (!request.token.starts_with(kTokenPrefix)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a join token begins with {}; `perennial node token create` prints one",
                            kTokenPrefix));
  }
  if (request.addresses.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "name at least one address of this host, on which listeners may be opened");
  }
  for (const auto& address : request.addresses) {
    if (!pki::ParseIpAddress(address)) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not an IP address", address));
    }
  }
  return {};
}

// What identity says about a token, with what to do next.
Error ForPeople(Error error) {
  if (error.code == ErrorCode::kUnauthenticated) {
    error.message = fmt::format("the join token is not accepted: {}; {}", error.message, kNewToken);
  } else if (error.code == ErrorCode::kUnavailable) {
    // The answer may have been lost behind an enrolment that happened.
    error.message += fmt::format("; should the token be refused next time, {}", kNewToken);
  } else if (error.message.starts_with(kAddressesPointer)) {
    error.message.replace(0, kAddressesPointer.size(), "--address: ");
  }
  return error;
}

Result<api::identity::EnrolledNode> Enrol(const JoinRequest& request, const JoinParts& parts,
                                          const pki::PrivateKey& key, const std::string& ca_pem) {
  TRY_ASSIGN(const auto transport, parts.make_transport(ca_pem));
  const api::identity::IdentityClient client(
      api::Client(*transport, nullptr, parts.clock, parts.random, request.url));
  api::identity::EnrolNodeDetails details{.token = request.token,
                                          .name = request.name,
                                          .addresses = request.addresses,
                                          .public_key_pem = key.public_key().ToPem()};
  const auto text = api::identity::EnrolmentProofText(details.token, details.public_key_pem);
  TRY_ASSIGN(const auto proof, key.Sign(pki::SignatureAlgorithm::kSha256WithEcdsa, AsBytes(text)));
  details.proof = Base64Encode(proof);
  auto enrolled = client.EnrolNode(details);
  if (!enrolled) return std::unexpected(ForPeople(enrolled.error()));
  return enrolled;
}

}  // namespace

Result<std::string> PinCa(const std::string& chain_pem, const std::string& ca_hash) {
  const auto wanted = ca_hash.starts_with(kHashPrefix)
                          ? HexDecode(ca_hash.substr(kHashPrefix.size()))
                          : std::nullopt;
  if (!wanted || wanted->size() != Sha256Digest().size()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the CA's hash cannot be \"{}\": it is sha256: and 64 hexadecimal digits, "
                    "as `perenniald init` printed it",
                    Clip(ca_hash, 80)));
  }
  const auto chain = pki::ParseChainPem(chain_pem);
  if (!chain) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("what the server shows is no chain of certificates: {}",
                            chain.error().message));
  }
  std::string shown;
  for (const auto& certificate : *chain) {
    if (!certificate.is_ca()) continue;
    if (certificate.FingerprintSha256() == HexEncode(*wanted)) return certificate.pem();
    shown += fmt::format(" sha256:{}", certificate.FingerprintSha256());
  }
  return Fail(
      ErrorCode::kPermissionDenied,
      fmt::format("this is NOT the server that you were told about: its CA has another hash. "
                  "Wanted sha256:{}, shown{}. Somebody may stand in between, or the server was "
                  "set up anew: ask the operator for the hash again. The token was not sent, "
                  "nothing was written",
                  HexEncode(*wanted), shown.empty() ? " none" : shown));
}

Result<NodeIdentity> Join(const JoinRequest& request, const JoinParts& parts) {
  const auto present = parts.files.Read(NodeKeyPath(request.directory));
  if (present || present.error().code != ErrorCode::kNotFound) {
    return Fail(
        ErrorCode::kAlreadyExists,
        fmt::format("{} is there: this host is a node already. To join anew, remove the node "
                    "(perennial node remove) and move that file away",
                    NodeKeyPath(request.directory)));
  }
  TRY(CheckRequest(request));
  TRY_ASSIGN(const auto chain_pem, parts.fetch_chain(request.url));
  TRY_ASSIGN(auto ca_pem, PinCa(chain_pem, request.ca_hash));
  TRY_ASSIGN(auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  // Before the token is spent: a directory that cannot be made is no reason to need another.
  TRY(parts.files.MakeDirectory(request.directory, 0700));
  TRY_ASSIGN(auto enrolled, Enrol(request, parts, key, ca_pem));

  // The CA may have been renewed since it was pinned; identity's word came over what was pinned.
  if (enrolled.platform_ca_pem != ca_pem) ca_pem += enrolled.platform_ca_pem;
  Node node{.identity = {.node_id = enrolled.node_id,
                         .tenancy_id = enrolled.tenancy_id,
                         .name = request.name},
            .key = std::make_shared<const pki::PrivateKey>(std::move(key)),
            .ca_pem = std::move(ca_pem)};
  const auto write = [&]() -> Result<void> {
    if (parts.prepare) TRY(parts.prepare());
    TRY(parts.files.ReplaceAtomically(EndpointsPath(request.directory),
                                      EncodeJson(enrolled.endpoints), 0600));
    return SaveNode(parts.files, request.directory, node);
  };
  if (auto written = write(); !written) {
    return Fail(written.error().code,
                fmt::format("{}. The token is spent: {}", written.error().message, kNewToken));
  }
  return node.identity;
}

Result<NodeIdentity> Share(JoinRequest request, const JoinParts& parts) {
  TRY_ASSIGN(const auto node, LoadNode(parts.files, request.directory));
  request.name = node.identity.name;
  TRY(Enrol(request, parts, *node.key, node.ca_pem));
  return node.identity;
}

}  // namespace perennial::agent

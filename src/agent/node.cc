// SPDX-License-Identifier: Apache-2.0
#include "agent/node.h"

#include <fmt/format.h>

#include "base/json_codec.h"

namespace perennial::agent {

BOOST_DESCRIBE_STRUCT(NodeIdentity, (), (node_id, tenancy_id, name))

}  // namespace perennial::agent

PERENNIAL_JSON_TYPE(perennial::agent::NodeIdentity)

namespace perennial::agent {
namespace {

std::string IdentityPath(const std::string& directory) { return directory + "/node.json"; }
std::string CaPath(const std::string& directory) { return directory + "/ca.pem"; }

Result<std::string> ReadFile(const Files& files, const std::string& path) {
  auto text = files.Read(path);
  if (text || text.error().code != ErrorCode::kNotFound) return text;
  return Fail(ErrorCode::kNotFound,
              fmt::format("{} is not there: this node has not joined yet", path));
}

}  // namespace

std::string NodeKeyPath(const std::string& directory) { return directory + "/node.key"; }
std::string EndpointsPath(const std::string& directory) { return directory + "/endpoints.json"; }
std::string StatePath(const std::string& directory) { return directory + "/state.json"; }

Result<NodeIdentity> LoadIdentity(const Files& files, const std::string& directory) {
  const auto path = IdentityPath(directory);
  TRY_ASSIGN(const auto text, ReadFile(files, path));
  auto identity = DecodeJson<NodeIdentity>(text, UnknownFields::kIgnore);
  if (identity) return identity;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", path, identity.error().message));
}

Result<Node> LoadNode(const Files& files, const std::string& directory) {
  const auto key_path = NodeKeyPath(directory);
  TRY_ASSIGN(auto key_pem, ReadFile(files, key_path));
  const auto secret = SecretBytes::FromText(std::move(key_pem));
  auto key = pki::PrivateKey::ParsePem(secret);
  if (!key) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", key_path, key.error().message));
  }
  TRY_ASSIGN(auto identity, LoadIdentity(files, directory));
  TRY_ASSIGN(auto ca_pem, ReadFile(files, CaPath(directory)));
  return Node{.identity = std::move(identity),
              .key = std::make_shared<const pki::PrivateKey>(*std::move(key)),
              .ca_pem = std::move(ca_pem)};
}

Result<void> SaveNode(Files& files, const std::string& directory, const Node& node) {
  TRY(files.ReplaceAtomically(CaPath(directory), node.ca_pem, 0644));
  TRY(files.ReplaceAtomically(IdentityPath(directory), EncodeJson(node.identity), 0600));
  const auto secret = node.key->ToPkcs8Pem();
  std::string pem(secret.RevealText());
  auto saved = files.ReplaceAtomically(NodeKeyPath(directory), pem, 0600);
  WipeText(pem);
  return saved;
}

}  // namespace perennial::agent

// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/credentials.h"

#include <fmt/format.h>

#include "base/json_codec.h"

namespace perennial::apps {

struct PrincipalFile {
  std::string principal_id;
  std::vector<std::string> names;
};
BOOST_DESCRIBE_STRUCT(PrincipalFile, (), (principal_id, names))

}  // namespace perennial::apps

PERENNIAL_JSON_TYPE(perennial::apps::PrincipalFile)

namespace perennial::apps {
namespace {

std::string KeyPath(const std::string& directory) { return directory + "/enrolment.key"; }
std::string PrincipalPath(const std::string& directory) { return directory + "/principal.json"; }
std::string CaPath(const std::string& directory) { return directory + "/ca.pem"; }

}  // namespace

std::string CredentialsDirectory(const std::string& data_directory, const std::string& role) {
  return data_directory + "/credentials/" + role;
}

Result<RoleCredentials> LoadCredentials(const Files& files, const std::string& directory) {
  const auto read = [&](const std::string& path) -> Result<std::string> {
    auto text = files.Read(path);
    if (!text && text.error().code == ErrorCode::kNotFound) {
      return Fail(
          ErrorCode::kNotFound,
          fmt::format("{} is missing: copy the folder that `perenniald init` made for this role",
                      path));
    }
    return text;
  };
  TRY_ASSIGN(auto key_pem, read(KeyPath(directory)));
  auto key = pki::PrivateKey::ParsePem(key_pem);
  WipeText(key_pem);
  if (!key) return std::unexpected(key.error());
  TRY_ASSIGN(const auto principal_text, read(PrincipalPath(directory)));
  TRY_ASSIGN(auto principal, DecodeJson<PrincipalFile>(principal_text, UnknownFields::kIgnore));
  TRY_ASSIGN(auto ca_pem, read(CaPath(directory)));
  return RoleCredentials{
      .enrolment = {.principal_id = std::move(principal.principal_id),
                    .key = std::make_shared<const pki::PrivateKey>(*std::move(key))},
      .platform_ca_pem = std::move(ca_pem),
      .names = std::move(principal.names)};
}

Result<pki::PrivateKey> PrepareKey(Files& files, const std::string& directory) {
  TRY(files.MakeDirectory(directory, 0700));
  auto present = files.Read(KeyPath(directory));
  if (present) {
    auto key = pki::PrivateKey::ParsePem(*present);
    WipeText(*present);
    return key;
  }
  TRY_ASSIGN(auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  std::string pem(key.ToPkcs8Pem().RevealText());
  auto written = files.ReplaceAtomically(KeyPath(directory), pem, 0600);
  WipeText(pem);
  TRY(written);
  return key;
}

Result<void> FinishCredentials(Files& files, const std::string& directory,
                               const std::string& principal_id,
                               const std::vector<std::string>& names, const std::string& ca_pem) {
  TRY(files.ReplaceAtomically(CaPath(directory), ca_pem, 0600));
  return files.ReplaceAtomically(PrincipalPath(directory),
                                 EncodeJson(PrincipalFile{principal_id, names}), 0600);
}

}  // namespace perennial::apps

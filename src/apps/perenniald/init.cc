// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "apps/perenniald/credentials.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "cli/context.h"
#include "identity/bootstrap.h"
#include "identity/sessions/host.h"
#include "keys/envelope.h"

namespace perennial::apps {
namespace {

struct RolePrincipal {
  std::string role;  // As in the configuration.
  std::string kind;  // As identity calls it; empty for a replica.
};
const std::vector<RolePrincipal> kPrincipals = {{"certificates", "certificates"},
                                                {"load-balancer", "loadbalancer"},
                                                {"audit", "audit"},
                                                {"replica", ""}};

Result<keys::MasterKey> LoadOrCreateMasterKey(Files& files, const std::string& path,
                                              Random& random) {
  auto present = keys::MasterKey::Load(files, path, random);
  if (present || present.error().code != ErrorCode::kNotFound) return present;
  return keys::MasterKey::Create(files, path, random);
}

// The administrator's key, made once and kept where the command line finds it.
Result<pki::PrivateKey> PrepareApiKey(Files& files, const std::string& path) {
  auto present = files.Read(path);
  if (present) {
    auto key = pki::PrivateKey::ParsePem(*present);
    WipeText(*present);
    return key;
  }
  TRY_ASSIGN(auto key, identity::GenerateApiKey());
  std::string pem(key.ToPkcs8Pem().RevealText());
  auto written = files.ReplaceAtomically(path, pem, 0600);
  WipeText(pem);
  TRY(written);
  return key;
}

// MakeTenancy makes the tenancy, its administrator and the context for the command line.
Result<InitAnswer> MakeTenancy(Files& files, const identity::Bootstrap& bootstrap,
                               const std::string& name, const std::string& context_name,
                               const std::string& url, const std::string& ca_pem,
                               const std::string& context_directory) {
  TRY(files.MakeDirectory(context_directory, 0700));
  const auto key_path = fmt::format("{}/{}.key.pem", context_directory, context_name);
  TRY_ASSIGN(const auto key, PrepareApiKey(files, key_path));
  TRY_ASSIGN(const auto made,
             identity::CreateTenancy(
                 bootstrap, {.name = name, .api_public_key_pem = key.public_key().ToPem()}));
  cli::ContextDirectory contexts(files, context_directory);
  TRY_ASSIGN(const auto before, contexts.Load());
  const SecretBytes pem = key.ToPkcs8Pem();
  TRY(contexts.Put({.name = context_name,
                    .url = url,
                    .tenancy_id = made.tenancy_id,
                    .user_id = made.user_id,
                    .fingerprint = made.fingerprint},
                   pem.RevealText(), ca_pem));
  // A second tenancy's context does not become the one that is used without a word.
  if (!before.current.empty()) {
    TRY_ASSIGN(auto after, contexts.Load());
    after.current = before.current;
    TRY(contexts.Save(after));
  }
  return InitAnswer{.ca_hash = "", .tenancy_id = made.tenancy_id, .user_id = made.user_id};
}

// The key of a context is the only copy: another context of this name is not replaced.
Result<void> CheckContextIsFree(Files& files, const std::string& directory, const std::string& name,
                                std::string_view flag) {
  TRY_ASSIGN(const auto contexts, cli::ContextDirectory(files, directory).Load());
  const auto* present = contexts.Find(name);
  if (present == nullptr) return {};
  return Fail(ErrorCode::kAlreadyExists,
              fmt::format("{} has a context {} already, for {}; name another --context-directory, "
                          "or give the tenancy another name with {}",
                          directory, present->name, present->url, flag));
}

// What belongs to another installation is left alone: who overwrites its context locks its
// administrator out, and its configuration would start the other one.
Result<void> CheckNothingIsTakenOver(Files& files, const InitOptions& options) {
  // An init that was cut short goes on where it stopped.
  if (files.Read(MasterKeyPath(options.data_directory))) return {};
  if (files.Read(options.config_path)) {
    TRY_ASSIGN(const auto present, LoadConfig(options.config_path));
    const auto full = [](const auto& path) { return std::filesystem::weakly_canonical(path); };
    if (full(present.data_directory) != full(options.data_directory)) {
      return Fail(
          ErrorCode::kAlreadyExists,
          fmt::format("{} is there already, for the data directory {}; name another --config",
                      options.config_path, present.data_directory));
    }
  }
  return CheckContextIsFree(files, options.context_directory, options.tenancy, "--tenancy");
}

// MakeOwnDirectory: whoever starts as an ordinary user may not write everywhere.
Result<void> MakeOwnDirectory(Files& files, const std::string& path, int mode,
                              std::string_view flag) {
  auto made = files.MakeDirectory(path, mode);
  if (made) return made;
  return Fail(made.error().code,
              fmt::format("{}; name a directory that you may write with {}, or be root",
                          made.error().message, flag));
}

std::string ConfigText(const InitOptions& options, const std::string& host) {
  return fmt::format(
      "# What perenniald reads. Every key is described in docs/reference/configuration.md.\n"
      "url = \"{}\"\n"
      "region = \"{}\"\n"
      "data_directory = \"{}\"\n"
      "roles = [\"all\"]\n"
      "# From this host only. For nodes and people elsewhere: [\"0.0.0.0:PORT\"]\n"
      "listen = [\"127.0.0.1:{}\"]\n{}",
      options.url, options.region, options.data_directory, host.substr(host.find(':') + 1),
      options.database_url.empty()
          ? ""
          : fmt::format("\n[database]\nurl = \"{}\"\n", options.database_url));
}

}  // namespace

Result<IdentityStore> OpenIdentity(Files& files, Random& random, const DatabaseConfig& config) {
  TRY_ASSIGN(const auto master,
             LoadOrCreateMasterKey(files, MasterKeyPath(config.directory), random));
  IdentityStore store;
  TRY_ASSIGN(store.database, OpenDatabase(config, "identity"));
  TRY(storage::Migrate(*store.database, identity::Migrations()));
  TRY(store.database->Write([&](storage::Session& session) -> Result<void> {
    TRY_ASSIGN(store.envelope, keys::LoadOrCreateWrappingKey(session, master, random, "identity"));
    return {};
  }));
  return store;
}

std::string MasterKeyPath(const std::string& data_directory) {
  return data_directory + "/master.key";
}
std::string CaHashPath(const std::string& data_directory) { return data_directory + "/ca.hash"; }

Result<InitAnswer> Init(const InitOptions& options) {
  SystemFiles files;
  SystemRandom random;
  SystemClock clock;
  TRY_ASSIGN(const auto host, HostOf(options.url));
  const auto host_name = host.substr(0, host.find(':'));
  if (!options.database_url.empty()) TRY(CheckDatabaseUrl(options.database_url));
  if (files.Read(CaHashPath(options.data_directory))) {
    return Fail(
        ErrorCode::kAlreadyExists,
        fmt::format("{} holds an installation already; use another --data directory, or start it "
                    "with `perenniald run --config {}`",
                    options.data_directory, options.config_path));
  }
  TRY(CheckNothingIsTakenOver(files, options));
  // On a fresh host there is no /etc/perennial; whether it can be made is known before anything is.
  const auto beside = std::filesystem::path(options.config_path).parent_path();
  if (!beside.empty()) TRY(MakeOwnDirectory(files, beside, 0755, "--config"));
  TRY(MakeOwnDirectory(files, options.data_directory, 0700, "--data"));
  TRY_ASSIGN(const auto store,
             OpenIdentity(files, random, {options.data_directory, options.database_url}));
  const identity::Bootstrap bootstrap{*store.database, *store.envelope, clock, random,
                                      options.region};

  std::vector<std::string> inside = {host_name, "localhost", "127.0.0.1", "::1"};
  if (!options.node_domain.empty()) inside.push_back(options.node_domain);
  std::ranges::sort(inside);
  inside.erase(std::ranges::unique(inside).begin(), inside.end());
  TRY_ASSIGN(const auto ca, identity::CreatePlatformCa(bootstrap, inside));

  TRY_ASSIGN(auto answer, MakeTenancy(files, bootstrap, options.tenancy, options.tenancy,
                                      options.url, ca.certificate_pem, options.context_directory));
  // No names unless the operator gives some: whoever steals a role's credentials must not be able
  // to have a certificate for the API's own host. Identity's process makes its own.
  const auto& names = options.role_names;
  for (const auto& [role, kind] : kPrincipals) {
    const auto directory = CredentialsDirectory(options.data_directory, role);
    TRY_ASSIGN(const auto key, PrepareKey(files, directory));
    const auto pem = key.public_key().ToPem();
    TRY_ASSIGN(const auto id, kind.empty()
                                  ? identity::RegisterReplica(bootstrap, pem, names)
                                  : identity::RegisterService(bootstrap, kind, pem, names));
    TRY(FinishCredentials(files, directory, id, names, ca.certificate_pem));
  }
  if (!files.Read(options.config_path)) {
    TRY(files.ReplaceAtomically(options.config_path, ConfigText(options, host), 0644));
  }
  TRY_ASSIGN(const auto link, identity::FirstLink(bootstrap, answer.tenancy_id, answer.user_id));
  answer.link_path = link.path;
  // The last step: from here on this is a finished installation.
  TRY(files.ReplaceAtomically(CaHashPath(options.data_directory), ca.hash + "\n", 0644));
  answer.ca_hash = ca.hash;
  answer.ca_path = CredentialsDirectory(options.data_directory, "replica") + "/ca.pem";
  return answer;
}

Result<InitAnswer> CreateTenancy(const Config& config, const TenancyOptions& options) {
  SystemFiles files;
  SystemRandom random;
  SystemClock clock;
  if (!cli::IsContextName(options.name)) {
    return Fail(ErrorCode::kInvalidArgument,
                "--name: letters, digits, - and _, at most 64 of them");
  }
  auto hash = files.Read(CaHashPath(config.data_directory));
  if (!hash) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} holds no installation; run `perenniald init` first",
                            config.data_directory));
  }
  TRY(CheckContextIsFree(files, options.context_directory, options.name, "--name"));
  TRY_ASSIGN(const auto store, OpenIdentity(files, random, config.database()));
  const identity::Bootstrap bootstrap{*store.database, *store.envelope, clock, random,
                                      config.region};
  TRY_ASSIGN(const auto ca_pem,
             files.Read(CredentialsDirectory(config.data_directory, "replica") + "/ca.pem"));
  TRY_ASSIGN(auto answer,
             MakeTenancy(files, bootstrap, options.name, options.name, config.endpoints.identity,
                         ca_pem, options.context_directory));
  TRY_ASSIGN(const auto link, identity::FirstLink(bootstrap, answer.tenancy_id, answer.user_id));
  answer.link_path = link.path;
  answer.ca_hash = hash->substr(0, hash->find('\n'));
  return answer;
}

}  // namespace perennial::apps

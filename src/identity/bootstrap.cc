// SPDX-License-Identifier: Apache-2.0
#include "identity/bootstrap.h"

#include <algorithm>
#include <array>

#include "base/ocid.h"
#include "identity/platform_ca.h"
#include "identity/wire.h"
#include "pki/name.h"

namespace perennial::identity {
namespace {

constexpr auto kServiceKinds =
    std::to_array<std::string_view>({"loadbalancer", "certificates", "audit"});
constexpr std::string_view kOperator = "operator";
constexpr std::string_view kAdministratorsStatement =
    "Allow group Administrators to manage all-resources in tenancy";

Result<void> CheckNames(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (pki::ParseIpAddress(name)) continue;
    TRY(pki::ParseDnsName(name));
  }
  return {};
}

// A row that stands in the tenancy itself.
template <class Row>
Row InTenancy(const Bootstrap& with, std::string_view type, const std::string& tenancy_id,
              std::string name, std::string description) {
  Row row;
  row.id = MakeOcid(type, with.region, with.random);
  row.tenancy_id = row.parent_id = tenancy_id;
  row.name = std::move(name);
  row.description = std::move(description);
  row.created_at = with.clock.Now();
  return row;
}

Result<TenancyCreated> DescribeTenancy(Session& session, const Store& store,
                                       const NewTenancy& tenancy, const std::string& id,
                                       const std::string& fingerprint) {
  const auto taken = Fail(ErrorCode::kAlreadyExists,
                          "a tenancy of this name exists, and its administrator has another key");
  TRY_ASSIGN(const auto user, store.FindUserByName(session, id, tenancy.administrator));
  if (!user) return taken;
  TRY_ASSIGN(const auto keys, store.ListApiKeys(session, user->id));
  if (std::ranges::none_of(keys, [&](const auto& key) { return key.fingerprint == fingerprint; })) {
    return taken;
  }
  TRY_ASSIGN(const auto group, store.FindGroupByName(session, id, "Administrators"));
  TRY_ASSIGN(const auto policy, store.FindPolicyByName(session, id, "Administrators"));
  return TenancyCreated{.tenancy_id = id,
                        .user_id = user->id,
                        .group_id = group ? group->id : "",
                        .policy_id = policy ? policy->id : "",
                        .fingerprint = fingerprint};
}

Result<std::string> RegisterProcess(const Bootstrap& with, std::string_view kind,
                                    std::string_view public_key_pem,
                                    const std::vector<std::string>& names) {
  TRY(CheckNames(names));
  TRY_ASSIGN(const auto key, pki::PublicKey::ParsePem(public_key_pem));
  if (key.algorithm() != pki::KeyAlgorithm::kEcdsaP256) {
    return Fail(ErrorCode::kInvalidArgument, "an enrolment key is P-256");
  }
  const Store store(with.clock, nullptr);
  return with.database.WriteValue([&](Session& session) -> Result<std::string> {
    TRY_ASSIGN(const auto present, store.FindProcessByKey(session, key.ToPem()));
    if (present && present->kind != kind) {
      return Fail(ErrorCode::kAlreadyExists, "this key belongs to a " + present->kind);
    }
    if (present && present->names == names) return present->id;
    if (present) {
      TRY(store.SetProcessNames(session, present->id, names));
    }
    const std::string_view type = kind == kReplicaKind ? "replica" : "service";
    ProcessRow row{.id = present ? present->id : MakeOcid(type, with.region, with.random),
                   .kind = std::string(kind),
                   .public_key_pem = key.ToPem(),
                   .names = names,
                   .created_at = with.clock.Now()};
    if (!present) TRY(store.Insert(session, row));
    TRY(store.AppendAudit(session, {.operation = "RegisterProcess",
                                    .reason = "perenniald on the host of identity",
                                    .resource_id = row.id,
                                    .resource_name = row.kind,
                                    .principal_name = std::string(kOperator)}));
    return row.id;
  });
}

}  // namespace

Result<PlatformCaCreated> CreatePlatformCa(const Bootstrap& with,
                                           const std::vector<std::string>& names) {
  const Store store(with.clock, nullptr);
  return with.database.WriteValue([&](Session& session) -> Result<PlatformCaCreated> {
    TRY_ASSIGN(const auto before, store.FindPlatformCa(session));
    TRY(PlatformCa::Create(session, store, with.envelope, with.clock, with.random, names));
    TRY_ASSIGN(const auto ca, PlatformCa::Load(session, with.envelope, with.clock, with.random));
    if (!before) {
      TRY(store.AppendAudit(session, {.operation = "CreatePlatformCa",
                                      .reason = "perenniald on the host of identity",
                                      .resource_name = ca.Hash(),
                                      .principal_name = std::string(kOperator)}));
    }
    return PlatformCaCreated{ca.certificate().pem(), ca.Hash()};
  });
}

Result<TenancyCreated> CreateTenancy(const Bootstrap& with, const NewTenancy& tenancy) {
  TRY(CheckName("name", tenancy.name));
  TRY(CheckName("administrator", tenancy.administrator));
  TRY_ASSIGN(const auto key, pki::PublicKey::ParsePem(tenancy.api_public_key_pem));
  if (key.family() != pki::KeyFamily::kRsa) {
    return Fail(ErrorCode::kInvalidArgument, "an API key is an RSA key of 2048 bits or more");
  }
  const std::string fingerprint = key.Md5Fingerprint();
  const Store store(with.clock, nullptr);
  return with.database.WriteValue([&](Session& session) -> Result<TenancyCreated> {
    TRY_ASSIGN(const auto present, store.FindTenancyByName(session, tenancy.name));
    if (present) return DescribeTenancy(session, store, tenancy, present->id, fingerprint);

    const Time now = with.clock.Now();
    const TenancyRow row{MakeOcid("tenancy", with.region, with.random), tenancy.name, tenancy.name,
                         now};
    const auto user =
        InTenancy<UserRow>(with, "user", row.id, tenancy.administrator, "Made with the tenancy");
    const auto group = InTenancy<GroupRow>(with, "group", row.id, "Administrators",
                                           "Who manages everything in this tenancy");
    auto policy = InTenancy<PolicyRow>(with, "policy", row.id, "Administrators",
                                       "Lets Administrators manage everything in this tenancy");
    policy.statements = {std::string(kAdministratorsStatement)};
    TRY(store.Insert(session, row));
    TRY(store.Insert(session, user));
    TRY(store.Insert(session, ApiKeyRow{user.id, fingerprint, key.ToPem(), now}));
    TRY(store.Insert(session, group));
    TRY(store.Insert(session, MembershipRow{MakeOcid("groupmembership", with.region, with.random),
                                            row.id, user.id, group.id, now}));
    TRY(store.Insert(session, policy));
    TRY(store.AppendAudit(session, {.operation = "CreateTenancy",
                                    .reason = "perenniald on the host of identity",
                                    .tenancy_id = row.id,
                                    .resource_id = row.id,
                                    .resource_name = row.name,
                                    .principal_name = std::string(kOperator)}));
    return TenancyCreated{row.id, user.id, group.id, policy.id, fingerprint};
  });
}

Result<pki::PrivateKey> GenerateApiKey() {
  return pki::PrivateKey::Generate(pki::KeyAlgorithm::kRsa2048);
}

Result<std::string> RegisterService(const Bootstrap& with, std::string_view kind,
                                    std::string_view public_key_pem,
                                    const std::vector<std::string>& names) {
  if (std::ranges::find(kServiceKinds, kind) == kServiceKinds.end()) {
    return Fail(ErrorCode::kInvalidArgument,
                "a service is of kind loadbalancer, certificates or audit");
  }
  return RegisterProcess(with, kind, public_key_pem, names);
}

Result<std::string> RegisterReplica(const Bootstrap& with, std::string_view public_key_pem,
                                    const std::vector<std::string>& names) {
  return RegisterProcess(with, kReplicaKind, public_key_pem, names);
}

}  // namespace perennial::identity

// SPDX-License-Identifier: Apache-2.0
#include "identity/service.h"
#include "identity/wire.h"
#include "pki/key.h"

namespace perennial::identity {
namespace {

using authz::Permission;

constexpr size_t kDescriptionMax = 400;

}  // namespace

// --- Users

// A user whose tenancy the caller may not look into is absent for it.
Result<UserRow> IdentityService::RequireUser(Call& call, const std::string& id,
                                             Permission permission) const {
  TRY_ASSIGN(auto row, ReadRow([&](Session& s) { return parts_.store.FindUser(s, id); }));
  if (call.caller().kind == authz::PrincipalKind::kUser && call.caller().id == row.id) {
    call.Allowed({authz::Decision::Basis::kOwner, "the user itself"});
  } else {
    TRY(call.Require(permission, row.tenancy_id));
  }
  call.About(row.id, row.tenancy_id, row.name);
  return row;
}

Result<service::Reply> IdentityService::CreateUser(
    Call& call, const api::identity::CreateUserDetails& details) {
  call.About("", details.compartment_id);
  TRY_ASSIGN(const auto tenancy_id,
             RequireTenancy(call, details.compartment_id, Permission::kUserCreate));
  TRY(CheckName("/name", details.name));
  TRY(CheckText("/description", details.description, kDescriptionMax, 0));
  if (details.email) TRY(CheckText("/email", *details.email, 255));
  TRY_ASSIGN(auto tags, TagsOf(details.freeform_tags, details.defined_tags));
  UserRow row;
  row.id = NewId("user");
  row.tenancy_id = row.parent_id = tenancy_id;
  row.name = details.name;
  row.description = details.description;
  row.tags = std::move(tags);
  row.created_at = call.now();
  row.email = details.email;
  call.About(row.id, tenancy_id, row.name);
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row), row.id, row.version);
  });
}

Result<service::Reply> IdentityService::GetUser(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row, RequireUser(call, id, Permission::kUserInspect));
  return ReplyWithEtag(ToWire(row), row.id, row.version);
}

Result<service::Reply> IdentityService::ListUsers(Call& call, const std::string& compartment_id,
                                                  const ListFilter& filter) {
  TRY_ASSIGN(const auto tenancy_id, RequireTenancy(call, compartment_id, Permission::kUserInspect));
  TRY_ASSIGN(const auto page, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListUsers(session, tenancy_id, filter);
  }));
  return ReplyWithPage(page);
}

// --- API keys

Result<service::Reply> IdentityService::UploadApiKey(
    Call& call, const std::string& user_id, const api::identity::CreateApiKeyDetails& details) {
  call.About(user_id);
  TRY_ASSIGN(const auto user, RequireUser(call, user_id, Permission::kUserApiKeyAdd));
  auto key = pki::PublicKey::ParsePem(details.key);
  if (!key) {
    return Fail(ErrorCode::kInvalidArgument,
                "/key: must be one PEM public key: " + key.error().message);
  }
  if (key->family() != pki::KeyFamily::kRsa) {
    return Fail(ErrorCode::kInvalidArgument, "/key: must be an RSA key of 2048 bits or more");
  }
  const ApiKeyRow row{.user_id = user.id,
                      .fingerprint = key->Md5Fingerprint(),
                      .public_key_pem = key->ToPem(),
                      .created_at = call.now()};
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row, user.tenancy_id), user.id + "/" + row.fingerprint, 1);
  });
}

Result<service::Reply> IdentityService::ListApiKeys(Call& call, const std::string& user_id) {
  call.About(user_id);
  TRY_ASSIGN(const auto user, RequireUser(call, user_id, Permission::kUserRead));
  TRY_ASSIGN(const auto keys, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListApiKeys(session, user.id);
  }));
  std::vector<api::identity::ApiKey> items;
  for (const auto& key : keys) items.push_back(ToWire(key, user.tenancy_id));
  return Reply::Json(EncodeJson(items));
}

Result<service::Reply> IdentityService::DeleteApiKey(Call& call, const std::string& user_id,
                                                     const std::string& fingerprint) {
  call.About(user_id);
  TRY_ASSIGN(const auto user, RequireUser(call, user_id, Permission::kUserApiKeyRemove));
  TRY(call.CheckIfMatch(service::EtagOf(user.id + "/" + fingerprint, 1)));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.DeleteApiKey(session, user.id, fingerprint));
    return Reply::Empty();
  });
}

// --- Groups

Result<service::Reply> IdentityService::CreateGroup(
    Call& call, const api::identity::CreateGroupDetails& details) {
  call.About("", details.compartment_id);
  TRY_ASSIGN(const auto tenancy_id,
             RequireTenancy(call, details.compartment_id, Permission::kGroupCreate));
  TRY(CheckName("/name", details.name));
  TRY(CheckText("/description", details.description, kDescriptionMax, 0));
  TRY_ASSIGN(auto tags, TagsOf(details.freeform_tags, details.defined_tags));
  GroupRow row;
  row.id = NewId("group");
  row.tenancy_id = row.parent_id = tenancy_id;
  row.name = details.name;
  row.description = details.description;
  row.tags = std::move(tags);
  row.created_at = call.now();
  call.About(row.id, tenancy_id, row.name);
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row), row.id, row.version);
  });
}

Result<service::Reply> IdentityService::GetGroup(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row, ReadRow([&](Session& s) { return parts_.store.FindGroup(s, id); }));
  TRY(call.Require(Permission::kGroupInspect, row.tenancy_id));
  return ReplyWithEtag(ToWire(row), row.id, row.version);
}

Result<service::Reply> IdentityService::ListGroups(Call& call, const std::string& compartment_id,
                                                   const ListFilter& filter) {
  TRY_ASSIGN(const auto tenancy_id,
             RequireTenancy(call, compartment_id, Permission::kGroupInspect));
  TRY_ASSIGN(const auto page, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListGroups(session, tenancy_id, filter);
  }));
  return ReplyWithPage(page);
}

// --- Memberships

// Joining a group changes what the user may do and who the group is: both permissions are asked
// for.
Result<service::Reply> IdentityService::AddUserToGroup(
    Call& call, const api::identity::AddUserToGroupDetails& details) {
  call.About(details.group_id);
  TRY_ASSIGN(const auto group,
             ReadRow([&](Session& s) { return parts_.store.FindGroup(s, details.group_id); }));
  TRY(call.Require(Permission::kGroupUpdate, group.tenancy_id));
  TRY_ASSIGN(const auto user,
             ReadRow([&](Session& s) { return parts_.store.FindUser(s, details.user_id); }));
  TRY(call.Require(Permission::kUserUpdate, user.tenancy_id));
  if (user.tenancy_id != group.tenancy_id) return Fail(ErrorCode::kNotFound, "two tenancies");
  const MembershipRow row{.id = NewId("groupmembership"),
                          .tenancy_id = group.tenancy_id,
                          .user_id = user.id,
                          .group_id = group.id,
                          .created_at = call.now()};
  call.About(group.id, group.tenancy_id, user.name + " in " + group.name);
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row), row.id, 1);
  });
}

Result<service::Reply> IdentityService::GetUserGroupMembership(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row,
             ReadRow([&](Session& s) { return parts_.store.FindMembership(s, id); }));
  TRY(call.Require(Permission::kGroupInspect, row.tenancy_id));
  TRY(call.Require(Permission::kUserInspect, row.tenancy_id));
  return ReplyWithEtag(ToWire(row), row.id, 1);
}

Result<service::Reply> IdentityService::ListUserGroupMemberships(
    Call& call, const Store::MembershipFilter& filter) {
  TRY(call.Require(Permission::kGroupInspect, filter.tenancy_id));
  TRY(call.Require(Permission::kUserInspect, filter.tenancy_id));
  auto wanted = filter;
  wanted.limit = filter.limit + 1;
  TRY_ASSIGN(auto rows, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListMemberships(session, wanted);
  }));
  Page<MembershipRow> page{.rows = std::move(rows), .next = std::nullopt};
  if (std::ssize(page.rows) > filter.limit) {
    page.rows.pop_back();
    page.next = {"", page.rows.back().id};
  }
  return ReplyWithPage(page);
}

Result<service::Reply> IdentityService::RemoveUserFromGroup(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row,
             ReadRow([&](Session& s) { return parts_.store.FindMembership(s, id); }));
  call.About(id, row.tenancy_id);
  TRY(call.Require(Permission::kGroupUpdate, row.tenancy_id));
  TRY(call.Require(Permission::kUserUpdate, row.tenancy_id));
  TRY(call.CheckIfMatch(service::EtagOf(row.id, 1)));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.DeleteMembership(session, id));
    return Reply::Empty();
  });
}

}  // namespace perennial::identity

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "authz/policy.h"
#include "base/time.h"
#include "identity/service.h"
#include "identity/wire.h"

namespace perennial::identity {
namespace {

using authz::Permission;

constexpr size_t kStatementsMax = 50;
constexpr size_t kDescriptionMax = 400;

std::unexpected<Error> BadStatement(size_t index, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("/statements/{}: {}", index, why));
}

// CheckSubject and CheckLocation refuse what could never grant anything, or could one day grant it
// to somebody else: a group that is created later under a mistyped name.
Result<void> CheckSubject(Session& session, const Store& store, std::string_view tenancy_id,
                          const authz::Subject& subject, size_t index) {
  if (subject.kind == authz::Subject::Kind::kAnyUser) return {};
  const bool by_id = subject.kind == authz::Subject::Kind::kGroupIds;
  for (const auto& word : subject.groups) {
    TRY_ASSIGN(const auto group, by_id ? store.FindGroup(session, word)
                                       : store.FindGroupByName(session, tenancy_id, word));
    if (!group || group->tenancy_id != tenancy_id) {
      return BadStatement(index, fmt::format("group {} does not exist", word));
    }
  }
  return {};
}

Result<void> CheckLocation(const authz::Snapshot& snapshot, Session& session, const Store& store,
                           const authz::CompartmentFact& attached, const authz::Location& location,
                           size_t index) {
  switch (location.kind) {
    case authz::Location::Kind::kTenancy:
      if (attached.id == attached.tenancy_id) return {};
      return BadStatement(index, "only a policy in the tenancy itself may say `in tenancy`");
    case authz::Location::Kind::kCompartmentId: {
      const auto* named = snapshot.Compartment(location.id);
      if (named != nullptr && named->tenancy_id == attached.tenancy_id) return {};
      return BadStatement(index, fmt::format("compartment {} does not exist", location.id));
    }
    case authz::Location::Kind::kCompartmentPath:
      break;
  }
  // A policy may call its own compartment by its name, as authz::Decide reads it.
  if (attached.id != attached.tenancy_id && location.path.size() == 1 &&
      authz::EqualsIgnoringCase(location.path[0], attached.name)) {
    return {};
  }
  std::string at = attached.id;
  for (const auto& step : location.path) {
    ListFilter filter{.page = {.limit = 1}, .name = step};
    TRY_ASSIGN(const auto found, store.ListCompartments(session, at, filter));
    if (found.rows.empty()) {
      return BadStatement(index, fmt::format("compartment {} does not exist", step));
    }
    at = found.rows.front().id;
  }
  return {};
}

}  // namespace

// --- Tenancies and regions

Result<service::Reply> IdentityService::GetTenancy(Call& call, const std::string& id) {
  call.About(id, id);
  TRY(call.Require(Permission::kTenancyInspect, id));
  TRY_ASSIGN(const auto row, ReadRow([&](Session& s) { return parts_.store.FindTenancy(s, id); }));
  auto wire = ToWire(row);
  wire.home_region_key = parts_.config.region;
  return Reply::Json(EncodeJson(wire));
}

// There is one region; its slug is letters, digits and hyphens, so it may stand in JSON as it is.
Result<service::Reply> IdentityService::ListRegionSubscriptions(Call& call,
                                                                const std::string& tenancy_id) {
  if (tenancy_id != call.caller().tenancy_id) return Fail(ErrorCode::kNotFound, "another tenancy");
  return Reply::Json(fmt::format(
      R"([{{"regionKey":"{0}","regionName":"{0}","status":"READY","isHomeRegion":true}}])",
      parts_.config.region));
}

Result<service::Reply> IdentityService::ListRegions(Call&) {
  return Reply::Json(fmt::format(R"([{{"key":"{0}","name":"{0}"}}])", parts_.config.region));
}

// --- Compartments

Result<service::Reply> IdentityService::CreateCompartment(
    Call& call, const api::identity::CreateCompartmentDetails& details) {
  call.About("", details.compartment_id);
  TRY(call.Require(Permission::kCompartmentCreate, details.compartment_id));
  TRY(CheckName("/name", details.name));
  TRY(CheckText("/description", details.description, kDescriptionMax, 0));
  TRY_ASSIGN(auto tags, TagsOf(details.freeform_tags, details.defined_tags));
  const auto* parent = call.snapshot().Compartment(details.compartment_id);
  if (parent == nullptr) return Fail(ErrorCode::kNotFound, "no such compartment");
  if (parent->id != parent->tenancy_id) {
    return Fail(ErrorCode::kInvalidArgument,
                "/compartmentId: must be the tenancy's OCID: compartments are one level deep");
  }
  CompartmentRow row;
  row.id = NewId("compartment");
  row.tenancy_id = parent->tenancy_id;
  row.parent_id = parent->id;
  row.name = details.name;
  row.description = details.description;
  row.tags = std::move(tags);
  row.created_at = call.now();
  call.About(row.id, row.id, row.name);
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row), row.id, row.version);
  });
}

Result<service::Reply> IdentityService::GetCompartment(Call& call, const std::string& id) {
  call.About(id, id);
  TRY(call.Require(Permission::kCompartmentInspect, id));
  const auto* fact = call.snapshot().Compartment(id);
  if (fact != nullptr && fact->id == fact->tenancy_id) {
    // The root compartment is the tenancy, and its own parent.
    TRY_ASSIGN(const auto tenancy,
               ReadRow([&](Session& s) { return parts_.store.FindTenancy(s, id); }));
    CompartmentRow root;
    root.id = root.tenancy_id = root.parent_id = id;
    root.name = tenancy.name;
    root.description = tenancy.description;
    root.created_at = tenancy.created_at;
    return ReplyWithEtag(ToWire(root), root.id, root.version);
  }
  TRY_ASSIGN(const auto row,
             ReadRow([&](Session& s) { return parts_.store.FindCompartment(s, id); }));
  return ReplyWithEtag(ToWire(row), row.id, row.version);
}

Result<service::Reply> IdentityService::ListCompartments(Call& call,
                                                         const CompartmentListing& listing,
                                                         const ListFilter& filter) {
  const auto* parent = call.snapshot().Compartment(listing.parent_id);
  if (listing.accessible_only) {
    if (parent == nullptr || parent->tenancy_id != call.caller().tenancy_id) {
      return Fail(ErrorCode::kNotFound, "no such compartment");
    }
  } else {
    TRY(call.Require(Permission::kCompartmentInspect, listing.parent_id));
    if (parent == nullptr) return Fail(ErrorCode::kNotFound, "no such compartment");
  }
  if (listing.in_subtree && parent->id != parent->tenancy_id) {
    return Fail(ErrorCode::kInvalidArgument,
                "compartmentIdInSubtree: may be true only with the tenancy's OCID");
  }
  if (listing.state.value_or(api::identity::LifecycleState::kActive) !=
      api::identity::LifecycleState::kActive) {
    return Reply::Json("[]");
  }
  TRY_ASSIGN(auto page, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListCompartments(session, listing.parent_id, filter);
  }));
  if (listing.accessible_only) {
    std::erase_if(page.rows, [&](const CompartmentRow& row) {
      return !call.May(Permission::kCompartmentInspect, row.id);
    });
  }
  return ReplyWithPage(page);
}

// --- Policies

Result<service::Reply> IdentityService::CreatePolicy(
    Call& call, const api::identity::CreatePolicyDetails& details) {
  call.About("", details.compartment_id);
  TRY(call.Require(Permission::kPolicyCreate, details.compartment_id));
  const auto* attached = call.snapshot().Compartment(details.compartment_id);
  if (attached == nullptr) return Fail(ErrorCode::kNotFound, "no such compartment");
  TRY(CheckName("/name", details.name));
  TRY(CheckText("/description", details.description, kDescriptionMax, 0));
  TRY_ASSIGN(auto tags, TagsOf(details.freeform_tags, details.defined_tags));
  if (details.version_date && !ParseTime(*details.version_date + "T00:00:00Z")) {
    return Fail(ErrorCode::kInvalidArgument, "/versionDate: must be a date as 2026-01-31");
  }
  if (details.statements.empty() || details.statements.size() > kStatementsMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("/statements: must be 1 to {} statements", kStatementsMax));
  }
  std::vector<authz::Statement> statements;
  for (const auto& text : details.statements) {
    auto statement = authz::ParseStatement(text);
    if (!statement) return BadStatement(statements.size(), statement.error().message);
    statements.push_back(std::move(*statement));
  }
  PolicyRow row;
  row.id = NewId("policy");
  row.tenancy_id = attached->tenancy_id;
  row.parent_id = attached->id;
  row.name = details.name;
  row.description = details.description;
  row.tags = std::move(tags);
  row.created_at = call.now();
  row.statements = details.statements;
  row.version_date = details.version_date;
  call.About(row.id, row.parent_id, row.name);
  return call.Commit([&](Session& session) -> Result<Reply> {
    for (size_t i = 0; i < statements.size(); ++i) {
      TRY(CheckSubject(session, parts_.store, row.tenancy_id, statements[i].subject, i));
      TRY(CheckLocation(call.snapshot(), session, parts_.store, *attached, statements[i].location,
                        i));
    }
    TRY(parts_.store.Insert(session, row));
    return ReplyWithEtag(ToWire(row), row.id, row.version);
  });
}

Result<service::Reply> IdentityService::GetPolicy(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row, ReadRow([&](Session& s) { return parts_.store.FindPolicy(s, id); }));
  TRY(call.Require(Permission::kPolicyRead, row.parent_id));
  return ReplyWithEtag(ToWire(row), row.id, row.version);
}

Result<service::Reply> IdentityService::ListPolicies(Call& call, const std::string& compartment_id,
                                                     const ListFilter& filter) {
  TRY(call.Require(Permission::kPolicyRead, compartment_id));
  TRY_ASSIGN(const auto page, parts_.database.ReadValue([&](Session& session) {
    return parts_.store.ListPolicies(session, compartment_id, filter);
  }));
  return ReplyWithPage(page);
}

Result<service::Reply> IdentityService::DeletePolicy(Call& call, const std::string& id) {
  call.About(id);
  TRY_ASSIGN(const auto row, ReadRow([&](Session& s) { return parts_.store.FindPolicy(s, id); }));
  call.About(id, row.parent_id, row.name);
  TRY(call.Require(Permission::kPolicyDelete, row.parent_id));
  TRY(call.CheckIfMatch(service::EtagOf(row.id, row.version)));
  return call.Commit([&](Session& session) -> Result<Reply> {
    TRY(parts_.store.DeletePolicy(session, id));
    return Reply::Empty();
  });
}

}  // namespace perennial::identity

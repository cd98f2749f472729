// SPDX-License-Identifier: Apache-2.0
// Identity's rows as they travel, and small judgements about what came in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/identity/node_types.h"
#include "api/identity/types.h"
#include "authz/snapshot.h"
#include "identity/store/rows.h"
#include "service/operation.h"

namespace perennial::identity {

api::identity::Tenancy ToWire(const TenancyRow& row);
api::identity::Compartment ToWire(const CompartmentRow& row);
api::identity::User ToWire(const UserRow& row);
api::identity::ApiKey ToWire(const ApiKeyRow& row, std::string_view tenancy_id);
api::identity::Group ToWire(const GroupRow& row);
api::identity::UserGroupMembership ToWire(const MembershipRow& row);
api::identity::Policy ToWire(const PolicyRow& row);
api::identity::NodePool ToWire(const NodePoolRow& row);
api::identity::Resource ToWire(const ResourceRow& row);
// The node as this tenancy sees it: of a shared one what is its own, and not who else is there.
api::identity::Node ToWire(const NodeRow& row, const authz::Snapshot& snapshot,
                           std::string_view tenancy_id);

// CheckText holds a field's length and that it has no control characters; kInvalidArgument, by
// pointer.
Result<void> CheckText(std::string_view pointer, std::string_view text, size_t most,
                       size_t least = 1);

// CheckName is for names that policies and people type: letters, digits, space and ._+@- ;
// kInvalidArgument.
Result<void> CheckName(std::string_view pointer, std::string_view name);

// TagsOf checks and takes over both kinds of tags.
Result<Tags> TagsOf(const std::optional<api::FreeformTags>& freeform,
                    const std::optional<api::DefinedTags>& defined);

// ReplyWithEtag is the answer that shows one resource.
template <class T>
service::Reply ReplyWithEtag(const T& value, std::string_view id, int64_t version) {
  return service::Reply::Json(EncodeJson(value)).With("etag", service::EtagOf(id, version));
}

// ReplyWithPage is a bare array, and the token of the next page.
template <class Row>
service::Reply ReplyWithPage(const Page<Row>& page) {
  std::vector<decltype(ToWire(page.rows.front()))> items;
  for (const auto& row : page.rows) items.push_back(ToWire(row));
  auto reply = service::Reply::Json(EncodeJson(items));
  if (page.next) reply.headers.emplace_back("opc-next-page", service::EncodePageToken(*page.next));
  return reply;
}

}  // namespace perennial::identity

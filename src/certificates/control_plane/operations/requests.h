// SPDX-License-Identifier: Apache-2.0
// What the operations of this folder ask of a request alike.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certificates/control_plane/settings.h"
#include "certificates/control_plane/store/authority_store.h"
#include "certificates/control_plane/versions/issuing.h"
#include "service/call.h"

namespace perennial::certificates {

// CheckName: letters, digits, `-`, `_` and `.`, 1 to 255 of them. kInvalidArgument with `pointer`.
Result<void> CheckName(std::string_view pointer, std::string_view name);
Result<void> CheckName(std::string_view pointer, const std::optional<std::string>& name);

// CheckText: at most 400 bytes of UTF-8 without control characters. kInvalidArgument with
// `pointer`.
Result<void> CheckText(std::string_view pointer, const std::optional<std::string>& text);

// How long what is issued lives: as asked for, else `usual`, cut to what issuer and rules allow.
struct UsualLife {
  seconds length{};
  std::optional<seconds> most;  // Of the issuer's expiry rule.
};
// LifeFor: kInvalidArgument names the member of `pointer`, which is the validity's own: notBefore
// may lie up to a day back and five minutes ahead, notAfter after now. A validity that was asked
// for is never cut: the rules judge it when it is issued.
Result<VersionLife> LifeFor(std::string_view pointer, const std::optional<wire::Validity>& wanted,
                            const UsualLife& usual, const Issuer* issuer, Time now,
                            const Settings& settings);

// RequireIssuer loads the authority that the body names at `pointer` and asks for
// CERTIFICATE_AUTHORITY_APPLY in its compartment. kRelatedNotFound when it is absent or not the
// caller's to use; kIncorrectState when it does not issue now.
Result<Issuer> RequireIssuer(service::Call& call, storage::Database& database,
                             std::string_view pointer, const std::string& id);

// AtConfig puts the pointer of the configuration before what the rules of issuing say of its
// fields.
Error AtConfig(std::string_view pointer, Error error);

// ListFilterOf reads the filters that lists of authorities and certificates share, and asks for
// `permission`: in the compartment that is named, else the list holds what the caller may see,
// wherever it is.
Result<ResourceFilter> ListFilterOf(service::Call& call, storage::Database& database, Kind kind,
                                    authz::Permission permission, std::string_view id_parameter);

// SortValueOf is what a page token keeps of the last row of a page.
std::string SortValueOf(const ResourceFilter& filter, const GuardedRow& row,
                        const VersionRow& current);

// The reply of a page: with opc-next-page when there is more.
service::Reply PageReply(std::string body, std::optional<std::string> next_page);

// Variables that conditions may ask of a certificate or an authority.
using Variables = std::map<std::string, std::string>;
Variables VariablesOf(const CertificateRow& row);
Variables VariablesOf(const AuthorityRow& row);

}  // namespace perennial::certificates

// SPDX-License-Identifier: Apache-2.0
// The public identity API, /20160918 (oci-api §3.4). Lists are bare JSON arrays.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "api/tags.h"
#include "base/time.h"
#include "base/wire_enum.h"

namespace perennial::api::identity {

enum class LifecycleState { kCreating, kActive, kInactive, kDeleting, kDeleted };
constexpr auto WireNames(std::type_identity<LifecycleState>) {
  return std::to_array<WireName<LifecycleState>>({{LifecycleState::kCreating, "CREATING"},
                                                  {LifecycleState::kActive, "ACTIVE"},
                                                  {LifecycleState::kInactive, "INACTIVE"},
                                                  {LifecycleState::kDeleting, "DELETING"},
                                                  {LifecycleState::kDeleted, "DELETED"}});
}

struct Tenancy {
  std::string id;  // Also the OCID of its root compartment.
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> home_region_key;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

struct CreateCompartmentDetails {
  std::string compartment_id;  // The parent.
  std::string name;
  std::string description;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};
struct Compartment {
  std::string id;
  std::string compartment_id;  // The parent.
  std::string name;
  std::string description;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::optional<int64_t> inactive_status;
  std::optional<bool> is_accessible;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

struct UserCapabilities {
  bool can_use_console_password = false;
  bool can_use_api_keys = true;
  bool can_use_auth_tokens = false;
  bool can_use_smtp_credentials = false;
  bool can_use_db_credentials = false;
  bool can_use_customer_secret_keys = false;
  bool can_use_o_auth2_client_credentials = false;  // canUseOAuth2ClientCredentials
};
struct CreateUserDetails {
  std::string compartment_id;  // The tenancy.
  std::string name;
  std::string description;
  std::optional<std::string> email;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};
struct User {
  std::string id;
  std::string compartment_id;
  std::string name;
  std::string description;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  bool is_mfa_activated = false;
  std::optional<std::string> email;
  std::optional<bool> email_verified;
  std::optional<int64_t> inactive_status;
  std::optional<UserCapabilities> capabilities;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

struct CreateApiKeyDetails {
  std::string key;  // A PEM public key.
};
struct ApiKey {
  std::string key_id;  // tenancy/user/fingerprint
  std::string key_value;
  std::string fingerprint;
  std::string user_id;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::optional<int64_t> inactive_status;
};

struct CreateGroupDetails {
  std::string compartment_id;  // The tenancy.
  std::string name;
  std::string description;
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};
struct Group {
  std::string id;
  std::string compartment_id;
  std::string name;
  std::string description;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::optional<int64_t> inactive_status;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

struct AddUserToGroupDetails {
  std::string user_id;
  std::string group_id;
};
struct UserGroupMembership {
  std::string id;
  std::string compartment_id;
  std::string group_id;
  std::string user_id;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::optional<int64_t> inactive_status;
};

struct CreatePolicyDetails {
  std::string compartment_id;
  std::string name;
  std::vector<std::string> statements;
  std::string description;
  std::optional<std::string> version_date;  // yyyy-mm-dd
  std::optional<FreeformTags> freeform_tags;
  std::optional<DefinedTags> defined_tags;
};
struct Policy {
  std::string id;
  std::string compartment_id;
  std::string name;
  std::vector<std::string> statements;
  std::string description;
  Time time_created;
  LifecycleState lifecycle_state = LifecycleState::kActive;
  std::optional<int64_t> inactive_status;
  std::optional<std::string> version_date;
  FreeformTags freeform_tags;
  DefinedTags defined_tags;
};

}  // namespace perennial::api::identity

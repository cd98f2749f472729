// SPDX-License-Identifier: Apache-2.0
// Sessions of people: /20260101/sessions (ADR-0015). The console uses these; so can any other
// client.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace perennial::api::identity {

// Either the link's secret, or tenancy, user and password.
struct CreateSessionDetails {
  RawJson public_key;  // JWK: RSA of 2048 bits; members beside kty, n and e are passed over.
  std::optional<std::string> link;
  std::optional<std::string> tenancy;  // Name or OCID.
  std::optional<std::string> user;     // Name.
  std::optional<std::string> password;
  std::string date;   // RFC 1123, ±5 minutes.
  std::string proof;  // RSASSA-PKCS1-v1_5 with SHA-256 over SessionProofText, base64.
};

// SessionProofText is what the session's key signs when a session is asked for: a secret that was
// overheard opens no session for another key, and a key that is shown is held.
std::string SessionProofText(const CreateSessionDetails& details);

struct Session {
  std::string id;
  std::optional<std::string> token;  // Only where it was just made.
  std::string user_id, user_name;
  std::string tenancy_id, tenancy_name;
  Time time_created;
  Time time_expires;  // Of the token: refresh before.
  Time time_ends;     // Of the session: no refresh goes beyond it.
  Time time_of_last_use;
  std::string signed_in_by;  // LINK or PASSWORD.
  std::string address;       // From where.
  bool is_this_session = false;

  // Only in the answer to GET /sessions/me.
  std::optional<bool> has_password;
  std::optional<bool> needs_current_password;  // To set another one.
  std::optional<std::vector<std::string>> groups;
  std::optional<bool> is_administrator;
};
struct SessionCollection {
  std::vector<Session> items;
};

struct ChangePasswordDetails {
  std::optional<std::string> current_password;
  std::string new_password;
};

struct SignInLink {
  std::string link;  // "/console/#link=…": below the URL that people use. Shown once.
  Time time_expires;
};

}  // namespace perennial::api::identity

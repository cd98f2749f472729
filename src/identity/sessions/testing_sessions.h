// SPDX-License-Identifier: Apache-2.0
// What the tests of sessions share: a browser's half of signing in.
#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>

#include "identity/sessions/sessions.h"
#include "identity/testing/world.h"

namespace perennial::identity::testing {

using ::testing::HasSubstr;

inline constexpr const char* kPassword = "correct horse battery";

class SessionsTest : public ::testing::Test, public World {
 protected:
  SessionsTest() { AddSessionRoutes(router, *service, sessions); }

  using Details = api::identity::CreateSessionDetails;

  // What a browser sends, with its key and the proof.
  Details Shape(const Key& key) {
    Details details;
    details.public_key.text = http_signature::EncodeJwk(key->public_key().ToJwk());
    details.date = FormatHttpDate(clock.Now());
    return details;
  }
  static void Prove(Details& details, const Key& key) {
    details.proof = Base64Encode(*key->Sign(pki::SignatureAlgorithm::kSha256WithRsa,
                                            AsBytes(api::identity::SessionProofText(details))));
  }
  Details ByLink(const std::string& secret, const Key& key) {
    auto details = Shape(key);
    details.link = secret;
    Prove(details, key);
    return details;
  }
  Details ByPassword(const std::string& user, const std::string& password, const Key& key,
                     const std::string& tenancy = "red") {
    auto details = Shape(key);
    details.tenancy = tenancy;
    details.user = user;
    details.password = password;
    Prove(details, key);
    return details;
  }
  HttpResponse SignIn(const Details& details, const std::string& address = "192.0.2.1") {
    return Pass({.method = "POST",
                 .target = "/20260101/sessions",
                 .headers = {{"host", kHost}},
                 .body = EncodeJson(details),
                 .peer_address = address});
  }
  // The secret of a fresh link for the user of this tenancy's administrator.
  std::string Secret(const Actor& administrator, const std::string& user_id) {
    const auto link = Decoded<api::identity::SignInLink>(
        Post(administrator, "/20260101/users/" + user_id + "/actions/createLink", ""));
    EXPECT_THAT(link.link, HasSubstr("/console/#link=pns_"));
    return link.link.substr(link.link.find('=') + 1);
  }
  Actor ActorOf(const api::identity::Session& session, const Key& key) {
    return {.id = session.user_id,
            .tenancy_id = session.tenancy_id,
            .key_id = http_signature::TokenKeyId(session.token.value_or("")),
            .key = key};
  }
  struct SignedIn {
    Actor actor;
    api::identity::Session session;
  };
  SignedIn Open(const Details& details, const Key& key) {
    const auto response = SignIn(details);
    EXPECT_EQ(response.status, 200) << response.body;
    auto session = Decoded<api::identity::Session>(response.body);
    return {ActorOf(session, key), session};
  }
  SignedIn OpenByLink(int rsa = 3) {
    return Open(ByLink(Secret(red, red.id), RsaKey(rsa)), RsaKey(rsa));
  }
  void SetPassword(const Actor& session, const std::string& password = kPassword) {
    const auto response = Change(session, std::nullopt, password);
    EXPECT_EQ(response.status, 204) << response.body;
  }
  HttpResponse Change(const Actor& session, std::optional<std::string> current,
                      const std::string& next) {
    return Send(session, "POST", "/20260101/sessions/me/actions/changePassword",
                EncodeJson(api::identity::ChangePasswordDetails{current, next}));
  }
  int Whoami(const Actor& actor) { return Send(actor, "GET", "/20260101/sessions/me").status; }
  // A user of red who may do nothing.
  Actor Dana() { return User(red, "dana", 2); }

  SessionService sessions{{.region = "home-1",
                           .database = *database,
                           .store = store,
                           .token_keys = *token_keys,
                           .clock = clock,
                           .random = random}};
};

}  // namespace perennial::identity::testing

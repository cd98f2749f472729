// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/sessions.h"

namespace perennial::identity {
namespace {

using service::Call;
using service::CallerRule;
using service::Operation;
using service::Outcome;
using service::Reply;

const std::vector<CallerRule> kUsers = {{authz::PrincipalKind::kUser, {}}};

// A key, a link or a password, a proof: nothing larger is one.
constexpr size_t kBodyLimit = 16 * 1024;

}  // namespace

void AddSessionRoutes(service::Router& router, service::Service& service,
                      SessionService& sessions) {
  const std::string base = "/20260101/sessions";
  const auto add = [&](std::string name, std::string method, std::string path, auto function) {
    router.Add(service, {.name = std::move(name),
                         .method = std::move(method),
                         .path = std::move(path),
                         .callers = kUsers,
                         .handler = [function](Call& call) -> Result<Outcome> {
                           TRY_ASSIGN(auto reply, function(call));
                           return Outcome(std::move(reply));
                         },
                         .body_limit = kBodyLimit});
  };
  // Unsigned: nobody has a key here yet. The link or password in the body is the authority.
  router.Add(service, {.name = "CreateSession",
                       .method = "POST",
                       .path = base,
                       .callers = {},
                       .handler = [&](Call& call) -> Result<Outcome> {
                         TRY_ASSIGN(const auto details,
                                    call.Body<api::identity::CreateSessionDetails>());
                         return sessions.Create(call, details);
                       },
                       .body_limit = kBodyLimit});
  add("ListSessions", "GET", base,
      [&](Call& call) { return sessions.List(call, call.Query("userId")); });
  add("GetSession", "GET", base + "/{sessionId}",
      [&](Call& call) { return sessions.Get(call, call.PathValue("sessionId")); });
  add("EndSession", "DELETE", base + "/{sessionId}",
      [&](Call& call) { return sessions.End(call, call.PathValue("sessionId")); });
  add("RefreshSession", "POST", base + "/{sessionId}/actions/refresh",
      [&](Call& call) { return sessions.Refresh(call, call.PathValue("sessionId")); });
  add("ChangePassword", "POST", base + "/me/actions/changePassword",
      [&](Call& call) -> Result<Reply> {
        TRY_ASSIGN(const auto details, call.Body<api::identity::ChangePasswordDetails>());
        return sessions.ChangePassword(call, details);
      });
  add("CreateSignInLink", "POST", "/20260101/users/{userId}/actions/createLink",
      [&](Call& call) { return sessions.CreateLink(call, call.PathValue("userId")); });
}

}  // namespace perennial::identity

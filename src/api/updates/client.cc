// SPDX-License-Identifier: Apache-2.0
#include "api/updates/client.h"

namespace perennial::api::updates {

Result<PollAnswer> UpdatesClient::Poll(const PollRequest& request) const {
  return client_.Call<PollAnswer>(Post(MakeTarget("/20260101", {"updates", "actions", "poll"}),
                                       request,
                                       {.wait = std::chrono::seconds(request.wait_seconds)}));
}

}  // namespace perennial::api::updates

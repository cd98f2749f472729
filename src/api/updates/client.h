// SPDX-License-Identifier: Apache-2.0
// The typed client of one replica. Errors are those of Client::Send.
#pragma once

#include <utility>

#include "api/client.h"
#include "api/updates/types.h"

namespace perennial::api::updates {

// Safe to call from many threads.
class UpdatesClient {
 public:
  explicit UpdatesClient(Client client) : client_(std::move(client)) {}

  // Poll is parked for up to request.wait_seconds while there is no news.
  Result<PollAnswer> Poll(const PollRequest& request) const;

  const std::string& base_url() const { return client_.base_url(); }

 private:
  Client client_;
};

}  // namespace perennial::api::updates

// SPDX-License-Identifier: Apache-2.0
// What a service remembers of requests that had an effect, so that a repeated one gets the first
// answer and never a second effect (protocols.md §1). Look-up order: retry token, then signature.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "service/operation.h"
#include "storage/storage.h"

namespace perennial::service {

struct StoredHeader {
  std::string name;
  std::string value;
};

struct StoredReply {
  int64_t status = 200;
  std::string body;
  std::vector<StoredHeader> headers;
};

// What identifies a request with an effect.
struct RequestMark {
  std::string principal_id;
  std::optional<std::string> retry_token;
  std::string
      body_digest;  // Hex of SHA-256 over method, path and body: what the token was used for.
  std::string
      signature_digest;  // Hex of SHA-256 over the signing string; empty for unsigned operations.
  Time signed_date;
};

// FindStoredReply returns the first answer to this request, or nothing. kRetryTokenInvalidated: the
// token was used with another body. kConflict: the request had its effect and its answer is not
// repeated (a secret).
Result<std::optional<Reply>> FindStoredReply(storage::Session& session, const RequestMark& mark);

// StoreReply remembers the answer. kConflict: another transaction was first; look again.
Result<void> StoreReply(storage::Session& session, const RequestMark& mark, const Reply& reply,
                        Time now);

// The tables of the two functions above.
extern const char* const kStoredReplySchema;

}  // namespace perennial::service

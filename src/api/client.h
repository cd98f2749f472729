// SPDX-License-Identifier: Apache-2.0
// What every typed client is built on: one signed call, its answer decoded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/target.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http.h"
#include "base/json.h"
#include "base/random.h"
#include "http_signature/signer.h"
#include "net/transport.h"

namespace perennial::api {

// Of one call; everything may stay as it is.
struct CallOptions {
  std::string retry_token;  // opc-retry-token; empty: none.
  std::string if_match;     // An etag; empty: none.
  std::string
      request_id;  // opc-request-id, to follow one click through all services; empty: a new one.
  Duration deadline = std::chrono::seconds(15);  // From look-up to last byte, beyond `wait`.
  Duration wait = Duration::zero();              // How long the service may park the call.
};

struct CallSpec {
  std::string method;
  std::string target;  // MakeTarget.
  std::string body;
  CallOptions options;
  bool is_signed = true;
};

// The spellings of specs, for typed clients. Act is a POST without a body.
inline CallSpec Get(std::string target, CallOptions options = {}) {
  return {.method = "GET", .target = std::move(target), .options = std::move(options)};
}
inline CallSpec Delete(std::string target, CallOptions options = {}) {
  return {.method = "DELETE", .target = std::move(target), .options = std::move(options)};
}
inline CallSpec Act(std::string target, CallOptions options = {}) {
  return {.method = "POST", .target = std::move(target), .options = std::move(options)};
}
template <class Body>
CallSpec Post(std::string target, const Body& body, CallOptions options = {}) {
  return {.method = "POST",
          .target = std::move(target),
          .body = EncodeJson(body),
          .options = std::move(options)};
}
template <class Body>
CallSpec Put(std::string target, const Body& body, CallOptions options = {}) {
  return {.method = "PUT",
          .target = std::move(target),
          .body = EncodeJson(body),
          .options = std::move(options)};
}

// A resource and its etag for if-match; empty where the service sent none.
template <class T>
struct Tagged {
  T value;
  std::string etag;
};

// One page of a list. Ask again with next_page until it is empty; a page may be empty before the
// last.
template <class T>
struct Page {
  std::vector<T> items;
  std::string next_page;
};

// Safe to call from many threads. The credentials may be null for calls that are not signed.
class Client {
 public:
  // base_url is "https://host:port", without a path. All references must outlive the client.
  Client(net::Transport& transport, http_signature::CredentialSource* credentials, Clock& clock,
         Random& random, std::string base_url);

  // Send adds host, opc-request-id and signature, and returns the answer if it is a success.
  // Otherwise what DecodeError makes of it; kUnavailable when there was no answer: then a change
  // may have happened all the same, and the call may be repeated with the same retry token.
  Result<HttpResponse> Send(const CallSpec& spec) const;

  // These decode the body; kInternal when a success cannot be read.
  template <class T>
  Result<T> Call(const CallSpec& spec) const {
    TRY_ASSIGN(const auto response, Send(spec));
    return Decoded<T>(response);
  }
  template <class T>
  Result<Tagged<T>> CallTagged(const CallSpec& spec) const {
    TRY_ASSIGN(const auto response, Send(spec));
    TRY_ASSIGN(auto value, Decoded<T>(response));
    return Tagged<T>{std::move(value), FindHeader(response.headers, "etag").value_or("")};
  }
  // For a list that is a bare array, and for one that is {"items": […]}.
  template <class T>
  Result<Page<T>> CallArray(const CallSpec& spec) const {
    TRY_ASSIGN(const auto response, Send(spec));
    TRY_ASSIGN(auto items, Decoded<std::vector<T>>(response));
    return Page<T>{std::move(items), FindHeader(response.headers, "opc-next-page").value_or("")};
  }
  template <class Collection, class T = typename decltype(Collection::items)::value_type>
  Result<Page<T>> CallCollection(const CallSpec& spec) const {
    struct Whole {
      Collection collection;
      std::string next_page;
    };
    TRY_ASSIGN(auto whole, (CallPaged<Whole, Collection>(spec)));
    return Page<T>{std::move(whole.collection.items), std::move(whole.next_page)};
  }
  // CallPaged makes a Result of a body and opc-next-page: {body, next_page}.
  template <class Whole, class Body>
  Result<Whole> CallPaged(const CallSpec& spec) const {
    TRY_ASSIGN(const auto response, Send(spec));
    TRY_ASSIGN(auto body, Decoded<Body>(response));
    return Whole{std::move(body), FindHeader(response.headers, "opc-next-page").value_or("")};
  }
  Result<void> CallEmpty(const CallSpec& spec) const {
    TRY(Send(spec));
    return {};
  }

  const std::string& base_url() const { return base_url_; }

 private:
  template <class T>
  Result<T> Decoded(const HttpResponse& response) const {
    auto value = DecodeJson<T>(response.body, UnknownFields::kIgnore);
    if (!value) return Fail(ErrorCode::kInternal, Unreadable(response, value.error()));
    return value;
  }
  std::string Unreadable(const HttpResponse& response, const Error& error) const;

  net::Transport& transport_;
  http_signature::CredentialSource* const credentials_;
  Clock& clock_;
  Random& random_;
  const std::string base_url_;
  const std::string host_;
};

// AllPages calls `fetch` (page token → Result<Page<T>>) until the last page and returns all items.
template <class Fetch,
          class T = typename decltype(std::declval<Fetch>()(std::string())->items)::value_type>
Result<std::vector<T>> AllPages(Fetch fetch) {
  std::vector<T> all;
  std::string page;
  do {
    TRY_ASSIGN(auto got, fetch(page));
    all.insert(all.end(), std::make_move_iterator(got.items.begin()),
               std::make_move_iterator(got.items.end()));
    page = std::move(got.next_page);
  } while (!page.empty());
  return all;
}

// NewRetryToken draws one for a call that may have to be repeated.
std::string NewRetryToken(Random& random);

}  // namespace perennial::api

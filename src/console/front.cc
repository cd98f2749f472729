// SPDX-License-Identifier: Apache-2.0
#include "console/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace perennial::console {
namespace {

constexpr std::string_view kRoot = "/console";
constexpr std::string_view kAssets = "/console/assets/";
constexpr size_t kNonceBytes = 16;  // CSP Level 3 §7.1: at least 128 bits.

// Beside the policy of the index page, which alone runs anything.
void AddGuards(HttpHeaders& headers) {
  headers.emplace_back("x-content-type-options", "nosniff");
  headers.emplace_back("referrer-policy", "no-referrer");
  headers.emplace_back("cross-origin-resource-policy", "same-origin");
}

std::string Policy(std::string_view nonce) {
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; "
      "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'",
      nonce);
}

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

// Accepts reads Accept-Encoding (RFC 9110 §12.5.3). "br;q=0" is a refusal; other weights do not
// matter, because the smallest answer is ours to prefer.
bool Accepts(const HttpRequest& request, std::string_view coding) {
  const auto header = FindHeader(request.headers, "accept-encoding");
  std::string_view rest = header ? std::string_view(*header) : std::string_view();
  while (!rest.empty()) {
    auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    const auto name = item.substr(0, item.find_first_of("; "));
    if (name != coding) continue;
    const auto weight = item.find("q=");
    return weight == std::string_view::npos ||
           item.substr(weight + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

// A missing file is not an index page in disguise. Elsewhere a dot says nothing: OCIDs are full of
// them.
bool IsPage(std::string_view path) { return !path.starts_with(kAssets); }

HttpResponse NotFound() {
  HttpResponse response{
      .status = 404,
      .headers = {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}},
      .body = "The console has no such file. Load the page again.\n"};
  AddGuards(response.headers);
  return response;
}

HttpResponse ToConsole() {
  HttpResponse response{.status = 303,
                        .headers = {{"location", "/console/"}, {"cache-control", "no-store"}}};
  AddGuards(response.headers);
  return response;
}

}  // namespace

Front::Front(Build build, net::Handler& api, Executor& executor, Random& random)
    : build_(std::move(build)), api_(api), executor_(executor), random_(random) {}

bool Front::IsOurs(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return false;
  const auto path = request.path();
  return path == "/" || path == kRoot || path.starts_with("/console/");
}

Executor& Front::ExecutorFor(const HttpRequest& head) {
  return IsOurs(head) ? executor_ : api_.ExecutorFor(head);
}

size_t Front::BodyLimit(const HttpRequest& head) { return IsOurs(head) ? 0 : api_.BodyLimit(head); }

net::Answer Front::Handle(const HttpRequest& request) {
  if (!IsOurs(request)) return api_.Handle(request);
  const auto path = request.path();
  if (path == "/" || path == kRoot) return ToConsole();
  if (const auto found = build_.files.find(std::string(path)); found != build_.files.end()) {
    return File(found->second, request);
  }
  return IsPage(path) ? Index() : NotFound();
}

HttpResponse Front::Index() const {
  const auto nonce = Base64Encode(random_.Bytes(kNonceBytes));
  HttpResponse response{
      .headers = {{"content-type", "text/html; charset=utf-8"},
                  {"cache-control", "no-store"},
                  {"content-security-policy", Policy(nonce)},
                  {"x-frame-options", "DENY"},
                  {"cross-origin-opener-policy", "same-origin"},
                  {"permissions-policy",
                   "camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
      .body = Replaced(build_.index, kNoncePlace, nonce)};
  AddGuards(response.headers);
  return response;
}

HttpResponse Front::File(const Asset& asset, const HttpRequest& request) {
  // Only names that hold a hash of the content stand for it for ever.
  const bool hashed = request.path().starts_with(kAssets);
  HttpResponse response{
      .headers = {{"cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache"},
                  {"etag", asset.etag},
                  {"vary", "accept-encoding"}}};
  AddGuards(response.headers);
  if (FindHeader(request.headers, "if-none-match") == asset.etag) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("content-type", asset.type);
  const std::pair<std::string_view, const std::string&> codings[] = {{"br", asset.brotli},
                                                                     {"gzip", asset.gzip}};
  for (const auto& [name, bytes] : codings) {
    if (bytes.empty() || !Accepts(request, name)) continue;
    response.headers.emplace_back("content-encoding", name);
    response.body = bytes;
    return response;
  }
  response.body = asset.plain;
  return response;
}

}  // namespace perennial::console

// SPDX-License-Identifier: Apache-2.0
#include "service/request_id.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace perennial::service {

std::string RequestIdOf(const HttpRequest& request, Random& random) {
  const auto part = [&] { return HexEncode(random.Bytes(16)); };
  const auto sent = FindHeader(request.headers, "opc-request-id");
  const bool plain =
      sent && !sent->empty() && sent->size() <= 128 && std::ranges::all_of(*sent, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.' || c == '/';
      });
  return fmt::format("{}/{}/{}", plain ? *sent : part(), part(), part());
}

}  // namespace perennial::service

// SPDX-License-Identifier: Apache-2.0
// Does this chain hold, and does this key belong to it?
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "pki/certificate.h"
#include "pki/key.h"

namespace perennial::pki {

// VerifyChain builds and verifies a path from `leaf` to one of `anchors` as of `at`, strictly (RFC
// 5280 §6, no revocation), and for `dns_name` when there is one: by subject alternative names only.
// kInvalidArgument says which certificate failed and why; also for more than 10 intermediates or
// 100 anchors, and for what our lints refuse.
Result<void> VerifyChain(const Certificate& leaf, std::span<const Certificate> intermediates,
                         std::span<const Certificate> anchors, Time at,
                         std::optional<std::string> dns_name = std::nullopt);

// CheckChainOrder demands that each certificate is signed by the next one, none twice, none beside
// the path: what a server may send (security.md E11). kInvalidArgument.
Result<void> CheckChainOrder(const Certificate& leaf, std::span<const Certificate> chain);

bool KeyMatches(const Certificate& certificate, const PrivateKey& key);

}  // namespace perennial::pki

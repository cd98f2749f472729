// SPDX-License-Identifier: Apache-2.0
// Verifying an audit chain from its database alone: `perenniald audit verify`.
#pragma once

#include <optional>
#include <string>

#include "storage/chain_log.h"
#include "storage/storage.h"

namespace perennial::audit {

struct VerifyReport {
  int64_t records = 0;
  std::string head_hash;
  // The first record that does not fit, and why, in words; absent when the chain holds.
  std::optional<int64_t> bad_position;
  std::string reason;
};

// VerifyChain reads the whole `audit` chain of one service's database: positions without gaps, each
// hash made of the one before, the head equal to the last row. `expected_head`, where given, is a
// head noted elsewhere (the audit role's copy): a chain that is shorter, or has another hash there,
// was rolled back.
Result<VerifyReport> VerifyChain(storage::Database& database,
                                 const std::optional<storage::ChainEntry>& expected_head = {});

}  // namespace perennial::audit

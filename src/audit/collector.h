// SPDX-License-Identifier: Apache-2.0
// Follows one service's audit chain, verifying it as it reads.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/news.h"
#include "base/trouble.h"
#include "storage/chain_log.h"
#include "storage/storage.h"

namespace perennial::audit {

// Where a chain is read: GET /20260101/auditRecords/{service}, or a fake.
class ChainSource {
 public:
  virtual ~ChainSource() = default;
  // After lists records beyond `position`, whose hash must be `hash`, waiting up to `wait` for the
  // first. kSnapshotNeeded: the source no longer has that record, or another one in its place.
  virtual Result<std::vector<storage::ChainEntry>> After(int64_t position, const std::string& hash,
                                                         Duration wait) = 0;
};

// Step is called by one Loop.
class Collector {
 public:
  Collector(std::string source_name, ChainSource& source, storage::Database& database,
            Clock& clock);

  // Step reads once and copies what fits. A record that does not fit is never copied: it raises an
  // alarm, and the collector stays before it. Returns how long to pause before the next step.
  Duration Step();

 private:
  Result<void> Collect();

  const std::string name_;
  ChainSource& source_;
  storage::Database& database_;
  Clock& clock_;
  Duration pause_ = Duration::zero();
  Trouble trouble_;
};

}  // namespace perennial::audit

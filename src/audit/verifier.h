// SPDX-License-Identifier: Apache-2.0
// Reads one service's chain again, from its first record to its head, and holds it and our copy
// against each other: what was changed after it was copied is found too (ADR-0017).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/collector.h"
#include "base/clock.h"
#include "base/trouble.h"
#include "storage/storage.h"

namespace perennial::audit {

// The migration after CopySchema.
storage::Migration VerificationSchema();

// What is known of one chain. Kept in the database, because a long chain takes long to read.
struct Verification {
  std::string source;
  // The last reading that came to the end and found nothing; absent before the first.
  struct Whole {
    int64_t records = 0;
    std::string head_hash;
    Time checked_at;
  };
  std::optional<Whole> whole;
  // The first record that does not fit. It stays until a whole reading finds nothing.
  struct Broken {
    int64_t position = 0;
    std::string reason;
    Time found_at;
  };
  std::optional<Broken> broken;
};

// ReadVerification also counts an alarm of the Collector that still holds it up.
Result<Verification> ReadVerification(storage::Session& session, const std::string& source);

// Step is called by one Loop.
class Verifier {
 public:
  Verifier(std::string source_name, ChainSource& source, storage::Database& database, Clock& clock);

  // Step reads what the source gives at once, a bounded part of the chain, and returns how long to
  // pause. A service that is away is asked again later; that is no finding.
  Duration Step();

 private:
  struct Place {
    int64_t position = 0;
    std::string hash;
  };
  // What a part of the chain came to: the place after it, or what does not fit.
  struct Part {
    Place place;
    std::optional<Verification::Broken> broken;
  };
  Result<Duration> Read();
  Result<Place> LastPlace(storage::Session& session) const;
  Result<void> Conclude(storage::Session& session, const Part& part) const;
  Result<Part> Check(storage::Session& session, Place from, int64_t head,
                     const std::vector<storage::ChainEntry>& entries) const;

  const std::string name_;
  ChainSource& source_;
  storage::Database& database_;
  Clock& clock_;
  Trouble trouble_;  // Only Step touches it.
};

}  // namespace perennial::audit

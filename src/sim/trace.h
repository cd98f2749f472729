// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind: a hash of all that happened, how often each fault struck, and the first
// invariant that was broken.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace perennial::sim {

struct Violation {
  std::string invariant;  // "I5", as in the design's list.
  std::string what;       // In words.
};

// Used by one thread.
class Trace {
 public:
  // With `prints`, every note goes to stdout as well.
  explicit Trace(bool prints) : prints_(prints) {}

  // Note hashes a line that says what happened. Add hashes bytes that nobody reads.
  void Note(std::string_view line);
  void Add(std::string_view bytes);
  uint64_t hash() const { return hash_; }
  // Aside prints, where notes are printed, what whoever looks at a failure wants to know.
  void Aside(std::string_view line) const;

  // Reached counts what a run came by: a fault that struck, a rare branch.
  void Reached(std::string_view what) {
    ++reached_[std::string(what)];
    Aside(what);
  }
  const std::map<std::string, int64_t>& reached() const { return reached_; }

  // Violated keeps the first violation.
  void Violated(std::string_view invariant, std::string what);
  const std::optional<Violation>& violation() const { return violation_; }

 private:
  const bool prints_;
  uint64_t hash_ = 0xcbf29ce484222325;
  std::map<std::string, int64_t> reached_;
  std::optional<Violation> violation_;
};

}  // namespace perennial::sim

// SPDX-License-Identifier: Apache-2.0
// The small files of one host, in memory: what was replaced whole survives a crash, nothing else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"

namespace perennial::sim {

class Part;

// Used by one thread.
class Disk final : public Files {
 public:
  // `owner` passes its faults here.
  explicit Disk(Part& owner) : owner_(owner) {}

  Result<std::string> Read(const std::string& path) const override;
  Result<void> ReplaceAtomically(const std::string& path, const std::string& bytes,
                                 int mode) override;
  Result<void> Remove(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) const override;
  Result<void> MakeDirectory(const std::string& path, int mode) override;

  // Moves on whenever a file has changed.
  int64_t changes() const { return changes_; }

  // CopyFrom takes over every file of another disk, as an operator does.
  void CopyFrom(const Disk& other);

 private:
  Part& owner_;
  std::map<std::string, std::string> files_;
  std::set<std::string> directories_;
  int64_t changes_ = 0;
};

}  // namespace perennial::sim

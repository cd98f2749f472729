// SPDX-License-Identifier: Apache-2.0
// A power cut. A killed process loses nothing that it has written, for the kernel still has it;
// when the power goes, only what was synced is sure, and of the rest anything may have reached the
// disk.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace perennial::storage {

// What a process did to its files, in order, in a file that outlives it. Safe to call from many
// threads. An operation is written down before it is done, a sync after it.
class DiskRecord {
 public:
  explicit DiskRecord(const std::string& file);
  ~DiskRecord();
  DiskRecord(const DiskRecord&) = delete;

  // What a file holds when it is opened first counts as synced.
  void Opened(const std::string& path);
  void Wrote(std::string_view path, int64_t offset, std::string_view bytes);
  void Truncated(std::string_view path, int64_t size);
  void Synced(std::string_view path);
  void Removed(std::string_view path, bool directory_synced);

 private:
  void Append(char kind, std::string_view path, int64_t at, std::string_view bytes);

  Mutex mutex_;
  std::set<std::string> opened_ GUARDED_BY(mutex_);
  const int file_;
};

// What survives of each write that was not synced.
enum class Unsynced { kLost, kByChance };

// LosePower makes the files of the record what a disk may hold that lost its power when the record
// ended. By chance: of each write each sector is there or is not, drawn from the seed.
void LosePower(const std::string& record, Unsynced unsynced, uint64_t seed);

}  // namespace perennial::storage

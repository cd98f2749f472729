// SPDX-License-Identifier: Apache-2.0
// SQLite's own disk (its default VFS), with every operation that changes a file counted, and judged
// by whoever tests: it may be done, done by halves, refused, or be the last of the process.
//
//   FaultyDisk disk([](const DiskOperation& operation) {
//     return operation.number == 17 ? DiskAnswer::KilledHalfway() : DiskAnswer::Done();
//   });
//   const FaultyDisk::Here here(disk);
//   const auto database = OpenSqlite(path);  // Lies on this disk as long as it is open.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3_file;
struct sqlite3_vfs;

namespace perennial::storage {

class DiskRecord;

// The index of the log is shared memory, not a file: it is neither counted nor judged.
struct DiskOperation {
  enum class Kind { kWrite, kTruncate, kSync, kRemove };
  Kind kind;
  int64_t number;         // From 1, over all files of the disk.
  std::string_view path;  // Ends with "-wal" or "-journal" unless it is the database itself.

  bool on_database() const { return !path.ends_with("-wal") && !path.ends_with("-journal"); }
};

// What becomes of an operation: how much of it is done, and then what SQLite is told, or death.
struct DiskAnswer {
  // Half: of a write's bytes; of another operation nothing.
  enum class Share { kAll, kHalf, kNone };
  Share share = Share::kAll;
  int code = 0;  // SQLite's.
  bool kills = false;

  static DiskAnswer Done() { return {}; }
  // As a file system does that runs full in the middle of a write.
  static DiskAnswer Full();
  // An error that says nothing about the outcome.
  static DiskAnswer Failed(Share share);
  // What fsync() itself reports. The product stops.
  static DiskAnswer SyncFailed();
  // SIGKILL: no destructor and no handler gets a chance to tidy up.
  static DiskAnswer KilledBefore() { return {Share::kNone, 0, true}; }
  static DiskAnswer KilledHalfway() { return {Share::kHalf, 0, true}; }
};

// Safe to use from many threads, and so must `judge` be. Everything that was opened on a disk is
// closed before the disk ends.
class FaultyDisk {
 public:
  using Judge = std::function<DiskAnswer(const DiskOperation&)>;

  explicit FaultyDisk(Judge judge);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;

  // Whatever SQLite opens in this process while a Here lives, it opens on that disk.
  class Here {
   public:
    explicit Here(FaultyDisk& disk);
    ~Here();
    Here(const Here&) = delete;

   private:
    sqlite3_vfs* const before_;
  };

  // RecordTo has everything written down in `file`, for LosePower (power.h). Before the first
  // database is opened.
  void RecordTo(const std::string& file);

  int64_t operations() const { return operations_; }

 private:
  struct Tail;  // What we keep behind SQLite's own description of an open file.
  struct Methods;
  // Do judges one operation and performs what was granted.
  int Do(DiskOperation::Kind kind, std::string_view path, const std::function<int(bool half)>& act);

  const Judge judge_;
  std::atomic<int64_t> operations_ = 0;
  std::unique_ptr<DiskRecord> record_;
  const std::string name_;
  const std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace perennial::storage

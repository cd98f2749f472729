// SPDX-License-Identifier: Apache-2.0
#include "storage/faulty_disk/faulty_disk.h"

#include <sqlite3.h>

#include <csignal>
#include <new>
#include <span>

#include "base/check.h"
#include "storage/faulty_disk/power.h"

namespace perennial::storage {
namespace {

// A release must not hold this name: test/firstlight/names.py looks.
constexpr char kName[] = "storage.faulty_disk";

sqlite3_vfs* System() {
  static sqlite3_vfs* const system = sqlite3_vfs_find("unix");
  return system;
}

FaultyDisk& DiskOf(const sqlite3_vfs* vfs) { return *static_cast<FaultyDisk*>(vfs->pAppData); }

std::string NextName() {
  static std::atomic<int> count = 0;
  return kName + ("#" + std::to_string(++count));
}

}  // namespace

// An open file is SQLite's own, whose methods are its own but for four. So shared memory, locks and
// reads pass without a word of ours.
struct FaultyDisk::Tail {
  FaultyDisk& disk;
  const sqlite3_io_methods* own;
  std::string path;
  sqlite3_io_methods methods;

  static int Offset() {
    constexpr int kAlign = alignof(std::max_align_t);
    return (System()->szOsFile + kAlign - 1) / kAlign * kAlign;
  }
  static Tail& Of(sqlite3_file* file) {
    return *reinterpret_cast<Tail*>(reinterpret_cast<char*>(file) + Offset());
  }
};

struct FaultyDisk::Methods {
  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
    const int code = System()->xOpen(System(), path, file, flags, out);
    if (file->pMethods == nullptr) return code;
    auto& tail = *new (&Tail::Of(file)) Tail{DiskOf(vfs), file->pMethods,
                                             path == nullptr ? "" : path, *file->pMethods};
    tail.methods.xClose = Close;
    tail.methods.xWrite = Write;
    tail.methods.xTruncate = Truncate;
    tail.methods.xSync = Sync;
    file->pMethods = &tail.methods;
    if (tail.disk.record_) tail.disk.record_->Opened(tail.path);
    return code;
  }

  static int Close(sqlite3_file* file) {
    auto& tail = Tail::Of(file);
    const int code = tail.own->xClose(file);
    tail.~Tail();
    return code;
  }

  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const auto& tail = Tail::Of(file);
    return tail.disk.Do(DiskOperation::Kind::kWrite, tail.path, [&](bool half) {
      const int part = half ? size / 2 : size;
      if (tail.disk.record_) {
        tail.disk.record_->Wrote(tail.path, offset,
                                 {static_cast<const char*>(bytes), size_t(part)});
      }
      return tail.own->xWrite(file, bytes, part, offset);
    });
  }

  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    const auto& tail = Tail::Of(file);
    return tail.disk.Do(DiskOperation::Kind::kTruncate, tail.path, [&](bool half) {
      if (half) return SQLITE_OK;
      if (tail.disk.record_) tail.disk.record_->Truncated(tail.path, size);
      return tail.own->xTruncate(file, size);
    });
  }

  // The kernel keeps what a killed process wrote, so the real disk need not be waited for.
  static int Sync(sqlite3_file* file, int) {
    const auto& tail = Tail::Of(file);
    return tail.disk.Do(DiskOperation::Kind::kSync, tail.path, [&](bool half) {
      if (!half && tail.disk.record_) tail.disk.record_->Synced(tail.path);
      return SQLITE_OK;
    });
  }

  static int Remove(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    auto& disk = DiskOf(vfs);
    return disk.Do(DiskOperation::Kind::kRemove, path, [&](bool half) {
      if (half) return SQLITE_OK;
      const int code = System()->xDelete(System(), path, 0);
      if (code == SQLITE_OK && disk.record_) disk.record_->Removed(path, sync_directory != 0);
      return code;
    });
  }
};

DiskAnswer DiskAnswer::Full() { return {Share::kHalf, SQLITE_FULL}; }
DiskAnswer DiskAnswer::Failed(Share share) { return {share, SQLITE_IOERR}; }
DiskAnswer DiskAnswer::SyncFailed() { return {Share::kNone, SQLITE_IOERR_FSYNC}; }

FaultyDisk::FaultyDisk(Judge judge)
    : judge_(std::move(judge)), name_(NextName()), vfs_(std::make_unique<sqlite3_vfs>(*System())) {
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->szOsFile = Tail::Offset() + static_cast<int>(sizeof(Tail));
  vfs_->xOpen = Methods::Open;
  vfs_->xDelete = Methods::Remove;
  CHECK(sqlite3_vfs_register(vfs_.get(), 0) == SQLITE_OK);
}

FaultyDisk::~FaultyDisk() { CHECK(sqlite3_vfs_unregister(vfs_.get()) == SQLITE_OK); }

FaultyDisk::Here::Here(FaultyDisk& disk) : before_(sqlite3_vfs_find(nullptr)) {
  CHECK(sqlite3_vfs_register(disk.vfs_.get(), 1) == SQLITE_OK);
}

FaultyDisk::Here::~Here() { CHECK(sqlite3_vfs_register(before_, 1) == SQLITE_OK); }

void FaultyDisk::RecordTo(const std::string& file) { record_ = std::make_unique<DiskRecord>(file); }

int FaultyDisk::Do(DiskOperation::Kind kind, std::string_view path,
                   const std::function<int(bool half)>& act) {
  const DiskAnswer answer = judge_({kind, ++operations_, path});
  int code = answer.code;
  if (answer.share != DiskAnswer::Share::kNone) {
    const int done = act(answer.share == DiskAnswer::Share::kHalf);
    if (code == SQLITE_OK) code = done;
  }
  if (answer.kills) std::raise(SIGKILL);
  return code;
}

}  // namespace perennial::storage

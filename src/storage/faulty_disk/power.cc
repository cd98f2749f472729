// SPDX-License-Identifier: Apache-2.0
#include "storage/faulty_disk/power.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ranges>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"

namespace perennial::storage {
namespace {

constexpr size_t kSector = 512;  // What a disk writes whole.

constexpr char kWrite = 'w';
constexpr char kTruncate = 't';
constexpr char kSync = 's';
constexpr char kRemove = 'r';

struct Head {
  char kind;
  uint32_t path_size;
  int64_t at;
  uint64_t size;
};

struct Entry {
  char kind;
  std::string path;
  int64_t at;
  std::string bytes;
};

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Entry> Parse(std::string_view record) {
  std::vector<Entry> entries;
  const auto take = [&](size_t size) {
    CHECK(size <= record.size());
    const auto taken = record.substr(0, size);
    record.remove_prefix(size);
    return std::string(taken);
  };
  while (!record.empty()) {
    Head head;
    std::memcpy(&head, take(sizeof head).data(), sizeof head);
    auto path = take(head.path_size);
    entries.push_back({head.kind, std::move(path), head.at, take(head.size)});
  }
  return entries;
}

// One file: what is surely on the disk, and what has only been asked for.
struct Platter {
  std::string synced;
  std::vector<Entry> waiting;
  bool named = false;  // Whether it was synced since it was made.
};
using Platters = std::map<std::string, Platter>;

void Write(std::string& content, size_t at, std::string_view bytes) {
  if (content.size() < at + bytes.size()) content.resize(at + bytes.size());
  content.replace(at, bytes.size(), bytes);
}

void Perform(std::string& content, const Entry& entry) {
  const auto at = static_cast<size_t>(entry.at);
  if (entry.kind == kWrite) {
    Write(content, at, entry.bytes);
  } else {
    content.resize(at);  // A file that is gone is an empty one, to SQLite.
  }
}

// The directory was synced: what was removed from it stays away.
void SyncDirectory(Platters& files) {
  for (auto& [path, file] : files) {
    const auto last = std::ranges::find(std::views::reverse(file.waiting), kRemove, &Entry::kind);
    if (last == file.waiting.rend()) continue;
    file.synced.clear();
    file.waiting.erase(file.waiting.begin(), last.base());
  }
}

// SQLite syncs the directory when it syncs a new file for the first time.
void Sync(Platters& files, Platter& file) {
  for (const auto& entry : file.waiting) Perform(file.synced, entry);
  file.waiting.clear();
  if (!std::exchange(file.named, true)) SyncDirectory(files);
}

void Remove(Platters& files, Platter& file, Entry entry) {
  const bool synced = entry.at != 0;
  file.waiting.push_back(std::move(entry));
  file.waiting.back().at = 0;
  file.named = false;
  if (synced) SyncDirectory(files);
}

void WriteByChance(std::string& content, const Entry& entry, SeededRandom& random) {
  const std::string_view bytes = entry.bytes;
  for (size_t done = 0; done < bytes.size();) {
    const size_t at = static_cast<size_t>(entry.at) + done;
    const size_t size = std::min(kSector - at % kSector, bytes.size() - done);
    if (random.Uint64() % 2 == 0) Write(content, at, bytes.substr(done, size));
    done += size;
  }
}

void PerformByChance(Platter& file, SeededRandom& random) {
  for (const auto& entry : file.waiting) {
    if (entry.kind == kWrite) {
      WriteByChance(file.synced, entry, random);
    } else if (random.Uint64() % 2 == 0) {
      Perform(file.synced, entry);
    } else if (entry.kind == kRemove) {
      return;  // The directory still names the old file: what was written since is in another.
    }
  }
}

}  // namespace

DiskRecord::DiskRecord(const std::string& file)
    : file_(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600)) {
  CHECK(file_ >= 0);
}

DiskRecord::~DiskRecord() { close(file_); }

void DiskRecord::Opened(const std::string& path) {
  {
    MutexLock lock(mutex_);
    if (path.empty() || !opened_.insert(path).second) return;
  }
  Append(kWrite, path, 0, Slurp(path));
  Append(kSync, path, 0, {});
}

void DiskRecord::Wrote(std::string_view path, int64_t offset, std::string_view bytes) {
  Append(kWrite, path, offset, bytes);
}
void DiskRecord::Truncated(std::string_view path, int64_t size) {
  Append(kTruncate, path, size, {});
}
void DiskRecord::Synced(std::string_view path) { Append(kSync, path, 0, {}); }
void DiskRecord::Removed(std::string_view path, bool directory_synced) {
  Append(kRemove, path, directory_synced ? 1 : 0, {});
}

void DiskRecord::Append(char kind, std::string_view path, int64_t at, std::string_view bytes) {
  Head head = {};
  head.kind = kind;
  head.path_size = static_cast<uint32_t>(path.size());
  head.at = at;
  head.size = bytes.size();
  std::string entry(reinterpret_cast<const char*>(&head), sizeof head);
  entry.append(path).append(bytes);
  MutexLock lock(mutex_);
  CHECK(write(file_, entry.data(), entry.size()) == static_cast<ssize_t>(entry.size()));
}

void LosePower(const std::string& record, Unsynced unsynced, uint64_t seed) {
  Platters files;
  for (auto& entry : Parse(Slurp(record))) {
    auto& file = files[entry.path];
    if (entry.kind == kSync) {
      Sync(files, file);
    } else if (entry.kind == kRemove) {
      Remove(files, file, std::move(entry));
    } else {
      file.waiting.push_back(std::move(entry));
    }
  }
  SeededRandom random(seed);
  for (auto& [path, file] : files) {
    if (unsynced == Unsynced::kByChance) PerformByChance(file, random);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << file.synced;
  }
}

}  // namespace perennial::storage

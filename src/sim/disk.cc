// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include "sim/part.h"

namespace perennial::sim {

Result<std::string> Disk::Read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return Fail(ErrorCode::kNotFound, path + ": no such file");
  return found->second;
}

Result<void> Disk::ReplaceAtomically(const std::string& path, const std::string& bytes, int) {
  owner_.Pass();
  if (owner_.faults.Strikes(Fault::kCrashBeforeFile)) owner_.Die();
  if (owner_.faults.Strikes(Fault::kDiskFull)) {
    return Fail(ErrorCode::kUnavailable, path + ": no space left on device");
  }
  files_[path] = bytes;
  ++changes_;
  if (owner_.faults.Strikes(Fault::kCrashAfterFile)) owner_.Die();
  return {};
}

Result<void> Disk::Remove(const std::string& path) {
  owner_.Pass();
  files_.erase(path);
  ++changes_;
  return {};
}

Result<std::vector<std::string>> Disk::List(const std::string& directory) const {
  if (!directories_.contains(directory)) {
    return Fail(ErrorCode::kNotFound, directory + ": no such directory");
  }
  std::vector<std::string> names;
  const auto prefix = directory + "/";
  for (const auto& [path, bytes] : files_) {
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos) {
      names.push_back(path.substr(prefix.size()));
    }
  }
  return names;
}

Result<void> Disk::MakeDirectory(const std::string& path, int) {
  owner_.Pass();
  directories_.insert(path);
  return {};
}

void Disk::CopyFrom(const Disk& other) {
  files_.insert(other.files_.begin(), other.files_.end());
  directories_.insert(other.directories_.begin(), other.directories_.end());
  ++changes_;
}

}  // namespace perennial::sim

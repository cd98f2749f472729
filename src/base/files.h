// SPDX-License-Identifier: Apache-2.0
// The seam to the disk, for small files that are written whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace perennial {

// Safe to call from many threads; two writers of one path leave one of the two contents, whole.
class Files {
 public:
  virtual ~Files() = default;

  // Read returns the bytes; kNotFound when there is no such file, kUnavailable for other failures.
  // A symbolic link, a directory, a FIFO or a device is refused (security.md F13).
  virtual Result<std::string> Read(const std::string& path) const = 0;

  // ReplaceAtomically makes `bytes` the content of `path`, durable before it returns: temporary
  // file in the same directory, fsync, rename, fsync of the directory. After a crash the old or the
  // new content is there. `mode` is as for chmod, 0600 for anything that may hold a key.
  // kUnavailable when the disk refuses.
  virtual Result<void> ReplaceAtomically(const std::string& path, const std::string& bytes,
                                         int mode) = 0;

  // Remove deletes the file; one that is not there is success.
  virtual Result<void> Remove(const std::string& path) = 0;

  // List returns the names in a directory, sorted, without temporary files; kNotFound without
  // directory.
  virtual Result<std::vector<std::string>> List(const std::string& directory) const = 0;

  // MakeDirectory creates the directory and its parents with this mode, durable; one that exists is
  // success and keeps its mode.
  virtual Result<void> MakeDirectory(const std::string& path, int mode) = 0;
};

class SystemFiles final : public Files {
 public:
  Result<std::string> Read(const std::string& path) const override;
  Result<void> ReplaceAtomically(const std::string& path, const std::string& bytes,
                                 int mode) override;
  Result<void> Remove(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) const override;
  Result<void> MakeDirectory(const std::string& path, int mode) override;
};

}  // namespace perennial

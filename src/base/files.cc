// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace perennial {
namespace {

constexpr std::string_view kTemporarySuffix = ".perennial-tmp";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::unexpected<Error> FailErrno(const char* verb, const std::string& path) {
  const int error = errno;
  return Fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              fmt::format("cannot {} {}: {}", verb, path, std::strerror(error)));
}

std::string DirectoryOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> WriteAll(int fd, const std::string& bytes, const std::string& path) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("write", path);
    done += static_cast<size_t>(count);
  }
  return {};
}

Result<void> SyncDirectory(const std::string& directory) {
  const Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || fsync(fd.get()) != 0) return FailErrno("sync", directory);
  return {};
}

}  // namespace

Result<std::string> SystemFiles::Read(const std::string& path) const {
  // O_NONBLOCK: a FIFO that somebody put here must not hang us before we refuse it.
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok()) return FailErrno("open", path);
  struct stat status{};
  if (fstat(fd.get(), &status) != 0) return FailErrno("inspect", path);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{} is not a regular file", path));
  }
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("read", path);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> SystemFiles::ReplaceAtomically(const std::string& path, const std::string& bytes,
                                            int mode) {
  static std::atomic<uint64_t> counter{0};
  std::string temporary;
  const auto written = [&]() -> Result<void> {
    const auto create = [&] {
      temporary = fmt::format("{}.{}.{}{}", path, getpid(), counter++, kTemporarySuffix);
      return open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  static_cast<mode_t>(mode));
    };
    int opened = create();
    // A process of this number that was killed may have left the name; in a container the number is
    // always 1.
    for (int i = 0; i < 1000 && opened < 0 && errno == EEXIST; ++i) opened = create();
    const Descriptor fd(opened);
    if (!fd.ok()) return FailErrno("create", temporary);
    // The umask may have taken bits away that the reader of this file needs.
    if (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) return FailErrno("chmod", temporary);
    TRY(WriteAll(fd.get(), bytes, temporary));
    if (fsync(fd.get()) != 0) return FailErrno("sync", temporary);
    return {};
  }();
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    auto failure = FailErrno("rename to", path);
    unlink(temporary.c_str());
    return failure;
  }
  return SyncDirectory(DirectoryOf(path));
}

Result<void> SystemFiles::Remove(const std::string& path) {
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return FailErrno("remove", path);
  }
  return SyncDirectory(DirectoryOf(path));
}

Result<std::vector<std::string>> SystemFiles::List(const std::string& directory) const {
  DIR* handle = opendir(directory.c_str());
  if (handle == nullptr) return FailErrno("list", directory);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(handle)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && !name.ends_with(kTemporarySuffix)) names.emplace_back(name);
  }
  closedir(handle);
  std::ranges::sort(names);
  return names;
}

Result<void> SystemFiles::MakeDirectory(const std::string& path, int mode) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), static_cast<mode_t>(mode)) == 0) {
      // The umask may have taken bits away.
      if (chmod(part.c_str(), static_cast<mode_t>(mode)) != 0) return FailErrno("chmod", part);
      TRY(SyncDirectory(DirectoryOf(part)));
    } else if (errno != EEXIST) {
      return FailErrno("make", part);
    }
    if (slash == std::string::npos) break;
  }
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return FailErrno("inspect", path);
  if (!S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{} is not a directory", path));
  }
  return {};
}

}  // namespace perennial

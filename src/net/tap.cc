// SPDX-License-Identifier: Apache-2.0
#include "net/tap.h"

#ifdef PERENNIAL_PROOF

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/check.h"

namespace perennial::net {

Tap::Tap() {
  static std::atomic<int> connections = 0;
  const char* const directory = std::getenv("PERENNIAL_TAP");
  if (directory == nullptr || *directory == '\0') return;
  path_ = fmt::format("{}/{}-{}", directory, ::getpid(), ++connections);
}

Tap::~Tap() {
  if (read_ >= 0) ::close(read_);
  if (written_ >= 0) ::close(written_);
}

void Tap::Append(int& file, const char* suffix, std::string_view bytes) {
  if (path_.empty() || bytes.empty()) return;
  if (file < 0) {
    file = ::open((path_ + suffix).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(file >= 0);
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    CHECK(written > 0 || errno == EINTR);
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace perennial::net

#endif

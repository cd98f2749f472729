// SPDX-License-Identifier: Apache-2.0
// What one connection carries, decrypted, in files that a test searches for keys. Used inside net/
// only.
//
// It exists only in builds with PERENNIAL_PROOF (base/proof.h), and is silent there too unless
// PERENNIAL_TAP names a directory when the connection begins. Each connection and direction has a
// file of its own, <process>-<connection>.read and .written, of mode 600: nothing of another
// connection lies between two parts of one body.
#pragma once

#include <string_view>

#ifdef PERENNIAL_PROOF

#include <string>

namespace perennial::net {

// Used by one thread at a time. A file that cannot be written stops the process: a tap with holes
// would prove nothing.
class Tap {
 public:
  Tap();
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  void Read(std::string_view bytes) { Append(read_, ".read", bytes); }
  void Written(std::string_view bytes) { Append(written_, ".written", bytes); }

 private:
  void Append(int& file, const char* suffix, std::string_view bytes);

  std::string path_;  // Without suffix; empty: silent.
  int read_ = -1;     // Opened at the first byte.
  int written_ = -1;
};

}  // namespace perennial::net

#else

namespace perennial::net {

class Tap {
 public:
  void Read(std::string_view) {}
  void Written(std::string_view) {}
};

}  // namespace perennial::net

#endif

// SPDX-License-Identifier: Apache-2.0
#include "sim/trace.h"

#include <cstdio>

namespace perennial::sim {

// FNV-1a, 64 bits: it shall tell two runs apart, not withstand anybody.
void Trace::Add(std::string_view bytes) {
  for (const char c : bytes) {
    hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
}

void Trace::Note(std::string_view line) {
  Add(line);
  Add("\n");
  if (prints_) std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
}

void Trace::Aside(std::string_view line) const {
  if (prints_) std::printf("    %.*s\n", static_cast<int>(line.size()), line.data());
}

void Trace::Violated(std::string_view invariant, std::string what) {
  Note(what);
  if (!violation_) violation_ = Violation{std::string(invariant), std::move(what)};
}

}  // namespace perennial::sim

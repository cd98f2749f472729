// SPDX-License-Identifier: Apache-2.0
#include "base/proof.h"

#ifdef PERENNIAL_PROOF

#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"

namespace perennial::proof {
namespace {

// The text after `name:` in a comma list; empty when the name stands alone, nothing when it is not
// there.
std::optional<std::string_view> FindInList(const char* list, std::string_view name) {
  if (list == nullptr) return std::nullopt;
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto entry = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (entry == name) return std::string_view{};
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == ':') {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

// Counts the passes of each fault point that is switched on.
int CountPass(std::string_view name) {
  static Mutex mutex;
  static auto* passes = new std::map<std::string, int, std::less<>>;
  MutexLock lock(mutex);
  return ++passes->try_emplace(std::string(name), 0).first->second;
}

}  // namespace

void PassFaultPoint(std::string_view name) {
  const auto wanted = FindInList(std::getenv("PERENNIAL_FAULT_POINTS"), name);
  if (!wanted) return;
  const int pass = wanted->empty() ? 1 : std::atoi(std::string(*wanted).c_str());
  // SIGKILL: no destructor and no handler gets a chance to tidy up.
  if (CountPass(name) == pass) std::raise(SIGKILL);
}

bool MutantIsOn(std::string_view name) {
  return FindInList(std::getenv("PERENNIAL_MUTANTS"), name).has_value();
}

}  // namespace perennial::proof

#endif

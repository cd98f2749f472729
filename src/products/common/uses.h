// SPDX-License-Identifier: Apache-2.0
// Which associations a product needs, as pure functions of facts (protocols.md §2, "Uses").
#pragma once

#include <compare>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"

namespace perennial::products {

// A certificate, CA or CA bundle, and the load balancer (gateway, …) that is to read it.
struct Pair {
  std::string certificates_resource_id;
  std::string resource_id;
  friend auto operator<=>(const Pair&, const Pair&) = default;
};

// A committed listener or backend set names a certificates resource. `owner` is "listener/web".
struct Use {
  std::string resource_id;
  std::string owner;
  std::string certificates_resource_id;
  friend auto operator<=>(const Use&, const Use&) = default;
};

// What we believe to stand at certificates: recorded before the attach is sent, forgotten after the
// detach was answered, so it is never less than what stands there by our doing.
struct Attachment {
  Pair pair;
  std::optional<std::string> association_id;  // Absent until the attach was answered.
  std::optional<int64_t> current_version;     // CURRENT when the attach was answered.
  bool detaching = false;                     // Claimed by the reconciler: nobody may rely on it.
};

// An attach on its way: it holds the pair until a commit takes it over, or `until` passes.
struct Intent {
  Pair pair;
  Time until;
};

// WantedPairs: attach before the configuration is committed, and detach only what no committed use and no
// configuration that a live node still acknowledges needs.
std::set<Pair> WantedPairs(const std::vector<Use>& uses, const std::vector<Pair>& acknowledged,
                           const std::vector<Intent>& intents, Time now);

// What differs, each with its explanation.
struct Difference {
  Pair pair;
  bool missing = false;  // A use without attachment: only the user can heal it, by naming it again.
  std::string why;
};
// CompareUses lists what is to be detached and what is missing, in the order of pairs.
std::vector<Difference> CompareUses(const std::vector<Attachment>& attachments,
                                    const std::vector<Use>& uses, const std::set<Pair>& wanted);

}  // namespace perennial::products

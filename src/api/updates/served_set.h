// SPDX-License-Identifier: Apache-2.0
// What a node serves, with a digest that both ends of a poll keep in step.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/updates/types.h"

namespace perennial::api::updates {

// A value. Put and Remove cost the same whatever the size of the set.
class ServedSet {
 public:
  ServedSet() = default;
  explicit ServedSet(const std::vector<ServedAssociation>& items);

  // Put adds the association or replaces its version; Remove of one that is not there does nothing.
  void Put(const std::string& association_id, int64_t version);
  void Remove(const std::string& association_id);
  // Apply does what `added` and `removed` of a poll say.
  void Apply(const std::vector<ServedAssociation>& added, const std::vector<std::string>& removed);

  // Digest is the sum, modulo 2^256, of SHA-256(id ‖ 0 ‖ version) of all items, in hex: the order
  // does not matter. It names a set of one caller; it is no proof of anything.
  std::string Digest() const;

  const std::map<std::string, int64_t>& items() const { return items_; }
  std::vector<ServedAssociation> ToVector() const;
  friend bool operator==(const ServedSet&, const ServedSet&) = default;

 private:
  void Count(std::string_view association_id, int64_t version, bool add);

  std::map<std::string, int64_t> items_;
  std::array<uint8_t, 32> sum_{};  // Big-endian.
};

}  // namespace perennial::api::updates

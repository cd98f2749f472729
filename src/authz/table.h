// SPDX-License-Identifier: Apache-2.0
// A map from ids to values whose copies are cheap: it is cut into shards, a copy shares them all,
// and a change copies one. So a snapshot of 10^5 rows is published again after a change without
// copying them.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace perennial::authz {

// Copies may be read by many threads while one thread goes on changing its own.
template <class T>
class Table {
 public:
  const T* Find(std::string_view id) const {
    const auto& shard = shards_[ShardOf(id)];
    if (shard == nullptr) return nullptr;
    const auto found = shard->find(id);
    return found == shard->end() ? nullptr : found->second.get();
  }

  void Put(std::string_view id, T value) {
    Own(ShardOf(id))[std::string(id)] = std::make_shared<const T>(std::move(value));
  }

  void Erase(std::string_view id) {
    if (Find(id) == nullptr) return;
    auto& shard = Own(ShardOf(id));
    shard.erase(shard.find(id));
  }

  std::vector<const T*> All() const {
    std::vector<const T*> all;
    for (const auto& shard : shards_) {
      if (shard == nullptr) continue;
      for (const auto& [id, value] : *shard) all.push_back(value.get());
    }
    return all;
  }

  // Share must be called before the table is copied for others: from then on its shards are not
  // touched.
  void Share() { owned_.fill(false); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Shard = std::unordered_map<std::string, std::shared_ptr<const T>, Hash, std::equal_to<>>;
  static constexpr size_t kShards = 64;

  static size_t ShardOf(std::string_view id) { return (Hash()(id) >> 7) % kShards; }

  Shard& Own(size_t index) {
    if (!owned_[index]) {
      shards_[index] = shards_[index] == nullptr ? std::make_shared<Shard>()
                                                 : std::make_shared<Shard>(*shards_[index]);
      owned_[index] = true;
    }
    return *shards_[index];
  }

  std::array<std::shared_ptr<Shard>, kShards> shards_;
  std::array<bool, kShards> owned_{};  // Nobody else has a copy of this shard: it may be changed.
};

}  // namespace perennial::authz

// SPDX-License-Identifier: Apache-2.0
#include "api/updates/served_set.h"

#include "base/encoding.h"

namespace perennial::api::updates {

ServedSet::ServedSet(const std::vector<ServedAssociation>& items) {
  for (const auto& item : items) Put(item.association_id, item.version);
}

void ServedSet::Count(std::string_view association_id, int64_t version, bool add) {
  std::string text(association_id);
  text.push_back('\0');
  text += std::to_string(version);
  const auto digest = Sha256(text);
  int carry = 0;
  for (size_t i = sum_.size(); i-- > 0;) {
    const int sum = add ? sum_[i] + digest[i] + carry : sum_[i] - digest[i] + carry;
    sum_[i] = static_cast<uint8_t>(sum & 0xff);
    carry = sum >> 8;  // 0 or 1; when subtracting 0 or -1.
  }
}

void ServedSet::Put(const std::string& association_id, int64_t version) {
  const auto [item, added] = items_.try_emplace(association_id, version);
  if (!added) {
    if (item->second == version) return;
    Count(association_id, item->second, false);
    item->second = version;
  }
  Count(association_id, version, true);
}

void ServedSet::Remove(const std::string& association_id) {
  const auto item = items_.find(association_id);
  if (item == items_.end()) return;
  Count(association_id, item->second, false);
  items_.erase(item);
}

void ServedSet::Apply(const std::vector<ServedAssociation>& added,
                      const std::vector<std::string>& removed) {
  for (const auto& id : removed) Remove(id);
  for (const auto& item : added) Put(item.association_id, item.version);
}

std::string ServedSet::Digest() const { return HexEncode(sum_); }

std::vector<ServedAssociation> ServedSet::ToVector() const {
  std::vector<ServedAssociation> out;
  out.reserve(items_.size());
  for (const auto& [id, version] : items_) out.push_back({id, version});
  return out;
}

}  // namespace perennial::api::updates

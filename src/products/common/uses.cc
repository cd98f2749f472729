// SPDX-License-Identifier: Apache-2.0
#include "products/common/uses.h"

#include <map>

namespace perennial::products {

std::set<Pair> WantedPairs(const std::vector<Use>& uses, const std::vector<Pair>& acknowledged,
                           const std::vector<Intent>& intents, Time now) {
  std::set<Pair> wanted(acknowledged.begin(), acknowledged.end());
  for (const auto& use : uses) wanted.insert({use.certificates_resource_id, use.resource_id});
  for (const auto& intent : intents) {
    if (intent.until > now) wanted.insert(intent.pair);
  }
  return wanted;
}

std::vector<Difference> CompareUses(const std::vector<Attachment>& attachments,
                                    const std::vector<Use>& uses, const std::set<Pair>& wanted) {
  std::map<Pair, Difference> differences;
  std::set<Pair> attached;
  for (const auto& attachment : attachments) {
    if (attachment.detaching) {
      differences[attachment.pair] = {attachment.pair, false, "its detach was begun"};
    } else if (!wanted.contains(attachment.pair)) {
      differences[attachment.pair] = {
          attachment.pair, false,
          "no listener or backend set names it and no live node acknowledges a configuration with it"};
    }
    if (attachment.association_id && !attachment.detaching) attached.insert(attachment.pair);
  }
  for (const auto& use : uses) {
    const Pair pair{use.certificates_resource_id, use.resource_id};
    if (!attached.contains(pair)) {
      differences[pair] = {pair, true, use.owner + " names it and it is not attached"};
    }
  }
  std::vector<Difference> ordered;
  for (auto& [pair, difference] : differences) ordered.push_back(std::move(difference));
  return ordered;
}

}  // namespace perennial::products

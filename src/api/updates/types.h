// SPDX-License-Identifier: Apache-2.0
// The update poll, POST /20260101/updates/actions/poll on any replica (wire.md, "Poll").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace perennial::api::updates {

inline constexpr int64_t kPollFormat = 1;
inline constexpr int64_t kPollWaitSecondsMax = 50;
inline constexpr size_t kPollSetMax = 10'000;

// ["ocid1.association…", 7] on the wire: an association and the version that the node serves; 0 for
// none yet.
struct ServedAssociation {
  std::string association_id;
  int64_t version = 0;
  friend auto operator<=>(const ServedAssociation&, const ServedAssociation&) = default;
};

// The first call sends `set`; later ones cursor and set_digest, with `added` (new or changed) and
// `removed` when the set differs from the one that set_digest names.
struct PollRequest {
  int64_t format = kPollFormat;
  int64_t wait_seconds = 0;
  std::optional<std::string> cursor;
  std::optional<std::string> set_digest;  // ServedSet::Digest (served_set.h).
  std::optional<std::vector<ServedAssociation>> set;
  std::optional<std::vector<ServedAssociation>> added;
  std::optional<std::vector<std::string>> removed;
};

struct UpdateNews {
  std::string association_id;
  std::optional<int64_t> wanted;    // The version that this node is to serve.
  std::optional<int64_t> revision;  // Of the content of an authority or bundle.
  bool ended = false;               // News, never an order to remove anything.
  friend bool operator==(const UpdateNews&, const UpdateNews&) = default;
};

// need_set: the replica does not know set_digest; nothing else in the answer means anything then.
struct PollAnswer {
  int64_t format = kPollFormat;
  std::optional<std::string> cursor;
  std::optional<std::string> set_digest;
  bool need_set = false;
  std::vector<UpdateNews> changes;
  double behind_seconds = 0;
};

}  // namespace perennial::api::updates

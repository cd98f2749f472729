// SPDX-License-Identifier: Apache-2.0
// Verified rollout (protocols.md §5): facts from the database and from identity's placements, a
// decision by decide_rollout.h, and its effects, in one transaction.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "certificates/control_plane/feed/feed.h"
#include "certificates/control_plane/rollout/rollout_store.h"
#include "certificates/control_plane/versions/promotion.h"
#include "service/service.h"

namespace perennial::certificates {

// Where news of one rollout is published: its revision.
inline constexpr char kRolloutTopics[] = "certificates/rollout/";
inline std::string TopicOfRollout(const std::string& id) { return kRolloutTopics + id; }

struct RolloutPicture;

struct RolloutOptions {
  Duration node_live_for = seconds(90);  // Three poll_waits: who was sighted since then, lives.
  Duration recheck = seconds(5);         // A live rollout is looked at that often without any news.
  int rollouts_per_step = 100;
};

// Safe to call from many threads, each with a session of its own; Step by one thread at a time. Any
// number of processes may run it: every change of a rollout is a compare-and-set.
class Rollouts final : public RolloutStarter {
 public:
  // The references must outlive this object.
  Rollouts(service::Service& service, Feed& feed, Promotion& promotion, RolloutOptions options)
      : service_(service), feed_(feed), promotion_(promotion), options_(options) {}

  // SetWake names what is called, after a commit, when Step has work or a renewal may be due: the
  // wake of both loops. Call it before anything else does.
  void SetWake(std::function<void()> wake) { wake_ = std::move(wake); }

  Result<void> Begin(storage::Session& session, const std::string& certificate_id,
                     int64_t version) override;
  // PromotedByUser also begins to verify the promoted version, which no failure takes back.
  Result<void> PromotedByUser(storage::Session& session, const std::string& certificate_id,
                              int64_t version) override;

  // Step takes every live rollout that is due one step further and returns how long to pause.
  Duration Step();

  // Touch makes the certificate's live rollout due: an association came or went.
  Result<void> Touch(storage::Session& session, const std::string& certificate_id);
  // Reported takes up what a node said, and makes the rollout due.
  Result<void> Reported(storage::Session& session, const std::string& certificate_id,
                        const LineReport& report);

  // A user's word. kIncorrectState when the rollout has ended, and for RollBack also when the
  // version is CURRENT already or the one before has expired.
  Result<void> SetPaused(storage::Session& session, RolloutRow& row, bool paused);
  Result<void> RollBack(storage::Session& session, RolloutRow& row, const std::string& user_name);

 private:
  Result<void> Insert(storage::Session& session, RolloutRow row);
  Result<void> Effect(storage::Session& session, RolloutPicture& picture,
                      const RolloutDecision& decision);
  Result<void> Finish(storage::Session& session, RolloutRow& row, RolloutState state,
                      std::string reason);
  Result<void> Save(storage::Session& session, RolloutRow& row);
  Result<void> RunOne(const std::string& rollout_id);
  void WakeLater(storage::Session& session);

  service::Service& service_;
  Feed& feed_;
  Promotion& promotion_;
  const RolloutOptions options_;
  std::function<void()> wake_;
};

}  // namespace perennial::certificates

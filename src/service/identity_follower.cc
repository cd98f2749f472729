// SPDX-License-Identifier: Apache-2.0
#include "service/identity_follower.h"

#include <algorithm>

#include "base/log.h"

namespace perennial::service {
namespace {

constexpr Duration kPauseFirst = std::chrono::milliseconds(200);
constexpr Duration kPauseMax = std::chrono::seconds(5);

std::vector<authz::SnapshotEntry> ToEntries(const std::vector<api::identity::SnapshotEntry>& wire) {
  std::vector<authz::SnapshotEntry> entries;
  entries.reserve(wire.size());
  for (const auto& entry : wire) entries.push_back({entry.kind, entry.id, entry.value});
  return entries;
}

std::vector<api::identity::SnapshotEntry> ToWire(const std::vector<authz::SnapshotEntry>& entries) {
  std::vector<api::identity::SnapshotEntry> wire;
  wire.reserve(entries.size());
  for (const auto& entry : entries) wire.push_back({entry.kind, entry.id, entry.value});
  return wire;
}

}  // namespace

IdentityFollower::IdentityFollower(api::identity::IdentityClient& client, Files& files,
                                   Clock& clock, Options options)
    : client_(client), files_(files), clock_(clock), options_(std::move(options)) {}

void IdentityFollower::LoadFromDisk() {
  if (options_.path.empty()) return;
  const auto text = files_.Read(options_.path);
  if (!text) return;
  const auto kept = DecodeJson<api::identity::AuthorizationSnapshot>(*text, UnknownFields::kIgnore);
  if (!kept) {
    Log(LogLevel::kWarn, "service",
        "the kept copy of identity's facts cannot be read; going on without",
        {{"path", options_.path}, {"reason", kept.error().message}});
    return;
  }
  builder_.ApplyAnswer(kept->position, true, ToEntries(kept->entries));
  MutexLock lock(mutex_);
  current_ = builder_.Build();
  // Old until identity says otherwise: reads go on, grants and changes wait.
  confirmed_at_ = clock_.Monotonic() - 2 * kIdentityAgeMax;
}

Duration IdentityFollower::Step() {
  const auto followed = Follow();
  if (followed) {
    trouble_.Over();
    return pause_ = Duration::zero();
  }
  trouble_.Met(followed.error().message);
  return pause_ = Longer(pause_, kPauseFirst, kPauseMax);
}

Result<void> IdentityFollower::Follow() {
  const bool first = builder_.position() == 0;
  TRY_ASSIGN(const auto answer, client_.GetAuthorizationSnapshot(
                                    builder_.position(), first ? Duration::zero() : options_.wait));
  const bool news = answer.full || !answer.entries.empty();
  for (const auto& unread :
       builder_.ApplyAnswer(answer.position, answer.full, ToEntries(answer.entries))) {
    Log(LogLevel::kError, "service", "a fact of identity cannot be read",
        {{"reason", unread.message}});
  }
  auto snapshot = builder_.Build();
  {
    MutexLock lock(mutex_);
    current_ = snapshot;
    confirmed_at_ = clock_.Monotonic();
  }
  if (news && !options_.path.empty()) {
    const api::identity::AuthorizationSnapshot kept{
        .position = answer.position, .full = true, .entries = ToWire(snapshot->Entries())};
    if (auto written = files_.ReplaceAtomically(options_.path, EncodeJson(kept), 0600); !written) {
      Log(LogLevel::kWarn, "service", "identity's facts could not be kept",
          {{"reason", written.error().message}});
    }
  }
  return {};
}

Result<std::shared_ptr<const authz::Snapshot>> IdentityFollower::Current() const {
  MutexLock lock(mutex_);
  if (current_ == nullptr) {
    return Fail(ErrorCode::kUnavailable, "identity has not been heard from yet; repeat soon");
  }
  return current_;
}

Duration IdentityFollower::Age() const {
  MutexLock lock(mutex_);
  return clock_.Monotonic() - confirmed_at_;
}

}  // namespace perennial::service

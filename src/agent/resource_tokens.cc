// SPDX-License-Identifier: Apache-2.0
#include "agent/resource_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/ocid.h"
#include "base/secret_bytes.h"
#include "http_signature/key_id.h"

namespace perennial::agent {
namespace {

constexpr Duration kSessionKeyLife = std::chrono::hours(24);
constexpr Duration kRetryPause = std::chrono::seconds(2);
constexpr Duration kRefreshPause = std::chrono::seconds(30);
constexpr Duration kAbsentPause = std::chrono::minutes(5);
constexpr size_t kBatchMax = 1000;  // wire.md

// The n-th part of an OCID from behind: 0 is the unique part, 1 the region.
std::string PartFromBehind(std::string_view ocid, int n) {
  for (; n > 0; --n) ocid = ocid.substr(0, ocid.rfind('.'));
  return std::string(ocid.substr(ocid.rfind('.') + 1));
}

}  // namespace

ResourceTokens::ResourceTokens(const api::identity::IdentityClient& identity, Clock& clock,
                               Files& files, Options options)
    : identity_(identity), clock_(clock), files_(files), options_(std::move(options)) {}

void ResourceTokens::Expect(const std::vector<std::string>& resource_ids) {
  MutexLock lock(mutex_);
  for (const auto& id : expected_) gone_.insert(id);
  expected_ = {resource_ids.begin(), resource_ids.end()};
  std::erase_if(gone_, [&](const auto& id) REQUIRES(mutex_) { return expected_.contains(id); });
  for (const auto& id : gone_) tokens_.erase(id);
}

std::shared_ptr<const http_signature::SigningKey> ResourceTokens::Living(
    const std::string& resource_id) {
  const auto found = tokens_.find(resource_id);
  if (found == tokens_.end() || clock_.Now() >= found->second.expires) return nullptr;
  return found->second.key;
}

Result<std::shared_ptr<const http_signature::SigningKey>> ResourceTokens::KeyOf(
    const std::string& resource_id) {
  const auto fresh = [&]() REQUIRES(mutex_) -> std::shared_ptr<const http_signature::SigningKey> {
    const auto found = tokens_.find(resource_id);
    if (found == tokens_.end() || clock_.Now() >= found->second.renew_at) return nullptr;
    return found->second.key;
  };
  {
    MutexLock lock(mutex_);
    if (auto key = fresh()) return key;
  }
  MutexLock asking(asking_);
  {
    MutexLock lock(mutex_);
    if (auto key = fresh()) return key;  // Somebody else asked meanwhile.
  }
  const auto asked = Ask(resource_id);
  MutexLock lock(mutex_);
  if (auto key = Living(resource_id)) return key;
  if (!asked) return std::unexpected(asked.error());
  return Fail(ErrorCode::kNotFound, fmt::format("{} is not placed on this node", resource_id));
}

void ResourceTokens::Discard(const std::string& resource_id) {
  MutexLock lock(mutex_);
  tokens_.erase(resource_id);
}

Duration ResourceTokens::Refresh() {
  std::set<std::string> gone;
  {
    MutexLock lock(mutex_);
    gone.swap(gone_);
  }
  MutexLock asking(asking_);
  for (const auto& id : gone) RemoveFiles(id);
  // An error was logged and will be met again; what is there goes on living.
  (void)Ask("");
  return kRefreshPause;
}

std::vector<std::string> ResourceTokens::Stale(const std::string& also) {
  std::vector<std::string> stale;
  MutexLock lock(mutex_);
  auto wanted = expected_;
  if (!also.empty()) wanted.insert(also);
  for (const auto& id : wanted) {
    const auto absent = not_placed_until_.find(id);
    if (absent != not_placed_until_.end() && id != also && clock_.Monotonic() < absent->second) {
      continue;
    }
    const auto found = tokens_.find(id);
    if (found == tokens_.end() || clock_.Now() >= found->second.renew_at) stale.push_back(id);
  }
  return stale;
}

Result<void> ResourceTokens::Ask(const std::string& also) {
  const auto stale = Stale(also);
  if (stale.empty()) return {};
  if (clock_.Monotonic() < not_before_) return std::unexpected(last_error_);
  TRY(MakeSessionKey());
  for (size_t at = 0; at < stale.size(); at += kBatchMax) {
    const auto end = std::min(stale.size(), at + kBatchMax);
    auto asked = AskFor({stale.begin() + static_cast<std::ptrdiff_t>(at),
                         stale.begin() + static_cast<std::ptrdiff_t>(end)});
    if (asked) continue;
    // Nothing in this batch is placed here: no failure of identity's.
    if (asked.error().code == ErrorCode::kNotFound) continue;
    not_placed_until_.clear();
    not_before_ = clock_.Monotonic() + kRetryPause;
    last_error_ = asked.error();
    Log(LogLevel::kWarn, "agent", "no new tokens for the resources of this node",
        {{"reason", last_error_.message}});
    return asked;
  }
  not_before_ = Duration::zero();
  return {};
}

Result<void> ResourceTokens::AskFor(const std::vector<std::string>& ids) {
  const auto asked_at = clock_.Now();
  for (const auto& id : ids) not_placed_until_[id] = clock_.Monotonic() + kAbsentPause;
  TRY_ASSIGN(const auto answer,
             identity_.CreateResourcePrincipalTokens(
                 {.resource_ids = ids, .public_key_pem = session_key_->public_key().ToPem()}));
  for (const auto& item : answer.items) {
    if (std::ranges::find(ids, item.resource_id) == ids.end()) continue;
    if (item.time_expires <= asked_at) {
      return Fail(ErrorCode::kUnavailable,
                  "identity's token has expired already: do the clocks agree?");
    }
    http_signature::SigningKey key{.key_id = http_signature::TokenKeyId(item.token),
                                   .key = session_key_};
    not_placed_until_.erase(item.resource_id);
    WriteFiles(item.resource_id, item.token);
    MutexLock lock(mutex_);
    tokens_[item.resource_id] = {
        .key = std::make_shared<const http_signature::SigningKey>(std::move(key)),
        .renew_at = asked_at + (item.time_expires - asked_at) / 2,
        .expires = item.time_expires};
  }
  return {};
}

Result<void> ResourceTokens::MakeSessionKey() {
  if (session_key_ != nullptr && clock_.Now() < session_key_until_) return {};
  TRY_ASSIGN(auto key, options_.make_session_key());
  session_key_ = std::make_shared<const pki::PrivateKey>(std::move(key));
  session_key_until_ = clock_.Now() + kSessionKeyLife;
  return {};
}

// Empty for what is no OCID of a resource: its last part becomes the name of a directory.
std::string ResourceTokens::DirectoryOf(const std::string& resource_id) const {
  if (options_.directory.empty() || OcidType(resource_id).empty()) return "";
  return options_.directory + "/" + PartFromBehind(resource_id, 0);
}

void ResourceTokens::WriteFiles(const std::string& resource_id, const std::string& token) {
  const auto directory = DirectoryOf(resource_id);
  if (directory.empty()) return;
  const auto write = [&]() REQUIRES(asking_) -> Result<void> {
    TRY(files_.MakeDirectory(directory, 0700));
    const auto key = session_key_->ToPkcs8Pem();
    std::string pem(key.RevealText());
    auto kept = files_.ReplaceAtomically(directory + "/private.pem", pem, 0600);
    WipeText(pem);
    TRY(std::move(kept));
    // The token last: the SDK reads it first, and then the key that belongs to it is there.
    TRY(files_.ReplaceAtomically(directory + "/rpst", token, 0600));
    return files_.ReplaceAtomically(
        directory + "/env",
        fmt::format("OCI_RESOURCE_PRINCIPAL_VERSION=2.2\n"
                    "OCI_RESOURCE_PRINCIPAL_RPST={0}/rpst\n"
                    "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM={0}/private.pem\n"
                    "OCI_RESOURCE_PRINCIPAL_REGION={1}\n",
                    directory, PartFromBehind(resource_id, 1)),
        0600);
  };
  if (auto written = write(); !written) {
    Log(LogLevel::kWarn, "agent", "the files of a resource principal could not be written",
        {{"directory", directory}, {"reason", written.error().message}});
  }
}

void ResourceTokens::RemoveFiles(const std::string& resource_id) {
  const auto directory = DirectoryOf(resource_id);
  if (directory.empty()) return;
  for (const auto* name : {"/rpst", "/private.pem", "/env"}) {
    if (auto removed = files_.Remove(directory + name); !removed) {
      Log(LogLevel::kWarn, "agent", "a file of a resource principal could not be removed",
          {{"file", directory + name}, {"reason", removed.error().message}});
    }
  }
}

}  // namespace perennial::agent

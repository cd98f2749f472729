// SPDX-License-Identifier: Apache-2.0
// Passwords: what a good one is, and what is kept of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/mutex.h"
#include "base/random.h"

namespace perennial::identity {

// CheckNewPassword: kInvalidArgument, by pointer, for what is shorter than 12 characters, longer
// than 256 bytes, not text, of one or two different characters, or holds the user's name.
Result<void> CheckNewPassword(std::string_view pointer, std::string_view password,
                              std::string_view user_name);

// HashPassword returns argon2id's word for it ("$argon2id$v=19$m=19456,t=2,p=1$…") with a fresh
// salt. It takes some 30 ms of one processor and 19 MiB, and so does VerifyPassword: hold a place
// in the PasswordGate.
Result<std::string> HashPassword(std::string_view password, Random& random);
bool VerifyPassword(std::string_view password, const std::string& hash);

// Nobody's password, for users that do not exist: they must cost as much as those that do.
const std::string& NobodysHash();

// At most `places` passwords are looked at at once, so that strangers cannot have the host do
// nothing else. Safe to call from many threads.
class PasswordGate {
 public:
  explicit PasswordGate(int places) : free_(places) {}

  // A place, free again when it is destroyed.
  class Place {
   public:
    explicit Place(PasswordGate* gate) : gate_(gate) {}
    Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    PasswordGate* gate_;
  };
  // TryEnter is kRateLimited when every place is taken: nobody waits.
  Result<Place> TryEnter() EXCLUDES(mutex_);

 private:
  void Leave() EXCLUDES(mutex_);
  Mutex mutex_;
  int free_ GUARDED_BY(mutex_);
};

}  // namespace perennial::identity

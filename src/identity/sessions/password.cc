// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions/password.h"

#include <argon2.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/proof.h"

namespace perennial::identity {
namespace {

// OWASP's second choice for argon2id: 19 MiB, two passes, one lane.
constexpr uint32_t kMemoryKib = 19456, kPasses = 2, kLanes = 1;
constexpr size_t kSaltBytes = 16, kHashBytes = 32;
constexpr size_t kCharactersMin = 12, kBytesMax = 256;

size_t CharactersOf(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

Result<void> CheckNewPassword(std::string_view pointer, std::string_view password,
                              std::string_view user_name) {
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", pointer, why));
  };
  if (!IsUtf8(password) ||
      std::ranges::any_of(password, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return refuse("must be text without control characters");
  }
  if (CharactersOf(password) < kCharactersMin) {
    return refuse(
        fmt::format("must have at least {} characters; a few words are fine", kCharactersMin));
  }
  if (password.size() > kBytesMax) return refuse(fmt::format("at most {} bytes", kBytesMax));
  if (std::set<char>(password.begin(), password.end()).size() < 5) {
    return refuse("must have at least five different characters");
  }
  if (user_name.size() > 3 && LowerCase(password).find(LowerCase(user_name)) != std::string::npos) {
    return refuse("must not hold the user's name");
  }
  return {};
}

Result<std::string> HashPassword(std::string_view password, Random& random) {
  const auto salt = random.Bytes(kSaltBytes);
  std::string hash(
      argon2_encodedlen(kPasses, kMemoryKib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int done =
      argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, hash.data(), hash.size());
  if (done != ARGON2_OK) {
    return Fail(ErrorCode::kInternal, fmt::format("argon2: {}", argon2_error_message(done)));
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool VerifyPassword(std::string_view password, const std::string& hash) {
  // Longer than any that was ever set: nothing is hashed for it.
  if (password.size() > kBytesMax) return false;
  const bool fits = argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
  return fits || PERENNIAL_MUTANT("sessions.any_password");
}

const std::string& NobodysHash() {
  // Of a password that is thrown away here: 32 random bytes.
  static const std::string hash = [] {
    SystemRandom random;
    const auto made = HashPassword(HexEncode(random.Bytes(32)), random);
    return made ? *made : std::string();
  }();
  return hash;
}

Result<PasswordGate::Place> PasswordGate::TryEnter() {
  MutexLock lock(mutex_);
  if (free_ == 0 && !PERENNIAL_MUTANT("sessions.no_gate")) {
    return Fail(ErrorCode::kRateLimited, "too many sign-ins at once; try again in a moment");
  }
  --free_;
  return Place(this);
}

void PasswordGate::Leave() {
  MutexLock lock(mutex_);
  ++free_;
}

}  // namespace perennial::identity

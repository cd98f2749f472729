// SPDX-License-Identifier: Apache-2.0
#include "keys/envelope.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"

namespace perennial::keys {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kKeySize = 32;
constexpr size_t kKeyIdSize = 8;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kHeaderSize = 1 + kKeyIdSize + kNonceSize;

using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// Fetched once: a fetch costs more than the encryption of a key.
const EVP_CIPHER* Cipher() {
  static const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_CIPHER_free);
  return cipher.get();
}

std::array<uint8_t, kKeyIdSize> KeyIdOf(const SecretBytes& key) {
  constexpr std::string_view kLabel = "perennial envelope key id 1\n";
  std::vector<uint8_t> text(kLabel.begin(), kLabel.end());
  text.reserve(kLabel.size() + kKeySize);
  text.insert(text.end(), key.Reveal().begin(), key.Reveal().end());
  const SecretBytes input(std::move(text));
  const auto digest = Sha256(input.Reveal());
  std::array<uint8_t, kKeyIdSize> id;
  std::copy_n(digest.begin(), kKeyIdSize, id.begin());
  return id;
}

// Authenticates format and key id as well as the context, so that no byte of a blob can be
// exchanged.
bool AddContext(EVP_CIPHER_CTX* ctx, std::span<const uint8_t> header, std::string_view context) {
  int length = 0;
  return EVP_CipherUpdate(ctx, nullptr, &length, header.data(), static_cast<int>(1 + kKeyIdSize)) ==
             1 &&
         (context.empty() || EVP_CipherUpdate(ctx, nullptr, &length, AsBytes(context).data(),
                                              static_cast<int>(context.size())) == 1);
}

std::unexpected<Error> CannotOpen(std::string why) {
  return Fail(ErrorCode::kInternal, "an encrypted secret does not open: " + std::move(why));
}

std::string WrappingContext(std::string_view role) { return "wrapping-key/" + std::string(role); }

Result<SecretBytes> KeyFromHex(std::string text, const std::string& path) {
  if (text.ends_with('\n')) text.pop_back();
  auto bytes = HexDecode(text);
  WipeText(text);
  if (!bytes) return Fail(ErrorCode::kInternal, path + " does not hold a master key");
  SecretBytes key(std::move(*bytes));
  if (key.size() != kKeySize)
    return Fail(ErrorCode::kInternal, path + " does not hold a master key");
  return key;
}

}  // namespace

Envelope::Envelope(SecretBytes key, Random& random)
    : key_(std::move(key)), key_id_(KeyIdOf(key_)), random_(random) {
  CHECK(key_.size() == kKeySize);
}

Result<Blob> Envelope::Wrap(const SecretBytes& secret, std::string_view context) const {
  Blob blob(kHeaderSize + secret.size() + kTagSize);
  blob[0] = kFormat;
  std::ranges::copy(key_id_, blob.begin() + 1);
  const std::span nonce = std::span(blob).subspan(1 + kKeyIdSize, kNonceSize);
  random_.Fill(nonce);
  const CipherCtx ctx(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  uint8_t* out = blob.data() + kHeaderSize;
  int length = 0;
  int rest = 0;
  const bool sealed =
      EVP_EncryptInit_ex2(ctx.get(), Cipher(), key_.Reveal().data(), nonce.data(), nullptr) == 1 &&
      AddContext(ctx.get(), blob, context) &&
      EVP_EncryptUpdate(ctx.get(), out, &length, secret.Reveal().data(),
                        static_cast<int>(secret.size())) == 1 &&
      EVP_EncryptFinal_ex(ctx.get(), out + length, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, out + secret.size()) == 1;
  if (!sealed) return Fail(ErrorCode::kInternal, "OpenSSL did not encrypt");
  return blob;
}

Result<SecretBytes> Envelope::Unwrap(const Blob& blob, std::string_view context) const {
  if (blob.size() < kHeaderSize + kTagSize || blob[0] != kFormat)
    return CannotOpen("unknown format");
  if (!std::equal(key_id_.begin(), key_id_.end(), blob.begin() + 1))
    return CannotOpen("it is under another key");
  const size_t size = blob.size() - kHeaderSize - kTagSize;
  // A SecretBytes from the first byte on: what a forged blob decrypts to is wiped too.
  SecretBytes plain{std::vector<uint8_t>(size)};
  auto* out = const_cast<uint8_t*>(plain.Reveal().data());
  std::array<uint8_t, kTagSize> tag;
  std::copy_n(blob.end() - kTagSize, kTagSize, tag.begin());
  const CipherCtx ctx(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const uint8_t* nonce = blob.data() + 1 + kKeyIdSize;
  int length = 0;
  int rest = 0;
  const bool opened =
      EVP_DecryptInit_ex2(ctx.get(), Cipher(), key_.Reveal().data(), nonce, nullptr) == 1 &&
      AddContext(ctx.get(), blob, context) &&
      EVP_DecryptUpdate(ctx.get(), out, &length, blob.data() + kHeaderSize,
                        static_cast<int>(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(ctx.get(), out + length, &rest) == 1;
  if (!opened) return CannotOpen("it is damaged or belongs elsewhere");
  return plain;
}

Result<MasterKey> MasterKey::Create(Files& files, const std::string& path, Random& random) {
  const auto present = files.Read(path);
  if (present) return Fail(ErrorCode::kAlreadyExists, path + " is there already");
  if (present.error().code != ErrorCode::kNotFound) return std::unexpected(present.error());
  SecretBytes key(random.Bytes(kKeySize));
  std::string hex = HexEncode(key.Reveal());
  std::string text = hex + "\n";
  WipeText(hex);
  const auto written = files.ReplaceAtomically(path, text, 0600);
  WipeText(text);
  TRY(written);
  return MasterKey(std::make_unique<Envelope>(std::move(key), random));
}

Result<MasterKey> MasterKey::Load(const Files& files, const std::string& path, Random& random) {
  TRY_ASSIGN(std::string text, files.Read(path));
  TRY_ASSIGN(auto key, KeyFromHex(std::move(text), path));
  return MasterKey(std::make_unique<Envelope>(std::move(key), random));
}

std::string_view WrappingKeySchema() {
  return R"sql(
CREATE TABLE wrapping_key (
  role    TEXT PRIMARY KEY,
  wrapped BYTEA NOT NULL  -- The key of the role, wrapped by the master key.
);
)sql";
}

Result<std::unique_ptr<Envelope>> LoadWrappingKey(storage::Session& session,
                                                  const MasterKey& master, Random& random,
                                                  std::string_view role) {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT wrapped FROM wrapping_key WHERE role = $1", {role}));
  if (!row)
    return Fail(ErrorCode::kNotFound, "role " + std::string(role) + " has no wrapping key yet");
  TRY_ASSIGN(auto key, master.envelope().Unwrap(row->Bytes(0), WrappingContext(role)));
  if (key.size() != kKeySize) return CannotOpen("a wrapping key of the wrong size");
  return std::make_unique<Envelope>(std::move(key), random);
}

Result<std::unique_ptr<Envelope>> LoadOrCreateWrappingKey(storage::Session& session,
                                                          const MasterKey& master, Random& random,
                                                          std::string_view role) {
  auto loaded = LoadWrappingKey(session, master, random, role);
  if (loaded || loaded.error().code != ErrorCode::kNotFound) return loaded;
  SecretBytes key(random.Bytes(kKeySize));
  TRY_ASSIGN(auto blob, master.envelope().Wrap(key, WrappingContext(role)));
  TRY(session.Execute("INSERT INTO wrapping_key (role, wrapped) VALUES ($1, $2)",
                      {role, std::move(blob)}));
  return std::make_unique<Envelope>(std::move(key), random);
}

}  // namespace perennial::keys

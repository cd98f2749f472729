// SPDX-License-Identifier: Apache-2.0
#include "api/enrolment_credential.h"

#include <algorithm>

#include "http_signature/key_id.h"

namespace perennial::api {
namespace {

constexpr Duration kRetryPause = std::chrono::seconds(2);
constexpr Duration kRenewPause = std::chrono::seconds(10);

}  // namespace

http_signature::SigningKey EnrolmentSigningKey(const EnrolmentKey& enrolment) {
  return {.key_id = http_signature::EnrolmentKeyId(enrolment.principal_id), .key = enrolment.key};
}

EnrolmentCredential::EnrolmentCredential(net::Transport& transport, Clock& clock, Random& random,
                                         std::string identity_url, EnrolmentKey enrolment,
                                         Options options)
    : clock_(clock),
      enrolment_credential_(EnrolmentSigningKey(enrolment)),
      client_(Client(transport, &enrolment_credential_, clock, random, std::move(identity_url))),
      options_(std::move(options)) {}

Result<EnrolmentCredential::Session> EnrolmentCredential::Exchange() const {
  TRY_ASSIGN(auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  identity::ExchangeTokenDetails details{.public_key_pem = key.public_key().ToPem()};
  if (options_.describe) options_.describe(details);
  const auto asked_at = clock_.Now();
  TRY_ASSIGN(const auto token, client_.ExchangeToken(details));
  if (token.time_expires <= asked_at) {
    return Fail(ErrorCode::kUnavailable,
                "identity's token has expired already: do the clocks agree?");
  }
  http_signature::SigningKey signing{
      .key_id = http_signature::TokenKeyId(token.token),
      .key = std::make_shared<const pki::PrivateKey>(std::move(key))};
  return Session{.key = std::make_shared<const http_signature::SigningKey>(std::move(signing)),
                 .asked_at = asked_at,
                 .renew_at = asked_at + (token.time_expires - asked_at) / 2,
                 .expires = token.time_expires};
}

Result<std::shared_ptr<const http_signature::SigningKey>> EnrolmentCredential::Current() {
  {
    MutexLock lock(mutex_);
    for (;;) {
      const auto now = clock_.Now();
      const bool lives = session_.key != nullptr && now < session_.expires;
      if (lives && (now < session_.renew_at || exchanging_)) return session_.key;
      if (!exchanging_) {
        if (clock_.Monotonic() < not_before_) {
          if (lives) return session_.key;
          return std::unexpected(last_error_);
        }
        break;
      }
      changed_.Wait(mutex_);
    }
    exchanging_ = true;
  }

  auto session = Exchange();

  MutexLock lock(mutex_);
  exchanging_ = false;
  changed_.NotifyAll();
  if (session) {
    session_ = *std::move(session);
    not_before_ = Duration::zero();
    return session_.key;
  }
  not_before_ = clock_.Monotonic() + kRetryPause;
  last_error_ = std::move(session).error();
  if (session_.key != nullptr && clock_.Now() < session_.expires) return session_.key;
  return std::unexpected(last_error_);
}

void EnrolmentCredential::RenewSoon() {
  MutexLock lock(mutex_);
  session_.renew_at = std::min(session_.renew_at, session_.asked_at + kRenewPause);
}

void EnrolmentCredential::Discard() {
  MutexLock lock(mutex_);
  session_ = {};
}

Result<ProcessCertificate> RequestProcessCertificate(net::Transport& transport, Clock& clock,
                                                     Random& random,
                                                     const std::string& identity_url,
                                                     const EnrolmentKey& enrolment,
                                                     std::vector<std::string> names) {
  http_signature::StaticCredential credential(EnrolmentSigningKey(enrolment));
  const identity::IdentityClient client(
      Client(transport, &credential, clock, random, identity_url));
  TRY_ASSIGN(auto key, pki::PrivateKey::Generate(pki::KeyAlgorithm::kEcdsaP256));
  const auto asked_at = clock.Now();
  TRY_ASSIGN(auto answer, client.CreateServerCertificate(
                              {.public_key_pem = key.public_key().ToPem(), .names = names}));
  return ProcessCertificate{.key = std::make_shared<const pki::PrivateKey>(std::move(key)),
                            .chain_pem = std::move(answer.certificate_chain_pem),
                            .renew_at = asked_at + (answer.time_expires - asked_at) * 2 / 3,
                            .expires = answer.time_expires};
}

}  // namespace perennial::api

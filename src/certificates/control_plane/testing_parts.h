// SPDX-License-Identifier: Apache-2.0
// For tests: stand-ins for what the certificates service is built from, and the bodies of requests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/time.h"
#include "certificates/control_plane/testing_identity.h"
#include "certificates/control_plane/versions/promotion.h"

namespace perennial::certificates::testing {

// Runs posted work at once, on the caller's thread.
class InlineExecutor final : public Executor {
 public:
  bool Post(std::function<void()> work) override {
    work();
    return true;
  }
};

// Remembers what it was told.
class RecordingFeed final : public FeedWriter {
 public:
  Result<void> CurrentVersionChanged(storage::Session&, const std::string& id,
                                     int64_t version) override {
    changes.emplace_back(id, version);
    return {};
  }
  std::vector<std::pair<std::string, int64_t>> changes;
};

// Promotes at once, as where nothing is associated; or keeps a renewal waiting.
class SimpleRollouts final : public RolloutStarter {
 public:
  explicit SimpleRollouts(Promotion& promotion) : promotion_(promotion) {}
  Result<void> Begin(storage::Session& session, const std::string& id, int64_t version) override {
    begun.emplace_back(id, version);
    return waits ? Result<void>() : promotion_.Promote(session, id, version);
  }
  Result<void> PromotedByUser(storage::Session&, const std::string& id, int64_t version) override {
    promoted_by_user.emplace_back(id, version);
    return {};
  }
  bool waits = false;
  std::vector<std::pair<std::string, int64_t>> begun, promoted_by_user;

 private:
  Promotion& promotion_;
};

inline std::string RootBody(const std::string& name, const std::string& compartment = kAcme) {
  return R"({"name":")" + name + R"(","compartmentId":")" + compartment +
         R"(","certificateAuthorityConfig":{"configType":"ROOT_CA_GENERATED_INTERNALLY",)" +
         R"("subject":{"commonName":")" + name + R"("},"signingAlgorithm":"SHA256_WITH_ECDSA"}})";
}
inline std::string SubordinateBody(const std::string& issuer, const std::string& name,
                                   const std::string& rules = "[]") {
  return R"({"name":")" + name + R"(","compartmentId":")" + kAcme +
         R"(","certificateAuthorityRules":)" + rules + R"(,"certificateAuthorityConfig":)" +
         R"({"configType":"SUBORDINATE_CA_ISSUED_BY_INTERNAL_CA","issuerCertificateAuthorityId":")" +
         issuer + R"(","subject":{"commonName":")" + name +
         R"("},"signingAlgorithm":"SHA256_WITH_ECDSA"}})";
}
inline std::string CertificateBody(const std::string& issuer, const std::string& name,
                                   const std::string& rules, Time not_after,
                                   const std::string& compartment = kAcme) {
  return R"({"name":")" + name + R"(","compartmentId":")" + compartment +
         R"(","certificateRules":)" + rules +
         R"(,"certificateConfig":{"configType":"ISSUED_BY_INTERNAL_CA",)" +
         R"("issuerCertificateAuthorityId":")" + issuer + R"(","subject":{"commonName":")" + name +
         R"(.example.com"},"certificateProfileType":"TLS_SERVER","keyAlgorithm":"ECDSA_P256",)" +
         R"("validity":{"timeOfValidityNotAfter":")" + FormatTime(not_after) + R"("}}})";
}
inline std::string RenewalRules(const std::string& interval, const std::string& advance) {
  return R"([{"ruleType":"CERTIFICATE_RENEWAL_RULE","renewalInterval":")" + interval +
         R"(","advanceRenewalPeriod":")" + advance + R"("}])";
}

}  // namespace perennial::certificates::testing

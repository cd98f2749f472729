// SPDX-License-Identifier: Apache-2.0
#include "sim/workload.h"

#include <fmt/format.h>

#include "base/check.h"

namespace perennial::sim {
namespace {

namespace lb = api::load_balancer;
namespace wire = api::certificates;

constexpr size_t kLoadBalancersMax = 4, kListenersMax = 3, kCertificatesMax = 4;
constexpr auto kLife = std::chrono::days(6);

template <class T>
std::string Told(std::string_view what, const Result<T>& result) {
  if (result) return fmt::format("{}: ok", what);
  return fmt::format("{}: {}: {}", what, ErrorCodeName(result.error().code),
                     result.error().message);
}

lb::ListenerDetails Details(int64_t port, const std::string& certificate_id) {
  return {.default_backend_set_name = "web",
          .port = port,
          .protocol = "HTTP",
          .ssl_configuration = lb::SslConfigurationDetails{
              .certificate_ids = std::vector<std::string>{certificate_id}}};
}

std::vector<std::string> FirstColumn(storage::Database& database, std::string_view sql,
                                     std::vector<storage::Value> parameters = {}) {
  const auto rows = database.ReadValue(
      [&](storage::Session& session) { return session.Query(sql, std::move(parameters)); });
  CHECK(rows.has_value());
  std::vector<std::string> column;
  for (const auto& row : *rows) column.push_back(row.Text(0));
  return column;
}

}  // namespace

std::vector<std::string> Workload::LoadBalancers() {
  return FirstColumn(world_.load_balancer_truth(),
                     "SELECT id FROM load_balancer WHERE lifecycle_state = 'ACTIVE' ORDER BY "
                     "time_created, id");
}

std::vector<Workload::Listener> Workload::Listeners() {
  const auto rows = world_.load_balancer_truth().ReadValue([&](storage::Session& session) {
    return session.Query(
        "SELECT load_balancer_id, name, port FROM listener ORDER BY load_balancer_id, name");
  });
  CHECK(rows.has_value());
  std::vector<Listener> listeners;
  for (const auto& row : *rows) listeners.push_back({row.Text(0), row.Text(1), row.Int(2)});
  return listeners;
}

std::vector<std::string> Workload::Certificates(std::string_view state) {
  return FirstColumn(world_.certificates_truth(),
                     "SELECT id FROM guarded WHERE kind = 'CERTIFICATE' AND lifecycle_state = $1 "
                     "ORDER BY created_at, id",
                     {std::string(state)});
}

// Half of the time with a retry token, as SDKs send it.
api::CallOptions Workload::Options(Chance& chance) {
  api::CallOptions options;
  if (chance.OneIn(2)) options.retry_token = api::NewRetryToken(world_.random);
  return options;
}

std::string Workload::Act(Chance& chance) {
  switch (chance.Below(16)) {
    case 0:
    case 1:
      return CreateLoadBalancer(chance);
    case 2: {
      const auto ids = LoadBalancers();
      if (ids.size() < 2 || !chance.OneIn(4)) return "nothing";
      return Told("delete load balancer",
                  world_.load_balancers().DeleteLoadBalancer(chance.Pick(ids), Options(chance)));
    }
    case 3:
    case 4:
    case 5:
      return CreateListener(chance);
    case 6:
    case 7:
      return UpdateListener(chance);
    case 8:
    case 9:
      return DeleteListener(chance);
    case 10:
    case 11:
      return CreateCertificate(chance);
    case 12:
      return DeleteCertificate(chance);
    case 13: {
      const auto ids = Certificates("PENDING_DELETION");
      if (ids.empty()) return "nothing";
      return Told("cancel deletion", world_.certificates().CancelCertificateDeletion(
                                         chance.Pick(ids), Options(chance)));
    }
    case 14: {
      const auto ids = Certificates("ACTIVE");
      if (ids.empty()) return "nothing";
      return Told("renew",
                  world_.certificates().RenewCertificate(chance.Pick(ids), Options(chance)));
    }
    default: {
      const auto ids = FirstColumn(world_.certificates_truth(),
                                   "SELECT id FROM rollout WHERE live = 1 ORDER BY started_at, id");
      if (ids.empty() || !chance.OneIn(3)) return "nothing";
      return Told("roll back",
                  world_.certificates().RollBackRollout(chance.Pick(ids), Options(chance)));
    }
  }
}

std::string Workload::CreateLoadBalancer(Chance& chance) {
  if (LoadBalancers().size() >= kLoadBalancersMax) return "nothing";
  lb::CreateLoadBalancerDetails details{.compartment_id = world_.tenancy_id,
                                        .display_name = fmt::format("lb-{}", ++made_),
                                        .shape_name = "100Mbps",
                                        .subnet_ids = {world_.pool_id}};
  details.backend_sets = {
      {"web",
       {.policy = "ROUND_ROBIN",
        .health_checker = {.protocol = "TCP"},
        .backends = std::vector<lb::BackendDetails>{{.ip_address = "10.0.1.1", .port = 80}}}}};
  const auto certificates = Certificates("ACTIVE");
  if (!certificates.empty() && chance.OneIn(2)) {
    details.listeners = {
        {"l0", Details(10000 + static_cast<int64_t>(chance.Below(20)), chance.Pick(certificates))}};
  }
  return Told("create load balancer",
              world_.load_balancers().CreateLoadBalancer(details, Options(chance)));
}

std::string Workload::CreateListener(Chance& chance) {
  const auto ids = LoadBalancers();
  // What is going away is tried too: it must be refused.
  const auto certificates = Certificates(chance.OneIn(6) ? "PENDING_DELETION" : "ACTIVE");
  if (ids.empty() || certificates.empty()) return "nothing";
  const auto details =
      Details(10000 + static_cast<int64_t>(chance.Below(20)), chance.Pick(certificates));
  return Told("create listener", world_.load_balancers().CreateListener(
                                     chance.Pick(ids),
                                     {.name = fmt::format("l{}", chance.Below(kListenersMax)),
                                      .default_backend_set_name = details.default_backend_set_name,
                                      .port = details.port,
                                      .protocol = details.protocol,
                                      .ssl_configuration = details.ssl_configuration},
                                     Options(chance)));
}

std::string Workload::UpdateListener(Chance& chance) {
  const auto listeners = Listeners();
  const auto certificates = Certificates("ACTIVE");
  if (listeners.empty() || certificates.empty()) return "nothing";
  const auto& listener = chance.Pick(listeners);
  return Told("update listener",
              world_.load_balancers().UpdateListener(
                  listener.load_balancer_id, listener.name,
                  Details(listener.port, chance.Pick(certificates)), Options(chance)));
}

std::string Workload::DeleteListener(Chance& chance) {
  const auto listeners = Listeners();
  if (listeners.empty()) return "nothing";
  const auto& listener = chance.Pick(listeners);
  return Told("delete listener", world_.load_balancers().DeleteListener(
                                     listener.load_balancer_id, listener.name, Options(chance)));
}

std::string Workload::CreateCertificate(Chance& chance) {
  if (Certificates("ACTIVE").size() >= kCertificatesMax) return "nothing";
  const auto name = fmt::format("cert-{}", ++made_);
  return Told(
      "create certificate",
      world_.certificates().CreateCertificate(
          {.name = name,
           .compartment_id = world_.tenancy_id,
           .certificate_config = {.issuer_certificate_authority_id = world_.authority_id,
                                  .subject = wire::CertificateSubject{.common_name = name + ".sim"},
                                  .subject_alternative_names =
                                      std::vector<wire::CertificateSubjectAlternativeName>{
                                          {wire::SubjectAlternativeNameType::kDns, name + ".sim"}},
                                  .certificate_profile_type =
                                      wire::CertificateProfileType::kTlsServer,
                                  .key_algorithm = wire::KeyAlgorithm::kEcdsaP256,
                                  .validity = wire::Validity{world_.clock.Now() + kLife, {}}},
           .certificate_rules =
               std::vector<wire::CertificateRule>{
                   {.renewal_interval = "P4D", .advance_renewal_period = "P1D"}}},
          Options(chance)));
}

std::string Workload::DeleteCertificate(Chance& chance) {
  const auto certificates = Certificates("ACTIVE");
  if (certificates.empty()) return "nothing";
  return Told(
      "schedule deletion",
      world_.certificates().ScheduleCertificateDeletion(
          chance.Pick(certificates),
          {.time_of_deletion = world_.clock.Now() + std::chrono::days(2)}, Options(chance)));
}

}  // namespace perennial::sim

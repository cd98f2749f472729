// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <fmt/format.h>

#include "apps/perenniald/credentials.h"
#include "apps/perenniald/init.h"
#include "base/check.h"
#include "identity/bootstrap.h"

namespace perennial::sim {
namespace {

namespace wire = api::certificates;

constexpr char kIdentityUrl[] = "https://identity.sim:8643";
constexpr char kCertificatesUrl[] = "https://certificates.sim:8643";
constexpr char kLoadBalancerUrl[] = "https://load-balancer.sim:8643";
constexpr const char* kReplicaUrls[] = {"https://replica-1.sim:8643", "https://replica-2.sim:8643"};
constexpr char kDataDirectory[] = "/perennial";  // On simulated disks.
constexpr char kRegion[] = "home-1";
constexpr char kAddress[] = "10.0.0.10";  // Of the pool; every node of it answers there.
constexpr int kNodes = 3;

std::string HostOf(std::string_view url) { return std::string(url.substr(8)); }

// The databases lie in memory where the system has a place for that: nothing here outlives the run.
std::filesystem::path NewDirectory() {
  const std::filesystem::path memory = "/dev/shm";
  auto name = ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
               "perennial-sim-XXXXXX")
                  .string();
  CHECK(mkdtemp(name.data()) != nullptr);
  return name;
}

std::shared_ptr<const pki::PrivateKey> RsaKey(uint64_t seed) {
  SeededRandom random(seed);
  const DeterministicOpenssl openssl(random);
  auto key = pki::PrivateKey::Generate(pki::KeyAlgorithm::kRsa2048);
  CHECK(key.has_value());
  return std::make_shared<const pki::PrivateKey>(*std::move(key));
}

// A key of one's own: OpenSSL keeps with a key what it drew for it, which must not pass from one
// run to the next.
std::shared_ptr<const pki::PrivateKey> CopyOf(const pki::PrivateKey& key) {
  auto copy = pki::PrivateKey::ParsePem(key.ToPkcs8Pem());
  CHECK(copy.has_value());
  return std::make_shared<const pki::PrivateKey>(*std::move(copy));
}

}  // namespace

ReadyKeys MakeReadyKeys() {
  const ReadyKeys keys{.user = RsaKey(1), .session = RsaKey(2)};
  // What OpenSSL draws only once in a process is drawn now, so that the first run is like all
  // others.
  Trace nobody_reads(false);
  World first(0, nobody_reads, keys);
  CHECK(first.Build().has_value());
  return keys;
}

World::World(uint64_t seed, Trace& to, const ReadyKeys& keys)
    : trace(to),
      random(seed),
      network(to),
      person("person", clock, to),
      keys_{CopyOf(*keys.user), CopyOf(*keys.session)},
      directory_(NewDirectory()),
      openssl_(random),
      operator_("operator", clock, to),
      transport_(network, person) {
  network.SetHooks({.meanwhile = [] {}, .answered = [](const auto&, const auto&) {}});
  AddDaemon("identity", "identity", kIdentityUrl);
  AddDaemon("certificates-1", "certificates", kCertificatesUrl);
  AddDaemon("certificates-2", "certificates", kCertificatesUrl);
  AddDaemon("replica-1", "replica", kReplicaUrls[0]);
  AddDaemon("replica-2", "replica", kReplicaUrls[1]);
  AddDaemon("load-balancer", "load-balancer", kLoadBalancerUrl);
}

World::~World() {
  for (const auto& node : nodes) node->Destroy();
  for (const auto& daemon : daemons) daemon->Destroy();
  certificates_truth_.reset();
  load_balancer_truth_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

apps::Config World::ConfigOf(const std::string& role, const std::string& url) const {
  apps::Config config;
  config.url = url;
  config.region = kRegion;
  config.data_directory = kDataDirectory;
  config.roles = {role};
  config.accepted_hosts = {HostOf(url)};
  config.endpoints = {.identity = kIdentityUrl,
                      .certificates = kCertificatesUrl,
                      .load_balancer = kLoadBalancerUrl,
                      .audit = kIdentityUrl,
                      .updates = {kReplicaUrls[0], kReplicaUrls[1]}};
  config.worker_threads = 0;
  // Between two rounds of the simulation lie up to hours: who was seen in the last ones, lives.
  config.poll_wait = std::chrono::hours(3);
  return config;
}

void World::AddDaemon(const std::string& name, const std::string& role, const std::string& url) {
  daemons.push_back(std::make_unique<Daemon>(
      name, ConfigOf(role, url),
      Daemon::Surroundings{clock, trace, network, random, directory_.string()}));
  network.Add(HostOf(url), *daemons.back());
}

Daemon& World::Of(std::string_view role) {
  for (const auto& daemon : daemons) {
    if (daemon->config.roles.contains(std::string(role))) return *daemon;
  }
  CHECK(false);
}

std::vector<Part*> World::Parts() {
  std::vector<Part*> parts;
  for (const auto& daemon : daemons) parts.push_back(daemon.get());
  for (const auto& node : nodes) parts.push_back(node.get());
  return parts;
}

int64_t World::Writes() const {
  int64_t writes = 0;
  for (const auto& daemon : daemons) writes += daemon->writes;
  return writes;
}

api::Client World::ClientOf(const std::string& url) {
  return api::Client(transport_, credential_.get(), person.clock, random, url);
}

Result<void> World::Build() {
  TRY(MakeInstallation());
  TRY(StartDaemons());
  TRY(MakeTenantThings());
  return JoinNodes();
}

// What `perenniald init` does, onto the operator's disk.
Result<void> World::MakeInstallation() {
  auto& disk = operator_.disk;
  const auto real = directory_.string();
  TRY_ASSIGN(const auto store, apps::OpenIdentity(disk, random, {.directory = real, .url = ""}));
  TRY_ASSIGN(const auto master_key, disk.Read(apps::MasterKeyPath(real)));
  TRY(disk.ReplaceAtomically(apps::MasterKeyPath(kDataDirectory), master_key, 0600));
  const identity::Bootstrap bootstrap{*store.database, *store.envelope, clock, random, kRegion};
  TRY_ASSIGN(const auto ca, identity::CreatePlatformCa(bootstrap, {"sim"}));
  ca_pem_ = ca.certificate_pem;
  ca_hash_ = ca.hash;
  TRY_ASSIGN(
      const auto made,
      identity::CreateTenancy(
          bootstrap, {.name = "sim", .api_public_key_pem = keys_.user->public_key().ToPem()}));
  tenancy_id = made.tenancy_id;
  credential_ = std::make_unique<http_signature::StaticCredential>(http_signature::SigningKey{
      fmt::format("{}/{}/{}", made.tenancy_id, made.user_id, made.fingerprint), keys_.user});
  identity_ = std::make_unique<api::identity::IdentityClient>(ClientOf(kIdentityUrl));
  certificates_ = std::make_unique<wire::CertificatesClient>(ClientOf(kCertificatesUrl));
  load_balancers_ =
      std::make_unique<api::load_balancer::LoadBalancerClient>(ClientOf(kLoadBalancerUrl));
  for (const auto& [role, kind] :
       {std::pair("certificates", "certificates"), std::pair("load-balancer", "loadbalancer"),
        std::pair("replica", "")}) {
    const auto where = apps::CredentialsDirectory(kDataDirectory, role);
    TRY_ASSIGN(const auto key, apps::PrepareKey(disk, where));
    const auto pem = key.public_key().ToPem();
    TRY_ASSIGN(const auto id, *kind == '\0' ? identity::RegisterReplica(bootstrap, pem, {})
                                            : identity::RegisterService(bootstrap, kind, pem, {}));
    TRY(apps::FinishCredentials(disk, where, id, {}, ca_pem_));
  }
  return {};
}

Result<void> World::StartDaemons() {
  for (const auto& daemon : daemons) {
    daemon->disk.CopyFrom(operator_.disk);
    daemon->Begin();
    if (!daemon->alive()) return Fail(ErrorCode::kInternal, daemon->name + " does not start");
  }
  const auto directory = directory_.string();
  TRY_ASSIGN(certificates_truth_, storage::OpenSqlite(directory + "/certificates.db", 1));
  TRY_ASSIGN(load_balancer_truth_, storage::OpenSqlite(directory + "/load-balancer.db", 1));
  for (int round = 0; round < 2; ++round) {
    for (const auto& daemon : daemons) {
      for (const auto& step : daemon->Steps()) daemon->Enter([&] { step.run(); });
    }
  }
  return {};
}

Result<void> World::MakeTenantThings() {
  TRY_ASSIGN(const auto authority,
             certificates().CreateCertificateAuthority(
                 {.name = "root",
                  .compartment_id = tenancy_id,
                  .certificate_authority_config = {
                      .subject = wire::CertificateSubject{.common_name = "Simulated Root"},
                      .validity = wire::Validity{clock.Now() + std::chrono::days(3650), {}},
                      .signing_algorithm = wire::SignatureAlgorithm::kSha256WithEcdsa}}));
  authority_id = authority.value.id;
  TRY_ASSIGN(const auto bundle, certificates().GetCertificateAuthorityBundle(authority_id));
  root_pem = bundle.certificate_pem;
  TRY_ASSIGN(const auto pool,
             identity().CreateNodePool(
                 {.display_name = "pool", .compartment_id = tenancy_id, .addresses = {kAddress}}));
  pool_id = pool.id;
  return {};
}

Result<void> World::JoinNodes() {
  for (int i = 1; i <= kNodes; ++i) {
    TRY_ASSIGN(const auto token, identity().CreateNodeToken({.node_pool_ids = {pool_id},
                                                             .product_kinds = {"loadbalancer"}}));
    nodes.push_back(std::make_unique<Node>(
        fmt::format("node-{}", i),
        Node::Surroundings{clock,
                           trace,
                           network,
                           random,
                           keys_.session,
                           kIdentityUrl,
                           {kAddress},
                           [this](Node& node, const std::string& file, const std::string& pem) {
                             if (loaded) loaded(node, file, pem);
                           }}));
    auto& node = *nodes.back();
    TRY(node.Join(ca_pem_, ca_hash_, token.token));
    node.Begin();
    if (!node.alive()) return Fail(ErrorCode::kInternal, node.name + " does not start");
  }
  return {};
}

}  // namespace perennial::sim

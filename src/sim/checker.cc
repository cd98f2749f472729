// SPDX-License-Identifier: Apache-2.0
#include "sim/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/load_balancer/node_configuration.h"
#include "base/check.h"
#include "base/json.h"
#include "http_signature/token.h"
#include "pki/bundle.h"
#include "pki/verify.h"

namespace perennial::sim {
namespace {

namespace wire = api::certificates;

// The token in `keyId="ST$…"`; empty when the request was signed by something else.
std::string TokenOf(const HttpRequest& request) {
  const auto authorization = FindHeader(request.headers, "authorization").value_or("");
  constexpr std::string_view kStart = "keyId=\"ST$";
  const auto start = authorization.find(kStart);
  if (start == std::string::npos) return "";
  const auto rest = authorization.substr(start + kStart.size());
  return rest.substr(0, rest.find('"'));
}

struct Parsed {
  pki::Certificate leaf;
  std::vector<pki::Certificate> chain;
  pki::PrivateKey key;
};

Result<Parsed> ParseServing(const std::string& pem) {
  const auto key_at = pem.find("-----BEGIN PRIVATE KEY-----");
  if (key_at == std::string::npos) return Fail(ErrorCode::kInvalidArgument, "no key in it");
  TRY_ASSIGN(auto certificates, pki::ParseChainPem(pem.substr(0, key_at)));
  TRY_ASSIGN(auto key, pki::PrivateKey::ParsePem(std::string_view(pem).substr(key_at)));
  const auto leaf = certificates.front();
  certificates.erase(certificates.begin());
  return Parsed{leaf, std::move(certificates), std::move(key)};
}

// Everything that I6 asks of a text, at the moment of `at`.
Result<void> JudgeText(const std::string& pem, const pki::Certificate& root, Time at) {
  TRY_ASSIGN(const auto parsed, ParseServing(pem));
  TRY_ASSIGN(const auto canonical, pki::EncodeServingPem(parsed.leaf, parsed.chain, parsed.key));
  if (canonical.RevealText() != pem)
    return Fail(ErrorCode::kInvalidArgument, "it is not canonical");
  const std::vector<pki::Certificate> anchors = {root};
  return pki::VerifyChain(parsed.leaf, parsed.chain, anchors, at);
}

}  // namespace

Checker::Checker(World& world) : world_(world), root_(*pki::ParseCertificatePem(world.root_pem)) {
  world.loaded = [this](Node& node, const std::string& file, const std::string& pem) {
    Loaded(node, file, pem);
  };
}

std::vector<storage::Row> Checker::Rows(storage::Database& database, std::string_view sql,
                                        std::vector<storage::Value> parameters) {
  auto rows = database.ReadValue(
      [&](storage::Session& session) { return session.Query(sql, std::move(parameters)); });
  CHECK(rows.has_value());
  return *std::move(rows);
}

void Checker::Refuse(storage::Database& database, std::string_view invariant, std::string_view sql,
                     std::string_view what) {
  for (const auto& row : Rows(database, sql)) {
    world_.trace.Violated(invariant, fmt::format("{}: {} {}", what, row.Text(0), row.Text(1)));
  }
}

void Checker::Look() {
  if (world_.Writes() != looked_at_writes_) {
    looked_at_writes_ = world_.Writes();
    LookAtCertificates();
    LookAtUses();
  }
  for (const auto& node : world_.nodes) LookAtNode(*node);
}

void Checker::LookAtCertificates() {
  auto& truth = world_.certificates_truth();
  Refuse(
      truth, "I1",
      "SELECT a.certificates_resource_id, a.resource_id FROM association a LEFT JOIN guarded g ON "
      "g.id = a.certificates_resource_id LEFT JOIN certificate c ON c.id = g.id LEFT JOIN "
      "certificate_version v ON v.owner_id = c.id AND v.number = c.current_version WHERE g.id IS "
      "NULL OR g.lifecycle_state NOT IN ('ACTIVE', 'UPDATING') OR v.private_key IS NULL",
      "associated with what is not there any more");
  Refuse(
      truth, "I3",
      "SELECT a.certificates_resource_id, a.resource_id FROM association a LEFT JOIN "
      "association_fence f ON f.certificates_resource_id = a.certificates_resource_id AND "
      "f.resource_id = a.resource_id WHERE NOT EXISTS (SELECT 1 FROM evidence_pair p JOIN evidence "
      "e ON e.digest = p.digest WHERE p.association_id = a.id AND e.signed_at > "
      "COALESCE(f.fence_at, -1))",
      "associated without a click that is younger than the last detach");
  Refuse(
      truth, "I8",
      "SELECT v.owner_id, v.serial FROM certificate_version v LEFT JOIN issuance i ON i.subject_id "
      "= v.owner_id AND i.number = v.number AND i.serial = v.serial WHERE i.serial IS NULL",
      "signed without a record of the intention");
  for (const auto& row :
       Rows(truth, "SELECT owner_id, number, fingerprint_sha256 FROM certificate_version")) {
    const std::pair key(row.Text(0), row.Int(1));
    const auto [known, fresh] = fingerprint_of_.emplace(key, row.Text(2));
    if (fresh) by_fingerprint_[row.Text(2)] = {key.first, key.second};
    if (known->second != row.Text(2)) {
      world_.trace.Violated(
          "I8", fmt::format("two certificates are version {} of {}", key.second, key.first));
    }
  }
}

// What a committed listener names stays associated; only then does its key go on being renewed. And
// what is associated is known to its product, or nobody would ever detach it.
void Checker::LookAtUses() {
  std::set<std::pair<std::string, std::string>> associated, known;
  for (const auto& row : Rows(world_.load_balancer_truth(),
                              "SELECT certificates_resource_id, resource_id FROM attachment")) {
    known.emplace(row.Text(0), row.Text(1));
  }
  for (const auto& row :
       Rows(world_.certificates_truth(),
            "SELECT certificates_resource_id, resource_id, id FROM association")) {
    associated.emplace(row.Text(0), row.Text(1));
    if (!known.contains({row.Text(0), row.Text(1)})) {
      world_.trace.Violated("known", fmt::format("{} does not know that {} is associated with it",
                                                 row.Text(1), row.Text(0)));
    }
    for (const auto& node : world_.nodes) {
      association_of_file_[node->FileOf(row.Text(2))] = row.Text(2);
    }
  }
  for (const auto& row :
       Rows(world_.load_balancer_truth(),
            "SELECT certificates_resource_id, resource_id FROM certificate_use")) {
    if (associated.contains({row.Text(0), row.Text(1)})) continue;
    world_.trace.Violated("uses", fmt::format("a listener of {} names {}, which is not associated",
                                              row.Text(1), row.Text(0)));
  }
}

void Checker::Answered(const HttpRequest& request, const HttpResponse& response) {
  if (response.status != 200 || !request.target.contains("/certificateBundles/")) return;
  const auto bundle = DecodeJson<wire::CertificateBundle>(response.body, UnknownFields::kIgnore);
  if (!bundle || !bundle->private_key_pem) return;
  world_.trace.Reached("key-read");
  const auto claims = http_signature::ReadToken(TokenOf(request));
  if (!claims || claims->res_id.empty()) {
    world_.trace.Violated("I4", "a private key left for somebody who is no resource");
    return;
  }
  if (!Rows(world_.certificates_truth(),
            "SELECT 1 FROM association WHERE certificates_resource_id = $1 AND resource_id = $2",
            {bundle->certificate_id, claims->res_id})
           .empty()) {
    return;
  }
  world_.trace.Violated(
      "I2", fmt::format("version {} of {} left for {}, which is not associated",
                        bundle->version_number, bundle->certificate_id, claims->res_id));
}

void Checker::Loaded(Node& node, const std::string& file, const std::string& pem) {
  const auto parsed = ParseServing(pem);
  if (!parsed) {
    world_.trace.Violated(
        "I6", fmt::format("{} was given {}: {}", node.name, file, parsed.error().message));
    return;
  }
  const auto fingerprint = parsed->leaf.FingerprintSha256();
  const std::pair key(node.name, file);
  const auto known = served_.find(key);
  if (known != served_.end() && known->second.fingerprint == fingerprint) return;
  // Its time is judged by I5, at every moment.
  if (const auto judged = JudgeText(pem, root_, parsed->leaf.not_before()); !judged) {
    world_.trace.Violated(
        "I6", fmt::format("{} was given {}: {}", node.name, file, judged.error().message));
  }
  LookAtCertificates();  // It may be younger than the last look.
  const auto version = by_fingerprint_.find(fingerprint);
  if (version == by_fingerprint_.end()) {
    world_.trace.Violated("I8", node.name + " serves what no version is");
    return;
  }
  const Served now{version->second.certificate_id, fingerprint, version->second.number,
                   parsed->leaf.not_after()};
  if (known != served_.end()) JudgeOrder(node, known->second, now);
  served_[key] = now;
}

void Checker::JudgeOrder(Node& node, const Served& before, const Served& now) {
  if (before.certificate_id != now.certificate_id) {
    world_.trace.Violated("I6", node.name + " serves another certificate under the same name");
    return;
  }
  if (now.version > before.version) {
    world_.trace.Reached("renewal-served");
    return;
  }
  // A version that another one superseded before it was CURRENT is taken back, too.
  const auto rolled_back =
      Rows(world_.certificates_truth(),
           "SELECT 1 FROM rollout WHERE certificate_id = $1 AND to_version = $2 AND (state = "
           "'ROLLED_BACK' OR (state = 'SUPERSEDED' AND promoted_at IS NULL))",
           {now.certificate_id, before.version});
  if (!rolled_back.empty()) {
    world_.trace.Reached("rolled-back-served");
    return;
  }
  world_.trace.Violated("I10", fmt::format("{} went back from version {} to {} of {}", node.name,
                                           before.version, now.version, now.certificate_id));
}

// The service's word counts, not the agent's. A port may pass from one listener to another, which
// stays closed until its key has been fetched; the very same listener never closes, whatever
// certificate it names.
bool Checker::StillWanted(Node& node, const Proxy::Bind& bind, int64_t version) {
  const auto rows =
      Rows(world_.load_balancer_truth(),
           "SELECT resources FROM node_configuration WHERE node_id = $1 AND version = $2",
           {node.id(), version});
  if (rows.empty()) return false;
  const auto configuration = DecodeJson<api::load_balancer::NodeConfiguration>(
      fmt::format(R"({{"version":{},"previousHash":"","hash":"","resources":{}}})", version,
                  rows.front().Text(0)),
      UnknownFields::kIgnore);
  CHECK(configuration.has_value());
  for (const auto& resource : configuration->resources) {
    for (const auto& listener : resource.listeners) {
      if (listener.port != bind.port || !listener.ssl) continue;
      const auto unique = resource.id.substr(resource.id.rfind('.') + 1);
      if (bind.frontend == fmt::format("{}_{}", unique, listener.name)) return true;
    }
  }
  return false;
}

void Checker::LookAtState(Node& node) {
  auto& known = states_[node.name];
  if (known.disk_changes == node.disk.changes()) return;
  known.disk_changes = node.disk.changes();
  const auto state = node.State();
  if (!state) {
    world_.trace.Violated("I7", node.name + " cannot read its own state");
    return;
  }
  if (state->configuration_version < known.configuration) {
    world_.trace.Violated("I7", node.name + " took an older configuration");
  }
  known.configuration = state->configuration_version;
}

void Checker::LookAtNode(Node& node) {
  LookAtState(node);
  if (!node.proxy.running()) return;

  auto& before = binds_[node.name];
  for (const auto& bind : before) {
    const auto same = [&](const Proxy::Bind& one) {
      return one.address == bind.address && one.port == bind.port;
    };
    if (std::ranges::any_of(node.proxy.binds(), same)) continue;
    if (StillWanted(node, bind, states_[node.name].configuration)) {
      world_.trace.Violated("I7", fmt::format("{} closed port {}, which its configuration has",
                                              node.name, bind.port));
    }
  }
  before = node.proxy.binds();
  // What no listener shows any more starts anew, with CURRENT, should it ever come back.
  std::set<std::string> shown;
  for (const auto& bind : before) shown.insert(bind.files.begin(), bind.files.end());
  std::erase_if(served_, [&](const auto& entry) {
    return entry.first.first == node.name && !shown.contains(entry.first.second);
  });
  for (const auto& bind : before) {
    for (const auto& file : bind.files) {
      const auto served = served_.find({node.name, file});
      if (served == served_.end() || served->second.not_after > world_.clock.Now()) continue;
      // Whoever lost the right to it is no longer renewed.
      if (Rows(world_.certificates_truth(), "SELECT 1 FROM association WHERE id = $1",
               {association_of_file_[file]})
              .empty()) {
        continue;
      }
      world_.trace.Violated("I5",
                            fmt::format("{} serves version {} of {}, which has expired", node.name,
                                        served->second.version, served->second.certificate_id));
    }
  }
}

std::string Checker::Converged() {
  auto& certificates = world_.certificates_truth();
  auto& load_balancers = world_.load_balancer_truth();
  const auto count = [&](storage::Database& database, std::string_view sql) {
    return Rows(database, sql).front().Int(0);
  };
  if (count(load_balancers, "SELECT COUNT(*) FROM work_request WHERE time_finished IS NULL") > 0) {
    return "a work request is not finished";
  }
  if (count(certificates, "SELECT COUNT(*) FROM rollout WHERE live = 1") > 0) {
    return "a rollout goes on";
  }
  const auto associations = count(certificates, "SELECT COUNT(*) FROM association");
  const auto pairs = count(load_balancers,
                           "SELECT COUNT(*) FROM (SELECT DISTINCT certificates_resource_id, "
                           "resource_id FROM certificate_use)");
  if (associations != pairs) {
    return fmt::format("{} associations for {} pairs that are in use", associations, pairs);
  }
  for (const auto& node : world_.nodes) {
    for (const auto& row : Rows(load_balancers,
                                "SELECT l.port, l.load_balancer_id FROM listener l JOIN "
                                "load_balancer b ON b.id = l.load_balancer_id WHERE "
                                "b.lifecycle_state = 'ACTIVE'")) {
      const auto open = [&](const Proxy::Bind& bind) { return bind.port == row.Int(0); };
      if (std::ranges::none_of(node->proxy.binds(), open)) {
        return fmt::format("{} does not listen on {}", node->name, row.Int(0));
      }
    }
    for (const auto& bind : node->proxy.binds()) {
      for (const auto& file : bind.files) {
        const auto& served = served_[{node->name, file}];
        const auto rows =
            Rows(certificates, "SELECT current_version FROM certificate WHERE id = $1",
                 {served.certificate_id});
        if (rows.empty() || rows.front().Int(0) != served.version) {
          return fmt::format("{} serves version {} of {}, which is not CURRENT", node->name,
                             served.version, served.certificate_id);
        }
      }
    }
  }
  return "";
}

}  // namespace perennial::sim

// SPDX-License-Identifier: Apache-2.0
// Judges the true state after every event: the invariants of the design by their names.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "pki/certificate.h"
#include "sim/world.h"

namespace perennial::sim {

// Used by one thread. What it finds it tells the world's trace.
class Checker {
 public:
  // Takes over the hooks of the world that tell what is served; those of the network call Answered.
  explicit Checker(World& world);

  // Look judges the databases, if they changed, and what every proxy serves now.
  void Look();
  // Answered judges a key that leaves (I2, I4).
  void Answered(const HttpRequest& request, const HttpResponse& response);
  // Converged is "" when everything that was wanted has happened (I9), else what is missing.
  std::string Converged();

 private:
  struct Served {
    std::string certificate_id, fingerprint;
    int64_t version = 0;
    Time not_after;
  };
  struct Version {
    std::string certificate_id;
    int64_t number = 0;
  };
  void LookAtCertificates();
  void LookAtUses();
  void LookAtState(Node& node);
  void LookAtNode(Node& node);
  bool StillWanted(Node& node, const Proxy::Bind& bind, int64_t version);
  void Loaded(Node& node, const std::string& file, const std::string& pem);
  void JudgeOrder(Node& node, const Served& before, const Served& now);
  // Rows runs a query on the true state; no rows where it fails.
  std::vector<storage::Row> Rows(storage::Database& database, std::string_view sql,
                                 std::vector<storage::Value> parameters = {});
  // Refuse is a violation for each row of the query, told by its first columns.
  void Refuse(storage::Database& database, std::string_view invariant, std::string_view sql,
              std::string_view what);

  World& world_;
  const pki::Certificate root_;
  int64_t looked_at_writes_ = -1;
  std::map<std::string, Version> by_fingerprint_;
  std::map<std::pair<std::string, int64_t>, std::string> fingerprint_of_;
  std::map<std::pair<std::string, std::string>, Served> served_;  // By node and file.
  std::map<std::string, std::string> association_of_file_;
  std::map<std::string, std::vector<Proxy::Bind>> binds_;  // By node, when it was last looked at.
  // What the node keeps, as it was last looked at.
  struct State {
    int64_t disk_changes = -1, configuration = 0;
  };
  std::map<std::string, State> states_;  // By node.
};

}  // namespace perennial::sim

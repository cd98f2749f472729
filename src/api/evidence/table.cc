// SPDX-License-Identifier: Apache-2.0
#include "api/evidence/table.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/json_codec.h"
#include "base/ocid.h"

namespace perennial::api::evidence {
namespace {

namespace bj = boost::json;

// What may stand at a place of the body. In a pointer, `*` is each element of the last array, or
// each member of an object before it.
enum class Places {
  kNone,
  kOwn,       // /sslConfiguration of the body itself.
  kEmbedded,  // Of the listeners and backend sets that come with a new load balancer.
};

struct Row {
  std::string_view method;
  std::string_view route;  // {id} is the OCID of the product's kind, {name} a name.
  std::string_view operation;
  Action action;
  std::string_view permission;
  Places places;
};

constexpr std::string_view kBasePath = "/20170115";
constexpr std::string_view kProductKind = "loadbalancer";
constexpr std::string_view kUpdatePermission = "LOAD_BALANCER_UPDATE";

constexpr Row kTable[] = {
    {"POST", "/20170115/loadBalancers", "CreateLoadBalancer", Action::kCreate,
     "LOAD_BALANCER_CREATE", Places::kEmbedded},
    {"DELETE", "/20170115/loadBalancers/{id}", "DeleteLoadBalancer", Action::kDelete,
     "LOAD_BALANCER_DELETE", Places::kNone},
    {"POST", "/20170115/loadBalancers/{id}/changeCompartment", "ChangeLoadBalancerCompartment",
     Action::kMove, "LOAD_BALANCER_MOVE", Places::kNone},
    {"POST", "/20170115/loadBalancers/{id}/listeners", "CreateListener", Action::kUpdate,
     kUpdatePermission, Places::kOwn},
    {"PUT", "/20170115/loadBalancers/{id}/listeners/{name}", "UpdateListener", Action::kUpdate,
     kUpdatePermission, Places::kOwn},
    {"DELETE", "/20170115/loadBalancers/{id}/listeners/{name}", "DeleteListener", Action::kUpdate,
     kUpdatePermission, Places::kNone},
    {"POST", "/20170115/loadBalancers/{id}/backendSets", "CreateBackendSet", Action::kUpdate,
     kUpdatePermission, Places::kOwn},
    {"PUT", "/20170115/loadBalancers/{id}/backendSets/{name}", "UpdateBackendSet", Action::kUpdate,
     kUpdatePermission, Places::kOwn},
    {"DELETE", "/20170115/loadBalancers/{id}/backendSets/{name}", "DeleteBackendSet",
     Action::kUpdate, kUpdatePermission, Places::kNone},
};

struct Place {
  std::string_view pointer;
  bool certificates = false;  // Else authorities and CA bundles.
};
constexpr Place kOwnPlaces[] = {
    {"/sslConfiguration/certificateIds/*", true},
    {"/sslConfiguration/trustedCertificateAuthorityIds/*", false},
};
constexpr Place kEmbeddedPlaces[] = {
    {"/listeners/*/sslConfiguration/certificateIds/*", true},
    {"/listeners/*/sslConfiguration/trustedCertificateAuthorityIds/*", false},
    {"/backendSets/*/sslConfiguration/certificateIds/*", true},
    {"/backendSets/*/sslConfiguration/trustedCertificateAuthorityIds/*", false},
};

std::span<const Place> PlacesOf(const Row& row) {
  switch (row.places) {
    case Places::kNone:
      return {};
    case Places::kOwn:
      return kOwnPlaces;
    case Places::kEmbedded:
      return kEmbeddedPlaces;
  }
  return {};
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

// TakeSegment removes one "/segment" from the front. Nothing when the text does not begin with a
// slash.
std::optional<std::string_view> TakeSegment(std::string_view& text) {
  if (!text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  const auto segment = text.substr(0, text.find('/'));
  text.remove_prefix(segment.size());
  return segment;
}

// MatchRoute compares byte for byte: a target with a query, an escape or a slash too many matches
// nothing. It returns the OCID in the path, empty where the route has none.
std::optional<std::string> MatchRoute(std::string_view route, std::string_view target) {
  std::string resource_id;
  while (!route.empty()) {
    const auto wanted = TakeSegment(route);
    const auto found = TakeSegment(target);
    if (!wanted || !found) return std::nullopt;
    if (*wanted == "{id}") {
      if (OcidType(*found) != kProductKind) return std::nullopt;
      resource_id = *found;
    } else if (*wanted == "{name}") {
      if (!IsName(*found)) return std::nullopt;
    } else if (*wanted != *found) {
      return std::nullopt;
    }
  }
  if (!target.empty()) return std::nullopt;
  return resource_id;
}

struct Match {
  const Row* row = nullptr;
  std::string resource_id;
  bj::value body;  // An object; null for a deletion.
};

Result<Match> MatchEvidence(const http_signature::Evidence& evidence) {
  for (const auto& row : kTable) {
    if (row.method != evidence.method) continue;
    auto resource_id = MatchRoute(row.route, evidence.target);
    if (!resource_id) continue;
    Match match{.row = &row, .resource_id = std::move(*resource_id), .body = {}};
    if (row.method == "DELETE") {
      // Its signature need not cover a body, so a body would be anybody's.
      if (!evidence.body.empty()) {
        return Fail(ErrorCode::kInvalidArgument, "/: a deletion has no body");
      }
      return match;
    }
    TRY_ASSIGN(auto body, json_internal::ParseStrict(evidence.body));
    if (!body.is_object()) return json_internal::BadField("", "must be an object");
    match.body = std::move(body);
    return match;
  }
  return Fail(ErrorCode::kNotFound,
              fmt::format("the request {} {} authorises nothing", evidence.method.substr(0, 16),
                          evidence.target.substr(0, 200)));
}

Result<std::string> RequiredOcid(const bj::object& body, std::string_view name,
                                 std::span<const std::string_view> types) {
  const auto pointer = json_internal::Below("", name);
  const auto* value = body.if_contains(name);
  if (value == nullptr || value->is_null()) {
    return Fail(ErrorCode::kMissingArgument, pointer + ": is required");
  }
  if (!value->is_string()) return json_internal::BadField(pointer, "must be a string");
  const std::string_view text = value->get_string();
  if (std::ranges::find(types, OcidType(text)) == types.end()) {
    return json_internal::BadField(
        pointer, fmt::format("must be the OCID of a {}", fmt::join(types, " or ")));
  }
  return std::string(text);
}

Result<std::vector<std::string>> RequiredPools(const bj::object& body) {
  const auto* value = body.if_contains("subnetIds");
  if (value == nullptr || value->is_null()) {
    return Fail(ErrorCode::kMissingArgument, "/subnetIds: is required");
  }
  if (!value->is_array() || value->get_array().empty()) {
    return json_internal::BadField("/subnetIds", "must be an array that is not empty");
  }
  std::vector<std::string> pools;
  for (const auto& item : value->get_array()) {
    const auto pointer = fmt::format("/subnetIds/{}", pools.size());
    if (!item.is_string()) return json_internal::BadField(pointer, "must be a string");
    auto pool = ParseOcid(std::string_view(item.get_string()), "subnet");
    if (!pool) return json_internal::BadField(pointer, pool.error().message);
    pools.push_back(std::move(*pool));
  }
  return pools;
}

// Reads the pairs at one place into `pairs`.
class PairReader {
 public:
  PairReader(std::string resource_id, std::vector<AuthorizedPair>& pairs)
      : resource_id_(std::move(resource_id)), pairs_(pairs) {}

  Result<void> Read(const bj::value& body, const Place& place) {
    certificates_ = place.certificates;
    return Walk(body, place.pointer, "");
  }

 private:
  // `at` is where we stand, as a pointer; `rest` what is still to be walked. What is absent or null
  // there names nothing; anything else of the wrong shape is refused, lest another reader see more
  // in it.
  Result<void> Walk(const bj::value& value, std::string_view rest, const std::string& at) {
    if (rest.empty()) return Leaf(value, at);
    if (value.is_null()) return {};
    const auto step = *TakeSegment(rest);
    const bool elements = step == "*" && rest.empty();
    if (elements) {
      if (!value.is_array()) return json_internal::BadField(at, "must be an array");
      size_t index = 0;
      for (const auto& item : value.get_array()) {
        TRY(Walk(item, rest, json_internal::Below(at, std::to_string(index++))));
      }
      return {};
    }
    if (!value.is_object()) return json_internal::BadField(at, "must be an object");
    for (const auto& [key, item] : value.get_object()) {
      if (step != "*" && step != std::string_view(key)) continue;
      TRY(Walk(item, rest, json_internal::Below(at, std::string_view(key))));
    }
    return {};
  }

  Result<void> Leaf(const bj::value& value, const std::string& at) {
    if (!value.is_string()) return json_internal::BadField(at, "must be a string");
    const std::string id(value.get_string());
    const std::string type(OcidType(id));
    const bool fits = certificates_ ? type == "certificate"
                                    : type == "certificateauthority" || type == "cabundle";
    if (!fits) {
      return json_internal::BadField(at, certificates_
                                             ? "must be the OCID of a certificate"
                                             : "must be the OCID of a certificateauthority "
                                               "or a cabundle");
    }
    pairs_.push_back({id, type, resource_id_});
    return {};
  }

  const std::string resource_id_;
  std::vector<AuthorizedPair>& pairs_;
  bool certificates_ = false;
};

}  // namespace

Result<Subject> EvidenceSubject(const http_signature::Evidence& evidence) {
  TRY_ASSIGN(const auto match, MatchEvidence(evidence));
  Subject subject{.operation = std::string(match.row->operation),
                  .base_path = std::string(kBasePath),
                  .product_kind = std::string(kProductKind),
                  .action = match.row->action,
                  .permission = std::string(match.row->permission),
                  .resource_id = match.resource_id,
                  .compartment_id = {},
                  .node_pool_ids = {}};
  if (subject.action == Action::kCreate || subject.action == Action::kMove) {
    constexpr std::string_view kCompartmentTypes[] = {"compartment", "tenancy"};
    TRY_ASSIGN(subject.compartment_id,
               RequiredOcid(match.body.get_object(), "compartmentId", kCompartmentTypes));
  }
  if (subject.action == Action::kCreate) {
    TRY_ASSIGN(subject.node_pool_ids, RequiredPools(match.body.get_object()));
  }
  return subject;
}

Result<std::vector<AuthorizedPair>> PairsAuthorizedBy(const http_signature::Evidence& evidence) {
  TRY_ASSIGN(const auto match, MatchEvidence(evidence));
  std::vector<AuthorizedPair> pairs;
  PairReader reader(match.resource_id, pairs);
  for (const auto& place : PlacesOf(*match.row)) TRY(reader.Read(match.body, place));
  std::ranges::sort(pairs);
  const auto twice = std::ranges::unique(pairs);
  pairs.erase(twice.begin(), twice.end());
  return pairs;
}

std::string_view ReadPermission(std::string_view certificates_resource_type) {
  if (certificates_resource_type == "certificate") return "CERTIFICATE_READ";
  if (certificates_resource_type == "certificateauthority") return "CERTIFICATE_AUTHORITY_READ";
  if (certificates_resource_type == "cabundle") return "CABUNDLE_READ";
  return {};
}

}  // namespace perennial::api::evidence

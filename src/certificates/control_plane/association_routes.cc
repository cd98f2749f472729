// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/association_routes.h"

#include "certificates/control_plane/reached.h"

namespace perennial::certificates {
namespace {

using authz::PrincipalKind;
using service::Call;
using service::CallerRule;
using service::Outcome;
using service::Reply;

constexpr char kPublic[] = "/20210224";
constexpr char kOwn[] = "/20260101";
constexpr size_t kReportBytesMax = 2 * 1024 * 1024;
constexpr size_t kAttachBytesMax = 1024 * 1024;  // Holds the body of the user's own request.

const std::vector<CallerRule> kUsers{{PrincipalKind::kUser, ""}};
// Which kind of product it is, the evidence and the resource's OCID have to agree with.
const std::vector<CallerRule> kServices{{PrincipalKind::kService, ""}};
const std::vector<CallerRule> kNodes{{PrincipalKind::kNode, ""}};
const std::vector<CallerRule> kReplicas{{PrincipalKind::kReplica, ""}};

template <class Object, class Answer>
service::OperationHandler Bind(Object& object, Result<Answer> (Object::*method)(Call&)) {
  return [&object, method](Call& call) -> Result<Outcome> {
    TRY_ASSIGN(auto answer, (object.*method)(call));
    return Outcome(std::move(answer));
  };
}

struct Adder {
  service::Router& router;
  service::Service& service;

  void Read(std::string name, std::string path, const std::vector<CallerRule>& callers,
            service::OperationHandler handler) {
    router.Add(service, {.name = std::move(name),
                         .method = "GET",
                         .path = std::move(path),
                         .callers = callers,
                         .handler = std::move(handler),
                         .reaches = ReachesByPath(service.database()),
                         .serves_stale = true});
  }
  void Act(std::string name, std::string path, const std::vector<CallerRule>& callers,
           service::OperationHandler handler, bool serves_stale = false,
           size_t body_limit = kAttachBytesMax) {
    router.Add(service, {.name = std::move(name),
                         .method = "POST",
                         .path = std::move(path),
                         .callers = callers,
                         .handler = std::move(handler),
                         .reaches = ReachesByPath(service.database()),
                         .takes_retry_token = true,
                         .serves_stale = serves_stale,
                         .body_limit = body_limit});
  }
};

void AddAssociations(Adder add, Associations& associations) {
  const std::string own = std::string(kOwn) + "/associations";
  add.Act("AttachAssociations", own + "/actions/attach", kServices,
          Bind(associations, &Associations::Attach));
  // What takes authority away goes on with an old view of identity.
  add.Act("DetachAssociations", own + "/actions/detach", kServices,
          Bind(associations, &Associations::Detach), true);
  add.Act("ForceDetachAssociation", own + "/{associationId}/actions/forceDetach", kUsers,
          Bind(associations, &Associations::ForceDetach));
  add.Read("ListAssociations", std::string(kPublic) + "/associations", kUsers,
           Bind(associations, &Associations::List));
  add.Read("GetAssociation", std::string(kPublic) + "/associations/{associationId}", kUsers,
           Bind(associations, &Associations::Get));
  add.Read("GetWhy", std::string(kOwn) + "/why", kUsers, Bind(associations, &Associations::Why));
}

void AddRollouts(Adder add, RolloutOperations& rollouts, Reports& reports) {
  const std::string base = kOwn;
  const std::string one = base + "/rollouts/{rolloutId}";
  const std::string certificate = base + "/certificates/{certificateId}";
  add.Read("ListRollouts", base + "/rollouts", kUsers, Bind(rollouts, &RolloutOperations::List));
  add.Read("GetRollout", one, kUsers, Bind(rollouts, &RolloutOperations::Get));
  add.Act("PauseRollout", one + "/actions/pause", kUsers,
          Bind(rollouts, &RolloutOperations::Pause));
  add.Act("ResumeRollout", one + "/actions/resume", kUsers,
          Bind(rollouts, &RolloutOperations::Resume));
  add.Act("RollBackRollout", one + "/actions/rollback", kUsers,
          Bind(rollouts, &RolloutOperations::RollBack));
  add.Act("RenewCertificate", certificate + "/actions/renew", kUsers,
          Bind(rollouts, &RolloutOperations::Renew));
  add.Act("PollCertificateNow", certificate + "/actions/pollNow", kUsers,
          Bind(rollouts, &RolloutOperations::PollNow));
  add.Act("CreateObservations", base + "/observations", kNodes, Bind(reports, &Reports::Observe),
          true, kReportBytesMax);
  add.Act("ReportSightings", base + "/nodes/actions/sightings", kReplicas,
          Bind(reports, &Reports::Sight), true, kReportBytesMax);
}

}  // namespace

void AddInventoryRoutes(service::Router& router, service::Service& service,
                        InventoryOperations& inventory) {
  Adder add{router, service};
  const std::string base = kOwn;
  add.Read("GetInventory", base + "/inventory", kUsers,
           Bind(inventory, &InventoryOperations::List));
  add.Read("GetOverview", base + "/overview", kUsers,
           Bind(inventory, &InventoryOperations::Overview));
  add.Read("GetNodeServing", base + "/nodeServing", kUsers,
           Bind(inventory, &InventoryOperations::Nodes));
}

void AddAssociationRoutes(service::Router& router, service::Service& service,
                          AssociationOperations operations) {
  const Adder add{router, service};
  AddAssociations(add, operations.associations);
  AddRollouts(add, operations.rollouts, operations.reports);
  const std::string feed = std::string(kOwn) + "/changeFeed";
  Adder(add).Read("GetChangeFeed", feed, kReplicas, Bind(operations.feed, &FeedOperations::Get));
  Adder(add).Read("GetFeedSnapshot", feed + "/snapshot", kReplicas,
                  Bind(operations.feed, &FeedOperations::Snapshot));
}

}  // namespace perennial::certificates

// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/routes.h"

#include "certificates/control_plane/reached.h"

namespace perennial::certificates {
namespace {

using service::Call;
using service::CallerRule;
using service::Operation;
using service::Outcome;
using service::Reply;

constexpr char kBase[] = "/20210224";

const std::vector<CallerRule> kUsers{{authz::PrincipalKind::kUser, ""}};
// A load balancer reads what it serves.
const std::vector<CallerRule> kReaders{{authz::PrincipalKind::kUser, ""},
                                       {authz::PrincipalKind::kResource, ""}};

// The handler of a method that answers with a reply.
template <class Object>
service::OperationHandler Bind(Object& object, Result<Reply> (Object::*method)(Call&)) {
  return [&object, method](Call& call) -> Result<Outcome> {
    TRY_ASSIGN(auto reply, (object.*method)(call));
    return Outcome(std::move(reply));
  };
}

struct Adder {
  service::Router& router;
  service::Service& service;

  void Read(std::string name, std::string path, service::OperationHandler handler,
            const std::vector<CallerRule>& callers = kUsers) {
    router.Add(service, {.name = std::move(name),
                         .method = "GET",
                         .path = kBase + path,
                         .callers = callers,
                         .handler = std::move(handler),
                         .reaches = ReachesByPath(service.database()),
                         .serves_stale = true});
  }
  void Change(std::string name, std::string method, std::string path,
              service::OperationHandler handler, bool takes_retry_token = false) {
    router.Add(service, {.name = std::move(name),
                         .method = std::move(method),
                         .path = kBase + path,
                         .callers = kUsers,
                         .handler = std::move(handler),
                         .reaches = ReachesByPath(service.database()),
                         .takes_retry_token = takes_retry_token});
  }
};

void AddAuthorities(Adder add, Authorities& authorities, Bundles& bundles, Deletion& deletion) {
  const std::string one = "/certificateAuthorities/{certificateAuthorityId}";
  add.Change("CreateCertificateAuthority", "POST", "/certificateAuthorities",
             Bind(authorities, &Authorities::Create), true);
  add.Read("ListCertificateAuthorities", "/certificateAuthorities",
           Bind(authorities, &Authorities::List));
  add.Read("GetCertificateAuthority", one, Bind(authorities, &Authorities::Get));
  add.Change("ScheduleCertificateAuthorityDeletion", "POST", one + "/actions/scheduleDeletion",
             Bind(deletion, &Deletion::ScheduleAuthority));
  add.Change("CancelCertificateAuthorityDeletion", "POST", one + "/actions/cancelDeletion",
             Bind(deletion, &Deletion::CancelAuthority));
  add.Read("GetCertificateAuthorityBundle", "/certificateAuthorityBundles/{certificateAuthorityId}",
           Bind(bundles, &Bundles::GetAuthority), kReaders);
}

void AddCertificates(Adder add, Certificates& certificates, Bundles& bundles, Deletion& deletion) {
  const std::string one = "/certificates/{certificateId}";
  add.Change("CreateCertificate", "POST", "/certificates",
             Bind(certificates, &Certificates::Create), true);
  add.Read("ListCertificates", "/certificates", Bind(certificates, &Certificates::List));
  add.Read("GetCertificate", one, Bind(certificates, &Certificates::Get));
  add.Change("UpdateCertificate", "PUT", one, Bind(certificates, &Certificates::Update));
  add.Read("ListCertificateVersions", one + "/versions",
           Bind(certificates, &Certificates::ListVersions));
  add.Read("GetCertificateVersion", one + "/version/{certificateVersionNumber}",
           Bind(certificates, &Certificates::GetVersion));
  add.Change("ScheduleCertificateDeletion", "POST", one + "/actions/scheduleDeletion",
             Bind(deletion, &Deletion::ScheduleCertificate));
  add.Change("CancelCertificateDeletion", "POST", one + "/actions/cancelDeletion",
             Bind(deletion, &Deletion::CancelCertificate));
  add.Read("GetCertificateBundle", "/certificateBundles/{certificateId}",
           Bind(bundles, &Bundles::GetCertificate), kReaders);
  add.Read("ListCertificateBundleVersions", "/certificateBundles/{certificateId}/versions",
           Bind(bundles, &Bundles::ListCertificateVersions));
}

}  // namespace

void AddRoutes(service::Router& router, service::Service& service, Operations operations) {
  AddAuthorities({router, service}, operations.authorities, operations.bundles,
                 operations.deletion);
  AddCertificates({router, service}, operations.certificates, operations.bundles,
                  operations.deletion);
  router.Add(service, service::AuditRecordsOperation(service));
}

}  // namespace perennial::certificates

// SPDX-License-Identifier: Apache-2.0
// Statements on certificates. All run in the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificates/control_plane/store/authority_store.h"
#include "certificates/control_plane/store/rows.h"
#include "storage/storage.h"

namespace perennial::certificates {

// InsertCertificate stores the certificate with its first version, and the link to its issuer.
// kAlreadyExists for a name that is taken, kIncorrectState when the issuer is being deleted.
Result<void> InsertCertificate(storage::Session& session, const CertificateRow& row,
                               const VersionRow& version);

Result<std::optional<CertificateRow>> FindCertificate(storage::Session& session,
                                                      const std::string& id);

struct ListedCertificate {
  CertificateRow row;
  VersionRow current;
};
Result<std::vector<ListedCertificate>> ListCertificates(storage::Session& session,
                                                        const ResourceFilter& filter);

// SetRenewal replaces the rule and when it is due next; neither raises the revision.
Result<void> SetRenewal(storage::Session& session, const std::string& id,
                        const std::optional<RenewalRule>& rule, std::optional<Time> renew_at);

// SetRenewalDue says when the next attempt is due, how many have failed since the last promotion,
// and why.
Result<void> SetRenewalDue(storage::Session& session, const std::string& id,
                           std::optional<Time> renew_at, int64_t attempts,
                           const std::optional<std::string>& error);

// DueRenewals lists ACTIVE certificates whose renewal is due, the longest due first.
Result<std::vector<CertificateRow>> DueRenewals(storage::Session& session, Time now, int64_t limit);
// NextRenewal returns when the earliest renewal of all is due.
Result<std::optional<Time>> NextRenewal(storage::Session& session);

// ClaimRenewal moves the due time from `seen` to `retry_at` and counts an attempt: the caller alone
// renews now, and if it dies the renewal is due again. False when somebody else was first.
Result<bool> ClaimRenewal(storage::Session& session, const std::string& id, Time seen,
                          Time retry_at);

}  // namespace perennial::certificates

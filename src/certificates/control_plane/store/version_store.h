// SPDX-License-Identifier: Apache-2.0
// Statements on the versions of certificates and of authorities, which are alike. `kind` says
// which.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certificates/control_plane/store/rows.h"
#include "service/page.h"
#include "storage/storage.h"

namespace perennial::certificates {

Result<void> InsertVersion(storage::Session& session, Kind kind, const VersionRow& row);
Result<std::optional<VersionRow>> FindVersion(storage::Session& session, Kind kind,
                                              const std::string& owner_id, int64_t number);
Result<std::optional<VersionRow>> FindVersionByName(storage::Session& session, Kind kind,
                                                    const std::string& owner_id,
                                                    const std::string& name);

struct VersionFilter {
  std::optional<int64_t> number;
  service::SortOrder order = service::SortOrder::kAscending;
  std::optional<int64_t> after;  // The last number of the page before.
  int64_t limit = 1000;
};
Result<std::vector<VersionRow>> ListVersions(storage::Session& session, Kind kind,
                                             const std::string& owner_id,
                                             const VersionFilter& filter);

// DrawVersion returns the next number, which is never drawn again. kNotFound without such an owner.
Result<int64_t> DrawVersion(storage::Session& session, Kind kind, const std::string& owner_id);

// SetMarks writes current, previous and latest; `last` stays what was drawn.
Result<void> SetMarks(storage::Session& session, Kind kind, const std::string& owner_id,
                      const VersionMarks& marks);

// ClearPending takes versions up to `through` out of PENDING; with `only`, that one alone.
Result<void> ClearPendingThrough(storage::Session& session, Kind kind, const std::string& owner_id,
                                 int64_t through);
Result<void> ClearPending(storage::Session& session, Kind kind, const std::string& owner_id,
                          int64_t number);

// WipeKeys forgets the private keys of all versions of a deleted owner.
Result<void> WipeKeys(storage::Session& session, Kind kind, const std::string& owner_id);

// What is about to be signed, recorded before it is. After a crash every serial that may exist is
// known.
struct IssuanceRow {
  std::string issuer_id;  // Its own, of a root.
  std::string serial;     // Lower-case hex.
  std::string subject_id;
  int64_t number = 1;
  storage::Blob to_be_signed;
  Time recorded_at;
};
// ReserveSerial returns false when the issuer has used the serial, or the number was reserved
// before.
Result<bool> ReserveSerial(storage::Session& session, const IssuanceRow& row);

}  // namespace perennial::certificates

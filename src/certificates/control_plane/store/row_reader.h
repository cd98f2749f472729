// SPDX-License-Identifier: Apache-2.0
// How columns become row values. Only the stores of this folder include this.
#pragma once

#include <string>

#include "base/check.h"
#include "base/json.h"
#include "base/wire_enum.h"
#include "certificates/control_plane/store/rows.h"
#include "storage/storage.h"

namespace perennial::certificates {

// What we wrote ourselves decodes; anything else means that the database was tampered with or is
// another's.
template <class T>
Result<T> StoredJson(const storage::Row& row, size_t column) {
  auto value = DecodeJson<T>(row.Text(column), UnknownFields::kIgnore);
  if (!value)
    return Fail(ErrorCode::kInternal, "a stored value is damaged: " + value.error().message);
  return value;
}

template <class E>
Result<E> StoredEnum(const storage::Row& row, size_t column) {
  const auto value = FromWireName<E>(row.Text(column));
  if (!value) return Fail(ErrorCode::kInternal, "a stored word is unknown: " + row.Text(column));
  return *value;
}

// The columns of `guarded g`, in the order that ReadGuarded expects, and how many there are.
inline constexpr char kGuardedColumns[] =
    "g.id, g.kind, g.compartment_id, g.name, g.lifecycle_state, g.revision, g.description, g.tags, "
    "g.created_at, g.deletion_at";
inline constexpr size_t kGuardedColumnCount = 10;
Result<void> ReadGuarded(const storage::Row& row, GuardedRow& into);

// The columns of `<version table> v`.
inline constexpr char kVersionColumns[] =
    "v.owner_id, v.number, v.name, v.serial, v.issuer_version, v.not_before, v.not_after, "
    "v.certificate_pem, v.chain_pem, v.fingerprint_sha256, v.private_key, v.pending, v.created_at, "
    "v.deletion_at";
inline constexpr size_t kVersionColumnCount = 14;
VersionRow ReadVersion(const storage::Row& row, size_t first);

// The last part of a list: which rows, in which order, from where. Appends to both arguments.
struct ResourceFilter;
Result<void> AppendFilter(const ResourceFilter& filter, std::string& sql,
                          std::vector<storage::Value>& parameters);

const char* OwnerTable(Kind kind);
const char* VersionTable(Kind kind);

}  // namespace perennial::certificates

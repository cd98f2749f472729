// SPDX-License-Identifier: Apache-2.0
// Whose certificate a refused call reached for. Somebody with the credentials of a service belongs
// to no tenancy: without this nobody but the operator would ever learn of the attempt.
#pragma once

#include <functional>
#include <string>

#include "service/call.h"
#include "storage/storage.h"

namespace perennial::certificates {

// AboutReached names the certificate, authority or association with this id for the audit. Nothing
// happens when there is none: the record then stands in no compartment.
void AboutReached(service::Call& call, storage::Database& database, const std::string& id);

// ReachesByPath does that for every id in the path; it is what Operation::reaches wants. The
// database must outlive it.
std::function<void(service::Call&)> ReachesByPath(storage::Database& database);

}  // namespace perennial::certificates

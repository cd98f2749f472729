// SPDX-License-Identifier: Apache-2.0
// The tables of the certificates service: its own schema, and the guard in the database (ADR-0004).
//
// `guarded` holds what certificates, authorities and bundles have in common, above all the
// lifecycle state. An association (and an issuer link, for what an authority has issued) refers to
// (id, attachable = 1): so the database refuses to move away what is in use, and to attach what is
// going away. On SQLite triggers refuse it again, because any connection may have foreign_keys=OFF.
#pragma once

#include <span>

#include "storage/storage.h"

namespace perennial::certificates {

// Migrations of this service, with those of service/ and keys/ in front. The change feed is the
// chained log named "change_feed".
std::span<const storage::Migration> Migrations();

}  // namespace perennial::certificates

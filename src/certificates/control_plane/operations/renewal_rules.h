// SPDX-License-Identifier: Apache-2.0
// The renewal rule of a body, and what the operations on one certificate share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "certificates/control_plane/renewal_schedule.h"
#include "certificates/control_plane/store/rows.h"
#include "storage/storage.h"

namespace perennial::certificates {

// RenewalRuleOf parses and judges the rules for a certificate of this lifetime: nothing for an
// empty list. kInvalidArgument begins with the pointer and names the latest allowed value.
Result<std::optional<RenewalRule>> RenewalRuleOf(const std::vector<wire::CertificateRule>& rules,
                                                 seconds lifetime, const RenewalLimits& limits);

struct FoundCertificate {
  CertificateRow row;
  VersionRow current;
};
// FindWithCurrent: kNotFound without such a certificate.
Result<FoundCertificate> FindWithCurrent(storage::Session& session, const std::string& id);

// VersionNumberOf parses a path's version number; kNotFound for anything that cannot be one.
Result<int64_t> VersionNumberOf(std::string_view text);

}  // namespace perennial::certificates

// SPDX-License-Identifier: Apache-2.0
// Which members of a polymorphic object belong to its variant. The codec takes the union; these
// refuse the rest: kInvalidArgument for a member of another variant, kMissingArgument for one that
// the variant needs, both beginning with the pointer.
#pragma once

#include <string_view>

#include "api/certificates/authority_types.h"
#include "api/certificates/certificate_types.h"
#include "api/certificates/feed_types.h"

namespace perennial::api::certificates {

Result<void> CheckVariant(std::string_view pointer, const CreateCertificateConfigDetails& config);
Result<void> CheckVariant(std::string_view pointer, const UpdateCertificateConfigDetails& config);
Result<void> CheckVariant(std::string_view pointer,
                          const CreateCertificateAuthorityConfigDetails& config);
Result<void> CheckVariant(std::string_view pointer, const CertificateAuthorityRule& rule);
Result<void> CheckVariant(std::string_view pointer, const Change& change);

// A whole body: its configuration, its rules (at most one renewal rule and none for a certificate
// that cannot renew itself; at most one rule of each type for an authority), its tags, and that
// currentVersionNumber stands alone.
Result<void> CheckBody(const CreateCertificateDetails& details);
Result<void> CheckBody(const UpdateCertificateDetails& details);
Result<void> CheckBody(const CreateCertificateAuthorityDetails& details);

}  // namespace perennial::api::certificates

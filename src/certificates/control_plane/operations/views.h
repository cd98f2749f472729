// SPDX-License-Identifier: Apache-2.0
// Rows as the wire shows them, and the reverse for the few parts that both sides need.
#pragma once

#include <optional>
#include <string>

#include "certificates/control_plane/store/rows.h"
#include "service/page.h"

namespace perennial::certificates {

wire::CertificateAuthority AuthorityView(const AuthorityRow& row, const VersionRow& current);
wire::CertificateAuthoritySummary AuthoritySummaryView(const AuthorityRow& row,
                                                       const VersionRow& current);
wire::CertificateAuthorityVersionSummary AuthorityVersionView(const AuthorityRow& row,
                                                              const VersionRow& version);
wire::CertificateAuthorityBundle AuthorityBundleView(const AuthorityRow& row,
                                                     const VersionRow& version);

wire::Certificate CertificateView(const CertificateRow& row, const VersionRow& current);
wire::CertificateSummary CertificateSummaryView(const CertificateRow& row,
                                                const VersionRow& current);
wire::CertificateVersion VersionView(const CertificateRow& row, const VersionRow& version);
wire::CertificateBundle BundleView(const CertificateRow& row, const VersionRow& version);

wire::CertificateBundleVersionSummary BundleVersionView(const CertificateRow& row,
                                                        const VersionRow& version);

// SerialText writes a serial as OCI does: `03 AC FC FA`.
std::string SerialText(const std::string& hex);

// EtagOf makes the etag of a certificate or authority.
std::string EtagOf(const GuardedRow& row);

}  // namespace perennial::certificates

// SPDX-License-Identifier: Apache-2.0
// The console's own certificate: files that an operator wrote, or that certbot writes anew while we
// run. Whatever is wrong with them, the platform's certificate goes on serving everybody else.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/perenniald/config.h"
#include "base/files.h"
#include "base/time.h"
#include "net/server.h"

namespace perennial::apps {

struct OwnCertificate {
  net::NamedIdentity named;  // The names that the certificate spells out, and that of the URL.
  std::string fingerprint;   // Lower-case hex of SHA-256.
  Time not_after;
};

// LoadOwnCertificate follows symbolic links, as certbot leaves them. kInvalidArgument names key and
// rule, as in `[console] key: /etc/x.pem may be read by everybody`: a file that is absent or not
// the one PEM it must be; a key that others may read, or of another certificate; a chain out of
// order; a certificate that is not for servers, not valid at `now`, or not for the URL's name.
Result<OwnCertificate> LoadOwnCertificate(const OwnCertificateConfig& config, const Files& files,
                                          Time now);

// What goes on record: a certificate was taken into service, or was refused, and why.
struct OwnCertificateNote {
  bool refused = false;
  std::string fingerprint;  // Of what is served; empty when refused.
  std::string reason;
};

// Looks at the files again and again. Used by one thread.
class OwnCertificateWatch {
 public:
  struct Parts {
    OwnCertificateConfig config;
    const Files& files;
    std::vector<std::string> kept;  // Names that stay with the platform's certificate.
    std::function<Result<void>(const net::NamedIdentity&)> serve;
    std::function<void(const OwnCertificateNote&)> record;
  };
  explicit OwnCertificateWatch(Parts parts) : parts_(std::move(parts)) {}

  // Look serves what is new. What is bad is never served: the last good one stays, and the reason
  // is logged and recorded once. It must be seen twice, because two files are never replaced at
  // once; at the first look there is nothing to wait for.
  void Look(Time now);

 private:
  Result<void> LookOnce(Time now);
  void Complain(const std::string& reason);

  const Parts parts_;
  std::string served_chain_pem_;
  std::optional<std::string> suspected_, complained_;
  bool looked_ = false;
};

}  // namespace perennial::apps

// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/recover.h"

#include <fmt/format.h>

#include "apps/perenniald/init.h"

namespace perennial::apps {

Result<identity::HostLink> RecoverAdmin(const Config& config, const identity::Recovery& recovery) {
  SystemFiles files;
  SystemRandom random;
  SystemClock clock;
  if (!files.Read(CaHashPath(config.data_directory))) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} holds no installation; run `perenniald init` first",
                            config.data_directory));
  }
  TRY_ASSIGN(const auto store, OpenIdentity(files, random, config.database()));
  return identity::RecoverUser({*store.database, *store.envelope, clock, random, config.region},
                               recovery);
}

std::string ConsoleText(const ConsoleAccess& access) {
  return fmt::format(
      "First let the browser trust the platform CA, once. It can vouch for nothing but this host:\n"
      "its name constraints are critical. Its SHA-256 is {1}\n"
      "  Chromium  perennial --config-directory {4} trust install\n"
      "            (or: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n perennial -i {0})\n"
      "  Firefox   Settings, Privacy & Security, Certificates, View Certificates, Authorities,\n"
      "            Import {0}, and tick \"trust this CA to identify websites\"\n"
      "  macOS     security add-trusted-cert -r trustRoot \\\n"
      "              -k ~/Library/Keychains/login.keychain-db {0}\n"
      "  Windows   copy {0} there, then\n"
      "            certutil -user -addstore Root ca.pem\n"
      "\n"
      "Then open this link. It works once, within 24 hours:\n"
      "  {2}{3}\n",
      access.ca_path, access.ca_hash, access.url, access.link_path, access.context_directory);
}

}  // namespace perennial::apps

// SPDX-License-Identifier: Apache-2.0
// `perenniald recover-admin`, and what `init` says about signing in to the console.
#pragma once

#include <string>

#include "apps/perenniald/config.h"
#include "base/error.h"
#include "identity/sessions/host.h"

namespace perennial::apps {

// RecoverAdmin: see identity::RecoverUser. kNotFound where there is no installation.
Result<identity::HostLink> RecoverAdmin(const Config& config, const identity::Recovery& recovery);

// ConsoleText is the link, and how a browser comes to trust the platform CA: two lines for each of
// Chromium, Firefox, macOS and Windows.
struct ConsoleAccess {
  std::string url, link_path, ca_path, ca_hash, context_directory;
};
std::string ConsoleText(const ConsoleAccess& access);

}  // namespace perennial::apps

// SPDX-License-Identifier: Apache-2.0
// A certificate as commands name it and as people read it.
#pragma once

#include <string>

#include "api/certificates/types.h"
#include "api/client.h"
#include "cli/command.h"
#include "cli/session.h"

namespace perennial::cli {

// Of the operand CERTIFICATE, in --compartment.
Outcome<std::string> CertificateIdOf(Session& session, const Arguments& arguments);
Outcome<api::Tagged<api::certificates::Certificate>> GetCertificateNamed(
    Session& session, const Arguments& arguments);

void ShowCertificate(Session& session, const api::certificates::Certificate& certificate);

// Of AddCertificateCommands (commands.h).
void AddCertificateCreate(CommandTree& tree);

}  // namespace perennial::cli

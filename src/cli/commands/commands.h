// SPDX-License-Identifier: Apache-2.0
// One function a file of this folder: each adds its commands to the tree, in the order of the help.
#pragma once

#include "cli/command.h"

namespace perennial::cli {

void AddContextCommands(CommandTree& tree);    // login logout whoami context
void AddStatusCommands(CommandTree& tree);     // status
void AddWhyCommands(CommandTree& tree);        // why
void AddAuthorityCommands(CommandTree& tree);  // ca
void AddCertificateCommands(CommandTree& tree);
void AddCertificateDeletionCommands(CommandTree& tree);
void AddAssociationCommands(CommandTree& tree);
void AddRolloutCommands(CommandTree& tree);
void AddRolloutWatchCommands(CommandTree& tree);
void AddLoadBalancerCommands(CommandTree& tree);  // load-balancer work-request
void AddBackendCommands(CommandTree& tree);       // backend-set backend
void AddListenerCommands(CommandTree& tree);
void AddNodeCommands(CommandTree& tree);      // node node-pool
void AddIdentityCommands(CommandTree& tree);  // compartment user group api-key
void AddPolicyCommands(CommandTree& tree);
void AddSessionCommands(CommandTree& tree);  // user link, session
void AddTrustCommands(CommandTree& tree);    // trust
void AddAuditCommands(CommandTree& tree);       // audit api
void AddCompletionCommands(CommandTree& tree);  // completion

}  // namespace perennial::cli

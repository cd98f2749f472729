// SPDX-License-Identifier: Apache-2.0
// All wire types of certificates. Lists are {"items": […]}.
#pragma once

#include "api/certificates/association_types.h"
#include "api/certificates/authority_types.h"
#include "api/certificates/certificate_types.h"
#include "api/certificates/feed_types.h"
#include "api/certificates/inventory_types.h"
#include "api/certificates/rollout_types.h"

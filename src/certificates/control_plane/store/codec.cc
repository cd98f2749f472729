// SPDX-License-Identifier: Apache-2.0
#include "base/json_codec.h"
#include "certificates/control_plane/store/rows.h"

namespace perennial::certificates {
BOOST_DESCRIBE_STRUCT(Tags, (), (freeform_tags, defined_tags))
}  // namespace perennial::certificates

PERENNIAL_JSON_TYPE(perennial::certificates::Tags)

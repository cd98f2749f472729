// SPDX-License-Identifier: Apache-2.0
#include "base/json_codec.h"
#include "identity/store/rows.h"

namespace perennial::identity {
BOOST_DESCRIBE_STRUCT(Tags, (), (freeform_tags, defined_tags))
}  // namespace perennial::identity

PERENNIAL_JSON_TYPE(perennial::identity::Tags)

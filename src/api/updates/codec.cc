// SPDX-License-Identifier: Apache-2.0
#include "api/updates/types.h"
#include "base/json_codec.h"

namespace perennial::json_internal {

// A pair is an array: 10,000 of them travel at once.
template <>
Result<api::updates::ServedAssociation> Decode<api::updates::ServedAssociation>(
    const bj::value& value, const std::string& pointer, UnknownFields unknown) {
  if (!value.is_array() || value.get_array().size() != 2) {
    return BadField(pointer, "must be an array of an association's OCID and a version");
  }
  const auto& pair = value.get_array();
  TRY_ASSIGN(auto id, Decode<std::string>(pair[0], Below(pointer, "0"), unknown));
  TRY_ASSIGN(const auto version, Decode<int64_t>(pair[1], Below(pointer, "1"), unknown));
  return api::updates::ServedAssociation{.association_id = std::move(id), .version = version};
}

template <>
bj::value Encode<api::updates::ServedAssociation>(const api::updates::ServedAssociation& served) {
  bj::array pair;
  pair.emplace_back(bj::string_view(served.association_id));
  pair.emplace_back(served.version);
  return pair;
}

}  // namespace perennial::json_internal

namespace perennial::api::updates {

BOOST_DESCRIBE_STRUCT(PollRequest, (),
                      (format, wait_seconds, cursor, set_digest, set, added, removed))
BOOST_DESCRIBE_STRUCT(UpdateNews, (), (association_id, wanted, revision, ended))
BOOST_DESCRIBE_STRUCT(PollAnswer, (),
                      (format, cursor, set_digest, need_set, changes, behind_seconds))

}  // namespace perennial::api::updates

PERENNIAL_JSON_TYPE(perennial::api::updates::PollRequest)
PERENNIAL_JSON_TYPE(perennial::api::updates::PollAnswer)

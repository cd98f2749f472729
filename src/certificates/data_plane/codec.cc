// SPDX-License-Identifier: Apache-2.0
#include "base/json_codec.h"
#include "certificates/data_plane/follower.h"

namespace perennial::json_internal {

// A change is encoded by its own room; here it is only carried.
template <>
Result<replica::feed::Change> Decode<replica::feed::Change>(const bj::value& value,
                                                            const std::string& pointer,
                                                            UnknownFields unknown) {
  auto change = DecodeJson<replica::feed::Change>(bj::serialize(value), unknown);
  if (!change) return Fail(change.error().code, pointer + change.error().message);
  return change;
}

template <>
bj::value Encode<replica::feed::Change>(const replica::feed::Change& change) {
  return bj::parse(EncodeJson(change));
}

}  // namespace perennial::json_internal

namespace perennial::replica {
BOOST_DESCRIBE_STRUCT(SnapshotFile, (), (format, position, hash, cursor_key, rows))
}  // namespace perennial::replica

PERENNIAL_JSON_TYPE(perennial::replica::SnapshotFile)

// SPDX-License-Identifier: Apache-2.0
#include "base/json_codec.h"
#include "certificates/data_plane/follower.h"

namespace perennial::replica {

// As it stands in the file: the rows have their codec in api/, and are carried here as text.
struct StoredSnapshot {
  int64_t format = 1;
  int64_t position = 0;
  std::string hash;
  std::string cursor_key;
  RawJson rows;
};
BOOST_DESCRIBE_STRUCT(StoredSnapshot, (), (format, position, hash, cursor_key, rows))

}  // namespace perennial::replica

PERENNIAL_JSON_TYPE(perennial::replica::StoredSnapshot)

template <>
perennial::Result<perennial::replica::SnapshotFile>
perennial::DecodeJson<perennial::replica::SnapshotFile>(std::string_view text,
                                                        UnknownFields unknown) {
  TRY_ASSIGN(auto stored, DecodeJson<replica::StoredSnapshot>(text, unknown));
  TRY_ASSIGN(auto rows,
             DecodeJson<std::vector<replica::feed::Change>>(
                 stored.rows.text.empty() ? "[]" : stored.rows.text, unknown));
  return replica::SnapshotFile{.format = stored.format,
                               .position = stored.position,
                               .hash = std::move(stored.hash),
                               .cursor_key = std::move(stored.cursor_key),
                               .rows = std::move(rows)};
}

template <>
std::string perennial::EncodeJson<perennial::replica::SnapshotFile>(
    const replica::SnapshotFile& file) {
  return EncodeJson(replica::StoredSnapshot{.format = file.format,
                                            .position = file.position,
                                            .hash = file.hash,
                                            .cursor_key = file.cursor_key,
                                            .rows = RawJson{EncodeJson(file.rows)}});
}

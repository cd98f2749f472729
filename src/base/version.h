// SPDX-License-Identifier: Apache-2.0
// What `--version` of the three programs says, and a node tells of its agent. As in CMakeLists.txt.
#pragma once

namespace perennial {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace perennial

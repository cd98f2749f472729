// SPDX-License-Identifier: Apache-2.0
// Asking a program on this host over its Unix socket: one question, one answer, to the end of the
// stream.
#pragma once

#include <string>

#include "base/error.h"
#include "base/time.h"

namespace perennial::net {

// ExchangeOverUnixSocket connects, writes all of `question`, and returns what comes until the other
// end closes, at most 16 MiB. kUnavailable: no socket there, nobody listens, the deadline passed,
// or too much came; the message says which. The question may have been carried out unless the
// message is about connecting.
Result<std::string> ExchangeOverUnixSocket(const std::string& path, std::string_view question,
                                           Duration deadline);

}  // namespace perennial::net

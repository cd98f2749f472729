// SPDX-License-Identifier: Apache-2.0
// Small texts for people: times, counts, and strings of a service that must not steer a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace perennial::cli {

// Printable replaces control characters (and what is not UTF-8) by '?': a name that somebody else
// chose may hold escape sequences. Line feeds stay where `lines` is true.
std::string Printable(std::string_view text, bool lines = false);

// Columns that the text takes: one for each character.
size_t Width(std::string_view text);

// "40 s", "12 min", "5 h", "3 days": the two largest units are enough for a person.
std::string ForPeople(Duration duration);

// "in 3 days", "12 min ago", "now".
std::string Relative(Time time, Time now);

// "in 3 days (2026-03-01T12:00:00.000Z)"; "-" without a time.
std::string RelativeAndExact(std::optional<Time> time, Time now);

// "3 nodes", "1 node".
std::string Count(size_t count, std::string_view noun);

// Indented for people to read; the text is JSON already. Text that is not stays as it is.
std::string PrettyJson(std::string_view json);

// The candidate that a mistyped word most likely meant, or empty when none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace perennial::cli

// SPDX-License-Identifier: Apache-2.0
// What several commands do alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/certificates/types.h"
#include "api/client.h"
#include "api/load_balancer/load_balancer_types.h"
#include "base/wire_enum.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "cli/session.h"

namespace perennial::cli {

// All asks for all pages of a list. `fetch` takes the query with its page.
template <class Fetch,
          class T = typename decltype(std::declval<Fetch>()(api::Query())->items)::value_type>
Outcome<std::vector<T>> All(const api::Query& query, Fetch fetch) {
  auto all = api::AllPages([&](const std::string& page) {
    auto asked = query;
    asked.emplace_back("page", page);
    return fetch(asked);
  });
  if (!all) return std::unexpected(Failure(std::move(all).error()));
  return std::move(*all);
}

// PrintList shows a list in the format that was asked for; nothing found is a word on stderr.
void PrintList(Session& session, std::string_view json, const std::vector<std::string>& ids,
               const Table& table, std::string_view when_empty);

template <class T>
std::vector<std::string> IdsOf(const std::vector<T>& items) {
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.id);
  return ids;
}

// PrintOne shows one thing: its JSON, its OCID, or its fields.
void PrintOne(Session& session, std::string_view json, std::string_view id, const Fields& fields);

// A state as the service spells it, in the tone that it deserves.
Cell StateCell(std::string_view state);
template <class E>
Cell StateCellOf(E state) {
  return StateCell(WireNameOf(state));
}
std::string StagesText(const std::vector<api::certificates::Stage>& stages);

// --days, --validity and --until; at most one of them. `fallback` days otherwise.
std::vector<Flag> ValidityFlags(std::string_view fallback_days);
// How long something issued now shall live; nothing with --until.
struct Lifetime {
  std::optional<seconds> length;
  std::string said;  // The flag that said so; empty: none did.
  // The server's clock is another one: only with its beginning said a life has exactly its length.
  std::optional<Time> not_before;
  Time not_after;

  // Of `of` seconds from `from` on, both ends counted.
  void Begin(std::chrono::sys_seconds from, seconds of);
};
Outcome<Lifetime> LifetimeOf(const Arguments& arguments, int64_t fallback_days, Time now);

// The flags of a command that starts a work request, and waiting for its end. Progress goes to
// stderr. Stops with kFailed when the work failed, and with kStillGoing after --wait (0: do not
// wait at all).
Flag WaitFlag();
Outcome<api::load_balancer::WorkRequest> AwaitWork(Session& session, const Arguments& arguments,
                                                   const std::string& work_request_id);

}  // namespace perennial::cli

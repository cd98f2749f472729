// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/common.h"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::cli {
namespace {

namespace lbs = api::load_balancer;

constexpr Duration kLookEvery = std::chrono::milliseconds(300);

}  // namespace

void PrintList(Session& session, std::string_view json, const std::vector<std::string>& ids,
               const Table& table, std::string_view when_empty) {
  if (session.json()) {
    session.PrintJson(json);
  } else if (session.names()) {
    for (const auto& id : ids) session.PrintLine(id);
  } else if (table.empty()) {
    session.err() << when_empty << "\n";
  } else {
    table.Print(session.out(), session.colours());
  }
}

void PrintOne(Session& session, std::string_view json, std::string_view id, const Fields& fields) {
  if (session.json()) {
    session.PrintJson(json);
  } else if (session.names()) {
    session.PrintLine(id);
  } else {
    fields.Print(session.out(), session.colours());
  }
}

Cell StateCell(std::string_view state) {
  constexpr std::string_view kGood[] = {"ACTIVE", "SUCCEEDED", "COMPLETE", "PROVED", "OPEN"};
  constexpr std::string_view kBad[] = {"FAILED", "STALLED", "ROLLED_BACK", "REFUSED_BY_GATE",
                                       "CLOSED"};
  constexpr std::string_view kFaint[] = {"DELETED", "REMOVED", "SUPERSEDED", "INACTIVE", "SILENT"};
  auto tone = Tone::kWarning;  // On its way from one to the other.
  if (std::ranges::find(kGood, state) != std::end(kGood)) tone = Tone::kGood;
  if (std::ranges::find(kBad, state) != std::end(kBad)) tone = Tone::kBad;
  if (std::ranges::find(kFaint, state) != std::end(kFaint)) tone = Tone::kFaint;
  return {std::string(state), tone};
}

std::string StagesText(const std::vector<api::certificates::Stage>& stages) {
  std::string text;
  for (const auto stage : stages) {
    if (!text.empty()) text += " ";
    text += WireNameOf(stage);
  }
  return text;
}

std::vector<Flag> ValidityFlags(std::string_view fallback_days) {
  return {
      {.name = "--days",
       .value = "N",
       .help = fmt::format("how long it lives, in days; {} without any of these", fallback_days)},
      {.name = "--validity", .value = "PERIOD", .help = "the same as P90D, PT200S or 12h"},
      {.name = "--until", .value = "TIME", .help = "the last second, as 2026-12-31T23:59:59Z"}};
}

Outcome<Lifetime> LifetimeOf(const Arguments& arguments, int64_t fallback_days, Time now) {
  TRY_ASSIGN(const auto days, arguments.Number("--days"));
  TRY_ASSIGN(const auto period, arguments.Period("--validity"));
  TRY_ASSIGN(const auto until, arguments.Moment("--until"));
  if (int{days.has_value()} + int{period.has_value()} + int{until.has_value()} > 1) {
    return Stop(Exit::kUsage, "how long it lives is said twice",
                "only one of --days, --validity and --until can be true");
  }
  if (until) return Lifetime{.said = "--until", .not_after = *until};
  if (days && (*days < 1 || *days > 36500)) {
    return Stop(Exit::kUsage, fmt::format("--days cannot be {}", *days), "it is 1 to 36500");
  }
  const auto length = period.value_or(seconds(days.value_or(fallback_days) * 86400));
  if (length <= seconds(1)) {
    return Stop(Exit::kUsage, "--validity is too short", "it is longer than a second");
  }
  Lifetime lifetime{.said = days ? "--days" : period ? "--validity" : ""};
  lifetime.Begin(ToSeconds(now), length);
  return lifetime;
}

// Both ends count (RFC 5280 §4.1.2.5): the last second is one before the next life.
void Lifetime::Begin(std::chrono::sys_seconds from, seconds of) {
  length = of;
  not_before = from;
  not_after = from + of - seconds(1);
}

Flag WaitFlag() {
  return {.name = "--wait",
          .value = "PERIOD",
          .help = "how long to wait for the end of the work; 0s: not at all",
          .fallback = "2m"};
}

Outcome<lbs::WorkRequest> AwaitWork(Session& session, const Arguments& arguments,
                                    const std::string& work_request_id) {
  TRY_ASSIGN(const auto patience, arguments.Period("--wait"));
  TRY_ASSIGN(auto* client, session.load_balancers());
  const auto started = session.clock().Monotonic();
  std::string told;
  while (true) {
    TRY_ASSIGN(auto work, client->GetWorkRequest(work_request_id));
    const auto state = std::string(WireNameOf(work.lifecycle_state));
    if (state != told) {
      session.err() << Printable(fmt::format("{}: {}", work.type, state)) << "\n" << std::flush;
      told = state;
    }
    if (work.lifecycle_state == lbs::WorkRequestState::kFailed) {
      const auto why =
          work.error_details.empty() ? work.message : work.error_details.front().message;
      return Stop(Exit::kFailed, fmt::format("{} failed", work.type), why,
                  fmt::format("perennial work-request show {}", work_request_id));
    }
    if (work.lifecycle_state == lbs::WorkRequestState::kSucceeded) return work;
    if (session.clock().Monotonic() - started >= patience.value_or(seconds(120))) {
      // Whoever does not want to wait gets what there is.
      if (patience == seconds(0)) return work;
      return Stop(Exit::kStillGoing,
                  fmt::format("{} goes on after {}", work.type, ForPeople(*patience)),
                  "the work continues without this program",
                  fmt::format("perennial work-request show {}", work_request_id));
    }
    session.environment().pause(kLookEvery);
  }
}

}  // namespace perennial::cli

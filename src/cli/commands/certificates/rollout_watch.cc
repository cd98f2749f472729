// SPDX-License-Identifier: Apache-2.0
// rollout watch: a renewal in front of your eyes, one line an event.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ocid.h"
#include "cli/commands/certificates/rollout.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"

namespace perennial::cli {
namespace {

using namespace api::certificates;

constexpr Duration kParkedFor = std::chrono::seconds(20);
constexpr Duration kLookEvery = std::chrono::seconds(1);

// Turns states of one rollout into lines; each thing is told once, and in the order of time.
class Teller {
 public:
  explicit Teller(Session& session) : session_(session) {}

  void Tell(const Rollout& rollout) {
    const auto version = fmt::format("version {}", rollout.to_version);
    Once("issued", rollout.time_started, version + " issued, pending until it is proved");
    if (rollout.state == RolloutState::kCanary) {
      Once("canary", std::nullopt, version + " goes to the canary");
    }
    if (rollout.time_canary_proved) {
      Once("proved", rollout.time_canary_proved, "canary proved by full handshakes", Tone::kGood);
    }
    TellNodes(rollout);
    TellWave(rollout);
    if (rollout.paused != paused_) {
      paused_ = rollout.paused;
      Say(std::nullopt, paused_ ? "paused" : "goes on", Tone::kWarning);
    }
    if (rollout.forced) {
      Once("forced", std::nullopt, "expiry beats caution: went on without proof", Tone::kBad);
    }
    if (rollout.time_promoted) {
      Once("promoted", rollout.time_promoted, version + " is CURRENT", Tone::kGood);
    }
    TellEnd(rollout);
    Print();
  }

 private:
  struct Line {
    Time when;
    size_t order;  // Among lines of one time.
    std::string text;
    Tone tone;
  };

  void TellNodes(const Rollout& rollout) {
    if (!rollout.lines) return;
    if (nodes_.empty()) nodes_ = KnownNodes(session_);
    for (const auto& line : *rollout.lines) {
      const auto key = line.association_id + line.node_id;
      if (line.result == ObservationResult::kProved && line.served_version == rollout.to_version) {
        Once("served " + key, line.time_observed,
             fmt::format("{} serves version {}", NameOf(nodes_, line.node_id), rollout.to_version));
      } else if (line.last_error) {
        Once("error " + key + *line.last_error, line.time_observed,
             fmt::format("{}: {}", NameOf(nodes_, line.node_id), *line.last_error), Tone::kBad);
      }
    }
  }

  void TellWave(const Rollout& rollout) {
    if (rollout.state != RolloutState::kRolling && rollout.state != RolloutState::kComplete) return;
    if (rollout.served_count == served_) return;
    served_ = rollout.served_count;
    Say(std::nullopt,
        fmt::format("wave: {} {} version {}", ServedText(rollout),
                      rollout.node_count == 1 ? "serves" : "serve", rollout.to_version));
  }

  void TellEnd(const Rollout& rollout) {
    const auto because = rollout.reason ? ": " + *rollout.reason : std::string();
    if (rollout.state == RolloutState::kStalled) {
      Once("stalled" + because, std::nullopt, "stalled" + because, Tone::kBad);
    } else if (rollout.state == RolloutState::kRolledBack) {
      Once("ended", rollout.time_finished, "rolled back" + because, Tone::kBad);
    } else if (rollout.state == RolloutState::kSuperseded) {
      Once("ended", rollout.time_finished, "superseded" + because, Tone::kWarning);
    } else if (rollout.state == RolloutState::kComplete) {
      Once("ended", rollout.time_finished, "complete", Tone::kGood);
    }
  }

  void Once(const std::string& key, std::optional<Time> when, const std::string& text,
            Tone tone = Tone::kPlain) {
    if (told_.insert(key).second) Say(when, text, tone);
  }

  // What has no time of its own came with what was told before it at the same look.
  void Say(std::optional<Time> when, const std::string& text, Tone tone = Tone::kPlain) {
    if (!when && !lines_.empty()) when = std::ranges::max(lines_, {}, &Line::when).when;
    lines_.push_back({when.value_or(session_.Now()), lines_.size(), text, tone});
  }

  // Prints what one look found. What is learnt late is told at the time of the line above it.
  void Print() {
    std::ranges::sort(lines_, {},
                      [](const Line& line) { return std::pair(line.when, line.order); });
    for (const auto& line : lines_) {
      last_ = std::max(last_, line.when);
      session_.out() << Paint(FormatTime(last_), Tone::kFaint, session_.colours()) << "  "
                     << Paint(Printable(line.text), line.tone, session_.colours()) << "\n"
                     << std::flush;
    }
    lines_.clear();
  }

  Session& session_;
  std::vector<Named> nodes_;
  std::set<std::string> told_;
  std::vector<Line> lines_;  // Found at this look.
  Time last_;                // Of the last line that was printed.
  bool paused_ = false;
  int64_t served_ = 0;
};

class Watch {
 public:
  Watch(Session& session, CertificatesClient& client, std::optional<seconds> patience)
      : session_(session),
        client_(client),
        patience_(patience),
        start_(session.clock().Monotonic()) {}

  // Follow tells one rollout to its end and returns how it ended.
  Outcome<RolloutState> Follow(const std::string& id) {
    Teller teller(session_);
    int64_t position = 0;
    while (true) {
      TRY_ASSIGN(const auto rollout,
                 client_.GetRollout(id, position, position == 0 ? Duration::zero() : Park()));
      if (rollout.position != position || position == 0) {
        position = std::max<int64_t>(rollout.position, 1);
        if (session_.table()) teller.Tell(rollout);
        if (session_.json()) session_.out() << EncodeJson(rollout) << "\n" << std::flush;
        if (session_.names()) session_.PrintLine(rollout.id);
      }
      if (!IsLive(rollout)) return rollout.state;
      TRY(CheckPatience());
    }
  }

  // NewAfter waits for a rollout of the certificate that is live or newer than `seen`.
  Outcome<std::string> NewAfter(const std::string& certificate_id, const std::string& seen) {
    while (true) {
      TRY_ASSIGN(const auto page, client_.ListRollouts({{"certificateId", certificate_id}}));
      if (!page.items.empty() && page.items.front().id != seen) return page.items.front().id;
      TRY(CheckPatience());
      session_.environment().pause(kLookEvery);
    }
  }

  // The newest one that has ended already: not the one to wait for.
  Outcome<std::string> EndedBefore(const std::string& certificate_id) {
    TRY_ASSIGN(const auto page, client_.ListRollouts({{"certificateId", certificate_id}}));
    if (page.items.empty() || IsLive(page.items.front())) return std::string();
    return page.items.front().id;
  }

 private:
  Duration Left() const { return *patience_ - (session_.clock().Monotonic() - start_); }
  Duration Park() const {
    return patience_ ? std::clamp<Duration>(Left(), std::chrono::seconds(1), kParkedFor)
                     : kParkedFor;
  }
  Outcome<void> CheckPatience() const {
    if (!patience_ || Left() > Duration::zero()) return {};
    return Stop(Exit::kStillGoing, fmt::format("not at its end after {}", ForPeople(*patience_)),
                "it goes on without this program",
                "perennial rollout list   (shows how far it is)");
  }

  Session& session_;
  CertificatesClient& client_;
  const std::optional<seconds> patience_;
  const Duration start_;
};

Outcome<void> Judge(RolloutState state) {
  if (state == RolloutState::kComplete || state == RolloutState::kSuperseded) return {};
  return Stop(Exit::kFailed, "the new version did not come into use",
              "the version before goes on serving; the renewal is tried again by itself",
              "perennial rollout show CERTIFICATE   (shows the errors, node by node)");
}

Outcome<void> WatchRollouts(Session& session, const Arguments& arguments) {
  const auto text = arguments.Value("ROLLOUT");
  TRY_ASSIGN(const auto patience, arguments.Period("--timeout"));
  TRY_ASSIGN(const auto renewals, arguments.Number("--renewals"));
  TRY_ASSIGN(auto* client, session.certificates());
  Watch watch(session, *client, patience);
  if (OcidType(text) == "rollout") {
    TRY_ASSIGN(const auto state, watch.Follow(text));
    return Judge(state);
  }
  TRY_ASSIGN(const auto compartment, CompartmentOf(session, arguments));
  TRY_ASSIGN(const auto certificate, FindCertificate(session, compartment, text));
  TRY_ASSIGN(auto seen, watch.EndedBefore(certificate));
  auto last = RolloutState::kComplete;
  for (int64_t i = 0; i < renewals.value_or(1); ++i) {
    if (session.table()) session.err() << "waiting for the next renewal\n" << std::flush;
    TRY_ASSIGN(seen, watch.NewAfter(certificate, seen));
    TRY_ASSIGN(last, watch.Follow(seen));
    if (session.table()) {
      TRY_ASSIGN(const auto now, client->GetCertificate(certificate));
      const auto& version = now.value.current_version;
      if (version && version->validity) {
        session.PrintLine(fmt::format(
            "{}  the next renewal is scheduled; version {} ends {}", FormatTime(session.Now()),
            version->version_number,
            RelativeAndExact(version->validity->time_of_validity_not_after, session.Now())));
      }
    }
  }
  return Judge(last);
}

}  // namespace

void AddRolloutWatchCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"rollout", "watch"},
       .summary = "see a renewal as it happens, to its end",
       .operands = {{"ROLLOUT", "its OCID, or a certificate: then its live or next rollout"}},
       .flags = {{.name = "--renewals",
                  .value = "N",
                  .help = "of a certificate: how many to see",
                  .fallback = "1"},
                 {.name = "--timeout", .value = "PERIOD", .help = "give up watching after this"},
                 CompartmentFlag()},
       .example = "rollout watch shop --timeout 15m",
       .run = WatchRollouts});
}

}  // namespace perennial::cli

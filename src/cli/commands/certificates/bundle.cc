// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/certificates/bundle.h"

#include <fmt/format.h>

#include "base/wire_enum.h"
#include "cli/output/text.h"

namespace perennial::cli {
namespace {

using api::certificates::Stage;

std::string WithLineEnd(std::string pem) {
  if (!pem.empty() && !pem.ends_with('\n')) pem += '\n';
  return pem;
}

}  // namespace

std::vector<Flag> BundleFlags() {
  return {
      {.name = "--version-number", .value = "N", .help = "another version than the current one"},
      {.name = "--stage",
       .value = "STAGE",
       .help = "the version at this stage",
       .one_of = {"CURRENT", "PENDING", "LATEST", "PREVIOUS", "DEPRECATED"}},
      {.name = "--leaf-only", .help = "without the chain behind it"},
      {.name = "--out", .value = "FILE", .help = "write it there instead of printing it"}};
}

Outcome<api::certificates::BundleSelector> SelectorOf(const Arguments& arguments) {
  api::certificates::BundleSelector selector;
  TRY_ASSIGN(selector.version_number, arguments.Number("--version-number"));
  if (const auto stage = arguments.Get("--stage")) selector.stage = FromWireName<Stage>(*stage);
  if (selector.version_number && selector.stage) {
    return Stop(Exit::kUsage, "the version is said twice",
                "only one of --version-number and --stage can be true");
  }
  return selector;
}

Outcome<void> DeliverBundle(Session& session, const Arguments& arguments,
                            const PublicBundle& bundle) {
  const auto pem = WithLineEnd(bundle.certificate_pem) +
                   (arguments.Has("--leaf-only") ? "" : WithLineEnd(bundle.chain_pem));
  if (const auto path = arguments.Get("--out")) {
    const auto& text = session.json() ? PrettyJson(bundle.json) + "\n" : pem;
    const auto written = session.environment().files.ReplaceAtomically(*path, text, 0644);
    if (!written) {
      return Stop(Exit::kFailed, fmt::format("{} cannot be written", *path),
                  written.error().message);
    }
    session.err() << Printable(fmt::format("written to {}", *path)) << "\n";
    return {};
  }
  if (session.json()) {
    session.PrintJson(bundle.json);
  } else if (session.names()) {
    session.PrintLine(bundle.id);
  } else {
    session.out() << Printable(pem, true);
  }
  return {};
}

}  // namespace perennial::cli

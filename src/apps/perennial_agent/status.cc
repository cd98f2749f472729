// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <tuple>

#include "agent/node.h"
#include "agent/state.h"
#include "apps/perennial_agent/commands.h"
#include "base/clock.h"
#include "base/json_codec.h"
#include "cli/output/table.h"
#include "cli/output/text.h"
#include "installers/haproxy/installer.h"

namespace perennial::apps {

struct StatusProxy {
  int64_t pid = 0, reloads = 0, old_workers = 0;
};
struct StatusLine {
  std::string association_id, certificate_id, resource_id;
  std::vector<std::string> listeners;  // "address:port"
  int64_t version = 0;                 // 0: nothing is served yet.
  std::optional<std::string> fingerprint_sha256;
  std::vector<std::string> dns_names;
  std::optional<Time> time_expires, time_proved;
  std::optional<std::string> last_error;
};
struct ClosedLine {
  std::string resource_id, listener;
  int64_t port = 0;
  std::vector<std::string> addresses;
  std::string reason;
};
struct Status {
  std::string node_id, name, url;
  int64_t configuration_version = 0;
  std::optional<StatusProxy> proxy;
  std::optional<std::string> proxy_error;  // Why there is no `proxy`.
  std::vector<StatusLine> associations;    // What is wrong comes first.
  std::vector<ClosedLine> closed;          // Listeners that are not open, TLS or not.
};

BOOST_DESCRIBE_STRUCT(StatusProxy, (), (pid, reloads, old_workers))
BOOST_DESCRIBE_STRUCT(StatusLine, (),
                      (association_id, certificate_id, resource_id, listeners, version,
                       fingerprint_sha256, dns_names, time_expires, time_proved, last_error))
BOOST_DESCRIBE_STRUCT(ClosedLine, (), (resource_id, listener, port, addresses, reason))
BOOST_DESCRIBE_STRUCT(Status, (),
                      (node_id, name, url, configuration_version, proxy, proxy_error, associations,
                       closed))

}  // namespace perennial::apps

PERENNIAL_JSON_TYPE(perennial::apps::Status)

namespace perennial::apps {
namespace {

StatusLine LineOf(const agent::Reference& reference, const agent::ServedEntry* served) {
  StatusLine line{.association_id = reference.association_id,
                  .certificate_id = reference.certificate_id,
                  .resource_id = reference.resource_id};
  for (const auto& endpoint : reference.endpoints) {
    const bool is_v6 = endpoint.address.find(':') != std::string::npos;
    line.listeners.push_back(
        fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), endpoint.address, endpoint.port));
  }
  if (served == nullptr) {
    line.last_error = "not served yet; the agent's log says why";
    return line;
  }
  line.version = served->version;
  line.fingerprint_sha256 = served->fingerprint_sha256;
  line.dns_names = served->dns_names;
  line.time_expires = served->not_after;
  line.time_proved = served->time_proved;
  if (!served->last_error.empty()) line.last_error = served->last_error;
  return line;
}

Result<Status> ReadStatus(const AgentConfig& config) {
  SystemFiles files;
  TRY_ASSIGN(const auto identity, agent::LoadIdentity(files, config.directory));
  TRY_ASSIGN(auto state, agent::LoadState(files, agent::StatePath(config.directory)));
  const haproxy::Layout layout{config.haproxy_directory};
  haproxy::SystemProxyControl control(config.haproxy_program, layout.runtime_socket(),
                                      layout.master_socket());
  haproxy::HaproxyInstaller installer(layout, config.addresses, control, files);

  Status status{.node_id = identity.node_id,
                .name = identity.name,
                .url = config.url,
                .configuration_version = state.configuration_version};
  const auto proxy = installer.State();
  if (proxy) status.proxy = StatusProxy{proxy->pid, proxy->reloads, proxy->old_workers};
  if (!proxy) status.proxy_error = proxy.error().message;
  for (const auto& closed : state.closed.value_or(std::vector<agent::ClosedListener>())) {
    status.closed.push_back(
        {closed.resource_id, closed.name, closed.port, closed.addresses, closed.reason});
  }
  if (state.configuration_version == 0) return status;
  TRY_ASSIGN(const auto references, installer.Read(state.configuration()));
  for (const auto& reference : references) {
    status.associations.push_back(LineOf(reference, state.Find(reference.association_id)));
  }
  std::ranges::sort(status.associations, {}, [](const StatusLine& line) {
    return std::tuple(!line.last_error.has_value(), line.dns_names, line.association_id);
  });
  return status;
}

void PrintTable(const Status& status, Time now, bool colours) {
  cli::Fields fields;
  fields.Add("node", fmt::format("{} ({})", status.name, status.node_id));
  fields.Add("control plane", status.url);
  fields.Add("configuration", fmt::format("version {}", status.configuration_version));
  if (status.proxy) {
    fields.Add("HAProxy",
               fmt::format("pid {}, {}, {}", status.proxy->pid,
                           cli::Count(static_cast<size_t>(status.proxy->reloads), "reload"),
                           cli::Count(static_cast<size_t>(status.proxy->old_workers), "old worker")));
  } else {
    fields.Add("HAProxy", cli::Cell("away: " + *status.proxy_error, cli::Tone::kBad));
  }
  for (const auto& closed : status.closed) {
    fields.Add("closed", cli::Cell(fmt::format("listener {}, port {}: {}", closed.listener,
                                               closed.port, closed.reason),
                                   cli::Tone::kBad));
  }
  fields.Print(std::cout, colours);
  if (status.associations.empty()) {
    std::cout << "\nNo listener of this node uses a certificate.\n";
    return;
  }
  std::cout << '\n';
  cli::Table table(
      {"NAME", "LISTENERS", "VERSION", "EXPIRES", "PROVED", "LAST ERROR", "ASSOCIATION"});
  for (const auto& line : status.associations) {
    const bool expired = line.time_expires && *line.time_expires < now;
    table.Add({line.dns_names.empty() ? "" : line.dns_names.front(),
               fmt::format("{}", fmt::join(line.listeners, " ")),
               line.version == 0 ? "" : std::to_string(line.version),
               cli::Cell(line.time_expires ? cli::Relative(*line.time_expires, now) : "",
                         expired ? cli::Tone::kBad : cli::Tone::kPlain),
               cli::Cell(line.time_proved ? cli::Relative(*line.time_proved, now) : "never",
                         line.time_proved ? cli::Tone::kGood : cli::Tone::kBad),
               cli::Cell(line.last_error.value_or(""), cli::Tone::kBad), line.association_id});
  }
  table.Print(std::cout, colours);
}

}  // namespace

int PrintStatus(const AgentConfig& config, bool json) {
  const auto status = ReadStatus(config);
  if (!status) return Complain(status.error());
  if (json) {
    std::cout << EncodeJson(*status) << '\n';
  } else {
    const bool colours = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    PrintTable(*status, SystemClock().Now(), colours);
  }
  return 0;
}

}  // namespace perennial::apps

// SPDX-License-Identifier: Apache-2.0
#include "installers/haproxy/render.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "base/encoding.h"
#include "base/proof.h"

namespace perennial::haproxy {
namespace {

using api::load_balancer::BackendConfiguration;
using api::load_balancer::BackendSetConfiguration;
using api::load_balancer::BalancingPolicy;
using api::load_balancer::HealthProtocol;
using api::load_balancer::ListenerConfiguration;
using api::load_balancer::ListenerProtocol;
using api::load_balancer::LoadBalancerConfiguration;
using api::load_balancer::NodeConfiguration;
using api::load_balancer::TlsProtocol;

constexpr std::string_view kDescriptionPrefix = "  description perennial-";

// The last part of an OCID: letters and digits, unique in the installation.
std::string_view UniqueOf(std::string_view ocid) { return ocid.substr(ocid.rfind('.') + 1); }

std::string SectionName(const LoadBalancerConfiguration& resource, std::string_view name) {
  return fmt::format("{}_{}", UniqueOf(resource.id), name);
}

// The lines of the section that begins with `head`.
std::string_view SectionIn(std::string_view text, std::string_view head) {
  const auto at = text.find(head);
  if (at == std::string_view::npos) return "";
  const auto section = text.substr(at + head.size());
  return section.substr(0, section.find("\n\n"));
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string Bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : fmt::format("[{}]", address);
}

// 65536: a bundle above tune.bufsize is dropped without a word. Old workers keep old certificates
// for as long as their connections live, so they are given an end.
std::string Global(const RenderContext& context, const std::string& description) {
  return fmt::format(
      "global\n"
      "{}{}\n"
      "  stats socket {} mode 600 level admin expose-fd listeners\n"
      "  stats timeout 60s\n"
      "  tune.bufsize 65536\n"
      "  tune.ssl.default-dh-param 2048\n"
      "  hard-stop-after 10m\n"
      "\n"
      "defaults\n"
      "  timeout connect 5s\n"
      "  timeout client 60s\n"
      "  timeout server 60s\n"
      "  timeout http-request 10s\n"
      "  timeout tunnel 1h\n",
      kDescriptionPrefix, description, context.runtime_socket);
}

std::string TlsVersions(const std::vector<TlsProtocol>& protocols) {
  const bool tls12 = std::ranges::find(protocols, TlsProtocol::kTls12) != protocols.end();
  const bool tls13 = std::ranges::find(protocols, TlsProtocol::kTls13) != protocols.end();
  return fmt::format("ssl-min-ver {} ssl-max-ver {}", tls12 ? "TLSv1.2" : "TLSv1.3",
                     tls13 ? "TLSv1.3" : "TLSv1.2");
}

std::string BindWords(const Place& place) {
  return fmt::format("  bind {}:{}", Bracketed(place.address), place.port);
}

std::string Bind(const ListenerConfiguration& listener, const Place& place,
                 const std::vector<std::string>& files, const RenderContext& context) {
  std::string line = BindWords(place);
  if (!listener.ssl) return line + "\n";
  line += " ssl";
  for (const auto& file : files) {
    line += fmt::format(" crt {}/{}", context.certificates_directory, file);
  }
  line += ' ' + TlsVersions(listener.ssl->protocols);
  if (listener.protocol == ListenerProtocol::kHttp) line += " alpn h2,http/1.1";
  return line + "\n";
}

std::string_view Mode(ListenerProtocol protocol) {
  return protocol == ListenerProtocol::kHttp ? "http" : "tcp";
}

// A listener that should ask its peers for certificates is not opened without asking (none is
// offered yet).
bool AsksPeers(const ListenerConfiguration& listener) {
  return listener.ssl && listener.ssl->verify_peer;
}

std::vector<std::string> OwnFiles(const ListenerConfiguration& listener) {
  std::vector<std::string> files;
  if (!listener.ssl) return files;
  for (const auto& reference : listener.ssl->certificates) {
    files.push_back(BundleFileName(reference.association_id));
  }
  return files;
}

bool HasFiles(const std::vector<std::string>& files, const RenderContext& context) {
  return std::ranges::all_of(files, context.has_file);
}

// What this very listener shows at the place in the text that is in place; nothing where it does
// not, or a file of it is gone. The port of another load balancer is none of ours.
std::vector<std::string> FormerFiles(const std::string& section, const Place& place,
                                     const RenderContext& context) {
  const auto lines = LinesOf(SectionIn(context.former, "\nfrontend " + section + "\n"));
  const auto line = std::ranges::find_if(
      lines, [&](std::string_view one) { return one.starts_with(BindWords(place) + " ssl"); });
  std::vector<std::string> files;
  if (line == lines.end() || PERENNIAL_MUTANT("haproxy.former_left_out")) return files;
  const auto start = fmt::format(" crt {}/", context.certificates_directory);
  for (auto at = line->find(start); at != std::string_view::npos; at = line->find(start, at)) {
    at += start.size();
    files.emplace_back(line->substr(at, line->find(' ', at) - at));
  }
  if (!HasFiles(files, context)) files.clear();
  return files;
}

// Where the listener can be bound on this node, and the files that it shows there.
struct OpenPlace {
  Place place;
  std::vector<std::string> files;
};
std::vector<OpenPlace> OpenPlaces(const LoadBalancerConfiguration& resource,
                                  const ListenerConfiguration& listener,
                                  const RenderContext& context) {
  std::vector<OpenPlace> open;
  if (AsksPeers(listener)) return open;
  const auto own = OwnFiles(listener);
  const bool ready = HasFiles(own, context);
  for (const auto& address : BindAddresses(resource, context.node_addresses)) {
    Place place{address, listener.port};
    if (context.closed.contains(place)) continue;
    auto files = ready ? own : FormerFiles(SectionName(resource, listener.name), place, context);
    if (ready || !files.empty()) open.push_back({std::move(place), std::move(files)});
  }
  return open;
}

std::string Server(const BackendConfiguration& backend, size_t number,
                   const BackendSetConfiguration& set) {
  std::string line =
      fmt::format("  server s{} {}:{} weight {} check inter {}ms fall {} rise 2", number,
                  Bracketed(backend.ip_address), backend.port, backend.drain ? 0 : backend.weight,
                  set.health_checker.interval_ms, set.health_checker.retries);
  if (set.health_checker.port != 0) line += fmt::format(" port {}", set.health_checker.port);
  if (backend.max_connections.value_or(0) > 0)
    line += fmt::format(" maxconn {}", *backend.max_connections);
  if (backend.backup) line += " backup";
  if (backend.offline) line += " disabled";
  return line + "\n";
}

// One backend section a protocol: a set may be behind an HTTP and a TCP listener.
std::string Backend(const LoadBalancerConfiguration& resource, const BackendSetConfiguration& set,
                    ListenerProtocol protocol) {
  std::string text = fmt::format("\nbackend {}_{}\n  mode {}\n", SectionName(resource, set.name),
                                 Mode(protocol), Mode(protocol));
  switch (set.policy) {
    case BalancingPolicy::kRoundRobin:
      text += "  balance roundrobin\n";
      break;
    case BalancingPolicy::kLeastConnections:
      text += "  balance leastconn\n";
      break;
    case BalancingPolicy::kIpHash:
      text += "  balance source\n";
      break;
  }
  text += fmt::format("  timeout check {}ms\n", set.health_checker.timeout_ms);
  if (set.health_checker.protocol == HealthProtocol::kHttp) {
    text += fmt::format(
        "  option httpchk\n  http-check send meth GET uri {}\n  http-check expect status {}\n",
        set.health_checker.url_path.value_or("/"), set.health_checker.return_code);
  }
  size_t number = 0;
  for (const auto& backend : set.backends) text += Server(backend, ++number, set);
  return text;
}

std::string Frontend(const LoadBalancerConfiguration& resource,
                     const ListenerConfiguration& listener, const std::vector<OpenPlace>& open,
                     const RenderContext& context) {
  std::string text = fmt::format("\nfrontend {}\n  mode {}\n  timeout client {}s\n",
                                 SectionName(resource, listener.name), Mode(listener.protocol),
                                 listener.idle_timeout_s);
  for (const auto& [place, files] : open) text += Bind(listener, place, files, context);
  if (listener.protocol == ListenerProtocol::kHttp && listener.ssl) {
    text += "  http-request set-header X-Forwarded-Proto https\n";
  }
  if (listener.protocol == ListenerProtocol::kHttp) text += "  option forwardfor\n";
  text += fmt::format("  default_backend {}_{}\n",
                      SectionName(resource, listener.default_backend_set), Mode(listener.protocol));
  return text;
}

}  // namespace

std::string BundleFileName(const std::string& association_id) {
  return HexEncode(Sha256(association_id)).substr(0, 32) + ".pem";
}

std::vector<std::string> BindAddresses(const LoadBalancerConfiguration& resource,
                                       const std::vector<std::string>& node_addresses) {
  std::vector<std::string> shared;
  for (const auto& address : resource.addresses) {
    if (std::ranges::find(node_addresses, address) != node_addresses.end())
      shared.push_back(address);
  }
  return shared;
}

std::string Render(const NodeConfiguration& configuration, const RenderContext& context) {
  std::string body;
  for (const auto& resource : configuration.resources) {
    std::vector<std::pair<std::string, ListenerProtocol>> used;
    for (const auto& listener : resource.listeners) {
      const auto open = OpenPlaces(resource, listener, context);
      if (open.empty()) continue;
      body += Frontend(resource, listener, open, context);
      const std::pair pair(listener.default_backend_set, listener.protocol);
      if (std::ranges::find(used, pair) == used.end()) used.push_back(pair);
    }
    for (const auto& [name, protocol] : used) {
      const auto set =
          std::ranges::find(resource.backend_sets, name, &BackendSetConfiguration::name);
      if (set != resource.backend_sets.end()) body += Backend(resource, *set, protocol);
    }
  }
  // HAProxy does not start without a listener. This one is on a socket that nobody but us can open.
  if (body.empty()) {
    body = fmt::format("\nfrontend perennial_idle\n  mode http\n  bind unix@{}.idle mode 600\n",
                       context.runtime_socket);
  }
  const std::string without = Global(context, "") + body;
  const auto hash = HexEncode(Sha256(without)).substr(0, 32);
  return Global(context, hash) + body;
}

std::vector<Place> PlacesOf(const NodeConfiguration& configuration, const RenderContext& context) {
  auto everywhere = context;
  everywhere.closed.clear();
  std::vector<Place> places;
  for (const auto& resource : configuration.resources) {
    for (const auto& listener : resource.listeners) {
      for (auto& open : OpenPlaces(resource, listener, everywhere)) {
        places.push_back(std::move(open.place));
      }
    }
  }
  return places;
}

bool BindsIn(std::string_view text, const Place& place) {
  const auto words = "\n" + BindWords(place);
  return text.contains(words + "\n") || text.contains(words + " ");
}

std::vector<agent::ClosedListener> ListClosed(const NodeConfiguration& configuration,
                                              const RenderContext& context) {
  std::vector<agent::ClosedListener> list;
  for (const auto& resource : configuration.resources) {
    for (const auto& listener : resource.listeners) {
      const auto addresses = BindAddresses(resource, context.node_addresses);
      agent::ClosedListener closed{
          .resource_id = resource.id, .name = listener.name, .port = listener.port};
      if (addresses.empty()) {
        closed.addresses = resource.addresses;
        closed.reason = fmt::format(
            "its load balancer answers on {}, and this node has {}: let a node with one of those "
            "addresses join the pool",
            fmt::join(resource.addresses, ", "), fmt::join(context.node_addresses, ", "));
      } else if (AsksPeers(listener)) {
        closed.addresses = addresses;
        closed.reason = "it asks its peers for certificates, which is not offered yet";
      } else if (!HasFiles(OwnFiles(listener), context)) {
        closed.addresses = addresses;
        closed.waiting = true;
        closed.reason = OpenPlaces(resource, listener, context).empty()
                            ? "its certificate has not been fetched yet"
                            : "its certificate has not been fetched yet; it shows the one before";
      } else {
        for (const auto& address : addresses) {
          const auto found = context.closed.find({address, listener.port});
          if (found == context.closed.end()) continue;
          closed.addresses.push_back(address);
          if (closed.reason.empty()) closed.reason = found->second;
        }
      }
      if (!closed.addresses.empty()) list.push_back(std::move(closed));
    }
  }
  return list;
}

bool NamesFile(std::string_view text, const std::string& file_name) {
  return text.contains("/" + file_name + " ");  // A health check's path ends its line.
}

std::string DescriptionOf(std::string_view text) {
  const auto at = text.find(kDescriptionPrefix);
  if (at == std::string_view::npos) return "";
  auto rest = text.substr(at + std::string_view("  description ").size());
  return std::string(rest.substr(0, rest.find('\n')));
}

}  // namespace perennial::haproxy

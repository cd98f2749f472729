// SPDX-License-Identifier: Apache-2.0
#include "installers/haproxy/installer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/json.h"
#include "base/log.h"
#include "base/proof.h"
#include "pki/certificate.h"

namespace perennial::haproxy {
namespace {

using api::load_balancer::NodeConfiguration;

// Below HAProxy's tune.bufsize with room for the command line: more is dropped there without a
// word.
constexpr size_t kBundleBytesMax = 60 * 1024;

// A Unix socket's path has 107 characters; HAProxy binds `<path>.<pid>.tmp` first, and ours end in
// up to `/runtime.sock.idle`.
constexpr size_t kDirectoryCharactersMax = 76;

Result<NodeConfiguration> Parse(const agent::Configuration& configuration) {
  TRY_ASSIGN(auto typed,
             DecodeJson<NodeConfiguration>(
                 fmt::format(R"({{"version":{},"previousHash":"{}","hash":"{}","resources":{}}})",
                             configuration.version, configuration.previous_hash, configuration.hash,
                             configuration.resources.empty() ? "[]" : configuration.resources),
                 UnknownFields::kRefuse));
  TRY(api::load_balancer::CheckConfiguration(typed));
  return typed;
}

// The serial number as `show ssl cert` prints it.
Result<std::string> SerialOf(const SecretBytes& pem) {
  const auto text = pem.RevealText();
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";
  const auto end = text.find(kEnd);
  if (end == std::string_view::npos)
    return Fail(ErrorCode::kInternal, "a bundle without a certificate");
  TRY_ASSIGN(const auto leaf, pki::ParseCertificatePem(text.substr(0, end + kEnd.size())));
  std::string serial = leaf.SerialHex();
  std::erase(serial, ' ');
  return serial;
}

Result<void> CheckSize(const agent::ServingBundle& bundle) {
  if (bundle.pem.size() > kBundleBytesMax) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the bundle has {} bytes, HAProxy takes at most {} at run time",
                            bundle.pem.size(), kBundleBytesMax));
  }
  return {};
}

// For whoever looks at the listener; the node's name stands before it.
std::string WhyClosed(const Place& place, const Error& error) {
  switch (error.code) {
    case ErrorCode::kPermissionDenied:
      return fmt::format(
          "HAProxy cannot open port {}: permission denied; run HAProxy with CAP_NET_BIND_SERVICE "
          "or choose a port above 1023",
          place.port);
    case ErrorCode::kAlreadyExists:
      return fmt::format(
          "HAProxy cannot open port {} on {}: another program on this host has it; stop that one "
          "or choose another port",
          place.port, place.address);
    case ErrorCode::kNotFound:
      return fmt::format(
          "HAProxy cannot open port {} on {}: the host does not have this address; give it the "
          "address, or join again with one that it has",
          place.port, place.address);
    default:
      return fmt::format("HAProxy cannot open port {} on {}: {}", place.port, place.address,
                         error.message);
  }
}

// What HAProxy was to open in addition: it says why it could not in its own log only.
std::string NewlyOpened(const std::vector<Place>& places, std::string_view running) {
  std::vector<std::string> fresh;
  for (const auto& place : places) {
    if (!BindsIn(running, place)) fresh.push_back(fmt::format("{}:{}", place.address, place.port));
  }
  if (fresh.empty()) return "";
  return fmt::format(". It was to open {} too; its own log says what is wrong (a port below 1024 "
                     "needs CAP_NET_BIND_SERVICE)",
                     fmt::join(fresh, ", "));
}

}  // namespace

Result<void> Layout::Check() const {
  if (directory.size() > kDirectoryCharactersMax) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: the path is too long: HAProxy's sockets lie in it, so it may have at "
                    "most {} characters",
                    directory, kDirectoryCharactersMax));
  }
  if (!directory.starts_with('/') || !CliToken::Parse(directory)) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: HAProxy's configuration names this path, so it must be absolute and "
                    "of letters, digits and _-./ only",
                    directory));
  }
  return {};
}

HaproxyInstaller::HaproxyInstaller(Layout layout, std::vector<std::string> node_addresses,
                                   ProxyControl& control, Files& files)
    : layout_(std::move(layout)),
      node_addresses_(std::move(node_addresses)),
      control_(control),
      runtime_(control),
      files_(files) {}

std::string HaproxyInstaller::PathOf(const std::string& association_id) const {
  return layout_.certificates() + "/" + BundleFileName(association_id);
}

RenderContext HaproxyInstaller::Context() const {
  const auto names = files_.List(layout_.certificates());
  std::set<std::string> stored;
  if (names) stored.insert(names->begin(), names->end());
  return {.runtime_socket = layout_.runtime_socket(),
          .certificates_directory = layout_.certificates(),
          .node_addresses = node_addresses_,
          .has_file = [stored = std::move(stored)](
                          const std::string& name) { return stored.contains(name); }};
}

Result<void> HaproxyInstaller::Prepare() {
  TRY(layout_.Check());
  TRY(files_.MakeDirectory(layout_.directory, 0700));
  TRY(files_.MakeDirectory(layout_.certificates(), 0700));
  const auto present = files_.Read(layout_.config());
  if (present) return {};
  return files_.ReplaceAtomically(layout_.config(), Render(NodeConfiguration{}, Context()), 0600);
}

Result<std::vector<agent::Reference>> HaproxyInstaller::Read(
    const agent::Configuration& configuration) const {
  TRY_ASSIGN(const auto typed, Parse(configuration));
  std::vector<agent::Reference> references;
  for (const auto& resource : typed.resources) {
    for (const auto& listener : resource.listeners) {
      if (!listener.ssl) continue;
      for (const auto& certificate : listener.ssl->certificates) {
        auto found = std::ranges::find(references, certificate.association_id,
                                       &agent::Reference::association_id);
        if (found == references.end()) {
          references.push_back({.resource_id = resource.id,
                                .association_id = certificate.association_id,
                                .certificate_id = certificate.certificate_id,
                                .current_version = certificate.current_version});
          found = references.end() - 1;
        }
        for (const auto& address : BindAddresses(resource, node_addresses_)) {
          found->endpoints.push_back(
              {.address = address,
               .port = static_cast<uint16_t>(listener.port),
               // HAProxy shows the first `crt` of a bind line to whoever sends no name.
               .shows_by_default = &certificate == &listener.ssl->certificates.front()});
        }
      }
    }
  }
  return references;
}

Result<void> HaproxyInstaller::Store(const agent::ServingBundle& bundle) {
  TRY(CheckSize(bundle));
  std::string pem(bundle.pem.RevealText());
  auto stored = files_.ReplaceAtomically(PathOf(bundle.association_id), pem, 0600);
  WipeText(pem);
  return stored;
}

Result<void> HaproxyInstaller::Write(const std::string& text) {
  const auto present = files_.Read(layout_.config());
  if (present && *present == text) return {};
  TRY(files_.ReplaceAtomically(layout_.candidate(), text, 0600));
  TRY(control_.Check(layout_.candidate()));
  TRY(files_.ReplaceAtomically(layout_.config(), text, 0600));
  return files_.Remove(layout_.candidate());
}

// Not what stands in the file counts, but what the running process has loaded.
Result<void> HaproxyInstaller::Load(const std::string& text, int64_t version) {
  TRY_ASSIGN(const auto running, runtime_.Description());
  if (running == DescriptionOf(text)) return {};
  Log(LogLevel::kInfo, "haproxy", "listeners changed; reloading",
      {{"version", std::to_string(version)}});
  return runtime_.Reload();
}

std::map<Place, std::string> HaproxyInstaller::FindClosed(const std::vector<Place>& places,
                                                          const std::string& text, Rights rights) {
  std::map<Place, std::string> closed;
  if (!denied_.empty()) {
    const auto processes = runtime_.ListProcesses();
    if (processes && processes->master_pid != denied_master_) denied_.clear();
  }
  for (const auto& place : places) {
    if (BindsIn(text, place)) continue;
    const auto tried = control_.TryPort(place.address, static_cast<uint16_t>(place.port));
    if (tried) {
      denied_.erase(place);
      continue;
    }
    if (tried.error().code == ErrorCode::kPermissionDenied && rights == Rights::kItsOwn &&
        !denied_.contains(place)) {
      continue;
    }
    closed.emplace(place, WhyClosed(place, tried.error()));
  }
  return closed;
}

// HAProxy loads a text whole or not at all, and accepts nothing while it tries to bind a port in
// vain. So a port that cannot be had is left out, and costs nobody else anything.
Result<std::vector<agent::ClosedListener>> HaproxyInstaller::Apply(
    const agent::Configuration& configuration) {
  TRY_ASSIGN(const auto typed, Parse(configuration));
  auto context = Context();
  const auto before = files_.Read(layout_.config());
  if (before) context.former = *before;
  const auto places = PlacesOf(typed, context);
  const auto description = runtime_.Description();
  const bool known = before && description && DescriptionOf(*before) == *description;
  if (known) context.closed = FindClosed(places, *before, Rights::kItsOwn);
  // While it is away the file must stay one that it can be started with; it is asked for more once
  // it runs.
  if (before && !description) context.closed = FindClosed(places, *before, Rights::kOurs);

  // The reason why HAProxy did not take the text, or nothing when it did.
  const auto load = [&]() -> Result<std::optional<Error>> {
    const auto text = Render(typed, context);
    TRY(Write(text));
    auto loaded = Load(text, configuration.version);
    if (loaded) return std::nullopt;
    if (!known || loaded.error().code != ErrorCode::kInvalidArgument) {
      return std::unexpected(loaded.error());
    }
    // What could not be loaded could not be started with either.
    TRY(files_.ReplaceAtomically(layout_.config(), *before, 0600));
    return loaded.error();
  };
  TRY_ASSIGN(auto refused, load());
  if (refused) {
    auto closed = FindClosed(places, *before, Rights::kOurs);
    if (closed.size() > context.closed.size()) {
      if (const auto processes = runtime_.ListProcesses()) denied_master_ = processes->master_pid;
      for (const auto& [place, why] : closed) denied_.insert(place);
      context.closed = std::move(closed);
      TRY_ASSIGN(refused, load());
    }
  }
  if (refused) return Fail(refused->code, refused->message + NewlyOpened(places, *before));
  return ListClosed(typed, context);
}

Result<void> HaproxyInstaller::Serve(const agent::ServingBundle& bundle) {
  TRY_ASSIGN(const auto serial, SerialOf(bundle.pem));
  // File first: what is served must survive a restart of the proxy.
  const bool file_first = !PERENNIAL_MUTANT("haproxy.file_after_commit");
  if (file_first) TRY(Store(bundle));
  PERENNIAL_FAULT_POINT("agent.stored_not_committed");
  auto swapped = runtime_.Swap(PathOf(bundle.association_id), bundle.pem.RevealText(), serial);
  if (!file_first && swapped) TRY(Store(bundle));
  // A proxy that does not use the file yet will load it from there.
  if (!swapped && swapped.error().code == ErrorCode::kNotFound) return {};
  return swapped;
}

Result<void> HaproxyInstaller::Forget(const std::vector<std::string>& kept_association_ids) {
  std::set<std::string> kept;
  for (const auto& id : kept_association_ids) kept.insert(BundleFileName(id));
  TRY_ASSIGN(const auto text, files_.Read(layout_.config()));
  TRY_ASSIGN(const auto names, files_.List(layout_.certificates()));
  for (const auto& name : names) {
    if (kept.contains(name) || NamesFile(text, name)) continue;
    TRY(files_.Remove(layout_.certificates() + "/" + name));
  }
  return {};
}

bool HaproxyInstaller::Shows(const std::string& association_id) const {
  const auto text = files_.Read(layout_.config());
  return text && NamesFile(*text, BundleFileName(association_id));
}

Result<agent::ProxyState> HaproxyInstaller::State() {
  TRY_ASSIGN(const auto processes, runtime_.ListProcesses());
  return agent::ProxyState{.pid = processes.workers.empty() ? 0 : processes.workers.front(),
                           .reloads = processes.reloads,
                           .old_workers = static_cast<int64_t>(processes.old_workers.size())};
}

}  // namespace perennial::haproxy

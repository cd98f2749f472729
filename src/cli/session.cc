// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include <fmt/format.h>

#include <string>

#include "cli/output/text.h"
#include "http_signature/key_id.h"

namespace perennial::cli {
namespace {

// Another agreement between files than the one that was made: nothing of it can be used.
std::unexpected<Failure> BadContext(std::string what, std::string why) {
  return Stop(Exit::kBadConfiguration, std::move(what), std::move(why),
              "perennial login URL --ca-hash sha256:… --tenancy OCID --user OCID --key-file PEM");
}

}  // namespace

Session::Session(Environment& environment, const GlobalOptions& options, const CommandTree& tree)
    : environment_(environment),
      options_(options),
      tree_(tree),
      directory_(environment.files, options.config_directory) {}

Outcome<Context> Session::context() {
  if (context_) return *context_;
  const auto contexts = directory_.Load();
  if (!contexts) {
    return BadContext("the contexts cannot be read", contexts.error().message);
  }
  const auto& name = options_.context.empty() ? contexts->current : options_.context;
  if (name.empty()) {
    return BadContext("there is no context: this program does not know which server to talk to",
                      fmt::format("{}/contexts.json names none", directory_.path()));
  }
  const auto* found = contexts->Find(name);
  if (found == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : contexts->contexts) known.push_back(each.name);
    const auto near = Nearest(name, known);
    return Stop(Exit::kBadConfiguration, fmt::format("there is no context \"{}\"", name),
                near.empty() ? "" : fmt::format("did you mean \"{}\"?", near),
                "perennial context list   (shows all of them)");
  }
  context_ = *found;
  return *context_;
}

Outcome<std::string> Session::tenancy() {
  TRY_ASSIGN(const auto current, context());
  return current.tenancy_id;
}

Outcome<void> Session::Connect() {
  if (transport_) return {};
  TRY_ASSIGN(const auto current, context());
  auto key = directory_.ReadKey(current);
  if (!key) {
    return BadContext(fmt::format("the API key of context \"{}\" cannot be used", current.name),
                      key.error().message);
  }
  const auto ca_pem = directory_.ReadCaPem(current);
  if (!ca_pem) {
    return BadContext(fmt::format("the platform CA of context \"{}\" cannot be read", current.name),
                      ca_pem.error().message);
  }
  auto transport = environment_.make_transport(*ca_pem);
  if (!transport) {
    return BadContext(fmt::format("the platform CA of context \"{}\" cannot be used", current.name),
                      transport.error().message);
  }
  // The server knows a key by its fingerprint; the file may hold another one than was logged in
  // with.
  const auto fingerprint = key->public_key().Md5Fingerprint();
  credentials_ = std::make_unique<http_signature::StaticCredential>(http_signature::SigningKey{
      .key_id = http_signature::ApiKeyId(current.tenancy_id, current.user_id, fingerprint),
      .key = std::make_shared<pki::PrivateKey>(std::move(*key))});
  transport_ = std::move(*transport);
  return {};
}

Outcome<api::Client> Session::ClientOf(const std::string& url) {
  TRY(Connect());
  return api::Client(*transport_, credentials_.get(), environment_.clock, environment_.random, url);
}

Outcome<const api::identity::Endpoints*> Session::endpoints() {
  if (!endpoints_) {
    TRY_ASSIGN(const auto current, context());
    TRY_ASSIGN(auto client, ClientOf(current.url));
    TRY_ASSIGN(endpoints_, api::identity::IdentityClient(std::move(client)).GetEndpoints());
  }
  return &*endpoints_;
}

Outcome<api::identity::IdentityClient*> Session::identity() {
  if (!identity_) {
    // The context's URL is identity's; no need to ask where that is.
    TRY_ASSIGN(const auto current, context());
    TRY_ASSIGN(auto client, ClientOf(current.url));
    identity_.emplace(std::move(client));
  }
  return &*identity_;
}

Outcome<api::certificates::CertificatesClient*> Session::certificates() {
  if (!certificates_) {
    TRY_ASSIGN(const auto* urls, endpoints());
    TRY_ASSIGN(auto client, ClientOf(urls->certificates));
    certificates_.emplace(std::move(client));
  }
  return &*certificates_;
}

Outcome<api::load_balancer::LoadBalancerClient*> Session::load_balancers() {
  if (!load_balancers_) {
    TRY_ASSIGN(const auto* urls, endpoints());
    TRY_ASSIGN(auto client, ClientOf(urls->load_balancer));
    load_balancers_.emplace(std::move(client));
  }
  return &*load_balancers_;
}

Outcome<api::audit::AuditClient*> Session::audit() {
  if (!audit_) {
    TRY_ASSIGN(const auto* urls, endpoints());
    TRY_ASSIGN(auto client, ClientOf(urls->audit));
    audit_.emplace(std::move(client));
  }
  return &*audit_;
}

api::CallOptions Session::Once() const {
  return {.retry_token = api::NewRetryToken(environment_.random)};
}

Outcome<void> Session::ConfirmByName(const Arguments& arguments, const std::string& consequence,
                                     const std::string& name) {
  if (arguments.Has("--yes")) return {};
  if (!environment_.in_is_terminal) {
    return Stop(Exit::kUsage, fmt::format("{}: this needs your word for it", consequence),
                "there is no terminal to ask on", "repeat the command with --yes");
  }
  err() << Printable(consequence) << ".\nType " << Printable(name) << " to go on: " << std::flush;
  std::string typed;
  std::getline(environment_.in, typed);
  if (typed == name) return {};
  return Stop(Exit::kFailed, "nothing was done", "what was typed is not the name",
              "repeat the command and type the name, or give --yes");
}

void Session::PrintJson(std::string_view json) { out() << PrettyJson(json) << "\n"; }

void Session::PrintLine(std::string_view line) { out() << Printable(line) << "\n"; }

Flag YesFlag() { return {.name = "--yes", .help = "do not ask"}; }

}  // namespace perennial::cli

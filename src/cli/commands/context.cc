// SPDX-License-Identifier: Apache-2.0
// login, logout, whoami, context.
#include "cli/context.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ocid.h"
#include "base/secret_bytes.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "cli/login.h"
#include "http_signature/key_id.h"

namespace perennial::cli {
namespace {

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Outcome<void> CheckOcid(const Arguments& arguments, const char* flag, const char* type) {
  const auto id = ParseOcid(arguments.Value(flag), type);
  if (id) return {};
  return Stop(Exit::kUsage, fmt::format("{} cannot be \"{}\"", flag, arguments.Value(flag)),
              id.error().message);
}

Outcome<Contexts> LoadContexts(Session& session) {
  auto contexts = session.directory().Load();
  if (contexts) return std::move(*contexts);
  return Stop(Exit::kBadConfiguration, "the contexts cannot be read", contexts.error().message,
              fmt::format("repair or remove {}/contexts.json", session.directory().path()));
}

// TryOut asks the server who we are: a context that does not work is not saved.
Outcome<void> TryOut(Session& session, const Context& context, const std::string& ca_pem,
                     std::string_view key_pem) {
  auto& environment = session.environment();
  TRY_ASSIGN(auto transport, environment.make_transport(ca_pem));
  TRY_ASSIGN(auto key, pki::PrivateKey::ParsePem(key_pem));
  const auto fingerprint = key.public_key().Md5Fingerprint();
  http_signature::StaticCredential credential(
      {.key_id = http_signature::ApiKeyId(context.tenancy_id, context.user_id, fingerprint),
       .key = std::make_shared<pki::PrivateKey>(std::move(key))});
  const api::identity::IdentityClient identity(
      api::Client(*transport, &credential, environment.clock, environment.random, context.url));
  const auto endpoints = identity.GetEndpoints();
  if (endpoints) return {};
  Failure failure(endpoints.error());
  if (endpoints.error().code == ErrorCode::kUnauthenticated) {
    failure.why = fmt::format(
        "the key {} is not registered for this user, or this machine's clock is more than 5 "
        "minutes off",
        fingerprint);
    failure.next =
        "have an administrator register it: perennial api-key upload --user USER --key-file "
        "public.pem; then repeat this";
  }
  return std::unexpected(std::move(failure));
}

Outcome<void> Login(Session& session, const Arguments& arguments) {
  TRY(CheckOcid(arguments, "--tenancy", "tenancy"));
  TRY(CheckOcid(arguments, "--user", "user"));
  const auto& name = session.chosen_context();
  Context context{.name = name.empty() ? "default" : name,
                  .url = WithoutSlash(arguments.Value("URL")),
                  .tenancy_id = arguments.Value("--tenancy"),
                  .user_id = arguments.Value("--user")};
  if (!context.url.starts_with("https://")) {
    return Stop(Exit::kUsage, fmt::format("\"{}\" is not the URL of a server", context.url),
                "it begins with https://, as https://pki.corp.example:8643");
  }
  if (!IsContextName(context.name)) {
    return Stop(Exit::kUsage, fmt::format("--context cannot be \"{}\"", context.name),
                "it is made of letters, digits, - and _");
  }
  auto& environment = session.environment();
  const auto path = arguments.Value("--key-file");
  auto key_pem = environment.files.Read(path);
  if (!key_pem) {
    return Stop(Exit::kUsage, fmt::format("{} cannot be read", path), key_pem.error().message,
                "openssl genrsa -out key.pem 2048   (makes a key)");
  }
  const auto key = SecretBytes::FromText(std::move(*key_pem));
  if (const auto parsed = pki::PrivateKey::ParsePem(key); !parsed) {
    return Stop(Exit::kUsage, fmt::format("{} is not a private key that can sign", path),
                parsed.error().message, "openssl genrsa -out key.pem 2048   (makes a key)");
  }
  TRY_ASSIGN(const auto chain, environment.fetch_chain(context.url));
  TRY_ASSIGN(const auto ca_pem, PinCa(chain, arguments.Value("--ca-hash")));
  TRY(TryOut(session, context, ca_pem, key.RevealText()));
  const auto saved = session.directory().Put(context, key.RevealText(), ca_pem);
  if (!saved) {
    return Stop(Exit::kFailed, "the context cannot be saved", saved.error().message,
                fmt::format("ls -ld {}", session.directory().path()));
  }
  session.PrintLine(session.names() ? saved->name
                                    : fmt::format("context \"{}\" is the current one now; next: "
                                                  "perennial status",
                                                  saved->name));
  return {};
}

Outcome<void> Logout(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto current, session.context());
  if (arguments.Has("--delete-key")) {
    TRY(session.ConfirmByName(
        arguments,
        fmt::format("The private key of context \"{}\" will be deleted; no copy is kept",
                    current.name),
        current.name));
  }
  TRY_ASSIGN(auto contexts, LoadContexts(session));
  std::erase_if(contexts.contexts, [&](const Context& each) { return each.name == current.name; });
  if (contexts.current == current.name) {
    contexts.current = contexts.contexts.empty() ? "" : contexts.contexts.front().name;
  }
  TRY(session.directory().Save(contexts));
  if (arguments.Has("--delete-key")) TRY(session.directory().RemoveKey(current));
  session.PrintLine(fmt::format(
      "context \"{}\" is forgotten{}", current.name,
      arguments.Has("--delete-key")
          ? ", and its key deleted"
          : fmt::format("; its key stays in {}/{}", session.directory().path(), current.key_file)));
  return {};
}

Outcome<void> WhoAmI(Session& session, const Arguments&) {
  TRY_ASSIGN(const auto current, session.context());
  Fields fields;
  fields.Add("context", current.name);
  fields.Add("server", current.url);
  fields.Add("tenancy", current.tenancy_id);
  fields.Add("user", current.user_id);
  fields.Add("API key", current.fingerprint);
  // The call that everybody may make shows that signature and clock are accepted. What the context
  // says is told without it, too.
  TRY_ASSIGN(auto* client, session.identity());
  const auto accepted = session.endpoints();
  if (!accepted) {
    if (session.table()) fields.Print(session.out(), session.colours());
    return std::unexpected(accepted.error());
  }
  const auto user = client->GetUser(current.user_id);
  if (!session.table()) {
    if (!user) return std::unexpected(Failure(user.error()));
    if (session.json()) session.PrintJson(EncodeJson(user->value));
    if (session.names()) session.PrintLine(user->value.id);
    return {};
  }
  fields.Add("name", user ? user->value.name : "(no policy lets you read your own user)");
  fields.Add("signature", Cell("accepted", Tone::kGood));
  fields.Print(session.out(), session.colours());
  return {};
}

Outcome<void> List(Session& session, const Arguments&) {
  TRY_ASSIGN(const auto contexts, LoadContexts(session));
  Table table({"CURRENT", "NAME", "SERVER", "USER", "API KEY"});
  std::vector<std::string> names;
  for (const auto& each : contexts.contexts) {
    names.push_back(each.name);
    table.Add({each.name == contexts.current ? "*" : " ", each.name, each.url, each.user_id,
               each.fingerprint});
  }
  PrintList(session, EncodeJson(contexts), names, table,
            "No contexts. On the server, perenniald init writes one; elsewhere:\n"
            "  perennial login URL --ca-hash sha256:… --tenancy OCID --user OCID --key-file PEM");
  return {};
}

Outcome<void> Use(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(auto contexts, LoadContexts(session));
  const auto name = arguments.Value("CONTEXT");
  if (contexts.Find(name) == nullptr) {
    std::vector<std::string> names;
    for (const auto& each : contexts.contexts) names.push_back(each.name);
    const auto near = Nearest(name, names);
    return Stop(Exit::kRefused, fmt::format("there is no context \"{}\"", name),
                near.empty() ? "" : fmt::format("did you mean \"{}\"?", near),
                "perennial context list");
  }
  contexts.current = name;
  TRY(session.directory().Save(contexts));
  session.PrintLine(session.names() ? name
                                    : fmt::format("context \"{}\" is the current one now", name));
  return {};
}

}  // namespace

void AddContextCommands(CommandTree& tree) {
  tree.push_back(
      {.path = {"login"},
       .summary = "remember a server, its CA and a key to sign with",
       .operands = {{"URL", "of the server, as https://pki.corp.example:8643"}},
       .flags = {{.name = "--ca-hash",
                  .value = "HASH",
                  .help = "sha256:… as perenniald init printed it",
                  .required = true},
                 {.name = "--tenancy", .value = "OCID", .help = "your tenancy", .required = true},
                 {.name = "--user", .value = "OCID", .help = "who you are", .required = true},
                 {.name = "--key-file",
                  .value = "FILE",
                  .help = "your private API key, PEM; a copy is kept, 0600",
                  .required = true}},
       .example =
           "login https://localhost:8643 --ca-hash $CA_HASH --tenancy $TENANCY --user $USER_OCID "
           "--key-file key.pem --context dana",
       .run = Login,
       .detail = "--context names what is remembered; without it the name is \"default\"."});
  tree.push_back(
      {.path = {"logout"},
       .summary = "forget the current context",
       .flags = {{.name = "--delete-key", .help = "delete its private key too"}, YesFlag()},
       .example = "logout --context dana",
       .run = Logout});
  tree.push_back({.path = {"whoami"},
                  .summary = "which server, which user, which key, and whether they are accepted",
                  .example = "whoami",
                  .run = WhoAmI});
  tree.push_back({.path = {"context", "list"},
                  .summary = "all servers and users that are remembered",
                  .example = "context list",
                  .run = List});
  tree.push_back({.path = {"context", "use"},
                  .summary = "make another context the current one",
                  .operands = {{"CONTEXT", "its name"}},
                  .example = "context use default",
                  .run = Use});
}

}  // namespace perennial::cli

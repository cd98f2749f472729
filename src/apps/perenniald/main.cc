// SPDX-License-Identifier: Apache-2.0
// perenniald: every server role, and the host's own verbs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "apps/no_core_dumps.h"
#include "apps/perenniald/config.h"
#include "apps/perenniald/init.h"
#include "apps/perenniald/machine.h"
#include "apps/perenniald/own_certificate.h"
#include "apps/perenniald/recover.h"
#include "apps/program_words.h"
#include "audit/verify.h"
#include "base/files.h"
#include "base/log.h"

namespace perennial::apps {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kRefused = 3;
constexpr int kConflict = 4;
constexpr int kBadConfiguration = 78;

std::string DefaultContextDirectory() {
  if (const char* config_home = std::getenv("XDG_CONFIG_HOME")) {
    return fmt::format("{}/perennial", config_home);
  }
  const char* home = std::getenv("HOME");
  return fmt::format("{}/.config/perennial", home != nullptr ? home : "");
}

int Complain(const Error& error) {
  fmt::print(stderr, "perenniald: {}\n", error.message);
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return kUsage;
    case ErrorCode::kNotFound:
      return kRefused;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
      return kConflict;
    case ErrorCode::kIncorrectState:
      return kBadConfiguration;
    default:
      return kFailed;
  }
}

// Every verb but init needs the file; what is wrong with it is exit 78.
Config LoadConfigOrExit(const std::string& path) {
  auto config = LoadConfig(path);
  if (!config) {
    fmt::print(stderr, "perenniald: {}\n", config.error().message);
    std::exit(kBadConfiguration);
  }
  SetLog(config->log_level, config->log_format);
  return *std::move(config);
}

// What the configuration names must be fit too. `run` serves all the same: a console's certificate
// that has expired must not keep agents from theirs.
void CheckFilesOrExit(const Config& config, const std::string& path) {
  if (!config.own_certificate.configured()) return;
  const auto own =
      LoadOwnCertificate(config.own_certificate, SystemFiles(), SystemClock().Now());
  if (own) return;
  fmt::print(stderr, "perenniald: {}: {}\n", path, own.error().message);
  std::exit(kBadConfiguration);
}

// Where a browser should open a link.
const std::string& ConsoleUrl(const Config& config) {
  return config.own_certificate.configured() ? config.own_certificate.url : config.url;
}

int RunInit(const InitOptions& options) {
  const auto made = Init(options);
  if (!made) return Complain(made.error());
  fmt::print(
      "Perennial is set up in {}.\n\n"
      "  URL       {}\n"
      "  CA hash   {}\n"
      "  tenancy   {} ({})\n"
      "  context   {} (for `perennial`; its key is the administrator's)\n\n"
      "Start it:   perenniald run --config {}\n"
      "Then try:   perennial --config-directory {} whoami\n\n"
      "The console, in a browser\n{}",
      options.data_directory, options.url, made->ca_hash, options.tenancy, made->tenancy_id,
      options.context_directory, options.config_path, options.context_directory,
      ConsoleText({.url = options.url,
                   .link_path = made->link_path,
                   .ca_path = std::filesystem::absolute(made->ca_path).lexically_normal(),
                   .ca_hash = made->ca_hash,
                   .context_directory = options.context_directory}));
  return 0;
}

int RunRecoverAdmin(const std::string& config_path, const identity::Recovery& recovery) {
  const auto config = LoadConfigOrExit(config_path);
  const auto link = RecoverAdmin(config, recovery);
  if (!link) return Complain(link.error());
  fmt::print(
      "{} of {} can sign in again: not locked, no password, and every older session is over.\n"
      "This link works once, until {}:\n\n"
      "  {}{}\n",
      link->user_name, link->tenancy_name, FormatTime(link->expires_at), ConsoleUrl(config),
      link->path);
  return 0;
}

int RunTenancyCreate(const std::string& config_path, const TenancyOptions& options) {
  const auto config = LoadConfigOrExit(config_path);
  const auto made = CreateTenancy(config, options);
  if (!made) return Complain(made.error());
  fmt::print(
      "Tenancy {} is there.\n\n"
      "  tenancy   {}\n"
      "  context   {} in {}\n"
      "  console   {}{}\n"
      "            (once, within 24 hours)\n\n"
      "Then try:   perennial --config-directory {} --context {} whoami\n",
      options.name, made->tenancy_id, options.name, options.context_directory, ConsoleUrl(config),
      made->link_path, options.context_directory, options.name);
  return 0;
}

int RunAuditVerify(const std::string& config_path) {
  const auto config = LoadConfigOrExit(config_path);
  int worst = 0;
  for (const auto* role : {"identity", "certificates", "load-balancer", "audit"}) {
    // Where each role is a process of its own, this one is let into its own schema only.
    if (!HasDatabase(config.database(), role)) continue;
    if (!config.database_url.empty() && !config.roles.contains(role)) continue;
    auto database = OpenDatabase(config.database(), role, 1);
    if (!database) return Complain(database.error());
    const auto report = audit::VerifyChain(**database);
    if (!report) return Complain(report.error());
    if (report->bad_position) {
      fmt::print("{:<14} BROKEN at record {}: {}\n", role, *report->bad_position, report->reason);
      worst = kFailed;
    } else {
      fmt::print("{:<14} holds   {} records, head {}\n", role, report->records,
                 report->head_hash.substr(0, 16));
    }
  }
  return worst;
}

void AddInitOptions(CLI::App& verb, InitOptions& init) {
  verb.add_option("--url", init.url, "where clients will find the API: https://NAME:PORT")
      ->required();
  verb.add_option("--data", init.data_directory, "data directory")->capture_default_str();
  verb.add_option("--database-url", init.database_url,
                  "PostgreSQL instead of SQLite files: postgresql://HOST/DATABASE");
  verb.add_option("--context-directory", init.context_directory,
                  "where `perennial` keeps its contexts")
      ->capture_default_str();
  verb.add_option("--region", init.region, "region slug in every OCID")->capture_default_str();
  verb.add_option("--tenancy", init.tenancy, "name of the first tenancy")->capture_default_str();
  verb.add_option("--node-domain", init.node_domain, "names of nodes lie below this domain");
  verb.add_option("--role-names", init.role_names,
                  "host names for roles in processes of their own");
  verb.footer(
      "Example:\n  perenniald init --url https://localhost:8643 --data ./data --config "
      "./perenniald.toml");
}

void AddDatabaseVerb(CLI::App& app) {
  auto* database = app.add_subcommand("database", "PostgreSQL")->require_subcommand(1);
  auto* sql = database->add_subcommand(
      "sql", "print what its administrator runs once: a user and a schema for each service");
  sql->footer("Example:\n  perenniald database sql | psql -d perennial");
  sql->callback([] { fmt::print("{}", DatabaseSql()); });
}

int Main(int argc, char** argv) {
  CLI::App app("Perennial's server: certificates that renew themselves, proved to be served.",
               "perenniald");
  app.require_subcommand(1);
  AddVersionFlag(app);
  int status = 0;
  std::string config_path = "/etc/perennial/perenniald.toml";
  const auto with_config = [&](CLI::App* verb) {
    verb->add_option("--config", config_path, "configuration file")->capture_default_str();
    return verb;
  };

  InitOptions init{.data_directory = "/var/lib/perennial",
                   .context_directory = DefaultContextDirectory()};
  auto* init_verb = with_config(app.add_subcommand("init", "set an installation up, once"));
  AddInitOptions(*init_verb, init);
  init_verb->callback([&] {
    init.config_path = config_path;
    status = RunInit(init);
  });

  auto* run = with_config(app.add_subcommand("run", "serve the roles of the configuration"));
  run->footer("Example:\n  perenniald run --config ./perenniald.toml");
  run->callback([&] {
    const auto ended = RunUntilSignal(LoadConfigOrExit(config_path));
    if (!ended) status = Complain(ended.error());
  });

  auto* check = with_config(
      app.add_subcommand("check-config", "read the configuration and say what is wrong"));
  check->callback([&] {
    CheckFilesOrExit(LoadConfigOrExit(config_path), config_path);
    fmt::print("{} is fine\n", config_path);
  });

  TenancyOptions tenancy{.context_directory = DefaultContextDirectory()};
  auto* tenancy_verb = app.add_subcommand("tenancy", "tenancies")->require_subcommand(1);
  auto* create =
      with_config(tenancy_verb->add_subcommand("create", "make a tenancy and its administrator"));
  create->add_option("--name", tenancy.name, "name of the tenancy and of its context")->required();
  create
      ->add_option("--context-directory", tenancy.context_directory,
                   "where `perennial` keeps its contexts")
      ->capture_default_str();
  create->callback([&] { status = RunTenancyCreate(config_path, tenancy); });

  identity::Recovery recovery;
  auto* recover = with_config(app.add_subcommand(
      "recover-admin", "let an administrator sign in again, by a new one-time link"));
  recover->add_option("--tenancy", recovery.tenancy, "name; not needed when there is one only");
  recover->add_option("--user", recovery.user, "who")->capture_default_str();
  recover->footer("Example:\n  perenniald recover-admin --config ./perenniald.toml");
  recover->callback([&] { status = RunRecoverAdmin(config_path, recovery); });

  AddDatabaseVerb(app);

  auto* audit_verb =
      app.add_subcommand("audit", "the audit chains on this host")->require_subcommand(1);
  auto* verify = with_config(
      audit_verb->add_subcommand("verify", "verify every chain from its database alone"));
  verify->callback([&] { status = RunAuditVerify(config_path); });

  return RunVerb(app, argc, argv, kUsage).value_or(status);
}

}  // namespace
}  // namespace perennial::apps

int main(int argc, char** argv) {
  if (!perennial::apps::GuardMemory()) {
    fmt::print(stderr, "perenniald: the system does not let memory be kept out of core files\n");
    return 1;
  }
  return perennial::apps::Main(argc, argv);
}

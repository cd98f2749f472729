// SPDX-License-Identifier: Apache-2.0
#include "apps/perenniald/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace perennial::apps {
namespace {

constexpr std::string_view kStoringRoles[] = {"identity", "certificates", "load-balancer", "audit"};

std::string PathOf(const DatabaseConfig& config, std::string_view role) {
  return fmt::format("{}/{}.db", config.directory, role);
}

}  // namespace

std::string SchemaOf(std::string_view role) {
  auto name = fmt::format("perennial_{}", role);
  std::ranges::replace(name, '-', '_');
  return name;
}

Result<std::unique_ptr<storage::Database>> OpenDatabase(const DatabaseConfig& config,
                                                        std::string_view role, int readers) {
  if (config.url.empty()) return storage::OpenSqlite(PathOf(config, role), readers);
  auto opened = storage::OpenPostgres({.url = config.url, .schema = SchemaOf(role)}, readers);
  if (!opened && opened.error().code == ErrorCode::kNotFound) {
    opened.error().message +=
        "; an administrator of the server makes it with what `perenniald database sql` prints";
  }
  return opened;
}

bool HasDatabase(const DatabaseConfig& config, std::string_view role) {
  return !config.url.empty() || std::filesystem::exists(PathOf(config, role));
}

Result<void> CheckDatabaseUrl(std::string_view url) {
  const auto bad = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the database's URL must be like "
                            "postgresql://db.corp.example:5432/perennial: {}",
                            why));
  };
  if (url.find_first_of("\"\\ \t\r\n") != std::string_view::npos) {
    return bad("it holds a character that must be written as %XX");
  }
  std::string_view rest = url;
  for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  }
  if (rest.size() == url.size()) return bad("it begins with postgresql://");
  const auto path = rest.find('/');
  const auto query = rest.find('?');
  if (path == std::string_view::npos || path > query ||
      rest.substr(path + 1, query == std::string_view::npos ? query : query - path - 1).empty()) {
    return bad("it names the database after the host");
  }
  // Each service connects as its own role; a password would stand in a file that others may read.
  const auto words = query == std::string_view::npos ? "" : rest.substr(query);
  if (rest.substr(0, path).contains('@') || words.contains("user=") ||
      words.contains("password=")) {
    return bad(
        "no user and no password; each service has its own user, and libpq takes passwords from "
        "a passfile (?passfile=PATH)");
  }
  return {};
}

std::string DatabaseSql() {
  std::string sql =
      "-- Once, as an administrator, in a database made with\n"
      "--   CREATE DATABASE perennial TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';\n"
      "-- How each of these users proves itself (a password in a passfile, peer, a certificate) "
      "is\n"
      "-- the server's pg_hba.conf to say.\n";
  for (const auto role : kStoringRoles) {
    sql +=
        fmt::format("CREATE ROLE {0} LOGIN;\nCREATE SCHEMA AUTHORIZATION {0};\n", SchemaOf(role));
  }
  return sql + "REVOKE CREATE ON SCHEMA public FROM PUBLIC;\n";
}

}  // namespace perennial::apps

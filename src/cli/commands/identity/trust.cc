// SPDX-License-Identifier: Apache-2.0
// trust: the platform CA, and how browsers and programs come to believe it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/json.h"
#include "cli/commands/commands.h"
#include "cli/commands/common.h"
#include "cli/commands/identity/trust.h"
#include "pki/certificate.h"

namespace perennial::cli {
namespace {

constexpr std::string_view kNameConstraintsOid = "2.5.29.30";
constexpr std::string_view kSystemDirectory = "/usr/local/share/ca-certificates";

struct PlatformCa {
  std::string pem, path, hash;
  std::vector<std::string> permitted;  // What it can vouch for; empty: anything.
  bool dns = false;                    // It is bound to host names too, not to addresses only.
  Time not_after;
};

Outcome<PlatformCa> ReadCa(Session& session) {
  TRY_ASSIGN(const auto context, session.context());
  PlatformCa ca;
  TRY_ASSIGN(ca.pem, session.directory().ReadCaPem(context));
  const bool absolute = context.ca_file.starts_with("/");
  ca.path = absolute ? context.ca_file : session.directory().path() + "/" + context.ca_file;
  const auto certificate = pki::ParseCertificatePem(ca.pem);
  if (!certificate) {
    return Stop(Exit::kBadConfiguration, ca.path + " is not one certificate",
                certificate.error().message, "perennial login URL --ca-hash sha256:…");
  }
  ca.hash = "sha256:" + certificate->FingerprintSha256();
  ca.not_after = certificate->not_after();
  const auto& fields = certificate->fields();
  // Constraints that are not critical bind only who understands them (RFC 5280 §4.2.1.10).
  const bool binding = std::ranges::any_of(fields.extensions, [](const auto& extension) {
    return extension.oid == kNameConstraintsOid && extension.critical;
  });
  for (const auto& name : fields.name_constraints.permitted) {
    if (binding && name.type == pki::NameConstraintType::kDns) ca.dns = true;
    if (binding) ca.permitted.push_back(name.value);
  }
  return ca;
}

std::string Joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// Install as it must be typed, where the contexts are not in their usual place.
std::string InstallCommand(Session& session) {
  const auto& directory = session.directory().path();
  if (directory == session.environment().default_directory) return "perennial trust install";
  const bool plain = std::ranges::all_of(directory, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+").contains(c);
  });
  std::string word = directory;
  if (!plain) {
    word = "'";
    for (const char c : directory) word += c == '\'' ? "'\\''" : std::string(1, c);
    word += "'";
  }
  return fmt::format("perennial --config-directory {} trust install", word);
}

Outcome<void> Show(Session& session, const Arguments&) {
  TRY_ASSIGN(const auto ca, ReadCa(session));
  if (session.names()) {
    session.PrintLine(ca.hash);
    return {};
  }
  if (session.json()) {
    session.PrintJson(EncodeJson(ShownCa{ca.pem, ca.hash, ca.permitted}));
    return {};
  }
  Fields fields;
  fields.Add("platform CA", ca.path);
  fields.Add("hash", ca.hash);
  fields.Add("vouches for", ca.permitted.empty() ? "ANY NAME" : Joined(ca.permitted));
  fields.Add("until", RelativeAndExact(ca.not_after, session.Now()));
  PrintOne(session, "", ca.hash, fields);
  for (const auto& line :
       std::vector<std::string>{"Chromium  " + InstallCommand(session),
                                "Firefox   Settings, Privacy & Security, View Certificates, "
                                "Authorities: import the file",
                                "macOS     security add-trusted-cert -r trustRoot "
                                "-k ~/Library/Keychains/login.keychain-db " +
                                    ca.path,
                                "Windows   certutil -user -addstore Root " + ca.path,
                                "curl      curl --cacert " + ca.path + " …"}) {
    session.PrintLine(line);
  }
  return {};
}

// Run stops unless the program ends well.
Outcome<void> Run(Session& session, const std::vector<std::string>& words,
                  const std::string& package) {
  const auto& run = session.environment().run_program;
  if (!run) return Stop(Exit::kFailed, "no programs can be run here");
  const auto end = run(words);
  if (!end) {
    return Stop(Exit::kFailed, words[0] + " could not be run", end.error().message,
                fmt::format("apt-get install {}   (brings it)", package));
  }
  if (end->status != 0) {
    return Stop(Exit::kFailed, fmt::format("{} ended with {}", words[0], end->status), end->output);
  }
  return {};
}

// Chromium, and everything else on Linux that uses the user's NSS database.
Outcome<std::string> InstallForUser(Session& session, const PlatformCa& ca) {
  const auto& home = session.environment().home;
  if (home.empty()) return Stop(Exit::kFailed, "HOME is not set");
  const auto directory = home + "/.pki/nssdb";
  const auto database = "sql:" + directory;
  auto& files = session.environment().files;
  TRY(files.MakeDirectory(directory, 0700));
  TRY_ASSIGN(const auto there, files.List(directory));
  if (std::ranges::find(there, "cert9.db") == there.end()) {
    TRY(Run(session, {"certutil", "-d", database, "-N", "--empty-password"}, "libnss3-tools"));
  }
  const auto name = "Perennial platform CA " + ca.hash.substr(7, 8);
  // C: it may vouch for servers; not for people, not for programs.
  TRY(Run(session, {"certutil", "-d", database, "-A", "-t", "C,,", "-n", name, "-i", ca.path},
          "libnss3-tools"));
  return directory;
}

Outcome<std::string> InstallForSystem(Session& session, const PlatformCa& ca) {
  const auto path = fmt::format("{}/perennial-{}.crt", kSystemDirectory, ca.hash.substr(7, 8));
  const auto written = session.environment().files.ReplaceAtomically(path, ca.pem, 0644);
  if (!written) {
    return Stop(Exit::kFailed, path + " could not be written", written.error().message,
                "sudo perennial trust install --system   (the directory belongs to root)");
  }
  TRY(Run(session, {"update-ca-certificates"}, "ca-certificates"));
  return path;
}

Outcome<void> Install(Session& session, const Arguments& arguments) {
  TRY_ASSIGN(const auto ca, ReadCa(session));
  // Trusting it is harmless because it can vouch for so little. One that could for anything would
  // let whoever runs that server read all of this user's traffic.
  if (ca.permitted.empty() || !ca.dns) {
    return Stop(
        Exit::kRefused, "this CA could vouch for ANY name, so it is not installed",
        ca.path + " has no critical name constraints; a platform CA that perenniald made has them");
  }
  const bool system = arguments.Has("--system");
  TRY_ASSIGN(const auto where,
             system ? InstallForSystem(session, ca) : InstallForUser(session, ca));
  if (session.names()) {
    session.PrintLine(where);
    return {};
  }
  session.PrintLine(
      fmt::format("{} is trusted now, for {} and nothing else.", ca.hash, Joined(ca.permitted)));
  session.PrintLine(system ? fmt::format("Written to {}; curl and the like believe it.", where)
                           : fmt::format("Written to {}; restart Chromium.", where));
  return {};
}

}  // namespace

void AddTrustCommands(CommandTree& tree) {
  tree.push_back({.path = {"trust", "show"},
                  .summary = "the platform CA: its hash, and what it can vouch for",
                  .example = "trust show",
                  .run = Show});
  tree.push_back({.path = {"trust", "install"},
                  .summary = "let this user's Chromium believe the platform CA",
                  .flags = {{.name = "--system",
                             .value = "",
                             .help = "for all programs of this host instead; needs root"}},
                  .example = "trust install",
                  .run = Install,
                  .detail =
                      "Writes into ~/.pki/nssdb by certutil (libnss3-tools), or with --system "
                      "into /usr/local/share/ca-certificates."});
}

}  // namespace perennial::cli

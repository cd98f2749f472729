// SPDX-License-Identifier: Apache-2.0
#include "sim/proxy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "installers/haproxy/render.h"
#include "pki/certificate.h"

namespace perennial::sim {
namespace {

std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const auto start = line.find_first_not_of(' ');
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const auto end = std::min(line.find(' '), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

Result<pki::Certificate> LeafOf(const std::string& pem) {
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";
  const auto end = pem.find(kEnd);
  if (end == std::string::npos) return Fail(ErrorCode::kInvalidArgument, "no certificate in it");
  return pki::ParseCertificatePem(std::string_view(pem).substr(0, end + kEnd.size()));
}

bool Covers(const pki::Certificate& leaf, const std::string& name) {
  const auto names = leaf.DnsNames();
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::string Proxy::PemOf(const std::string& file) const {
  const auto found = pems_.find(file);
  return found == pems_.end() ? "" : found->second;
}

Result<Proxy::Content> Proxy::Read(const std::string& path) const {
  Content content;
  TRY_ASSIGN(content.text, agent_.disk.Read(path));
  std::string_view rest = content.text;
  std::string frontend;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto words = Words(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (words.size() == 2 && words[0] == "frontend") frontend = words[1];
    if (words.size() < 2 || words[0] != "bind" || words[1].starts_with("unix@")) continue;
    Bind bind;
    bind.frontend = frontend;
    const auto colon = words[1].rfind(':');
    bind.address = words[1].substr(0, colon);
    bind.port = static_cast<uint16_t>(std::stoi(words[1].substr(colon + 1)));
    for (size_t i = 2; i + 1 < words.size(); ++i) {
      if (words[i] == "crt") bind.files.push_back(words[i + 1]);
    }
    for (const auto& file : bind.files) {
      TRY_ASSIGN(const auto pem, agent_.disk.Read(file));
      if (!LeafOf(pem)) return Fail(ErrorCode::kInvalidArgument, file + ": cannot be loaded");
      content.pems[file] = pem;
    }
    content.binds.push_back(std::move(bind));
  }
  return content;
}

void Proxy::Adopt(Content content) {
  text_ = std::move(content.text);
  binds_ = std::move(content.binds);
  pems_ = std::move(content.pems);
  open_.clear();
  for (const auto& [file, pem] : pems_) loaded_(file, pem);
}

bool Proxy::Start() {
  if (running_) return true;
  auto content = Read(config_path_);
  if (!content) return false;
  running_ = true;
  ++pid_;
  reloads_ = failed_reloads_ = 0;
  Adopt(*std::move(content));
  return true;
}

void Proxy::Stop() {
  running_ = false;
  binds_.clear();
  pems_.clear();
  open_.clear();
}

Result<void> Proxy::Check(const std::string& path) {
  agent_.Pass();
  const auto content = Read(path);
  if (content) return {};
  return Fail(ErrorCode::kInvalidArgument, "haproxy -c refused: " + content.error().message);
}

Result<std::string> Proxy::Master(const std::string& line) {
  agent_.Pass();
  if (!running_) return Fail(ErrorCode::kUnavailable, "master.sock: connection refused");
  if (line == "reload") {
    if (agent_.faults.Strikes(Fault::kCrashBeforeProxy)) agent_.Die();
    auto content = Read(config_path_);
    if (content && !agent_.faults.Strikes(Fault::kProxyRefuses)) {
      ++reloads_;
      ++pid_;
      Adopt(*std::move(content));
    } else {
      ++failed_reloads_;
    }
    if (agent_.faults.Strikes(Fault::kCrashAfterProxy)) agent_.Die();
    return std::string();
  }
  return fmt::format(
      "#<PID> <type> <reloads> <uptime> <version>\n"
      "1 master {} [failed: {}] 0d00h00m08s 2.6\n# workers\n{} worker 0 0d00h00m08s 2.6\n"
      "# old workers\n# programs\n",
      reloads_, failed_reloads_, pid_);
}

std::string Proxy::Command(const std::vector<std::string>& words, std::string_view payload) {
  if (words == std::vector<std::string>{"show", "info"}) {
    return fmt::format("Name: HAProxy\ndescription: {}\n", haproxy::DescriptionOf(text_));
  }
  if (words.size() < 4 || words[1] != "ssl" || words[2] != "cert") return "Unknown command\n";
  const auto& verb = words[0];
  const auto& file = words[3];
  const bool used = pems_.contains(file);
  if (verb == "show") {
    if (!used) return "Can't display the certificate: Not found or the certificate is a bundle!\n";
    const auto leaf = LeafOf(pems_[file]);
    std::string serial = leaf->SerialHex();
    std::erase(serial, ' ');
    return fmt::format("Filename: {}\nStatus: Used\nSerial: {}\n", file, serial);
  }
  if (verb == "abort") {
    if (open_.erase(file) == 0) return "No ongoing transaction!\n";
    return fmt::format("Transaction aborted for certificate {}!\n", file);
  }
  if (verb == "set") {
    if (!used) return fmt::format("Can't replace a certificate which is not referenced!\n");
    // With another one open, 2.6 takes the bundle into that one, and says so.
    const auto into = open_.empty() ? file : open_.begin()->first;
    const bool fresh = open_.empty();
    open_[into] = std::string(payload);
    return fmt::format("Transaction {} for certificate {}!\n", fresh ? "created" : "updated", into);
  }
  if (verb == "commit") {
    const auto found = open_.find(file);
    if (found == open_.end()) return "No ongoing transaction!\n";
    pems_[file] = found->second;
    open_.erase(found);
    loaded_(file, pems_[file]);
    return fmt::format("Committing {}.\nSuccess!\n", file);
  }
  return "Unknown command\n";
}

Result<std::string> Proxy::Runtime(const std::string& line, std::string_view payload) {
  agent_.Pass();
  if (!running_) return Fail(ErrorCode::kUnavailable, "runtime.sock: connection refused");
  const auto words = Words(line);
  const bool changes = words[0] == "set" || words[0] == "commit";
  if (changes && agent_.faults.Strikes(Fault::kCrashBeforeProxy)) agent_.Die();
  if (changes && agent_.faults.Strikes(Fault::kProxyRefuses))
    return std::string("Can't do it now\n");
  // An agent that died, or an operator, left a transaction on another certificate.
  if (words[0] == "set" && pems_.size() > 1 && agent_.faults.Strikes(Fault::kProxyForeign)) {
    const auto other = std::ranges::find_if(pems_, [&](const auto& entry) {
      return entry.first != words.back() && entry.first != words[3];
    });
    if (other != pems_.end()) open_[other->first] = other->second;
  }
  auto answer = Command(words, payload);
  if (changes && agent_.faults.Strikes(Fault::kCrashAfterProxy)) agent_.Die();
  return answer;
}

Result<net::ProbeAnswer> Proxy::Handshake(const net::ProbeRequest& request) {
  agent_.Pass();
  if (!running_ || agent_.faults.Strikes(Fault::kProbeBroken)) {
    return Fail(ErrorCode::kUnavailable, "connection refused");
  }
  const auto bind = std::ranges::find_if(binds_, [&](const Bind& one) {
    return one.address == request.address && one.port == request.port;
  });
  if (bind == binds_.end() || bind->files.empty()) {
    return Fail(ErrorCode::kUnavailable, "connection refused");
  }
  // The certificate of that name, or the first of the line.
  const auto* shown = &pems_.at(bind->files.front());
  for (const auto& file : bind->files) {
    const auto leaf = LeafOf(pems_.at(file));
    if (leaf && !request.server_name.empty() && Covers(*leaf, request.server_name)) {
      shown = &pems_.at(file);
      break;
    }
  }
  TRY_ASSIGN(const auto leaf, LeafOf(*shown));
  const auto& der = leaf.der();
  return net::ProbeAnswer{.chain_der = {std::string(der.begin(), der.end())}};
}

}  // namespace perennial::sim

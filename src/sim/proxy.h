// SPDX-License-Identifier: Apache-2.0
// HAProxy 2.6 as the installer and the prover see it: it reads its files when it starts or reloads,
// takes certificates at run time, and shows what it has loaded.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "installers/haproxy/runtime.h"
#include "net/tls_probe.h"
#include "sim/part.h"

namespace perennial::sim {

// Outlives the agent beside it. Used by one thread.
class Proxy final : public haproxy::ProxyControl, public net::TlsProbe {
 public:
  // One line of the configuration that listens, and the files it shows.
  struct Bind {
    std::string frontend;  // Whose it is.
    std::string address;
    uint16_t port = 0;
    std::vector<std::string> files;
  };
  // `agent` is the process that speaks to it; its faults strike here, and its disk is read.
  // `loaded` is told of every text that is served from now on under a file's name.
  using Loaded = std::function<void(const std::string& file, const std::string& pem)>;
  Proxy(Part& agent, std::string config_path, Loaded loaded)
      : agent_(agent), config_path_(std::move(config_path)), loaded_(std::move(loaded)) {}

  // Start reads the files, as its unit does after a crash. False: they cannot be loaded.
  bool Start();
  void Stop();
  bool running() const { return running_; }

  const std::vector<Bind>& binds() const { return binds_; }
  // PemOf returns what is served under the file's name; empty when the file is not used.
  std::string PemOf(const std::string& file) const;

  Result<std::string> Runtime(const std::string& line, std::string_view payload) override;
  Result<std::string> Master(const std::string& line) override;
  Result<void> Check(const std::string& path) override;
  Result<void> TryPort(const std::string&, uint16_t) override { return {}; }
  void Pause(Duration) override {}
  Result<net::ProbeAnswer> Handshake(const net::ProbeRequest& request) override;

 private:
  struct Content {
    std::string text;
    std::vector<Bind> binds;
    std::map<std::string, std::string> pems;
  };
  Result<Content> Read(const std::string& path) const;
  void Adopt(Content content);
  std::string Command(const std::vector<std::string>& words, std::string_view payload);

  Part& agent_;
  const std::string config_path_;
  const Loaded loaded_;
  bool running_ = false;
  std::string text_;
  std::vector<Bind> binds_;
  std::map<std::string, std::string> pems_;
  std::map<std::string, std::string> open_;  // Transactions: at most one, by file.
  int64_t reloads_ = 0, failed_reloads_ = 0, pid_ = 100;
};

}  // namespace perennial::sim

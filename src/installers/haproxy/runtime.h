// SPDX-License-Identifier: Apache-2.0
// HAProxy's two sockets, spoken in typed commands. Hazards of the 2.6 runtime API are handled here
// and each has a test against the real program (docs/guides/haproxy.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace perennial::haproxy {

// One word of a command: letters, digits and `_-./@*`. Nothing else can be sent, so neither `;` nor
// a new line can make two commands of one (security.md F14).
class CliToken {
 public:
  // Parse returns kInvalidArgument for any other character, and for an empty word.
  static Result<CliToken> Parse(std::string_view text);
  const std::string& text() const { return text_; }

 private:
  explicit CliToken(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The seam to the program. Safe from one thread at a time.
class ProxyControl {
 public:
  virtual ~ProxyControl() = default;
  // Runtime and Master send one line, `payload` behind it where there is one, and return the
  // answer. kUnavailable: the socket is not there, or there was no answer in time.
  virtual Result<std::string> Runtime(const std::string& line, std::string_view payload) = 0;
  virtual Result<std::string> Master(const std::string& line) = 0;
  // Check runs `haproxy -c` on the file; kInvalidArgument with what it said when it refuses.
  virtual Result<void> Check(const std::string& path) = 0;
  // TryPort opens the port for a moment, with our rights. kAlreadyExists: another program has it.
  // kPermissionDenied: we may not, and perhaps the proxy may not either. kNotFound: this host does
  // not have the address.
  virtual Result<void> TryPort(const std::string& address, uint16_t port) = 0;
  // Pause waits a moment before the proxy is asked again.
  virtual void Pause(Duration pause) = 0;
};

class SystemProxyControl final : public ProxyControl {
 public:
  SystemProxyControl(std::string program, std::string runtime_socket, std::string master_socket)
      : program_(std::move(program)),
        runtime_socket_(std::move(runtime_socket)),
        master_socket_(std::move(master_socket)) {}
  Result<std::string> Runtime(const std::string& line, std::string_view payload) override;
  Result<std::string> Master(const std::string& line) override;
  Result<void> Check(const std::string& path) override;
  Result<void> TryPort(const std::string& address, uint16_t port) override;
  void Pause(Duration pause) override;

 private:
  const std::string program_, runtime_socket_, master_socket_;
};

// What the master says of its processes.
struct Processes {
  int64_t master_pid = 0;
  int64_t reloads = 0;
  int64_t failed_reloads = 0;
  std::vector<int64_t> workers;
  std::vector<int64_t> old_workers;
};
// ParseProcesses reads `show proc`; kUnavailable when it is not that.
Result<Processes> ParseProcesses(std::string_view text);

class Runtime {
 public:
  explicit Runtime(ProxyControl& control) : control_(control) {}

  // Swap has the running process serve `pem` under the file's name: abort what a dead agent left
  // open, set, commit, compare the serial number that is shown. kUnavailable: any answer other than
  // the expected one; the transaction is aborted and the old certificate is served. kNotFound: the
  // process does not use this file.
  Result<void> Swap(const std::string& path, std::string_view pem, const std::string& serial_hex);

  // Description returns what the running configuration calls itself.
  Result<std::string> Description();

  Result<Processes> ListProcesses();

  // Reload has the master start new workers on the file and returns when they are there.
  // kInvalidArgument: the reload failed and the old workers go on.
  Result<void> Reload();

 private:
  Result<std::string> Ask(const std::vector<std::string_view>& words,
                          std::string_view payload = {});

  ProxyControl& control_;
};

}  // namespace perennial::haproxy

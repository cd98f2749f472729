// SPDX-License-Identifier: Apache-2.0
#include "cli/login.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "pki/certificate.h"

namespace perennial::cli {

Outcome<std::string> PinCa(std::string_view chain_pem, std::string_view ca_hash) {
  constexpr std::string_view kPrefix = "sha256:";
  const auto wanted =
      ca_hash.starts_with(kPrefix) ? HexDecode(ca_hash.substr(kPrefix.size())) : std::nullopt;
  if (!wanted || wanted->size() != 32) {
    return Stop(Exit::kUsage, fmt::format("--ca-hash cannot be \"{}\"", ca_hash),
                "it is sha256: and 64 hexadecimal digits, as perenniald init printed it",
                "on the server: cat DATA/ca.hash");
  }
  const auto chain = pki::ParseChainPem(chain_pem);
  if (!chain || chain->empty()) {
    return Stop(Exit::kRefused, "the server shows no certificates that can be read",
                chain ? "it shows none" : chain.error().message,
                "check that the URL is that of perenniald");
  }
  const auto& ca = chain->back();
  if (!ca.is_ca()) {
    return Stop(Exit::kRefused, "the server does not show its platform CA",
                fmt::format("the last certificate that it shows is no CA: {}", ca.subject()),
                "check that the URL is that of perenniald, and no other proxy stands in between");
  }
  if (ca.FingerprintSha256() != HexEncode(*wanted)) {
    return Stop(
        Exit::kRefused, "this is NOT the server that you were told about: its CA has another hash",
        fmt::format("wanted sha256:{}, the server shows sha256:{}; somebody may stand in between, "
                    "or the server was set up anew",
                    HexEncode(*wanted), ca.FingerprintSha256()),
        "ask the operator for the hash again (on the server: cat DATA/ca.hash); nothing was saved");
  }
  return ca.pem();
}

}  // namespace perennial::cli

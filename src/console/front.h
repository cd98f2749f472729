// SPDX-License-Identifier: Apache-2.0
// The console's files, in front of the API on the same port: pages and calls have one origin, so
// the browser needs no cross-origin rights and there is no cookie.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/random.h"
#include "net/server.h"

namespace perennial::console {

// One built file, with what it was compressed to beforehand; empty where the build made none.
struct Asset {
  std::string plain, brotli, gzip;
  std::string type;  // Content-Type.
  std::string etag;  // Strong, quoted.
};

// The build in memory. `index` holds kNoncePlace wherever a style or script of the page needs it.
struct Build {
  std::string index;
  std::map<std::string, Asset> files;  // By path: "/console/assets/x.js".
};

inline constexpr std::string_view kNoncePlace = "__PERENNIAL_NONCE__";

// LoadBuild reads index.html, what stands beside it, and assets/. kNotFound when the directory
// holds no index.html, kInvalidArgument for one without kNoncePlace or a file of a kind that the
// console does not have, kUnavailable when a file cannot be read.
Result<Build> LoadBuild(const Files& files, const std::string& directory);

// AddFile takes one more file into the build, at `path` below /console/.
void AddFile(Build& build, std::string path, std::string type, std::string bytes);

// Answers GET and HEAD below /console, sends / there, and leaves every other request to the API. A
// path below /console/ that is no file is a page: the browser's router knows it. No answer sets a
// cookie; none may be framed, and scripts and connections are the page's own only. Safe to call
// from many threads. `api`, `executor` and `random` must outlive it.
class Front final : public net::Handler {
 public:
  Front(Build build, net::Handler& api, Executor& executor, Random& random);

  Executor& ExecutorFor(const HttpRequest& head) override;
  size_t BodyLimit(const HttpRequest& head) override;
  net::Answer Handle(const HttpRequest& request) override;

 private:
  bool IsOurs(const HttpRequest& request) const;
  HttpResponse Index() const;
  static HttpResponse File(const Asset& asset, const HttpRequest& request);

  const Build build_;
  net::Handler& api_;
  Executor& executor_;
  Random& random_;
};

}  // namespace perennial::console

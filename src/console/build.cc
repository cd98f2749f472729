// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/encoding.h"
#include "console/front.h"

namespace perennial::console {
namespace {

constexpr std::string_view kIndex = "index.html";

// What the build of the console consists of. Another kind is a mistake there, not ours to guess.
std::string_view TypeOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTypes = {{
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return {};
}

bool IsCompressed(std::string_view name) { return name.ends_with(".br") || name.ends_with(".gz"); }

// The build compresses what is worth it; the rest has no such file.
Result<std::string> ReadIfThere(const Files& files, const std::string& path) {
  auto read = files.Read(path);
  if (!read && read.error().code == ErrorCode::kNotFound) return std::string();
  return read;
}

Result<void> LoadFolder(const Files& files, const std::string& directory, const std::string& prefix,
                        Build& build) {
  TRY_ASSIGN(const auto names, files.List(directory));
  for (const auto& name : names) {
    if (name == kIndex || name == "assets" || IsCompressed(name)) continue;
    const auto path = fmt::format("{}/{}", directory, name);
    const auto type = TypeOf(name);
    if (type.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} is no kind of file that the console has; build it again", path));
    }
    TRY_ASSIGN(auto plain, files.Read(path));
    AddFile(build, prefix + name, std::string(type), std::move(plain));
    auto& asset = build.files[prefix + name];
    TRY_ASSIGN(asset.brotli, ReadIfThere(files, path + ".br"));
    TRY_ASSIGN(asset.gzip, ReadIfThere(files, path + ".gz"));
  }
  return {};
}

}  // namespace

void AddFile(Build& build, std::string path, std::string type, std::string bytes) {
  auto etag = fmt::format("\"{}\"", HexEncode(Sha256(bytes)).substr(0, 32));
  build.files[std::move(path)] = {.plain = std::move(bytes),
                                  .brotli = {},
                                  .gzip = {},
                                  .type = std::move(type),
                                  .etag = std::move(etag)};
}

Result<Build> LoadBuild(const Files& files, const std::string& directory) {
  Build build;
  const auto index = fmt::format("{}/{}", directory, kIndex);
  TRY_ASSIGN(build.index, files.Read(index));
  if (build.index.find(kNoncePlace) == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} has no place for a nonce, so its styles would be refused", index));
  }
  TRY(LoadFolder(files, directory, "/console/", build));
  TRY(LoadFolder(files, directory + "/assets", "/console/assets/", build));
  return build;
}

}  // namespace perennial::console

// SPDX-License-Identifier: Apache-2.0
#include "cli/context.h"

#include <algorithm>

#include "base/json.h"
#include "base/secret_bytes.h"

namespace perennial::cli {
namespace {

constexpr char kIndex[] = "contexts.json";
constexpr char kCaFile[] = "ca.pem";

}  // namespace

bool IsContextName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

const Context* Contexts::Find(std::string_view name) const {
  const auto found = std::ranges::find(contexts, name, &Context::name);
  return found == contexts.end() ? nullptr : &*found;
}

ContextDirectory::ContextDirectory(Files& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

std::string ContextDirectory::PathOf(const std::string& file) const {
  return file.starts_with('/') ? file : directory_ + "/" + file;
}

Result<Contexts> ContextDirectory::Load() const {
  const auto path = PathOf(kIndex);
  const auto text = files_.Read(path);
  if (!text && text.error().code == ErrorCode::kNotFound) return Contexts{};
  if (!text) return std::unexpected(text.error());
  auto contexts = DecodeJson<Contexts>(*text, UnknownFields::kIgnore);
  if (!contexts) return Fail(ErrorCode::kInvalidArgument, path + ": " + contexts.error().message);
  return contexts;
}

Result<void> ContextDirectory::Save(const Contexts& contexts) {
  TRY(files_.MakeDirectory(directory_, 0700));
  return files_.ReplaceAtomically(PathOf(kIndex), EncodeJson(contexts) + "\n", 0600);
}

Result<Context> ContextDirectory::Put(Context context, std::string_view key_pem,
                                      const std::string& ca_pem) {
  if (!IsContextName(context.name)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a context is named with letters, digits, - and _: " + context.name);
  }
  TRY_ASSIGN(const auto key, pki::PrivateKey::ParsePem(key_pem));
  context.fingerprint = key.public_key().Md5Fingerprint();
  TRY_ASSIGN(auto contexts, Load());
  TRY(files_.MakeDirectory(directory_, 0700));

  if (context.ca_file.empty()) {
    const auto present = files_.Read(PathOf(kCaFile));
    context.ca_file = !present || *present == ca_pem ? kCaFile : context.name + ".ca.pem";
  }
  context.key_file = context.name + ".key.pem";
  std::string key_text(key_pem);
  const auto written = files_.ReplaceAtomically(PathOf(context.key_file), key_text, 0600);
  WipeText(key_text);
  TRY(written);
  TRY(files_.ReplaceAtomically(PathOf(context.ca_file), ca_pem, 0644));

  std::erase_if(contexts.contexts, [&](const Context& old) { return old.name == context.name; });
  contexts.contexts.push_back(context);
  contexts.current = context.name;
  TRY(Save(contexts));
  return context;
}

Result<pki::PrivateKey> ContextDirectory::ReadKey(const Context& context) const {
  const auto path = PathOf(context.key_file);
  TRY_ASSIGN(auto text, files_.Read(path));
  auto key = pki::PrivateKey::ParsePem(text);
  WipeText(text);
  if (!key) return Fail(ErrorCode::kInvalidArgument, path + ": " + key.error().message);
  return key;
}

Result<std::string> ContextDirectory::ReadCaPem(const Context& context) const {
  return files_.Read(PathOf(context.ca_file));
}

Result<void> ContextDirectory::RemoveKey(const Context& context) {
  if (context.key_file.empty() || context.key_file.find('/') != std::string::npos) return {};
  return files_.Remove(PathOf(context.key_file));
}

}  // namespace perennial::cli

// SPDX-License-Identifier: Apache-2.0
// Where the command line remembers which server it talks to and who is speaking. `perenniald init`
// writes the first context, `perennial login` the others.
//
//   DIR/contexts.json   {"current": name, "contexts": [{…}]}
//   DIR/ca.pem          the platform CA that was pinned; another server's stands beside it
//   DIR/<name>.key.pem  the private API key, 0600
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "pki/key.h"

namespace perennial::cli {

// On disk in camelCase: tenancyId, userId, keyFile, caFile.
struct Context {
  std::string name;
  std::string url;  // "https://host:port" of identity, which knows where the others are.
  std::string tenancy_id;
  std::string user_id;
  std::string fingerprint;  // Of the API key: MD5 as `aa:bb:…`.
  std::string key_file;     // Relative to the directory, or absolute.
  std::string ca_file;      // The same.
};
struct Contexts {
  std::string current;  // Empty: none.
  std::vector<Context> contexts;

  const Context* Find(std::string_view name) const;
};

// Safe to call from many threads as far as `files` is; two writers: the last one wins.
class ContextDirectory {
 public:
  // `files` must outlive this object. The directory need not exist yet.
  ContextDirectory(Files& files, std::string directory);

  // Load returns no contexts where there is no file; kInvalidArgument where it cannot be
  // understood.
  Result<Contexts> Load() const;
  Result<void> Save(const Contexts& contexts);

  // Put stores key and CA, then the context, and makes it the current one. It fills in key_file
  // and, when empty, ca_file: "ca.pem", or "<name>.ca.pem" where ca.pem belongs to another server.
  // kInvalidArgument: a name that cannot be a file name, a key that cannot be read; nothing is
  // written.
  Result<Context> Put(Context context, std::string_view key_pem, const std::string& ca_pem);

  // kNotFound when the file is gone; kInvalidArgument when it does not hold what it should.
  Result<pki::PrivateKey> ReadKey(const Context& context) const;
  Result<std::string> ReadCaPem(const Context& context) const;

  // RemoveKey deletes the key of a context that lies in this directory.
  Result<void> RemoveKey(const Context& context);

  const std::string& path() const { return directory_; }

 private:
  std::string PathOf(const std::string& file) const;

  Files& files_;
  const std::string directory_;
};

// IsContextName: [A-Za-z0-9_-]{1,64}, as it becomes part of a file name.
bool IsContextName(std::string_view name);

}  // namespace perennial::cli

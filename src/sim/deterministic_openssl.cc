// SPDX-License-Identifier: Apache-2.0
#include "sim/deterministic_openssl.h"

#include <openssl/rand.h>

#include "base/check.h"

// The old way to replace the generator still holds for every draw of OpenSSL 3, and is the only one
// that needs no provider of its own.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace perennial::sim {
namespace {

Random* source = nullptr;

int Bytes(unsigned char* out, int size) {
  source->Fill({out, static_cast<size_t>(size)});
  return 1;
}
int Seed(const void*, int) { return 1; }
int Add(const void*, int, double) { return 1; }
int Status() { return 1; }

const RAND_METHOD kMethod = {Seed, Bytes, nullptr, Add, Bytes, Status};

}  // namespace

DeterministicOpenssl::DeterministicOpenssl(Random& random) {
  CHECK(source == nullptr);
  source = &random;
  CHECK(RAND_set_rand_method(&kMethod) == 1);
}

DeterministicOpenssl::~DeterministicOpenssl() {
  RAND_set_rand_method(RAND_OpenSSL());
  source = nullptr;
}

}  // namespace perennial::sim

// SPDX-License-Identifier: Apache-2.0
#include "pki/primitives/key_der.h"

#include <string_view>

namespace perennial::pki {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kOidRsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr std::string_view kOidEc = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr std::string_view kOidP256 = "\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
constexpr std::string_view kOidP384 = "\x2b\x81\x04\x00\x22"sv;

std::string_view CurveOid(KeyShape shape) { return shape == KeyShape::kP384 ? kOidP384 : kOidP256; }

std::optional<KeyShape> ShapeOfCurve(der::Bytes oid) {
  if (der::Equals(oid, kOidP256)) return KeyShape::kP256;
  if (der::Equals(oid, kOidP384)) return KeyShape::kP384;
  return std::nullopt;
}

// Reads AlgorithmIdentifier of a key.
std::optional<KeyShape> TakeShape(der::Reader& reader) {
  auto algorithm = reader.Enter(der::kSequence);
  if (!algorithm) return std::nullopt;
  const auto oid = algorithm->TakeOid();
  if (!oid) return std::nullopt;
  std::optional<KeyShape> shape;
  if (der::Equals(*oid, kOidRsa)) {
    const auto null = algorithm->Take(der::kNull);
    if (null && null->empty()) shape = KeyShape::kRsa;
  } else if (der::Equals(*oid, kOidEc)) {
    const auto curve = algorithm->TakeOid();  // Explicit parameters are a SEQUENCE: refused.
    if (curve) shape = ShapeOfCurve(*curve);
  }
  if (!algorithm->empty()) return std::nullopt;
  return shape;
}

bool IsUncompressed(der::Bytes point, KeyShape shape) {
  return point.size() == 1 + 2 * CoordinateSize(shape) && point[0] == 0x04;
}

bool ReadRsaPrivate(der::Bytes bytes, PrivateParts& parts) {
  der::Reader outer(bytes);
  auto key = outer.Enter(der::kSequence);
  if (!key || !outer.empty() || key->TakeSmallInteger() != 0) return false;
  for (der::Bytes* number : {&parts.pub.n, &parts.pub.e, &parts.d, &parts.p, &parts.q, &parts.dp,
                             &parts.dq, &parts.qi}) {
    const auto value = key->TakeUnsigned();
    if (!value || value->empty()) return false;
    *number = *value;
  }
  return key->empty();
}

// `shape` comes from outside in PKCS#8 and from [0] in SEC 1; where both are, they must agree.
bool ReadEcPrivate(der::Bytes bytes, std::optional<KeyShape> shape, PrivateParts& parts) {
  der::Reader outer(bytes);
  auto key = outer.Enter(der::kSequence);
  if (!key || !outer.empty() || key->TakeSmallInteger() != 1) return false;
  const auto d = key->Take(der::kOctetString);
  if (key->Peek() == der::Constructed(0)) {
    auto parameters = key->Enter(der::Constructed(0));
    const auto oid = parameters ? parameters->TakeOid() : std::nullopt;
    const auto curve = oid ? ShapeOfCurve(*oid) : std::nullopt;
    if (!curve || !parameters->empty() || (shape && *shape != *curve)) return false;
    shape = curve;
  }
  if (!d || !shape || d->size() != CoordinateSize(*shape)) return false;
  parts.pub.shape = *shape;
  parts.d = *d;
  if (key->Peek() == der::Constructed(1)) {
    auto wrapped = key->Enter(der::Constructed(1));
    const auto point = wrapped ? wrapped->TakeWholeBitString() : std::nullopt;
    if (!point || !wrapped->empty() || !IsUncompressed(*point, *shape)) return false;
    parts.pub.point = *point;
  }
  return key->empty();
}

void WriteAlgorithm(der::Writer& out, KeyShape shape) {
  out.Sequence([&] {
    if (shape == KeyShape::kRsa) {
      out.Oid(kOidRsa);
      out.Null();
    } else {
      out.Oid(kOidEc);
      out.Oid(CurveOid(shape));
    }
  });
}

}  // namespace

std::optional<PublicParts> ReadSpki(der::Bytes der) {
  der::Reader outer(der);
  auto spki = outer.Enter(der::kSequence);
  if (!spki || !outer.empty()) return std::nullopt;
  const auto shape = TakeShape(*spki);
  const auto bits = spki->TakeWholeBitString();
  if (!shape || !bits || !spki->empty()) return std::nullopt;
  PublicParts parts{.shape = *shape};
  if (*shape != KeyShape::kRsa) {
    if (!IsUncompressed(*bits, *shape)) return std::nullopt;
    parts.point = *bits;
    return parts;
  }
  der::Reader inner(*bits);
  auto key = inner.Enter(der::kSequence);
  if (!key || !inner.empty()) return std::nullopt;
  const auto n = key->TakeUnsigned();
  const auto e = key->TakeUnsigned();
  if (!n || !e || n->empty() || e->empty() || !key->empty()) return std::nullopt;
  parts.n = *n;
  parts.e = *e;
  return parts;
}

std::optional<PrivateParts> ReadPkcs8(der::Bytes der) {
  der::Reader outer(der);
  auto info = outer.Enter(der::kSequence);
  if (!info || !outer.empty() || info->TakeSmallInteger() != 0) return std::nullopt;
  const auto shape = TakeShape(*info);
  const auto key = info->Take(der::kOctetString);
  if (!shape || !key || !info->empty()) return std::nullopt;
  PrivateParts parts{.pub = {.shape = *shape}};
  const bool read =
      *shape == KeyShape::kRsa ? ReadRsaPrivate(*key, parts) : ReadEcPrivate(*key, shape, parts);
  if (!read) return std::nullopt;
  return parts;
}

std::optional<PrivateParts> ReadPkcs1(der::Bytes der) {
  PrivateParts parts;
  if (!ReadRsaPrivate(der, parts)) return std::nullopt;
  return parts;
}

std::optional<PrivateParts> ReadSec1(der::Bytes der) {
  PrivateParts parts;
  if (!ReadEcPrivate(der, std::nullopt, parts)) return std::nullopt;
  return parts;
}

std::vector<uint8_t> WriteSpki(const PublicParts& parts) {
  der::Writer out(600);
  out.Sequence([&] {
    WriteAlgorithm(out, parts.shape);
    if (parts.shape != KeyShape::kRsa) {
      out.BitString(parts.point);
      return;
    }
    der::Writer key(560);
    key.Sequence([&] {
      key.UnsignedInteger(parts.n);
      key.UnsignedInteger(parts.e);
    });
    out.BitString(key.bytes());
  });
  return out.Take();
}

SecretBytes WritePkcs8(const PrivateParts& parts) {
  // Large enough for RSA of 8192 bits: a reallocation would leave a copy of the key behind.
  der::Writer out(parts.pub.shape == KeyShape::kRsa ? 8 * parts.pub.n.size() + 200 : 300);
  out.Sequence([&] {
    out.SmallInteger(0);
    WriteAlgorithm(out, parts.pub.shape);
    out.Nest(der::kOctetString, [&] {
      out.Sequence([&] {
        if (parts.pub.shape == KeyShape::kRsa) {
          out.SmallInteger(0);
          for (const auto number : {parts.pub.n, parts.pub.e, parts.d, parts.p, parts.q, parts.dp,
                                    parts.dq, parts.qi}) {
            out.UnsignedInteger(number);
          }
        } else {
          out.SmallInteger(1);
          out.Element(der::kOctetString, parts.d);
          out.Nest(der::Constructed(1), [&] { out.BitString(parts.pub.point); });
        }
      });
    });
  });
  return SecretBytes(out.Take());
}

}  // namespace perennial::pki

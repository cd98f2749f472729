// SPDX-License-Identifier: Apache-2.0
#include "pki/rules.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/spelled_duration.h"

namespace perennial::pki {
namespace {

using Violations = std::vector<Violation>;

// Is `name` the domain itself or below it, at a label's boundary? `evila.com` is not below `a.com`.
bool IsWithin(std::string_view name, std::string_view domain) {
  if (domain.starts_with('.')) return name.size() > domain.size() && name.ends_with(domain);
  if (name == domain) return true;
  return name.size() > domain.size() && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

// Could a name that `name` covers lie within `domain`? `*.a.com` covers `x.a.com`, so it meets an
// exclusion of that.
bool Overlaps(std::string_view name, std::string_view domain) {
  if (IsWithin(name, domain)) return true;
  if (!name.starts_with("*.") || domain.starts_with('.')) return false;
  const auto above = name.substr(1);
  return domain.ends_with(above) && domain.find('.') == domain.size() - above.size();
}

bool InRange(const std::vector<uint8_t>& address, const std::vector<uint8_t>& range) {
  if (range.size() != 2 * address.size()) return false;
  for (size_t i = 0; i < address.size(); ++i) {
    if ((address[i] & range[address.size() + i]) != range[i]) return false;
  }
  return true;
}

// The names of one request, each in the form in which constraints of its type are compared.
struct Names {
  struct Dns {
    std::string where, name;
  };
  struct Ip {
    std::string where;
    IpAddress address;
  };
  std::vector<Dns> dns;
  std::vector<Ip> ip;
  std::vector<uint8_t> subject;
};

Names ReadNames(const Subject& subject, const std::vector<SubjectAlternativeName>& given,
                Violations& found) {
  Names names;
  if (auto der = EncodeName(subject)) {
    names.subject = std::move(*der);
  } else {
    found.push_back({"name.invalid", "subject", der.error().message});
  }
  for (size_t i = 0; i < given.size(); ++i) {
    const std::string where = "subjectAlternativeNames/" + std::to_string(i);
    const auto name = ParseSubjectAlternativeName(given[i]);
    if (!name) {
      found.push_back({"name.invalid", where, name.error().message});
    } else if (name->type == SubjectAlternativeNameType::kDns) {
      names.dns.push_back({where, name->value});
    } else {
      names.ip.push_back({where, *ParseIpAddress(name->value)});
    }
  }
  // Old clients take the common name for a host; without a dot it is a title, as for OpenSSL.
  const bool dotted = subject.common_name.find('.') != std::string::npos;
  if (auto name = ParseDnsName(subject.common_name); name && dotted) {
    names.dns.push_back({"subject/commonName", std::move(*name)});
  }
  if (auto address = ParseIpAddress(subject.common_name)) {
    names.ip.push_back({"subject/commonName", std::move(*address)});
  }
  return names;
}

// One list of subtrees, by type, with what they mean parsed once.
struct Trees {
  std::vector<std::string> dns;
  std::vector<std::vector<uint8_t>> ip, directory;
};

Trees ReadTrees(const std::vector<NameConstraint>& list, const std::string& where,
                Violations& found) {
  Trees trees;
  for (size_t i = 0; i < list.size(); ++i) {
    const auto tree = ParseNameConstraint(list[i]);
    if (!tree) {
      // A constraint that cannot be read cannot be satisfied.
      found.push_back({"name.invalid", where + "/" + std::to_string(i), tree.error().message});
      continue;
    }
    switch (tree->type) {
      case NameConstraintType::kDns:
        trees.dns.push_back(tree->value);
        break;
      case NameConstraintType::kIp:
        trees.ip.push_back(*IpRangeOf(tree->value));
        break;
      case NameConstraintType::kDirectoryName:
        trees.directory.push_back(*ParseDistinguishedName(tree->value));
        break;
    }
  }
  return trees;
}

void CheckDns(const Names& names, const Trees& permitted, const Trees& excluded,
              Violations& found) {
  for (const auto& [where, name] : names.dns) {
    const auto within = [&](const std::string& domain) { return IsWithin(name, domain); };
    const auto overlaps = [&](const std::string& domain) { return Overlaps(name, domain); };
    if (!permitted.dns.empty() && std::ranges::none_of(permitted.dns, within)) {
      found.push_back(
          {"name.permitted", where, "'" + name + "' is outside what the issuing CA may certify"});
    }
    if (std::ranges::any_of(excluded.dns, overlaps)) {
      found.push_back(
          {"name.excluded", where, "'" + name + "' is among what the issuing CA may not certify"});
    }
  }
}

void CheckIp(const Names& names, const Trees& permitted, const Trees& excluded, Violations& found) {
  for (const auto& [where, address] : names.ip) {
    const auto within = [&](const std::vector<uint8_t>& range) {
      return InRange(address.bytes, range);
    };
    if (!permitted.ip.empty() && std::ranges::none_of(permitted.ip, within)) {
      found.push_back(
          {"name.permitted", where, address.text + " is outside what the issuing CA may certify"});
    }
    if (std::ranges::any_of(excluded.ip, within)) {
      found.push_back(
          {"name.excluded", where, address.text + " is among what the issuing CA may not certify"});
    }
  }
}

void CheckDirectory(const Names& names, const Trees& permitted, const Trees& excluded,
                    Violations& found) {
  if (names.subject.empty()) return;
  const auto begins = [&](const std::vector<uint8_t>& prefix) {
    return NameHasPrefix(names.subject, prefix);
  };
  if (!permitted.directory.empty() && std::ranges::none_of(permitted.directory, begins)) {
    found.push_back(
        {"name.permitted", "subject", "the subject is outside what the issuing CA may certify"});
  }
  if (std::ranges::any_of(excluded.directory, begins)) {
    found.push_back(
        {"name.excluded", "subject", "the subject is among what the issuing CA may not certify"});
  }
}

void CheckConstraints(const Names& names, const NameConstraints& constraints, Violations& found) {
  const Trees permitted =
      ReadTrees(constraints.permitted, "nameConstraints/permittedSubtree", found);
  const Trees excluded = ReadTrees(constraints.excluded, "nameConstraints/excludedSubtree", found);
  CheckDns(names, permitted, excluded, found);
  CheckIp(names, permitted, excluded, found);
  CheckDirectory(names, permitted, excluded, found);
}

void CheckValidity(const CertificateTemplate& request, const IssuanceRules& rules,
                   Violations& found) {
  if (request.not_after < request.not_before) {
    found.push_back({"validity.order", "validity", "it ends before it begins"});
    return;
  }
  // Both ends count (RFC 5280 §4.1.2.5).
  const auto life = request.not_after - request.not_before + seconds(1);
  const auto& limit = IsCa(request.profile) ? rules.ca_max_validity : rules.leaf_max_validity;
  if (limit && life > *limit) {
    found.push_back(
        {"validity.max", "validity",
         "it lasts longer than the " + SpellDuration(*limit) + " that the issuing CA allows"});
  }
}

void CheckIssuer(const CertificateTemplate& request, const IssuanceRules& rules,
                 const Certificate& issuer, Violations& found) {
  const bool may_sign = issuer.is_ca() && issuer.HasKeyUsage(KeyUsage::kKeyCertSign);
  if (!may_sign)
    found.push_back({"issuer.ca", "issuer", "the issuer is not a CA that may sign certificates"});
  if (request.issuer_name != issuer.subject_der() ||
      request.issuer_key_id != issuer.subject_key_id()) {
    found.push_back(
        {"issuer.link", "issuer", "the request does not name this issuer's subject and key"});
  }
  if (request.not_before < issuer.not_before() || request.not_after > issuer.not_after()) {
    found.push_back(
        {"validity.issuer", "validity",
         "it must lie within its issuer's, which ends at " + FormatTime(issuer.not_after())});
  }
  if (request.public_key == issuer.public_key()) {
    found.push_back({"key.reused", "publicKey", "it is the issuing CA's own key"});
  }
  if (FamilyOf(request.signature_algorithm) != issuer.public_key().family()) {
    found.push_back(
        {"signature.family", "signatureAlgorithm", "it does not suit the issuing CA's key"});
  }
  if (!IsCa(request.profile)) return;
  const auto allowed = PathLengthBelow(rules, issuer);
  if (!allowed) return;
  if (*allowed < 0) {
    found.push_back({"path_length", "pathLength", "no CA may follow the issuing CA"});
  } else if (!request.path_length || *request.path_length > *allowed) {
    found.push_back(
        {"path_length", "pathLength",
         "must be given, and at most " + std::to_string(*allowed) + " below this issuing CA"});
  }
}

}  // namespace

std::optional<int> PathLengthBelow(const IssuanceRules& rules, const Certificate& issuer) {
  std::optional<int> allowed = rules.path_length;
  if (issuer.path_length() && (!allowed || *issuer.path_length() < *allowed)) {
    allowed = issuer.path_length();
  }
  if (allowed) --*allowed;  // The CA itself is one of those that may follow.
  return allowed;
}

Violations CheckNames(const Subject& subject, const std::vector<SubjectAlternativeName>& names,
                      const NameConstraints& constraints) {
  Violations found;
  CheckConstraints(ReadNames(subject, names, found), constraints, found);
  return found;
}

Violations CheckIssuanceRules(const CertificateTemplate& request, const IssuanceRules& rules,
                              const Certificate* issuer) {
  Violations found;
  CheckValidity(request, rules, found);
  Names names = ReadNames(request.subject, request.subject_alternative_names, found);
  // The common name of a CA is a title, not a host.
  if (IsCa(request.profile)) {
    names.dns.clear();
    names.ip.clear();
  }
  for (const auto& constraints : rules.name_constraints)
    CheckConstraints(names, constraints, found);
  if (issuer == nullptr) {
    if (request.profile != CertificateProfile::kRootCa) {
      found.push_back({"issuer.ca", "issuer", "only a root issues itself"});
    }
    if (FamilyOf(request.signature_algorithm) != request.public_key.family()) {
      found.push_back({"signature.family", "signatureAlgorithm", "it does not suit the key"});
    }
    return found;
  }
  if (request.profile == CertificateProfile::kRootCa) {
    found.push_back({"issuer.ca", "issuer", "a root has no issuer"});
  }
  CheckIssuer(request, rules, *issuer, found);
  const auto& own = issuer->fields().name_constraints;
  if (std::ranges::find(rules.name_constraints, own) == rules.name_constraints.end()) {
    CheckConstraints(names, own, found);
  }
  return found;
}

}  // namespace perennial::pki

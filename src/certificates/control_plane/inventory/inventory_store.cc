// SPDX-License-Identifier: Apache-2.0
#include "certificates/control_plane/inventory/inventory_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "certificates/control_plane/operations/views.h"
#include "certificates/control_plane/renewal_schedule.h"
#include "certificates/control_plane/store/row_reader.h"

namespace perennial::certificates {
namespace {

using storage::Session;
using storage::Value;

constexpr size_t kHexSearchMin = 4;

struct Statement {
  std::string sql;
  std::vector<Value> parameters;

  std::string Bind(Value value) {
    parameters.push_back(std::move(value));
    return fmt::format("${}", parameters.size());
  }
  std::string BindList(const std::vector<std::string>& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "" : ", ") + Bind(value);
    return list.empty() ? "NULL" : list;
  }
};

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// LikePattern finds `text` anywhere; what LIKE would read as a wildcard stands for itself.
std::string LikePattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

// Serials and fingerprints are often copied with colons or spaces. Empty when it can be neither.
std::string HexOf(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    if (c == ':' || c == ' ') continue;
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return "";
    hex += c;
  }
  return hex.size() < kHexSearchMin ? "" : hex;
}

// AppendSearch narrows to what may match. Names stand in a column of JSON, whose own words would
// match too, so there a second look decides: the last three columns.
void AppendSearch(Statement& statement, std::string& columns, std::string& where,
                  const std::string& search) {
  const auto like = [&](const char* column, std::string_view text) {
    return fmt::format("LOWER({}) LIKE {} ESCAPE '\\'", column, statement.Bind(LikePattern(text)));
  };
  auto sure = like("g.name", search);
  if (const auto hex = HexOf(search); !hex.empty()) {
    sure += fmt::format(
        " OR EXISTS (SELECT 1 FROM certificate_version w WHERE w.owner_id = a.id AND ({} OR {}))",
        like("w.serial", hex), like("w.fingerprint_sha256", hex));
  }
  columns += fmt::format(", CASE WHEN {} THEN 1 ELSE 0 END, a.subject, a.alternative_names", sure);
  where += fmt::format(" AND ({} OR {} OR {})", sure, like("a.subject", search),
                       like("a.alternative_names", search));
}

constexpr size_t kSearchColumn = 15;

Result<bool> Matches(const storage::Row& row, const std::string& search) {
  if (row.Int(kSearchColumn) == 1) return true;
  TRY_ASSIGN(const auto subject, StoredJson<wire::CertificateSubject>(row, kSearchColumn + 1));
  if (Lower(subject.common_name).contains(search)) return true;
  TRY_ASSIGN(const auto names, StoredJson<std::vector<wire::CertificateSubjectAlternativeName>>(
                                   row, kSearchColumn + 2));
  return std::ranges::any_of(names,
                             [&](const auto& name) { return Lower(name.value).contains(search); });
}

Result<InventoryRow> ReadRow(const storage::Row& row) {
  InventoryRow found;
  found.id = row.Text(0);
  found.compartment_id = row.Text(1);
  found.name = row.Text(2);
  auto& facts = found.facts;
  TRY_ASSIGN(facts.state, StoredEnum<State>(row, 3));
  facts.deletion_at = row.OptionalTime(4);
  std::optional<RenewalRule> rule;
  if (!row.IsNull(5) && !row.IsNull(6)) rule = {seconds(row.Int(5)), seconds(row.Int(6))};
  facts.renews = rule.has_value();
  facts.current_version = row.Int(7);
  found.latest_version = row.Int(8);
  facts.renew_at = row.OptionalTime(9);
  facts.renewal_attempts = row.Int(10);
  facts.renewal_error = row.OptionalText(11);
  facts.not_before = row.At(12);
  facts.not_after = row.At(13);
  facts.changed_at = row.At(14);
  facts.must_serve_at =
      MustServeAt(rule, {ToSeconds(facts.not_before), ToSeconds(facts.not_after)});
  return found;
}

Result<std::vector<InventoryRow>> FindCertificates(Session& session, const InventoryQuery& query) {
  Statement statement;
  std::string columns =
      "g.id, g.compartment_id, g.name, g.lifecycle_state, g.deletion_at, a.renewal_interval_s, "
      "a.renewal_advance_s, a.current_version, a.latest_version, a.renew_at, a.renewal_attempts, "
      "a.renewal_error, v.not_before, v.not_after, v.created_at";
  auto where = fmt::format(
      "g.kind = 'CERTIFICATE' AND g.compartment_id IN ({}) AND g.lifecycle_state <> 'DELETED'",
      statement.BindList(query.compartment_ids));
  const auto search = Lower(query.search);
  if (!search.empty()) AppendSearch(statement, columns, where, search);
  // BETWEEN, since with `=` SQLite goes to the primary key and reads the long rows: twice the time
  // of certificate_version_life, which holds every column that is asked for here.
  statement.sql = fmt::format(
      "SELECT {} FROM guarded g JOIN certificate a ON a.id = g.id JOIN certificate_version v "
      "ON v.owner_id = a.id AND v.number BETWEEN a.current_version AND a.current_version "
      "WHERE {}",
      columns, where);
  TRY_ASSIGN(const auto rows, session.Query(statement.sql, std::move(statement.parameters)));
  std::vector<InventoryRow> found;
  found.reserve(rows.size());
  for (const auto& row : rows) {
    if (!search.empty()) {
      TRY_ASSIGN(const bool matches, Matches(row, search));
      if (!matches) continue;
    }
    TRY_ASSIGN(auto certificate, ReadRow(row));
    found.push_back(std::move(certificate));
  }
  return found;
}

using ById = std::unordered_map<std::string, InventoryRow*>;

Result<void> AddAssociations(Session& session, const std::vector<std::string>& compartments,
                             const ById& by_id) {
  Statement statement;
  statement.sql = fmt::format(
      "SELECT s.certificates_resource_id, s.id, s.resource_id, s.created_at FROM association s "
      "JOIN guarded g ON g.id = s.certificates_resource_id "
      "WHERE g.kind = 'CERTIFICATE' AND g.compartment_id IN ({}) ORDER BY s.created_at, s.id",
      statement.BindList(compartments));
  TRY_ASSIGN(const auto rows, session.Query(statement.sql, std::move(statement.parameters)));
  for (const auto& row : rows) {
    const auto found = by_id.find(row.Text(0));
    if (found == by_id.end()) continue;
    auto& certificate = *found->second;
    certificate.associations.push_back({row.Text(1), row.Text(2)});
    ++certificate.facts.associations;
    certificate.facts.changed_at =
        std::max(certificate.facts.changed_at.value_or(row.At(3)), row.At(3));
  }
  return {};
}

// AddWords folds the last word of each place into one for each association and node.
Result<void> AddWords(Session& session, const std::vector<std::string>& compartments,
                      const ById& by_id) {
  Statement statement;
  statement.sql = fmt::format(
      "SELECT s.certificates_resource_id, o.association_id, o.node_id, o.version_number, o.result, "
      "o.reason, o.observed_at FROM observation o JOIN association s ON s.id = o.association_id "
      "JOIN guarded g ON g.id = s.certificates_resource_id "
      "WHERE g.kind = 'CERTIFICATE' AND g.compartment_id IN ({}) "
      "ORDER BY o.association_id, o.node_id",
      statement.BindList(compartments));
  TRY_ASSIGN(const auto rows, session.Query(statement.sql, std::move(statement.parameters)));
  for (const auto& row : rows) {
    const auto found = by_id.find(row.Text(0));
    if (found == by_id.end()) continue;
    auto& certificate = *found->second;
    if (row.Int(3) < certificate.facts.current_version) continue;
    auto& words = certificate.words;
    if (words.empty() || words.back().association_id != row.Text(1) ||
        words.back().node_id != row.Text(2)) {
      words.push_back({row.Text(1), row.Text(2), std::nullopt, std::nullopt, ""});
    }
    auto& word = words.back();
    TRY_ASSIGN(const auto result, StoredEnum<wire::ObservationResult>(row, 4));
    if (result == wire::ObservationResult::kProved) {
      word.proved_at = std::max(word.proved_at.value_or(row.At(6)), row.At(6));
    } else if (row.Int(3) == certificate.facts.current_version &&
               result != wire::ObservationResult::kInconclusive &&
               (!word.failed_at || *word.failed_at < row.At(6))) {
      word.failed_at = row.At(6);
      word.failure = row.OptionalText(5).value_or("it gives no reason");
    }
  }
  return {};
}

// Of the rollouts of a certificate the newest, and only if it brought the latest version.
Result<void> AddRollouts(Session& session, const std::vector<std::string>& compartments,
                         const ById& by_id) {
  Statement statement;
  statement.sql = fmt::format(
      "SELECT r.certificate_id, r.state, r.paused, r.forced, r.to_version, r.reason "
      "FROM guarded g JOIN rollout r ON r.certificate_id = g.id "
      "WHERE g.kind = 'CERTIFICATE' AND g.compartment_id IN ({}) AND r.started_at = "
      "(SELECT MAX(n.started_at) FROM rollout n WHERE n.certificate_id = g.id) "
      "ORDER BY r.certificate_id, r.to_version",
      statement.BindList(compartments));
  TRY_ASSIGN(const auto rows, session.Query(statement.sql, std::move(statement.parameters)));
  for (const auto& row : rows) {
    const auto found = by_id.find(row.Text(0));
    if (found == by_id.end() || row.Int(4) != found->second->latest_version) continue;
    RolloutSeen seen{.paused = row.Bool(2),
                     .forced = row.Bool(3),
                     .to_version = row.Int(4),
                     .reason = row.OptionalText(5)};
    TRY_ASSIGN(seen.state, StoredEnum<wire::RolloutState>(row, 1));
    found->second->facts.rollout = std::move(seen);
  }
  return {};
}

std::string SubjectText(const wire::CertificateSubject& subject) {
  auto text = "CN=" + subject.common_name;
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) text += fmt::format(", {}={}", name, *value);
  };
  add("OU", subject.organizational_unit);
  add("O", subject.organization);
  add("L", subject.locality_name);
  add("ST", subject.state_or_province_name);
  add("C", subject.country);
  return text;
}

}  // namespace

Result<std::vector<InventoryRow>> FindInventory(Session& session, const InventoryQuery& query) {
  TRY_ASSIGN(auto found, FindCertificates(session, query));
  if (found.empty()) return found;
  ById by_id;
  by_id.reserve(found.size());
  for (auto& row : found) by_id.emplace(row.id, &row);
  TRY(AddAssociations(session, query.compartment_ids, by_id));
  TRY(AddWords(session, query.compartment_ids, by_id));
  TRY(AddRollouts(session, query.compartment_ids, by_id));
  return found;
}

Result<std::map<std::string, InventoryDetails>> FindInventoryDetails(
    Session& session, const std::vector<std::string>& certificate_ids) {
  Statement statement;
  statement.sql = fmt::format(
      "SELECT a.id, a.subject, a.alternative_names, a.issuer_id, i.name, i.compartment_id, "
      "v.serial, v.fingerprint_sha256 FROM certificate a JOIN certificate_version v "
      "ON v.owner_id = a.id AND v.number = a.current_version "
      "LEFT JOIN guarded i ON i.id = a.issuer_id WHERE a.id IN ({})",
      statement.BindList(certificate_ids));
  TRY_ASSIGN(const auto rows, session.Query(statement.sql, std::move(statement.parameters)));
  std::map<std::string, InventoryDetails> details;
  for (const auto& row : rows) {
    auto& each = details[row.Text(0)];
    TRY_ASSIGN(const auto subject, StoredJson<wire::CertificateSubject>(row, 1));
    each.subject = SubjectText(subject);
    TRY_ASSIGN(const auto names,
               StoredJson<std::vector<wire::CertificateSubjectAlternativeName>>(row, 2));
    for (const auto& name : names) each.alternative_names.push_back(name.value);
    each.issuer_id = row.OptionalText(3);
    each.issuer_name = row.OptionalText(4);
    each.issuer_compartment_id = row.OptionalText(5);
    each.serial = SerialText(row.Text(6));
    each.fingerprint = row.Text(7);
  }
  return details;
}

Result<std::map<std::string, Time>> FindSightings(Session& session) {
  TRY_ASSIGN(const auto rows, session.Query("SELECT node_id, seen_at FROM node_sighting"));
  std::map<std::string, Time> seen;
  for (const auto& row : rows) seen.emplace(row.Text(0), row.At(1));
  return seen;
}

Result<int64_t> AuthoritiesIn(Session& session, const std::vector<std::string>& compartment_ids) {
  Statement statement;
  statement.sql = fmt::format(
      "SELECT COUNT(*) FROM guarded g WHERE g.kind = 'CERTIFICATE_AUTHORITY' "
      "AND g.compartment_id IN ({}) AND g.lifecycle_state <> 'DELETED'",
      statement.BindList(compartment_ids));
  TRY_ASSIGN(const auto row, session.QueryOne(statement.sql, std::move(statement.parameters)));
  return row ? row->Int(0) : 0;
}

}  // namespace perennial::certificates

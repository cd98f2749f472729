// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "identity/store/store.h"

namespace perennial::identity {
namespace {

using storage::Row;
using storage::Value;

constexpr std::string_view kNamedColumns =
    "id, tenancy_id, parent_id, name, description, tags, created_at, version";
constexpr size_t kNamedColumnCount = 8;

Result<void> ReadNamed(const Row& row, NamedRow& named) {
  named.id = row.Text(0);
  named.tenancy_id = row.Text(1);
  named.parent_id = row.Text(2);
  named.name = row.Text(3);
  named.description = row.Text(4);
  named.created_at = row.At(6);
  named.version = row.Int(7);
  TRY_ASSIGN(named.tags, DecodeJson<Tags>(row.Text(5), UnknownFields::kIgnore));
  return {};
}

// Where each kind lives, and the columns that only it has.
template <class T>
struct TableOf;
template <>
struct TableOf<CompartmentRow> {
  static constexpr std::string_view kName = "compartment", kWord = "compartment", kMore = "";
  static void Read(const Row&, CompartmentRow&) {}
};
template <>
struct TableOf<GroupRow> {
  static constexpr std::string_view kName = "iam_group", kWord = "group", kMore = "";
  static void Read(const Row&, GroupRow&) {}
};
template <>
struct TableOf<UserRow> {
  static constexpr std::string_view kName = "iam_user", kWord = "user", kMore = ", email, state";
  static void Read(const Row& row, UserRow& user) {
    user.email = row.OptionalText(kNamedColumnCount);
    user.state = FromWireName<authz::PrincipalState>(row.Text(kNamedColumnCount + 1)).value();
  }
};
template <>
struct TableOf<PolicyRow> {
  static constexpr std::string_view kName = "policy", kWord = "policy",
                                    kMore = ", statements, version_date";
  static void Read(const Row& row, PolicyRow& policy) {
    policy.statements = SplitColumn(row.Text(kNamedColumnCount));
    policy.version_date = row.OptionalText(kNamedColumnCount + 1);
  }
};

template <class T>
Result<T> ReadRow(const Row& row) {
  T value;
  TRY(ReadNamed(row, value));
  TableOf<T>::Read(row, value);
  return value;
}

template <class T>
Result<std::optional<T>> FindWhere(Session& session, std::string_view where,
                                   std::vector<Value> values) {
  TRY_ASSIGN(const auto row,
             session.QueryOne(fmt::format("SELECT {}{} FROM {} WHERE {}", kNamedColumns,
                                          TableOf<T>::kMore, TableOf<T>::kName, where),
                              std::move(values)));
  if (!row) return std::optional<T>();
  return ReadRow<T>(*row);
}

// `scope` is the column within which the name must be new.
template <class T>
Result<void> InsertNamed(Session& session, const T& row, std::string_view scope,
                         const std::vector<Value>& more) {
  const auto& table = TableOf<T>::kName;
  const Value scope_value = scope == "tenancy_id" ? row.tenancy_id : row.parent_id;
  // Asked first: a failed statement would fail the whole transaction.
  TRY_ASSIGN(const auto taken,
             session.QueryOne(
                 fmt::format("SELECT 1 FROM {} WHERE {} = $1 AND name_key = $2", table, scope),
                 {scope_value, NameKey(row.name)}));
  if (taken) {
    return Fail(ErrorCode::kAlreadyExists,
                fmt::format("/name: there is a {} of this name already", TableOf<T>::kWord));
  }
  std::vector<Value> values = {row.id,         row.tenancy_id,  row.parent_id,
                               row.name,       row.description, EncodeJson(row.tags),
                               row.created_at, row.version,     NameKey(row.name)};
  values.insert(values.end(), more.begin(), more.end());
  std::string places;
  for (size_t i = 1; i <= values.size(); ++i) places += fmt::format("{}${}", i == 1 ? "" : ", ", i);
  TRY(session.Execute(fmt::format("INSERT INTO {} ({}, name_key{}) VALUES ({})", table,
                                  kNamedColumns, TableOf<T>::kMore, places),
                      std::move(values)));
  return {};
}

template <class T>
Result<Page<T>> ListNamed(Session& session, std::string_view scope, std::string_view scope_value,
                          const ListFilter& filter) {
  const bool by_name = filter.page.sort_by != "TIMECREATED";
  const std::string_view sort = by_name ? "name" : "created_at";
  const bool up = filter.page.order == service::SortOrder::kAscending;
  std::string where = fmt::format("{} = $1", scope);
  std::vector<Value> values = {scope_value};
  const auto bind = [&](Value value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  };
  if (filter.name) where += fmt::format(" AND name_key = {}", bind(NameKey(*filter.name)));
  if (filter.page.after) {
    const auto& after = *filter.page.after;
    Value from = after[0];
    if (!by_name) {
      int64_t micros = 0;
      const auto [end, error] =
          std::from_chars(after[0].data(), after[0].data() + after[0].size(), micros);
      if (error != std::errc() || end != after[0].data() + after[0].size()) {
        return Fail(ErrorCode::kInvalidArgument, "page: belongs to a list sorted otherwise");
      }
      from = micros;
    }
    const auto sort_place = bind(std::move(from));
    where +=
        fmt::format(" AND ({}, id) {} ({}, {})", sort, up ? ">" : "<", sort_place, bind(after[1]));
  }
  const auto limit = bind(filter.page.limit + 1);
  TRY_ASSIGN(
      const auto rows,
      session.Query(fmt::format("SELECT {}{} FROM {} WHERE {} ORDER BY {} {}, id {} LIMIT {}",
                                kNamedColumns, TableOf<T>::kMore, TableOf<T>::kName, where, sort,
                                up ? "ASC" : "DESC", up ? "ASC" : "DESC", limit),
                    std::move(values)));
  Page<T> page;
  for (const auto& row : rows) {
    if (std::ssize(page.rows) == filter.page.limit) {
      const auto& last = page.rows.back();
      page.next = {by_name ? last.name : std::to_string(ToMicros(last.created_at)), last.id};
      break;
    }
    TRY_ASSIGN(auto value, ReadRow<T>(row));
    page.rows.push_back(std::move(value));
  }
  return page;
}

TenancyRow ReadTenancy(const Row& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.At(3)};
}

MembershipRow ReadMembership(const Row& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.At(4)};
}

}  // namespace

// --- Tenancies and compartments

Result<void> Store::Insert(Session& session, const TenancyRow& row) const {
  TRY_ASSIGN(const auto taken, FindTenancyByName(session, row.name));
  if (taken) return Fail(ErrorCode::kAlreadyExists, "there is a tenancy of this name already");
  TRY(
      session.Execute("INSERT INTO tenancy (id, name, name_key, description, created_at) "
                      "VALUES ($1, $2, $3, $4, $5)",
                      {row.id, row.name, NameKey(row.name), row.description, row.created_at}));
  return PutFact(session, authz::TenancyFact{.id = row.id, .name = row.name});
}

Result<std::optional<TenancyRow>> Store::FindTenancy(Session& session, std::string_view id) const {
  TRY_ASSIGN(const auto row,
             session.QueryOne("SELECT id, name, description, created_at FROM tenancy WHERE id = $1",
                              {id}));
  return row ? std::optional(ReadTenancy(*row)) : std::nullopt;
}

Result<std::optional<TenancyRow>> Store::FindTenancyByName(Session& session,
                                                           std::string_view name) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT id, name, description, created_at FROM tenancy WHERE name_key = $1",
                       {NameKey(name)}));
  return row ? std::optional(ReadTenancy(*row)) : std::nullopt;
}

Result<void> Store::Insert(Session& session, const CompartmentRow& row) const {
  TRY(InsertNamed(session, row, "parent_id", {}));
  return PutFact(session, authz::CompartmentFact{.id = row.id,
                                                 .parent_id = row.parent_id,
                                                 .tenancy_id = row.tenancy_id,
                                                 .name = row.name});
}

Result<std::optional<CompartmentRow>> Store::FindCompartment(Session& session,
                                                             std::string_view id) const {
  return FindWhere<CompartmentRow>(session, "id = $1", {id});
}

Result<Page<CompartmentRow>> Store::ListCompartments(Session& session, std::string_view parent_id,
                                                     const ListFilter& filter) const {
  return ListNamed<CompartmentRow>(session, "parent_id", parent_id, filter);
}

// --- Users and their keys

Result<void> Store::Insert(Session& session, const UserRow& row) const {
  TRY(InsertNamed(session, row, "tenancy_id", {row.email, WireNameOf(row.state)}));
  return PutUserFact(session, row.id);
}

Result<std::optional<UserRow>> Store::FindUser(Session& session, std::string_view id) const {
  return FindWhere<UserRow>(session, "id = $1", {id});
}

Result<std::optional<UserRow>> Store::FindUserByName(Session& session, std::string_view tenancy_id,
                                                     std::string_view name) const {
  return FindWhere<UserRow>(session, "tenancy_id = $1 AND name_key = $2",
                            {tenancy_id, NameKey(name)});
}

Result<Page<UserRow>> Store::ListUsers(Session& session, std::string_view tenancy_id,
                                       const ListFilter& filter) const {
  return ListNamed<UserRow>(session, "tenancy_id", tenancy_id, filter);
}

Result<void> Store::SetUserState(Session& session, std::string_view id,
                                 authz::PrincipalState state) const {
  TRY(session.Execute("UPDATE iam_user SET state = $2, version = version + 1 WHERE id = $1",
                      {id, WireNameOf(state)}));
  return PutUserFact(session, id);
}

Result<void> Store::PutUserFact(Session& session, std::string_view user_id) const {
  TRY_ASSIGN(const auto user, FindUser(session, user_id));
  if (!user) return Fail(ErrorCode::kInternal, "a fact of a user that does not exist");
  authz::UserFact fact{.id = user->id,
                       .tenancy_id = user->tenancy_id,
                       .name = user->name,
                       .state = user->state,
                       .keys = {}};
  TRY_ASSIGN(const auto keys, ListApiKeys(session, user_id));
  for (const auto& key : keys) fact.keys.push_back({key.fingerprint, key.public_key_pem});
  return PutFact(session, fact);
}

Result<void> Store::Insert(Session& session, const ApiKeyRow& row) const {
  TRY_ASSIGN(const auto keys, ListApiKeys(session, row.user_id));
  if (std::ranges::any_of(keys,
                          [&](const auto& key) { return key.fingerprint == row.fingerprint; })) {
    return Fail(ErrorCode::kAlreadyExists, "/key: the user has this key already");
  }
  if (keys.size() >= kApiKeysMax) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a user has at most {} API keys; delete one first", kApiKeysMax));
  }
  TRY(
      session.Execute("INSERT INTO api_key (user_id, fingerprint, public_key_pem, created_at) "
                      "VALUES ($1, $2, $3, $4)",
                      {row.user_id, row.fingerprint, row.public_key_pem, row.created_at}));
  return PutUserFact(session, row.user_id);
}

Result<std::vector<ApiKeyRow>> Store::ListApiKeys(Session& session,
                                                  std::string_view user_id) const {
  TRY_ASSIGN(const auto rows,
             session.Query("SELECT user_id, fingerprint, public_key_pem, created_at FROM api_key "
                           "WHERE user_id = $1 ORDER BY created_at, fingerprint",
                           {user_id}));
  std::vector<ApiKeyRow> keys;
  for (const auto& row : rows) keys.push_back({row.Text(0), row.Text(1), row.Text(2), row.At(3)});
  return keys;
}

Result<void> Store::DeleteApiKey(Session& session, std::string_view user_id,
                                 std::string_view fingerprint) const {
  TRY_ASSIGN(const auto gone,
             session.Execute("DELETE FROM api_key WHERE user_id = $1 AND fingerprint = $2",
                             {user_id, fingerprint}));
  if (gone == 0) return Fail(ErrorCode::kNotFound, "no such key");
  return PutUserFact(session, user_id);
}

// --- Groups and memberships

Result<void> Store::Insert(Session& session, const GroupRow& row) const {
  TRY(InsertNamed(session, row, "tenancy_id", {}));
  return PutFact(session,
                 authz::GroupFact{.id = row.id, .tenancy_id = row.tenancy_id, .name = row.name});
}

Result<std::optional<GroupRow>> Store::FindGroup(Session& session, std::string_view id) const {
  return FindWhere<GroupRow>(session, "id = $1", {id});
}

Result<std::optional<GroupRow>> Store::FindGroupByName(Session& session,
                                                       std::string_view tenancy_id,
                                                       std::string_view name) const {
  return FindWhere<GroupRow>(session, "tenancy_id = $1 AND name_key = $2",
                             {tenancy_id, NameKey(name)});
}

Result<Page<GroupRow>> Store::ListGroups(Session& session, std::string_view tenancy_id,
                                         const ListFilter& filter) const {
  return ListNamed<GroupRow>(session, "tenancy_id", tenancy_id, filter);
}

Result<void> Store::Insert(Session& session, const MembershipRow& row) const {
  TRY_ASSIGN(const auto taken,
             session.QueryOne("SELECT 1 FROM membership WHERE user_id = $1 AND group_id = $2",
                              {row.user_id, row.group_id}));
  if (taken) return Fail(ErrorCode::kAlreadyExists, "the user is a member of this group already");
  TRY(
      session.Execute("INSERT INTO membership (id, tenancy_id, user_id, group_id, created_at) "
                      "VALUES ($1, $2, $3, $4, $5)",
                      {row.id, row.tenancy_id, row.user_id, row.group_id, row.created_at}));
  return PutFact(session, authz::MembershipFact{
                              .id = row.id, .user_id = row.user_id, .group_id = row.group_id});
}

Result<std::optional<MembershipRow>> Store::FindMembership(Session& session,
                                                           std::string_view id) const {
  TRY_ASSIGN(
      const auto row,
      session.QueryOne("SELECT id, tenancy_id, user_id, group_id, created_at FROM membership "
                       "WHERE id = $1",
                       {id}));
  return row ? std::optional(ReadMembership(*row)) : std::nullopt;
}

Result<std::vector<MembershipRow>> Store::ListMemberships(Session& session,
                                                          const MembershipFilter& filter) const {
  TRY_ASSIGN(
      const auto rows,
      session.Query("SELECT id, tenancy_id, user_id, group_id, created_at FROM membership "
                    "WHERE tenancy_id = $1 AND ($2 = '' OR user_id = $2) "
                    "AND ($3 = '' OR group_id = $3) AND id > $4 ORDER BY id LIMIT $5",
                    {filter.tenancy_id, filter.user_id.value_or(""), filter.group_id.value_or(""),
                     filter.after_id.value_or(""), filter.limit}));
  std::vector<MembershipRow> memberships;
  for (const auto& row : rows) memberships.push_back(ReadMembership(row));
  return memberships;
}

Result<void> Store::DeleteMembership(Session& session, std::string_view id) const {
  TRY_ASSIGN(const auto gone, session.Execute("DELETE FROM membership WHERE id = $1", {id}));
  if (gone == 0) return Fail(ErrorCode::kNotFound, "no such membership");
  return EndFact<authz::MembershipFact>(session, id);
}

// --- Policies

Result<void> Store::Insert(Session& session, const PolicyRow& row) const {
  for (const auto& statement : row.statements) {
    if (statement.find(kColumnSeparator) != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument,
                  "/statements: a control character stands in a statement");
    }
  }
  TRY(InsertNamed(session, row, "tenancy_id", {JoinColumn(row.statements), row.version_date}));
  return PutFact(session,
                 authz::PolicyFact{
                     .id = row.id, .compartment_id = row.parent_id, .statements = row.statements});
}

Result<std::optional<PolicyRow>> Store::FindPolicy(Session& session, std::string_view id) const {
  return FindWhere<PolicyRow>(session, "id = $1", {id});
}

Result<std::optional<PolicyRow>> Store::FindPolicyByName(Session& session,
                                                         std::string_view tenancy_id,
                                                         std::string_view name) const {
  return FindWhere<PolicyRow>(session, "tenancy_id = $1 AND name_key = $2",
                              {tenancy_id, NameKey(name)});
}

Result<Page<PolicyRow>> Store::ListPolicies(Session& session, std::string_view compartment_id,
                                            const ListFilter& filter) const {
  return ListNamed<PolicyRow>(session, "parent_id", compartment_id, filter);
}

Result<void> Store::DeletePolicy(Session& session, std::string_view id) const {
  TRY_ASSIGN(const auto gone, session.Execute("DELETE FROM policy WHERE id = $1", {id}));
  if (gone == 0) return Fail(ErrorCode::kNotFound, "no such policy");
  return EndFact<authz::PolicyFact>(session, id);
}

}  // namespace perennial::identity

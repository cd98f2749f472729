// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "authz/policy.h"
#include "authz/resource_type.h"
#include "base/ocid.h"

namespace perennial::authz {
namespace {

constexpr size_t kStatementLengthMax = 4096;
constexpr int kConditionDepthMax = 8;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kPunctuation = "{},=!:'/\"";

std::unexpected<Error> Bad(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

// "…; did you mean "manage"? Allowed are inspect, read, use, manage"
std::string Allowed(std::string_view word, const std::vector<std::string_view>& allowed) {
  const auto nearest = Nearest(word, allowed);
  if (!nearest.empty()) return fmt::format("did you mean \"{}\"?", nearest);
  return fmt::format("allowed are {}", fmt::join(allowed, ", "));
}

// Reads a statement from left to right.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  Result<Statement> Parse() {
    Statement statement;
    statement.text = std::string(text_);
    TRY(Verdict());
    TRY_ASSIGN(statement.subject, ReadSubject());
    TRY(Keyword("to"));
    TRY_ASSIGN(statement.permissions, ReadPermissions());
    TRY(Keyword("in"));
    TRY_ASSIGN(statement.location, ReadLocation());
    if (!AtEnd()) {
      TRY(Keyword("where"));
      TRY_ASSIGN(statement.condition, ReadCondition(0));
    }
    if (!AtEnd()) return Bad(fmt::format("\"{}\" does not belong at the end", Next()));
    return statement;
  }

 private:
  void SkipSpace() {
    const auto begin = rest_.find_first_not_of(kSpace);
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  }
  bool AtEnd() {
    SkipSpace();
    return rest_.empty();
  }
  // Next shows what stands here, for messages.
  std::string_view Next() {
    SkipSpace();
    if (rest_.empty()) return "the end of the statement";
    return rest_.substr(0, std::min<size_t>(64, std::max<size_t>(1, WordLength())));
  }
  size_t WordLength() const {
    size_t length = 0;
    while (length < rest_.size() && !kSpace.contains(rest_[length]) &&
           !kPunctuation.contains(rest_[length])) {
      ++length;
    }
    return length;
  }
  bool Take(std::string_view punctuation) {
    SkipSpace();
    if (!rest_.starts_with(punctuation)) return false;
    rest_.remove_prefix(punctuation.size());
    return true;
  }
  // Word is empty where none stands.
  std::string_view Word() {
    SkipSpace();
    const auto word = rest_.substr(0, WordLength());
    rest_.remove_prefix(word.size());
    return word;
  }
  bool TakeWord(std::string_view keyword) {
    SkipSpace();
    if (!EqualsIgnoringCase(rest_.substr(0, WordLength()), keyword)) return false;
    Word();
    return true;
  }
  Result<void> Keyword(std::string_view keyword) {
    if (TakeWord(keyword)) return {};
    return Bad(fmt::format("\"{}\" is expected, not \"{}\"", keyword, Next()));
  }
  // What stands between two marks, as 'text' or /pattern/.
  Result<std::string> Between(char mark) {
    const auto end = rest_.find(mark, 1);
    if (end == std::string_view::npos) return Bad(fmt::format("a closing {} is missing", mark));
    std::string inside(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return inside;
  }

  Result<void> Verdict() {
    if (TakeWord("allow")) return {};
    const auto word = Word();
    for (const std::string_view other : {"deny", "define", "endorse", "admit"}) {
      if (EqualsIgnoringCase(word, other)) {
        return Bad(fmt::format(
            "\"{}\" statements are not supported: a statement begins with \"Allow\"", word));
      }
    }
    return Bad("a statement begins with \"Allow\"");
  }

  Result<std::string> ReadName(std::string_view what) {
    SkipSpace();
    std::string name;
    if (rest_.starts_with('\'')) {
      TRY_ASSIGN(name, Between('\''));
    } else {
      name = std::string(Word());
    }
    if (name.empty()) return Bad(fmt::format("{} is expected, not \"{}\"", what, Next()));
    return name;
  }

  Result<Subject> ReadSubject() {
    const auto word = Word();
    if (EqualsIgnoringCase(word, "any-user")) return Subject{Subject::Kind::kAnyUser, {}};
    if (EqualsIgnoringCase(word, "any-group")) return Subject{Subject::Kind::kAnyGroup, {}};
    if (!EqualsIgnoringCase(word, "group")) {
      return Bad(fmt::format("\"{}\" is not a subject; {}", word,
                             Allowed(word, {"group", "any-user", "any-group"})));
    }
    Subject subject;
    if (TakeWord("id")) subject.kind = Subject::Kind::kGroupIds;
    do {
      TRY_ASSIGN(auto group, ReadName("the name of a group"));
      if (subject.kind == Subject::Kind::kGroupIds) {
        TRY(ParseOcid(group, "group"));
      } else if (Take("/")) {
        // 'Default'/'Administrators': there is one identity domain.
        if (!EqualsIgnoringCase(group, "Default")) {
          return Bad(fmt::format("there is no identity domain \"{}\", only Default", group));
        }
        TRY_ASSIGN(group, ReadName("the name of a group"));
      }
      subject.groups.push_back(std::move(group));
    } while (Take(","));
    return subject;
  }

  Result<PermissionSet> ReadPermissions() {
    if (Take("{")) return ReadPermissionList();
    const auto word = Word();
    for (const auto& [verb, name] : WireNames(std::type_identity<Verb>{})) {
      if (!EqualsIgnoringCase(word, name)) continue;
      const auto resource = Word();
      if (resource.empty()) {
        return Bad(fmt::format("a resource type is expected after \"{}\"", word));
      }
      return PermissionsOf(verb, resource);
    }
    return Bad(fmt::format("\"{}\" is not a verb; {}", word,
                           Allowed(word, {"inspect", "read", "use", "manage"})));
  }

  Result<PermissionSet> ReadPermissionList() {
    PermissionSet set;
    do {
      const auto word = Word();
      bool known = false;
      std::vector<std::string_view> names;
      for (const auto& [permission, name] : WireNames(std::type_identity<Permission>{})) {
        names.push_back(name);
        if (!EqualsIgnoringCase(word, name)) continue;
        set.Add(permission);
        known = true;
      }
      if (!known) {
        return Bad(fmt::format("\"{}\" is not a permission; {}", word, Allowed(word, names)));
      }
    } while (Take(","));
    if (!Take("}")) return Bad(fmt::format("\"}}\" is expected, not \"{}\"", Next()));
    return set;
  }

  Result<Location> ReadLocation() {
    const auto word = Word();
    if (EqualsIgnoringCase(word, "tenancy")) return Location{Location::Kind::kTenancy, {}, {}};
    if (!EqualsIgnoringCase(word, "compartment")) {
      return Bad(fmt::format("\"{}\" is not a location; {}", word,
                             Allowed(word, {"tenancy", "compartment"})));
    }
    Location location;
    if (TakeWord("id")) {
      location.kind = Location::Kind::kCompartmentId;
      TRY_ASSIGN(location.id, ReadName("the OCID of a compartment"));
      // The root compartment has the tenancy's OCID.
      const auto type = OcidType(location.id);
      if (type != "tenancy") TRY(ParseOcid(location.id, "compartment"));
      return location;
    }
    location.kind = Location::Kind::kCompartmentPath;
    do {
      TRY_ASSIGN(auto name, ReadName("the name of a compartment"));
      location.path.push_back(std::move(name));
    } while (Take(":"));
    return location;
  }

  Result<Condition> ReadCondition(int depth) {
    if (depth > kConditionDepthMax) return Bad("conditions are nested too deeply");
    Condition condition;
    const auto word = Word();
    if (EqualsIgnoringCase(word, "any") || EqualsIgnoringCase(word, "all")) {
      condition.kind =
          EqualsIgnoringCase(word, "any") ? Condition::Kind::kAny : Condition::Kind::kAll;
      if (!Take("{")) return Bad(fmt::format("\"{{\" is expected after \"{}\"", word));
      do {
        TRY_ASSIGN(auto inner, ReadCondition(depth + 1));
        condition.inner.push_back(std::move(inner));
      } while (Take(","));
      if (!Take("}")) return Bad(fmt::format("\"}}\" is expected, not \"{}\"", Next()));
      return condition;
    }
    for (const char c : word) condition.variable += c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    if (!condition.variable.starts_with("request.") && !condition.variable.starts_with("target.")) {
      return Bad(fmt::format(
          "\"{}\" is not a variable: a condition compares request.… or target.…, or is any {{…}} "
          "or all {{…}}",
          word.empty() ? Next() : word));
    }
    if (Take("!=")) {
      condition.kind = Condition::Kind::kNotEquals;
    } else if (Take("=")) {
      condition.kind = Condition::Kind::kEquals;
    } else {
      return Bad(fmt::format("\"=\" or \"!=\" is expected after {}, not \"{}\"", condition.variable,
                             Next()));
    }
    TRY(ReadValue(condition));
    return condition;
  }

  Result<void> ReadValue(Condition& condition) {
    SkipSpace();
    if (rest_.starts_with('\'')) {
      TRY_ASSIGN(condition.value, Between('\''));
      return {};
    }
    if (!rest_.starts_with('/')) {
      return Bad(fmt::format("a value is 'text' or /pattern/, not {}", Next()));
    }
    TRY_ASSIGN(auto pattern, Between('/'));
    const bool open_front = pattern.starts_with('*');
    if (open_front) pattern.erase(0, 1);
    const bool open_back = pattern.ends_with('*') || (open_front && pattern.empty());
    if (pattern.ends_with('*')) pattern.pop_back();
    if (pattern.contains('*')) return Bad("a pattern has * only at its ends");
    condition.match = open_front && open_back ? Condition::Match::kContains
                      : open_front            ? Condition::Match::kSuffix
                      : open_back             ? Condition::Match::kPrefix
                                              : Condition::Match::kText;
    condition.value = std::move(pattern);
    return {};
  }

  const std::string_view text_;
  std::string_view rest_;
};

}  // namespace

Result<Statement> ParseStatement(std::string_view text) {
  if (text.size() > kStatementLengthMax) {
    return Bad(fmt::format("a statement has at most {} characters", kStatementLengthMax));
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && !kSpace.contains(c)) {
      return Bad("a statement has no control characters");
    }
  }
  return Parser(text).Parse();
}

}  // namespace perennial::authz

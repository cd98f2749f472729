// SPDX-License-Identifier: Apache-2.0
// The guard in the database, tried in raw SQL by a connection that enforces no foreign keys
// (ADR-0004).
#include "certificates/control_plane/store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "certificates/control_plane/testing_answers.h"
#include "storage/testing.h"

namespace perennial::certificates {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::kBalancer1;
using testing::World;

// Somebody else's connection: to the same file with foreign_keys=OFF; on PostgreSQL, where only a
// superuser could switch them off, as the service's own role.
class Stranger {
 public:
  explicit Stranger(const std::string& path) {
    if (storage::TestPostgres() != nullptr) {
      database_ = storage::OpenTestDatabase(path);
      return;
    }
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    sqlite3_busy_timeout(handle_, 5000);
    EXPECT_EQ(Run("PRAGMA foreign_keys = OFF"), "");
  }
  ~Stranger() { sqlite3_close(handle_); }

  // Run returns the error, or an empty string.
  std::string Run(const std::string& sql) {
    if (database_ != nullptr) {
      const auto answer =
          database_->WriteValue([&](storage::Session& session) { return session.Execute(sql); });
      return answer ? "" : answer.error().message;
    }
    char* message = nullptr;
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message);
    std::string text = code == SQLITE_OK ? "" : message;
    sqlite3_free(message);
    return text;
  }

  void DropTriggers(const std::string& table, const std::vector<std::string>& triggers) {
    for (const auto& trigger : triggers) {
      EXPECT_EQ(Run("DROP TRIGGER " + trigger + (database_ == nullptr ? "" : " ON " + table)), "");
    }
  }

 private:
  sqlite3* handle_ = nullptr;
  std::unique_ptr<storage::Database> database_;
};

// What either engine says.
auto NamesAUniqueKey() { return AnyOf(HasSubstr("UNIQUE"), HasSubstr("unique")); }
auto NamesACheck() { return AnyOf(HasSubstr("CHECK"), HasSubstr("check")); }

std::string Schedule(const std::string& id) {
  return "UPDATE guarded SET attachable = 0, lifecycle_state = 'PENDING_DELETION' WHERE id = '" +
         id + "'";
}
std::string Attach(const std::string& id, const std::string& resource) {
  return "INSERT INTO association (id, name, kind, certificates_resource_id, resource_id, "
         "resource_kind, created_at) VALUES ('a" +
         resource + "', 'n', 'CERTIFICATE', '" + id + "', '" + resource + "', 'loadbalancer', 0)";
}

class Guard : public ::testing::Test {
 protected:
  Guard() : root(world.Root()), certificate(world.Certificate(root)), stranger(world.path()) {}
  World world;
  std::string root, certificate;
  Stranger stranger;
};

TEST_F(Guard, WhatIsInUseCannotBeScheduledForDeletion) {
  const auto association = world.Associate(certificate, kBalancer1);
  EXPECT_THAT(stranger.Run(Schedule(certificate)), HasSubstr("in use"));
  EXPECT_EQ(stranger.Run("DELETE FROM association WHERE id = '" + association + "'"), "");
  EXPECT_EQ(stranger.Run(Schedule(certificate)), "");
}

TEST_F(Guard, WhatIsInUseCannotBeDeletedByAnyRow) {
  world.Associate(certificate, kBalancer1);
  for (const auto* table : {"guarded", "certificate"}) {
    EXPECT_THAT(
        stranger.Run("DELETE FROM " + std::string(table) + " WHERE id = '" + certificate + "'"),
        HasSubstr("in use"))
        << table;
  }
  EXPECT_THAT(
      stranger.Run("DELETE FROM certificate_version WHERE owner_id = '" + certificate + "'"),
      HasSubstr("current"));
  EXPECT_THAT(stranger.Run("UPDATE guarded SET id = 'other' WHERE id = '" + certificate + "'"),
              HasSubstr("in use"));
}

TEST_F(Guard, WhatIsGoingAwayCannotBeAttached) {
  EXPECT_EQ(stranger.Run(Schedule(certificate)), "");
  EXPECT_THAT(stranger.Run(Attach(certificate, kBalancer1)), HasSubstr("not attachable"));
  EXPECT_THAT(stranger.Run(Attach("ocid1.certificate.perennial..none", kBalancer1)),
              HasSubstr("not attachable"));
}

TEST_F(Guard, AnAssociationCannotBeMovedToWhatIsGoingAway) {
  const auto other = world.Certificate(root, "other");
  world.Associate(certificate, kBalancer1);
  EXPECT_EQ(stranger.Run(Schedule(other)), "");
  EXPECT_THAT(stranger.Run("UPDATE association SET certificates_resource_id = '" + other + "'"),
              HasSubstr("not attachable"));
  EXPECT_NE(stranger.Run("UPDATE association SET attachable = 0"), "");
}

TEST_F(Guard, TheStateAndTheGuardCannotDisagree) {
  EXPECT_THAT(stranger.Run("UPDATE guarded SET lifecycle_state = 'PENDING_DELETION'"),
              NamesACheck());
  EXPECT_THAT(stranger.Run("UPDATE guarded SET attachable = 0"), ::testing::Not(""));
  EXPECT_EQ(stranger.Run("UPDATE guarded SET lifecycle_state = 'UPDATING' WHERE id = '" +
                         certificate + "'"),
            "");
}

TEST_F(Guard, AnAuthorityThatHasIssuedCannotBeScheduled) {
  EXPECT_THAT(stranger.Run(Schedule(root)), HasSubstr("in use"));
  EXPECT_THAT(stranger.Run("DELETE FROM certificate_authority WHERE id = '" + root + "'"),
              HasSubstr("in use"));
  EXPECT_THAT(stranger.Run("INSERT INTO issuer_link (child_id, issuer_id) VALUES ('x', 'none')"),
              HasSubstr("not attachable"));
}

TEST_F(Guard, ARenewalIsNotHindered) {
  world.Associate(certificate, kBalancer1);
  EXPECT_EQ(
      stranger.Run("UPDATE certificate SET current_version = 1 WHERE id = '" + certificate + "'"),
      "");
  EXPECT_EQ(stranger.Run("UPDATE guarded SET lifecycle_state = 'UPDATING' WHERE id = '" +
                         certificate + "'"),
            "");
}

// The same by foreign keys alone, as on PostgreSQL: our own connection enforces them.
TEST_F(Guard, ForeignKeysHoldItWithoutTriggers) {
  world.Associate(certificate, kBalancer1);
  const bool postgres = storage::TestPostgres() != nullptr;
  stranger.DropTriggers("guarded", {"guarded_in_use_update", "guarded_in_use_delete"});
  stranger.DropTriggers("association",
                        {postgres ? "association_attachable" : "association_attachable_insert"});
  stranger.DropTriggers("issuer_link",
                        {postgres ? "issuer_link_attachable" : "issuer_link_attachable_insert"});
  const auto refused = [&](const std::string& sql) {
    const auto answer = world.Sql(sql);
    EXPECT_FALSE(answer) << sql;
    return !answer && answer.error().code == ErrorCode::kConflict;
  };
  EXPECT_TRUE(refused(Schedule(certificate)));
  EXPECT_TRUE(refused(Schedule(root)));
  EXPECT_TRUE(refused("DELETE FROM guarded WHERE id = '" + certificate + "'"));
  EXPECT_TRUE(refused(Attach("none", kBalancer1)));
  // It was the foreign key.
  if (!postgres) EXPECT_EQ(stranger.Run(Schedule(certificate)), "");
}

TEST_F(Guard, OneLiveRolloutACertificate) {
  const auto begin = [&](const std::string& id, int live) {
    return stranger.Run(
        "INSERT INTO rollout (id, certificate_id, to_version, state, live, paused, "
        "forced, wave, revision, started_at) VALUES ('" +
        id + "', '" + certificate + "', 2, 'PENDING', " + std::to_string(live) +
        ", 0, 0, 0, 1, 0)");
  };
  EXPECT_EQ(begin("r1", 1), "");
  EXPECT_THAT(begin("r2", 1), NamesAUniqueKey());
  EXPECT_EQ(begin("r3", 0), "");
}

TEST_F(Guard, ASerialAndAVersionAreReservedOnce) {
  const auto serial =
      world.Sql("SELECT issuer_id, serial FROM issuance WHERE subject_id = $1", {certificate})
          ->front();
  const auto reserve = [&](const std::string& serial_hex, const std::string& subject, int number) {
    return stranger.Run(
        "INSERT INTO issuance (issuer_id, serial, subject_id, number, to_be_signed, "
        "recorded_at) VALUES ('" +
        root + "', '" + serial_hex + "', '" + subject + "', " + std::to_string(number) +
        ", CAST('' AS BYTEA), 0)");
  };
  EXPECT_THAT(reserve(serial.Text(1), "other", 1), NamesAUniqueKey());
  EXPECT_THAT(reserve("41", certificate, 1), NamesAUniqueKey());
  EXPECT_EQ(reserve("41", certificate, 2), "");
}

}  // namespace
}  // namespace perennial::certificates

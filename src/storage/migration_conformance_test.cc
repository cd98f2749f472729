// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "storage/conformance.h"

namespace perennial::storage {
namespace {

using ::testing::HasSubstr;

class MigrationConformance : public ::testing::TestWithParam<Engine> {
 protected:
  MigrationConformance() : store_(GetParam().make()), database_(store_->Open()) {
    const auto made = Migrate(*database_, kMigrations);
    EXPECT_TRUE(made) << made.error().message;
  }

  static constexpr Migration kMigrations[] = {
      {.number = 1, .name = "owner", .sql = "CREATE TABLE owner (id TEXT NOT NULL PRIMARY KEY);"}};

  Database& database() { return *database_; }
  void Restart() {
    database_.reset();
    database_ = store_->Open();
  }
  int64_t Count(const std::string& table) {
    const auto rows = RunSql(database(), "SELECT COUNT(*) FROM " + table);
    CHECK(rows.has_value());
    return rows->front().Int(0);
  }

  std::unique_ptr<TestStore> store_;
  std::unique_ptr<Database> database_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MigrationConformance, ::testing::ValuesIn(Engines()),
                         [](const auto& info) { return info.param.name; });

TEST_P(MigrationConformance, MigratingTwiceChangesNothing) {
  ASSERT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ('a')"));
  Restart();
  EXPECT_TRUE(Migrate(database(), kMigrations));
  EXPECT_EQ(Count("owner"), 1);
  EXPECT_EQ(Count("schema_migration"), 1);
}

TEST_P(MigrationConformance, MigratesOnFromWhereTheDatabaseIs) {
  const std::vector<Migration> longer = {kMigrations[0],
                                         {.number = 2,
                                          .name = "colour",
                                          .sql = "ALTER TABLE owner ADD COLUMN colour TEXT NOT "
                                                 "NULL DEFAULT 'red'; -- A comment at the end.\n"}};
  ASSERT_TRUE(RunSql(database(), "INSERT INTO owner (id) VALUES ('a')"));
  ASSERT_TRUE(Migrate(database(), longer));
  EXPECT_EQ(RunSql(database(), "SELECT colour FROM owner")->front().Text(0), "red");

  // The older program now finds a newer schema.
  const auto older = Migrate(database(), kMigrations);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, ErrorCode::kIncorrectState);
}

TEST_P(MigrationConformance, AMigrationThatFailsHalfWayLeavesNothing) {
  const std::vector<Migration> broken = {
      kMigrations[0],
      {.number = 2, .name = "broken", .sql = "CREATE TABLE half (id BIGINT); CREATE TABEL x;"}};
  EXPECT_FALSE(Migrate(database(), broken));
  EXPECT_FALSE(RunSql(database(), "SELECT id FROM half"));
  EXPECT_EQ(Count("schema_migration"), 1);
}

TEST_P(MigrationConformance, RefusesAMigrationThatWasEditedAfterItShipped) {
  Migration edited = kMigrations[0];
  edited.sql = "CREATE TABLE owner (id TEXT NOT NULL PRIMARY KEY, more TEXT);";
  EXPECT_EQ(Migrate(database(), {&edited, 1}).error().code, ErrorCode::kIncorrectState);
}

TEST_P(MigrationConformance, TakesATextThatWasReplacedByAnEquivalentOne) {
  const auto digest = RunSql(database(), "SELECT digest FROM schema_migration")->front().Text(0);
  Migration replaced = kMigrations[0];
  replaced.sql = "CREATE TABLE owner (id TEXT NOT NULL, PRIMARY KEY (id));";
  EXPECT_FALSE(Migrate(database(), {&replaced, 1}));
  replaced.former_digest = digest;
  EXPECT_TRUE(Migrate(database(), {&replaced, 1}));
}

TEST_P(MigrationConformance, RefusesMigrationsOutOfOrder) {
  Migration second = kMigrations[0];
  second.number = 2;
  EXPECT_EQ(Migrate(database(), {&second, 1}).error().code, ErrorCode::kInternal);
}

// The guard of ADR-0004 in small: what is in use cannot go, by foreign key and by trigger.
constexpr Migration kGuard[] = {
    {.number = 1,
     .name = "guard",
     .sql = "CREATE TABLE guarded ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  attachable BIGINT NOT NULL CHECK (attachable IN (0, 1)),"
            "  UNIQUE (id, attachable));"
            "CREATE TABLE association ("
            "  id TEXT NOT NULL PRIMARY KEY,"
            "  guarded TEXT NOT NULL,"
            "  attachable BIGINT NOT NULL DEFAULT 1 CHECK (attachable = 1),"
            "  FOREIGN KEY (guarded, attachable) REFERENCES guarded (id, attachable));"
            "INSERT INTO guarded (id, attachable) VALUES ('used', 1), ('going', 0);"
            "INSERT INTO association (id, guarded) VALUES ('a', 'used');",
     .sqlite_sql = "CREATE TRIGGER guarded_in_use BEFORE UPDATE OF attachable ON guarded"
                   "  WHEN NEW.attachable = 0"
                   "   AND EXISTS (SELECT 1 FROM association WHERE guarded = OLD.id) "
                   "BEGIN SELECT RAISE(ABORT, 'guarded_in_use'); END;",
     .postgres_sql = "CREATE FUNCTION guarded_in_use() RETURNS trigger LANGUAGE plpgsql AS $$"
                     "BEGIN IF EXISTS (SELECT 1 FROM association WHERE guarded = OLD.id)"
                     " THEN RAISE EXCEPTION 'guarded_in_use'; END IF; RETURN NEW; END $$;"
                     "CREATE TRIGGER guarded_in_use BEFORE UPDATE OF attachable ON guarded"
                     " FOR EACH ROW WHEN (NEW.attachable = 0) EXECUTE FUNCTION guarded_in_use();"}};

TEST_P(MigrationConformance, GuardsWhatIsInUseWithAForeignKeyAndATrigger) {
  const auto store = GetParam().make();
  const auto guarded = store->Open();
  const auto made = Migrate(*guarded, kGuard);
  ASSERT_TRUE(made) << made.error().message;

  const auto retired = RunSql(*guarded, "UPDATE guarded SET attachable = 0 WHERE id = 'used'");
  ASSERT_FALSE(retired);
  EXPECT_EQ(retired.error().code, ErrorCode::kConflict);
  EXPECT_THAT(retired.error().message, HasSubstr("guarded_in_use"));
  EXPECT_EQ(RunSql(*guarded, "DELETE FROM guarded WHERE id = 'used'").error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(
      RunSql(*guarded, "INSERT INTO association (id, guarded) VALUES ('b', 'going')").error().code,
      ErrorCode::kConflict);

  ASSERT_TRUE(RunSql(*guarded, "DELETE FROM association WHERE id = 'a'"));
  EXPECT_TRUE(RunSql(*guarded, "UPDATE guarded SET attachable = 0 WHERE id = 'used'"));
}

}  // namespace
}  // namespace perennial::storage

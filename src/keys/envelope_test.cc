// SPDX-License-Identifier: Apache-2.0
#include "keys/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "base/encoding.h"

namespace perennial::keys {
namespace {

SecretBytes Secret(std::string text) { return SecretBytes::FromText(std::move(text)); }
SecretBytes Key(uint8_t fill) { return SecretBytes(std::vector<uint8_t>(32, fill)); }

class EnvelopeTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  Envelope envelope_{Key(7), random_};
};

TEST_F(EnvelopeTest, OpensWhatItWrappedInTheSameContext) {
  for (const size_t size : {0u, 1u, 138u, 5000u}) {
    const SecretBytes secret(std::vector<uint8_t>(size, 0x5a));
    const auto blob = envelope_.Wrap(secret, "certificates/version/1/key");
    ASSERT_TRUE(blob.has_value());
    EXPECT_EQ(blob->size(), 1 + 8 + 12 + size + 16);
    const auto opened = envelope_.Unwrap(*blob, "certificates/version/1/key");
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->RevealText(), secret.RevealText());
  }
}

TEST_F(EnvelopeTest, RefusesAnotherContextAndAnotherKey) {
  const auto blob = envelope_.Wrap(Secret("canary"), "certificates/version/1/key");
  for (const auto* context : {"certificates/version/2/key", "certificates/version/1/key2", "",
                              "certificates/version/1/ke"}) {
    const auto opened = envelope_.Unwrap(*blob, context);
    ASSERT_FALSE(opened.has_value()) << context;
    EXPECT_EQ(opened.error().code, ErrorCode::kInternal);
    EXPECT_THAT(opened.error().message, ::testing::Not(::testing::HasSubstr("canary")));
  }
  const Envelope other(Key(8), random_);
  EXPECT_FALSE(other.Unwrap(*blob, "certificates/version/1/key").has_value());
}

TEST_F(EnvelopeTest, RefusesEveryFlippedBitAndEveryCut) {
  const auto blob = envelope_.Wrap(Secret("canary"), "row");
  for (size_t i = 0; i < blob->size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Blob damaged = *blob;
      damaged[i] ^= static_cast<uint8_t>(1 << bit);
      EXPECT_FALSE(envelope_.Unwrap(damaged, "row").has_value()) << i << ":" << bit;
    }
    EXPECT_FALSE(
        envelope_.Unwrap(Blob(blob->begin(), blob->begin() + static_cast<ptrdiff_t>(i)), "row")
            .has_value());
  }
  EXPECT_FALSE(envelope_.Unwrap({}, "row").has_value());
}

TEST_F(EnvelopeTest, ContextAndHeaderAreApart) {
  // What ends the header may not slide into the context or back.
  const auto blob = envelope_.Wrap(Secret("canary"), "ab");
  EXPECT_TRUE(envelope_.Unwrap(*blob, "ab").has_value());
  EXPECT_FALSE(envelope_.Unwrap(*blob, std::string("ab\0", 3)).has_value());
}

TEST_F(EnvelopeTest, NeverUsesANonceTwiceAndHidesThePlainText) {
  std::set<Blob> nonces;
  for (int i = 0; i < 1000; ++i) {
    const auto blob = envelope_.Wrap(Secret("canary"), "row");
    EXPECT_TRUE(nonces.insert(Blob(blob->begin() + 9, blob->begin() + 21)).second);
    EXPECT_EQ(AsText(*blob).find("canary"), std::string_view::npos);
  }
}

class KeyFileTest : public ::testing::Test {
 protected:
  KeyFileTest() {
    directory_ = ::testing::TempDir() + "perennial-keys-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    auto database = storage::OpenSqlite(directory_ + "/role.db");
    EXPECT_TRUE(database.has_value());
    database_ = std::move(*database);
    const storage::Migration migration{1, "wrapping key", WrappingKeySchema()};
    EXPECT_TRUE(storage::Migrate(*database_, {&migration, 1}).has_value());
  }
  ~KeyFileTest() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }

  Result<std::unique_ptr<Envelope>> WrappingKey(const MasterKey& master, const char* role) {
    return database_->WriteValue([&](storage::Session& session) {
      return LoadOrCreateWrappingKey(session, master, random_, role);
    });
  }

  std::string directory_;
  SystemRandom random_;
  SystemFiles files_;
  std::unique_ptr<storage::Database> database_;
};

TEST_F(KeyFileTest, TheMasterKeyIsPrivateAndNeverOverwritten) {
  const std::string path = directory_ + "/master.key";
  const auto created = MasterKey::Create(files_, path, random_);
  ASSERT_TRUE(created.has_value());
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(info.st_size, 65);

  const auto again = MasterKey::Create(files_, path, random_);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);

  const auto loaded = MasterKey::Load(files_, path, random_);
  ASSERT_TRUE(loaded.has_value());
  const auto blob = created->envelope().Wrap(Secret("canary"), "x");
  EXPECT_TRUE(loaded->envelope().Unwrap(*blob, "x").has_value());
}

TEST_F(KeyFileTest, LoadNamesWhatIsWrongWithoutShowingTheContent) {
  EXPECT_EQ(MasterKey::Load(files_, directory_ + "/none", random_).error().code,
            ErrorCode::kNotFound);
  const std::string path = directory_ + "/master.key";
  for (const auto& content : {std::string(), std::string("00"), std::string("canary"),
                              std::string(63, '0'), std::string(66, '0')}) {
    ASSERT_TRUE(files_.ReplaceAtomically(path, content, 0600).has_value());
    const auto loaded = MasterKey::Load(files_, path, random_);
    ASSERT_FALSE(loaded.has_value()) << content;
    EXPECT_EQ(loaded.error().code, ErrorCode::kInternal);
    EXPECT_THAT(loaded.error().message, ::testing::Not(::testing::HasSubstr("canary")));
  }
}

TEST_F(KeyFileTest, AWrappingKeyIsMadeOnceAndBelongsToItsRole) {
  const auto master = MasterKey::Create(files_, directory_ + "/master.key", random_);
  const auto first = WrappingKey(*master, "certificates");
  ASSERT_TRUE(first.has_value());
  const auto blob = (*first)->Wrap(Secret("leaf"), "row");
  const auto second = WrappingKey(*master, "certificates");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ((*second)->Unwrap(*blob, "row")->RevealText(), "leaf");
  const auto other = WrappingKey(*master, "identity");
  ASSERT_TRUE(other.has_value());
  EXPECT_FALSE((*other)->Unwrap(*blob, "row").has_value());
}

TEST_F(KeyFileTest, AWrappingKeyDoesNotMoveToAnotherRoleOrMaster) {
  const auto master = MasterKey::Create(files_, directory_ + "/master.key", random_);
  ASSERT_TRUE(WrappingKey(*master, "certificates").has_value());
  ASSERT_TRUE(database_
                  ->Write([](storage::Session& session) -> Result<void> {
                    TRY(
                        session.Execute("INSERT INTO wrapping_key (role, wrapped) "
                                        "SELECT 'identity', wrapped FROM wrapping_key"));
                    return {};
                  })
                  .has_value());
  EXPECT_EQ(WrappingKey(*master, "identity").error().code, ErrorCode::kInternal);

  const auto stranger = MasterKey::Create(files_, directory_ + "/other.key", random_);
  EXPECT_EQ(WrappingKey(*stranger, "certificates").error().code, ErrorCode::kInternal);
}

TEST_F(KeyFileTest, AReaderFindsTheKeyOnlyOnceItExists) {
  const auto master = MasterKey::Create(files_, directory_ + "/master.key", random_);
  const auto read = [&] {
    return database_->ReadValue([&](storage::Session& session) {
      return LoadWrappingKey(session, *master, random_, "certificates");
    });
  };
  EXPECT_EQ(read().error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(WrappingKey(*master, "certificates").has_value());
  EXPECT_TRUE(read().has_value());
}

}  // namespace
}  // namespace perennial::keys

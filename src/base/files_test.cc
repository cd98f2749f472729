// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/executor.h"

namespace perennial {
namespace {

using ::testing::ElementsAre;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    directory_ = ::testing::TempDir() + "perennial-files-XXXXXX";
    CHECK(mkdtemp(directory_.data()) != nullptr);
  }
  ~FilesTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  static unsigned ModeOf(const std::string& path) {
    struct stat status{};
    CHECK(stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
  }

  std::string directory_;
  SystemFiles files_;
};

TEST_F(FilesTest, WritesWholeFilesWithExactlyTheirMode) {
  const mode_t before = umask(0077);
  ASSERT_TRUE(files_.ReplaceAtomically(Path("a"), std::string("x\0y", 3), 0640));
  umask(0);
  ASSERT_TRUE(files_.ReplaceAtomically(Path("key"), "secret", 0600));
  umask(before);
  EXPECT_EQ(files_.Read(Path("a")), std::string("x\0y", 3));
  EXPECT_EQ(ModeOf(Path("a")), 0640u);
  EXPECT_EQ(ModeOf(Path("key")), 0600u);
  EXPECT_THAT(*files_.List(directory_), ElementsAre("a", "key"));
}

TEST_F(FilesTest, ReplacesContentAndModeAndLeavesNothingElse) {
  ASSERT_TRUE(files_.ReplaceAtomically(Path("a"), "a longer text", 0644));
  ASSERT_TRUE(files_.ReplaceAtomically(Path("a"), "short", 0600));
  EXPECT_EQ(files_.Read(Path("a")), "short");
  EXPECT_EQ(ModeOf(Path("a")), 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FilesTest, ReplacingASymbolicLinkLeavesItsTargetAlone) {
  ASSERT_TRUE(files_.ReplaceAtomically(Path("target"), "mine", 0600));
  std::filesystem::create_symlink(Path("target"), Path("link"));
  ASSERT_TRUE(files_.ReplaceAtomically(Path("link"), "new", 0600));
  EXPECT_EQ(files_.Read(Path("target")), "mine");
  EXPECT_EQ(files_.Read(Path("link")), "new");
}

TEST_F(FilesTest, ReadsRegularFilesOnly) {
  ASSERT_TRUE(files_.ReplaceAtomically(Path("file"), "x", 0600));
  std::filesystem::create_symlink(Path("file"), Path("link"));
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  for (const auto& path : {Path("link"), Path("fifo"), directory_, std::string("/dev/null")}) {
    EXPECT_EQ(files_.Read(path).error().code, ErrorCode::kUnavailable) << path;
  }
  EXPECT_EQ(files_.Read(Path("nothing")).error().code, ErrorCode::kNotFound);
}

TEST_F(FilesTest, AFailedReplacementKeepsTheOldContent) {
  std::filesystem::create_directory(Path("directory"));
  EXPECT_FALSE(files_.ReplaceAtomically(Path("directory"), "x", 0600));
  EXPECT_EQ(files_.ReplaceAtomically(Path("no/where"), "x", 0600).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FilesTest, TemporaryNamesLeftByAKilledProcessDoNotBlockOrShow) {
  // The same process number, and every counter that this test could come to.
  for (int i = 0; i < 200; ++i)
    std::ofstream(Path(fmt::format("a.{}.{}.perennial-tmp", getpid(), i))) << "half";
  ASSERT_TRUE(files_.ReplaceAtomically(Path("a"), "whole", 0600));
  EXPECT_EQ(files_.Read(Path("a")), "whole");
  EXPECT_THAT(*files_.List(directory_), ElementsAre("a"));
}

TEST_F(FilesTest, TwoWritersLeaveOneOfTheTwoContentsWhole) {
  ThreadPool pool({.name = "writers", .threads = 4});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pool.Post([this, i] {
      EXPECT_TRUE(files_.ReplaceAtomically(
          Path("a"), std::string(10000, static_cast<char>('a' + i % 26)), 0600));
    }));
  }
  for (int i = 0; i < 100; ++i) {
    const auto bytes = files_.Read(Path("a"));
    if (!bytes) continue;
    EXPECT_EQ(bytes->size(), 10000u);
    EXPECT_EQ(bytes->find_first_not_of(bytes->front()), std::string::npos);
  }
  pool.Stop();
}

TEST_F(FilesTest, RemovesAFileAndDoesNotMindItsAbsence) {
  ASSERT_TRUE(files_.ReplaceAtomically(Path("a"), "x", 0600));
  EXPECT_TRUE(files_.Remove(Path("a")));
  EXPECT_TRUE(files_.Remove(Path("a")));
  EXPECT_EQ(files_.Read(Path("a")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files_.List(Path("nowhere")).error().code, ErrorCode::kNotFound);
}

TEST_F(FilesTest, MakesDirectoriesWithTheirParents) {
  const mode_t before = umask(0077);
  EXPECT_TRUE(files_.MakeDirectory(Path("a/b/c"), 0750));
  umask(before);
  EXPECT_EQ(ModeOf(Path("a/b/c")), 0750u);
  EXPECT_TRUE(files_.MakeDirectory(Path("a/b/c"), 0700));
  EXPECT_TRUE(files_.MakeDirectory(Path("a/b/"), 0700));
  EXPECT_EQ(ModeOf(Path("a/b/c")), 0750u);

  ASSERT_TRUE(files_.ReplaceAtomically(Path("file"), "x", 0600));
  EXPECT_EQ(files_.MakeDirectory(Path("file"), 0700).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(files_.MakeDirectory(Path("file/below"), 0700));
}

}  // namespace
}  // namespace perennial

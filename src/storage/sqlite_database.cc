// SPDX-License-Identifier: Apache-2.0
// SQLite behind Database: one writing connection whose users queue on our Mutex, and a pool of
// readers.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <exception>

#include "base/check.h"
#include "base/mutex.h"
#include "base/proof.h"
#include "storage/sqlite_connection.h"
#include "storage/storage.h"

namespace perennial::storage {
namespace {

// So many writers share one commit at most: it bounds how long the first waits for the last.
constexpr int kBatchMembersMax = 64;

class SqliteSession final : public Session {
 public:
  explicit SqliteSession(SqliteConnection& connection) : connection_(connection) {}

  Result<std::vector<Row>> Query(std::string_view sql, std::vector<Value> parameters) override {
    TRY_ASSIGN(auto answer, Remember(Ready() ? connection_.Run(sql, parameters) : Refuse()));
    return std::move(answer.rows);
  }
  Result<int64_t> Execute(std::string_view sql, std::vector<Value> parameters) override {
    TRY_ASSIGN(const auto answer, Remember(Ready() ? connection_.Run(sql, parameters) : Refuse()));
    return answer.changed;
  }
  Result<void> Apply(const Migration& migration) override {
    for (const auto script : {migration.sql, migration.sqlite_sql}) {
      TRY(Remember(Ready() ? connection_.RunScript(script) : Result<void>(Refuse())));
    }
    return {};
  }
  void AfterCommit(std::function<void()> action) override { actions_.push_back(std::move(action)); }

  // Finish runs the work and adds what it may have overlooked: the failure of a statement.
  Result<void> Finish(const std::function<Result<void>(Session&)>& work) {
    auto outcome = [&]() -> Result<void> {
      try {
        return work(*this);
      } catch (const std::exception& exception) {
        return Fail(ErrorCode::kInternal,
                    fmt::format("exception in a transaction: {}", exception.what()));
      }
    }();
    if (outcome && failure_) return std::unexpected(*failure_);
    return outcome;
  }

  void RunActions() {
    for (const auto& action : actions_) action();
  }

 private:
  bool Ready() const { return !failure_; }
  std::unexpected<Error> Refuse() const {
    return Fail(
        ErrorCode::kInternal,
        fmt::format("an earlier statement of this transaction failed: {}", failure_->message));
  }
  template <class T>
  Result<T> Remember(Result<T> result) {
    if (!result && !failure_) failure_ = result.error();
    return result;
  }

  SqliteConnection& connection_;
  std::optional<Error> failure_;
  std::vector<std::function<void()>> actions_;
};

// What the present thread is doing with which database, innermost first.
struct Activity {
  const Database* const database;
  SqliteSession* const read_session;  // Null for a Write.
  Activity* const outer;
};
thread_local Activity* innermost = nullptr;

const Activity* FindActivity(const Database* database) {
  for (const auto* activity = innermost; activity != nullptr; activity = activity->outer) {
    if (activity->database == database) return activity;
  }
  return nullptr;
}

class ActivityScope {
 public:
  ActivityScope(const Database* database, SqliteSession* read_session)
      : activity_{database, read_session, innermost} {
    innermost = &activity_;
  }
  ~ActivityScope() { innermost = activity_.outer; }
  ActivityScope(const ActivityScope&) = delete;

 private:
  Activity activity_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::unique_ptr<SqliteConnection> writer,
                 std::vector<std::unique_ptr<SqliteConnection>> readers)
      : writer_(std::move(writer)), idle_readers_(std::move(readers)) {}

  Result<void> Read(const std::function<Result<void>(Session&)>& work) override;
  Result<void> Write(const std::function<Result<void>(Session&)>& work) override;

 private:
  // Writers that follow each other without a pause share one transaction and one sync: each runs in
  // a savepoint of its own, and nobody is answered before the commit. A batch ends when no one
  // waits any more.
  struct Batch {
    int members = 0;
    int successes = 0;
    bool settled = false;          // Guarded by turns_mutex_, as is `failure` once settled.
    std::optional<Error> failure;  // Everybody's, when the transaction as a whole was lost.
    Condition changed;
  };
  struct Waiter {
    bool has_turn = false;
    Condition changed;
  };

  void TakeTurn();
  void PassTurn() REQUIRES(turns_mutex_);
  Result<void> RunMember(Batch& batch, SqliteSession& session,
                         const std::function<Result<void>(Session&)>& work);
  void EndBatch(Batch& batch);

  Mutex turns_mutex_;
  bool turn_taken_ GUARDED_BY(turns_mutex_) = false;
  std::deque<Waiter*> queue_ GUARDED_BY(turns_mutex_);
  // Both belong to the thread that has the turn.
  std::unique_ptr<SqliteConnection> writer_;
  std::shared_ptr<Batch> batch_;

  Mutex readers_mutex_;
  Condition readers_changed_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_ GUARDED_BY(readers_mutex_);
};

Result<void> SqliteDatabase::Read(const std::function<Result<void>(Session&)>& work) {
  // A second reader for the same thread could wait for the first for ever, and would see another
  // snapshot.
  if (const auto* activity = FindActivity(this);
      activity != nullptr && activity->read_session != nullptr) {
    return work(*activity->read_session);
  }
  std::unique_ptr<SqliteConnection> reader;
  {
    MutexLock lock(readers_mutex_);
    while (idle_readers_.empty()) readers_changed_.Wait(readers_mutex_);
    reader = std::move(idle_readers_.back());
    idle_readers_.pop_back();
  }
  SqliteSession session(*reader);
  auto outcome = [&]() -> Result<void> {
    TRY(reader->Control("BEGIN"));
    const ActivityScope scope(this, &session);
    return session.Finish(work);
  }();
  if (reader->InTransaction()) (void)reader->Control("ROLLBACK");
  CHECK(!reader->InTransaction());
  {
    MutexLock lock(readers_mutex_);
    idle_readers_.push_back(std::move(reader));
    readers_changed_.NotifyAll();
  }
  if (outcome) session.RunActions();
  return outcome;
}

Result<void> SqliteDatabase::Write(const std::function<Result<void>(Session&)>& work) {
  const bool write_is_not_nested = FindActivity(this) == nullptr;
  CHECK(write_is_not_nested);
  SqliteSession session(*writer_);
  TakeTurn();
  if (!batch_) batch_ = std::make_shared<Batch>();
  const auto batch = batch_;
  Result<void> outcome = RunMember(*batch, session, work);
  const bool lost_by_me = batch->failure.has_value();

  bool ends = false;
  {
    MutexLock lock(turns_mutex_);
    ends = batch->failure || queue_.empty() || batch->members >= kBatchMembersMax;
    if (!ends) {
      PassTurn();
      while (!batch->settled) batch->changed.Wait(turns_mutex_);
    }
  }
  if (ends) EndBatch(*batch);
  // A refusal may rest on what an earlier member did: when that is lost, the refusal is void too.
  if (batch->failure && !lost_by_me) return std::unexpected(*batch->failure);
  if (outcome) session.RunActions();
  return outcome;
}

void SqliteDatabase::TakeTurn() {
  MutexLock lock(turns_mutex_);
  if (!turn_taken_) {
    turn_taken_ = true;
    return;
  }
  Waiter waiter;
  queue_.push_back(&waiter);
  while (!waiter.has_turn) waiter.changed.Wait(turns_mutex_);
}

void SqliteDatabase::PassTurn() {
  if (queue_.empty()) {
    turn_taken_ = false;
    return;
  }
  Waiter* const next = queue_.front();
  queue_.pop_front();
  next->has_turn = true;
  next->changed.NotifyAll();
}

// Runs with the turn. It sets batch.failure when what earlier members did is lost as well.
Result<void> SqliteDatabase::RunMember(Batch& batch, SqliteSession& session,
                                       const std::function<Result<void>(Session&)>& work) {
  ++batch.members;
  if (!writer_->InTransaction()) {
    if (auto begun = writer_->Control("BEGIN IMMEDIATE"); !begun) {
      batch.failure = begun.error();
      return std::unexpected(std::move(begun).error());
    }
  }
  const ActivityScope scope(this, nullptr);
  auto outcome = [&]() -> Result<void> {
    TRY(writer_->Control("SAVEPOINT member"));
    TRY(session.Finish(work));
    if (writer_->OwesForeignKeys())
      return Fail(ErrorCode::kConflict, "a deferred FOREIGN KEY is broken");
    TRY(writer_->Control("RELEASE member"));
    return {};
  }();
  if (outcome) {
    ++batch.successes;
    return outcome;
  }
  // After a full disk, for example, SQLite has rolled back everything by itself.
  const bool undone = writer_->InTransaction() && writer_->Control("ROLLBACK TO member") &&
                      writer_->Control("RELEASE member");
  if (!undone) {
    if (writer_->InTransaction()) (void)writer_->Control("ROLLBACK");
    batch.failure = Error{ErrorCode::kUnavailable,
                          fmt::format("another writer's failure: {}", outcome.error().message)};
  }
  return outcome;
}

// Runs with the turn, and gives it up.
void SqliteDatabase::EndBatch(Batch& batch) {
  if (!batch.failure && batch.successes > 0) {
    PERENNIAL_FAULT_POINT("storage.before_commit");
    if (auto done = writer_->Commit(); !done) batch.failure = std::move(done).error();
    PERENNIAL_FAULT_POINT("storage.after_commit");
  }
  if (writer_->InTransaction()) (void)writer_->Control("ROLLBACK");
  CHECK(!writer_->InTransaction());
  batch_.reset();
  MutexLock lock(turns_mutex_);
  batch.settled = true;
  batch.changed.NotifyAll();
  PassTurn();
}

// Makes the file if there is none. SQLite gives the log and its index the mode of the database.
Result<void> PrepareFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd < 0) {
    const int error = errno;
    return Fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                fmt::format("cannot open {}: {}", path, std::strerror(error)));
  }
  struct stat status{};
  const bool fine = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fchmod(fd, 0600) == 0;
  close(fd);
  if (!fine) return Fail(ErrorCode::kUnavailable, fmt::format("{} is no file of ours", path));
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, int readers) {
  TRY(PrepareFile(path));
  TRY_ASSIGN(auto writer, SqliteConnection::Open(path, SqliteConnection::Use::kWrite));
  std::vector<std::unique_ptr<SqliteConnection>> pool;
  for (int i = 0; i < readers; ++i) {
    TRY_ASSIGN(auto reader, SqliteConnection::Open(path, SqliteConnection::Use::kRead));
    pool.push_back(std::move(reader));
  }
  return std::make_unique<SqliteDatabase>(std::move(writer), std::move(pool));
}

}  // namespace perennial::storage

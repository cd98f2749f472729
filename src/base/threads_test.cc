// SPDX-License-Identifier: Apache-2.0
// What runs on more than one thread: executor, loop, news board, waits.
#include <gmock/gmock.h>

#include <atomic>
#include <future>

#include "base/clock.h"
#include "base/executor.h"
#include "base/news.h"

namespace perennial {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(ThreadPool, RunsEverythingThatItAcceptedBeforeItStops) {
  std::atomic<int> ran = 0;
  ThreadPool pool({.name = "a name that is longer than the kernel keeps", .threads = 3});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.Post([&] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(pool.Post([&] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran, 100);
}

TEST(ThreadPool, RefusesWhenItsQueueIsFull) {
  std::promise<void> running;
  std::promise<void> release;
  ThreadPool pool({.name = "full", .threads = 1, .queue_max = 2});
  ASSERT_TRUE(pool.Post([&] {
    running.set_value();
    release.get_future().wait();
  }));
  running.get_future().wait();
  EXPECT_TRUE(pool.Post([] {}));
  EXPECT_TRUE(pool.Post([] {}));
  EXPECT_FALSE(pool.Post([] {}));
  release.set_value();
}

TEST(Loop, RunsAtOnceAndThenWhenItIsWoken) {
  std::atomic<int> steps = 0;
  std::promise<void> first;
  std::promise<void> second;
  Loop loop("loop", [&]() -> Duration {
    const int step = ++steps;
    if (step == 1) first.set_value();
    if (step == 2) second.set_value();
    return hours(24 * 365 * 1000);  // Longer than any clock can count in nanoseconds.
  });
  loop.Start();
  first.get_future().wait();
  EXPECT_EQ(steps, 1);
  loop.Wake();
  second.get_future().wait();
  loop.Stop();
  EXPECT_EQ(steps, 2);
}

TEST(Loop, AWakeDuringAStepIsNotLost) {
  std::promise<void> second;
  std::atomic<int> steps = 0;
  Loop* self = nullptr;
  Loop loop("loop", [&]() -> Duration {
    if (++steps == 1) self->Wake();
    if (steps == 2) second.set_value();
    return hours(1);
  });
  self = &loop;
  loop.Start();
  second.get_future().wait();
  loop.Stop();
}

TEST(Loop, GoesOnByItselfAfterThePause) {
  std::promise<void> third;
  std::atomic<int> steps = 0;
  Loop loop("loop", [&]() -> Duration {
    if (++steps == 3) third.set_value();
    return milliseconds(1);
  });
  loop.Start();
  third.get_future().wait();
}

TEST(Condition, TellsATimeoutFromNews) {
  Mutex mutex;
  Condition changed;
  MutexLock lock(mutex);
  EXPECT_FALSE(changed.WaitFor(mutex, milliseconds(1)));
}

TEST(ManualClock, MovesOnlyWhenItIsMoved) {
  ManualClock clock;
  EXPECT_EQ(FormatTime(clock.Now()), "2026-01-01T00:00:00.000Z");
  clock.Advance(seconds(90));
  EXPECT_EQ(FormatTime(clock.Now()), "2026-01-01T00:01:30.000Z");
  EXPECT_EQ(clock.Monotonic(), seconds(90));
  clock.Set(FromMicros(0));
  EXPECT_EQ(clock.Monotonic(), seconds(90));
}

TEST(Loop, CanBeDrivenWithoutAThread) {
  int steps = 0;
  Loop loop("driven", [&] {
    ++steps;
    return Duration(std::chrono::hours(1));
  });
  EXPECT_EQ(loop.name(), "driven");
  EXPECT_EQ(loop.RunStep(), std::chrono::hours(1));
  EXPECT_EQ(steps, 1);
}

TEST(NewsBoard, WakesOnceWhoWaitsForLess) {
  NewsBoard board;
  int woken = 0;
  board.Subscribe({"feed", 5}, [&] { ++woken; });
  board.Publish("feed", 5);
  board.Publish("other", 9);
  EXPECT_EQ(woken, 0);
  board.Publish("feed", 6);
  board.Publish("feed", 7);
  EXPECT_EQ(woken, 1);
}

TEST(NewsBoard, WakesAtOnceWhenTheNewsIsAlreadyThere) {
  NewsBoard board;
  int woken = 0;
  board.Publish("feed", 6);
  board.Publish("feed", 3);  // Late news of an earlier commit does not turn the topic back.
  board.Subscribe({"feed", 5}, [&] { ++woken; });
  EXPECT_EQ(woken, 1);
  board.Subscribe({"feed", 6}, [&] { ++woken; });
  EXPECT_EQ(woken, 1);
}

TEST(NewsBoard, ForgetsWhoUnsubscribed) {
  NewsBoard board;
  int woken = 0;
  const auto first = board.Subscribe({"feed", 0}, [&] { woken += 1; });
  board.Subscribe({"feed", 0}, [&] { woken += 10; });
  board.Unsubscribe(first);
  board.Unsubscribe(first);
  board.Publish("feed", 1);
  EXPECT_EQ(woken, 10);
}

TEST(NewsBoard, LosesNobodyBetweenLookingAndSubscribing) {
  NewsBoard board;
  std::atomic<int> woken = 0;
  ThreadPool pool({.name = "news", .threads = 4});
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(pool.Post([&board, i] { board.Publish("feed", i); }));
    ASSERT_TRUE(pool.Post(
        [&board, &woken, i] { board.Subscribe({"feed", i - 1}, [&woken] { ++woken; }); }));
  }
  pool.Stop();
  EXPECT_EQ(woken, 200);
}

}  // namespace
}  // namespace perennial

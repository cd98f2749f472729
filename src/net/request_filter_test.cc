// SPDX-License-Identifier: Apache-2.0
#include "net/request_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial::net {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::expected<RequestHead, Refusal> Parse(const std::string& head) {
  return ParseRequestHead(head, HeadLimits());
}

int StatusOf(const std::string& head) {
  const auto parsed = Parse(head);
  return parsed ? 200 : parsed.error().status;
}

std::string Get(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: a.example:8643\r\n" + headers + "\r\n";
}

TEST(RequestFilter, KeepsHeadersAsTheyStoodOnTheWire) {
  const auto head = Parse(
      "POST /a/b?c=%7B{d}| HTTP/1.1\r\nx-Date:  Tue, 24 Nov 2026 14:03:07 GMT \r\nHost: "
      "a.example\r\ncontent-length: 12\r\nempty:\r\n\r\n");
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->request.method, "POST");
  EXPECT_EQ(head->request.target, "/a/b?c=%7B{d}|");
  EXPECT_THAT(head->request.headers, ElementsAre(Pair("x-Date", "Tue, 24 Nov 2026 14:03:07 GMT"),
                                                 Pair("Host", "a.example"),
                                                 Pair("content-length", "12"), Pair("empty", "")));
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_FALSE(head->chunked);
  EXPECT_FALSE(head->close);
}

TEST(RequestFilter, ReadsWhatTheHeadSaysAboutTheMessage) {
  const auto head =
      Parse(Get("Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\nConnection: x, Close\r\n"));
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_TRUE(head->chunked);
  EXPECT_TRUE(head->expects_continue);
  EXPECT_TRUE(head->close);
  EXPECT_EQ(head->content_length, std::nullopt);
}

TEST(RequestFilter, AllowsListsThatNothingDecidesUponToRepeat) {
  EXPECT_EQ(StatusOf(Get("Accept: a/b\r\nAccept: c/d\r\n")), 200);
}

TEST(RequestFilter, AcceptsEveryFormOfHost) {
  for (const std::string host : {"a", "a-b.example:1", "127.0.0.1:8643", "[::1]", "[::1]:8643"}) {
    EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), 200) << host;
  }
}

struct BadHead {
  std::string name;
  std::string head;
  int status = 400;
};
void PrintTo(const BadHead& bad, std::ostream* out) { *out << bad.name; }

class BadHeadTest : public ::testing::TestWithParam<BadHead> {};

TEST_P(BadHeadTest, IsRefused) { EXPECT_EQ(StatusOf(GetParam().head), GetParam().status); }

std::string WithHost(const std::string& host) {
  return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}
std::string WithLine(const std::string& line) { return line + "\r\nHost: a\r\n\r\n"; }

INSTANTIATE_TEST_SUITE_P(
    Framing, BadHeadTest,
    ::testing::Values(
        BadHead{"gzip_with_length", Get("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")},
        BadHead{"xchunked_with_length",
                Get("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n")},
        BadHead{"identity_with_length",
                Get("Transfer-Encoding: identity\r\nContent-Length: 5\r\n")},
        BadHead{"chunked_with_length", Get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
        BadHead{"gzip", Get("Transfer-Encoding: gzip\r\n")},
        BadHead{"identity", Get("Transfer-Encoding: identity\r\n")},
        BadHead{"chunked_identity", Get("Transfer-Encoding: chunked, identity\r\n")},
        BadHead{"gzip_chunked", Get("Transfer-Encoding: gzip, chunked\r\n")},
        BadHead{"chunked_with_tab", Get("Transfer-Encoding: \x0b"
                                        "chunked\r\n")},
        BadHead{"chunked_twice",
                Get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        BadHead{"empty_coding", Get("Transfer-Encoding:\r\n")},
        BadHead{"length_twice", Get("Content-Length: 5\r\nContent-Length: 5\r\n")},
        BadHead{"length_list", Get("Content-Length: 5, 5\r\n")},
        BadHead{"length_plus", Get("Content-Length: +5\r\n")},
        BadHead{"length_minus", Get("Content-Length: -5\r\n")},
        BadHead{"length_hexadecimal", Get("Content-Length: 0x5\r\n")},
        BadHead{"length_zero_first", Get("Content-Length: 05\r\n")},
        BadHead{"length_empty", Get("Content-Length:\r\n")},
        BadHead{"length_huge", Get("Content-Length: 18446744073709551617\r\n")},
        BadHead{"other_expectation", Get("Expect: 200-ok\r\n"), 417}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Host, BadHeadTest,
    ::testing::Values(BadHead{"none", "GET / HTTP/1.1\r\n\r\n"},
                      BadHead{"two", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
                      BadHead{"user", WithHost("a@b")}, BadHead{"path", WithHost("a/b")},
                      BadHead{"empty", WithHost("")}, BadHead{"list", WithHost("a, b")},
                      BadHead{"no_port", WithHost("a:")}, BadHead{"bad_port", WithHost("a:1x")},
                      BadHead{"bracket", WithHost("[::1")}, BadHead{"zone", WithHost("[::1%25e]")},
                      BadHead{"after_bracket", WithHost("[::1]x")}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    RequestLine, BadHeadTest,
    ::testing::Values(BadHead{"absolute", WithLine("GET http://b/ HTTP/1.1")},
                      BadHead{"connect", WithLine("CONNECT a:443 HTTP/1.1"), 501},
                      BadHead{"asterisk", WithLine("OPTIONS * HTTP/1.1"), 501},
                      BadHead{"get_asterisk", WithLine("GET * HTTP/1.1")},
                      BadHead{"trace", WithLine("TRACE / HTTP/1.1"), 501},
                      BadHead{"lower_case", WithLine("get / HTTP/1.1"), 501},
                      BadHead{"http_1_0", WithLine("GET / HTTP/1.0"), 505},
                      BadHead{"http_2", WithLine("PRI * HTTP/2.0"), 505},
                      BadHead{"http_9", WithLine("GET /"), 400},
                      BadHead{"no_version", WithLine("GET / HTTP")},
                      BadHead{"two_spaces", WithLine("GET  / HTTP/1.1")},
                      BadHead{"space_in_target", WithLine("GET /a b HTTP/1.1")},
                      BadHead{"tab", WithLine("GET\t/\tHTTP/1.1")},
                      BadHead{"space_first", WithLine(" GET / HTTP/1.1")},
                      BadHead{"fragment", WithLine("GET /#a HTTP/1.1")},
                      BadHead{"control", WithLine("GET /\x01 HTTP/1.1")},
                      BadHead{"not_ascii", WithLine("GET /\xc3\xa9 HTTP/1.1")},
                      BadHead{"long_target",
                              WithLine("GET /" + std::string(8192, 'a') + " HTTP/1.1"), 414}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Headers, BadHeadTest,
    ::testing::Values(
        BadHead{"authorization_twice", Get("Authorization: a\r\nAuthorization: b\r\n")},
        BadHead{"date_twice", Get("Date: a\r\nDATE: b\r\n")},
        BadHead{"x_date_twice", Get("x-date: a\r\nX-Date: b\r\n")},
        BadHead{"type_twice", Get("Content-Type: a\r\nContent-Type: b\r\n")},
        BadHead{"digest_twice", Get("x-content-sha256: a\r\nx-content-sha256: a\r\n")},
        BadHead{"obo_twice", Get("opc-obo-token: a\r\nopc-obo-token: b\r\n")},
        BadHead{"retry_twice", Get("opc-retry-token: a\r\nopc-retry-token: b\r\n")},
        BadHead{"if_match_twice", Get("if-match: a\r\nif-match: b\r\n")},
        BadHead{"forwarded_host_twice", Get("x-forwarded-host: a\r\nx-forwarded-host: b\r\n")},
        BadHead{"folded", Get("x-a: b\r\n c\r\n")}, BadHead{"folded_tab", Get("x-a: b\r\n\tc\r\n")},
        BadHead{"no_colon", Get("x-a\r\n")}, BadHead{"no_name", Get(": a\r\n")},
        BadHead{"space_before_colon", Get("x-a : b\r\n")},
        BadHead{"space_in_name", Get("x a: b\r\n")},
        BadHead{"null_byte", Get(std::string("x-a: b\0c\r\n", 10))},
        BadHead{"bare_cr", Get("x-a: b\rc\r\n")}, BadHead{"bare_lf", Get("x-a: b\nc: d\r\n")},
        BadHead{"delete_byte", Get("x-a: \x7f\r\n")},
        BadHead{"too_many", Get([] {
                  std::string headers;
                  for (int i = 0; i < 100; ++i) headers += "x" + std::to_string(i) + ": a\r\n";
                  return headers;
                }()),
                431}),
    [](const auto& info) { return info.param.name; });

int EndStatus(const std::string& received) {
  const auto end = FindEndOfHead(received, HeadLimits());
  return end ? static_cast<int>(*end) : -end.error().status;
}

TEST(RequestFilter, FindsTheEndOfAHeadOnlyWhenItIsThere) {
  EXPECT_EQ(EndStatus(""), 0);
  EXPECT_EQ(EndStatus("GET / HTTP/1.1\r\n"), 0);
  EXPECT_EQ(EndStatus("GET / HTTP/1.1\r\nHost: a\r\n\r"), 0);
  EXPECT_EQ(EndStatus("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody"), 27);
}

TEST(RequestFilter, RefusesEarly) {
  EXPECT_EQ(EndStatus("GET / HTTP/1.1\n"), -400);
  EXPECT_EQ(EndStatus("\r\nGET"), -400);
  EXPECT_EQ(EndStatus("\n"), -400);
  EXPECT_EQ(EndStatus("GET /" + std::string(9000, 'a')), -414);
  EXPECT_EQ(EndStatus("GET / HTTP/1.1\r\nx: " + std::string(16 * 1024, 'a')), -431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i) many += "x: a\r\n";
  EXPECT_EQ(EndStatus(many), -431);
  std::string large = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 3; ++i) large += "x: " + std::string(12 * 1024, 'a') + "\r\n";
  EXPECT_EQ(EndStatus(large), -431);
}

TEST(RequestFilter, AcceptsAHeaderLineOfSixteenKibibytes) {
  const auto line = "authorization: " + std::string(16 * 1024 - 17, 'a') + "\r\n";
  EXPECT_GT(EndStatus(Get(line)), 0);
  EXPECT_EQ(StatusOf(Get(line)), 200);
}

struct Decoded {
  ChunkDecoder::State state;
  std::string body;
  std::string rest;
};

Decoded Decode(std::string_view text, size_t limit = 100) {
  ChunkDecoder decoder(limit);
  Decoded decoded;
  decoded.state = decoder.Feed(text, decoded.body);
  decoded.rest = text;
  return decoded;
}

TEST(ChunkDecoder, JoinsChunksAndLeavesWhatFollows) {
  const auto decoded = Decode("5\r\nhello\r\n1\r\n \r\n005\r\nworld\r\n0\r\n\r\nGET /");
  EXPECT_EQ(decoded.state, ChunkDecoder::State::kDone);
  EXPECT_EQ(decoded.body, "hello world");
  EXPECT_EQ(decoded.rest, "GET /");
}

TEST(ChunkDecoder, WorksByteByByte) {
  ChunkDecoder decoder(100);
  std::string body;
  auto state = ChunkDecoder::State::kMore;
  for (const char c : std::string("A\r\n0123456789\r\n0\r\n\r\n")) {
    ASSERT_EQ(state, ChunkDecoder::State::kMore);
    std::string_view one(&c, 1);
    state = decoder.Feed(one, body);
  }
  EXPECT_EQ(state, ChunkDecoder::State::kDone);
  EXPECT_EQ(body, "0123456789");
}

TEST(ChunkDecoder, RefusesEverythingElse) {
  for (const std::string bad :
       {"5;a=b\r\nhello\r\n", "5 \r\nhello\r\n", "5\nhello\r\n", "5;a\nhello\r\n", "\r\n", "g\r\n",
        "-5\r\n", "0x5\r\n", "000000005\r\n", "5\r\nhelloX", "5\r\nhello\n", "0\r\nx-a: b\r\n\r\n",
        "5\r\rhello"}) {
    EXPECT_EQ(Decode(bad).state, ChunkDecoder::State::kMalformed) << bad;
  }
}

TEST(ChunkDecoder, StopsAtTheLimitBeforeItKeepsAByteTooMuch) {
  EXPECT_EQ(Decode("64\r\n", 100).state, ChunkDecoder::State::kMore);
  EXPECT_EQ(Decode("65\r\na", 100).state, ChunkDecoder::State::kTooLarge);
  EXPECT_EQ(Decode("ffffffff\r\na", 100).state, ChunkDecoder::State::kTooLarge);
  const auto second = Decode("60\r\n" + std::string(96, 'a') + "\r\n5\r\naaaaa", 100);
  EXPECT_EQ(second.state, ChunkDecoder::State::kTooLarge);
  EXPECT_EQ(second.body.size(), 96u);
}

}  // namespace
}  // namespace perennial::net

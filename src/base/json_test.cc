// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <limits>

#include "base/json_codec.h"

namespace perennial::json_test {

enum class Colour { kRed, kDarkBlue };
constexpr auto WireNames(std::type_identity<Colour>) {
  return std::to_array<WireName<Colour>>({{Colour::kRed, "RED"}, {Colour::kDarkBlue, "DARK_BLUE"}});
}

struct Wheel {
  int size_in_inches = 0;
  std::optional<std::string> maker;
};
BOOST_DESCRIBE_STRUCT(Wheel, (), (size_in_inches, maker))

struct Car {
  std::string display_name;
  bool is_new = false;
  Colour colour = Colour::kRed;
  Time time_built;
  std::vector<Wheel> wheels;
  std::optional<Wheel> spare;
  std::optional<int64_t> mileage;
  std::map<std::string, std::string> freeform_tags;
  RawJson extra;
};
BOOST_DESCRIBE_STRUCT(Car, (),
                      (display_name, is_new, colour, time_built, wheels, spare, mileage,
                       freeform_tags, extra))

struct Numbers {
  std::optional<uint8_t> small;
  std::optional<uint64_t> large;
  std::optional<int32_t> middle;
};
BOOST_DESCRIBE_STRUCT(Numbers, (), (small, large, middle))

}  // namespace perennial::json_test

PERENNIAL_JSON_TYPE(perennial::json_test::Car)
PERENNIAL_JSON_TYPE(perennial::json_test::Numbers)

namespace perennial {
namespace {

using json_test::Car;
using json_test::Numbers;

constexpr std::string_view kCar =
    R"({"displayName":"Zoë","isNew":true,"colour":"DARK_BLUE","timeBuilt":"2026-01-02T03:04:05.000Z",)"
    R"("wheels":[{"sizeInInches":17},{"sizeInInches":18,"maker":"Acme"}],"mileage":-3,)"
    R"("freeformTags":{"a":"b"},"extra":{"any":[1,null]}})";

std::string WithCar(std::string_view old_text, std::string_view new_text) {
  std::string text(kCar);
  const auto at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

// "CODE message" of the refusal.
std::string Refusal(std::string_view text, UnknownFields unknown = UnknownFields::kRefuse) {
  const auto car = DecodeJson<Car>(text, unknown);
  if (car) return "accepted";
  return std::string(ErrorCodeName(car.error().code)) + " " + car.error().message;
}

TEST(Json, GoesThereAndBack) {
  const auto car = DecodeJson<Car>(kCar, UnknownFields::kRefuse);
  ASSERT_TRUE(car) << car.error().message;
  EXPECT_EQ(car->display_name, "Zoë");
  EXPECT_EQ(car->colour, json_test::Colour::kDarkBlue);
  EXPECT_EQ(car->wheels[1].maker, "Acme");
  EXPECT_EQ(car->spare.has_value(), false);
  EXPECT_EQ(car->mileage, -3);
  EXPECT_EQ(car->extra.text, R"({"any":[1,null]})");
  EXPECT_EQ(EncodeJson(*car), kCar);
}

TEST(Json, AnOptionalFieldMayBeAbsentOrNull) {
  EXPECT_EQ(Refusal(WithCar(R"("mileage":-3,)", "")), "accepted");
  EXPECT_EQ(Refusal(WithCar("-3", "null")), "accepted");
  EXPECT_EQ(Refusal(WithCar(R"(,"extra":{"any":[1,null]})", "")), "accepted");
}

TEST(Json, NamesTheMissingField) {
  EXPECT_EQ(Refusal(WithCar(R"("isNew":true,)", "")), "MissingArgument /isNew: is required");
  EXPECT_EQ(Refusal(WithCar(R"({"sizeInInches":17})", "{}")),
            "MissingArgument /wheels/0/sizeInInches: is required");
}

TEST(Json, NamesTheUnknownField) {
  EXPECT_EQ(Refusal(WithCar(R"("isNew")", R"("isnew":1,"isNew")")),
            "InvalidArgument /isnew: is not a field of this request");
  EXPECT_EQ(Refusal(WithCar(R"("maker")", R"("a/b~c":1,"maker")")),
            "InvalidArgument /wheels/1/a~1b~0c: is not a field of this request");
  EXPECT_EQ(Refusal(WithCar(R"("maker")", R"("colour":1,"maker")"), UnknownFields::kIgnore),
            "accepted");
  const auto wide =
      Refusal(WithCar(R"("isNew")", "\"" + std::string(127, 'a') + "木木\":1,\"isNew\""));
  EXPECT_EQ(wide, "InvalidArgument /" + std::string(127, 'a') + ": is not a field of this request");
}

TEST(Json, NamesTheFieldOfTheWrongType) {
  EXPECT_EQ(Refusal(WithCar(R"("Zoë")", "1")), "InvalidArgument /displayName: must be a string");
  EXPECT_EQ(Refusal(WithCar(R"("Zoë")", "null")), "InvalidArgument /displayName: must be a string");
  EXPECT_EQ(Refusal(WithCar("true", R"("true")")), "InvalidArgument /isNew: must be true or false");
  EXPECT_EQ(Refusal(WithCar("17", "17.5")),
            "InvalidArgument /wheels/0/sizeInInches: must be a whole number in range");
  EXPECT_EQ(Refusal(WithCar("17", "99999999999")),
            "InvalidArgument /wheels/0/sizeInInches: must be a whole number in range");
  EXPECT_EQ(Refusal(WithCar("17", R"("17")")),
            "InvalidArgument /wheels/0/sizeInInches: must be a whole number in range");
  EXPECT_EQ(Refusal(WithCar(R"({"sizeInInches":17})", "17")),
            "InvalidArgument /wheels/0: must be an object");
  EXPECT_EQ(Refusal(WithCar(R"({"a":"b"})", R"({"a":1})")),
            "InvalidArgument /freeformTags/a: must be a string");
  EXPECT_EQ(Refusal(WithCar(R"({"a":"b"})", "[]")),
            "InvalidArgument /freeformTags: must be an object");
  EXPECT_EQ(Refusal(WithCar(R"("DARK_BLUE")", R"("dark_blue")")),
            "InvalidArgument /colour: must be one of RED, DARK_BLUE");
  EXPECT_THAT(Refusal(WithCar("2026-01-02T", "2026-01-02")),
              ::testing::StartsWith("InvalidArgument /timeBuilt: "));
  EXPECT_EQ(Refusal("[]"), "InvalidArgument /: must be an object");
}

TEST(Json, RefusesAKeyThatStandsTwice) {
  EXPECT_THAT(Refusal(WithCar(R"("isNew":true)", R"("isNew":true,"isNew":true)")),
              ::testing::StartsWith("CannotParse "));
  EXPECT_THAT(Refusal(WithCar(R"("isNew":true)", R"("isNew":true,"is\u004eew":false)")),
              ::testing::StartsWith("CannotParse "));
  EXPECT_THAT(Refusal(WithCar(R"([1,null])", R"([{"x":[],"y":{"x":1},"x":2}])")),
              ::testing::StartsWith("CannotParse "));
  // The same key in different objects, and as a value, is no repetition.
  EXPECT_EQ(Refusal(WithCar(R"([1,null])", R"([{"x":"x"},{"x":["x","x"],"y":{"x":"y"}}])")),
            "accepted");
  EXPECT_EQ(Refusal(WithCar(R"([1,null])", R"(["\"x\":","\\",{"\\":1,"\"":2}])")), "accepted");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string(kCar) + "x", std::string(kCar) + "{}",
        "\xef\xbb\xbf" + std::string(kCar), WithCar("Zoë", "Zo\xff"), WithCar("Zoë", "Zo\xc0\x80"),
        WithCar("Zoë", "\xed\xa0\x80"), WithCar("Zoë", R"(\ud800)"), WithCar("Zoë", "a\nb"),
        WithCar("Zoë", std::string("a\0b", 3)), WithCar("true", "True"), WithCar("-3", "03"),
        WithCar("-3", "+3"), WithCar("-3", "NaN"), WithCar(R"("isNew")", "isNew"),
        WithCar("null]", "null,]"), WithCar("[1", "[/**/1"), WithCar("\"b\"", "'b'")}) {
    EXPECT_THAT(Refusal(bad), ::testing::StartsWith("CannotParse ")) << bad;
  }
  EXPECT_EQ(Refusal(std::string(kCar) + " \n"), "accepted");
}

TEST(Json, RefusesToGoDeeperThan32) {
  const auto nested = [](int depth) {
    return WithCar("[1,null]", std::string(static_cast<size_t>(depth), '[') +
                                   std::string(static_cast<size_t>(depth), ']'));
  };
  EXPECT_EQ(Refusal(nested(30)), "accepted");  // The car and `extra` are two more.
  EXPECT_THAT(Refusal(nested(31)), ::testing::StartsWith("CannotParse "));
  EXPECT_THAT(Refusal(nested(100000)), ::testing::StartsWith("CannotParse "));
}

TEST(Json, KeepsNumbersInTheirRange) {
  const auto decode = [](std::string_view text) {
    return DecodeJson<Numbers>(text, UnknownFields::kRefuse);
  };
  EXPECT_EQ(decode(R"({"small":255})")->small, 255);
  EXPECT_FALSE(decode(R"({"small":256})"));
  EXPECT_FALSE(decode(R"({"small":-1})"));
  EXPECT_FALSE(decode(R"({"middle":2147483648})"));
  EXPECT_FALSE(decode(R"({"middle":1e400})"));
  const auto large = decode(R"({"large":18446744073709551615})");
  ASSERT_TRUE(large);
  EXPECT_EQ(large->large, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(EncodeJson(*large), R"({"large":18446744073709551615})");
}

TEST(Json, TheCanonicalFormDependsOnTheMeaningOnly) {
  EXPECT_EQ(CanonicalJson(R"( { "b" : [ 2 , 1 ] , "a" : { "d" : "\u0041" , "c" : null } } )"),
            R"({"a":{"c":null,"d":"A"},"b":[2,1]})");
  EXPECT_EQ(CanonicalJson(R"({"a":1,"a":1})").error().code, ErrorCode::kCannotParse);
}

}  // namespace
}  // namespace perennial

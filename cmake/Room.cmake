# SPDX-License-Identifier: Apache-2.0
# perennial_room(NAME <library> [DEEP] [DEPS <rooms and libraries>] [TEST_DEPS <...>] [TEST_TIMEOUT <seconds>])
#
# A room is one folder and one library: every *.cc beside the CMakeLists.txt belongs to it (DEEP: and below it),
# except *_test.cc, which together make the test program <library>_test. DEPS are the arrows of ARCHITECTURE.md;
# the layer test holds them against every #include.

# Without it GTest is not needed: who only runs the product builds no tests.
option(BUILD_TESTING "Build the unit tests" ON)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(perennial_room)
  cmake_parse_arguments(ROOM "DEEP" "NAME;TEST_TIMEOUT" "DEPS;TEST_DEPS" ${ARGN})
  set(glob GLOB)
  if(ROOM_DEEP)
    set(glob GLOB_RECURSE)
  endif()
  file(${glob} sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")

  if(sources)
    add_library(${ROOM_NAME} STATIC ${sources})
    target_link_libraries(${ROOM_NAME} PUBLIC perennial_flags ${ROOM_DEPS})
  else()
    add_library(${ROOM_NAME} INTERFACE)
    target_link_libraries(${ROOM_NAME} INTERFACE perennial_flags ${ROOM_DEPS})
  endif()

  if(tests)
    perennial_tests(NAME ${ROOM_NAME} SOURCES ${tests} DEPS ${ROOM_NAME} ${ROOM_TEST_DEPS}
      TIMEOUT ${ROOM_TEST_TIMEOUT})
  endif()
endfunction()

# perennial_tests(NAME <prefix> SOURCES <files> DEPS <rooms and libraries> [TIMEOUT <seconds>]): the test program
# <prefix>_test, each of its tests one of ctest's.
function(perennial_tests)
  cmake_parse_arguments(TESTS "" "NAME;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT BUILD_TESTING)
    return()
  endif()
  if(NOT TESTS_TIMEOUT)
    set(TESTS_TIMEOUT 120)
  endif()
  add_executable(${TESTS_NAME}_test ${TESTS_SOURCES})
  target_link_libraries(${TESTS_NAME}_test PRIVATE ${TESTS_DEPS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${TESTS_NAME}_test TEST_PREFIX "${TESTS_NAME}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS unit TIMEOUT ${TESTS_TIMEOUT})
endfunction()

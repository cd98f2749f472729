# SPDX-License-Identifier: Apache-2.0
# perennial_room(NAME <library> [DEPS <rooms and libraries>] [TEST_DEPS <...>])
#
# A room is one folder and one library: every *.cc beside the CMakeLists.txt belongs to it, except
# *_test.cc, which together make the test program <library>_test. DEPS are the arrows of
# ARCHITECTURE.md; the layer test holds them against every #include.
include(GoogleTest)

function(perennial_room)
  cmake_parse_arguments(ROOM "" "NAME" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
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
    add_executable(${ROOM_NAME}_test ${tests})
    target_link_libraries(${ROOM_NAME}_test PRIVATE ${ROOM_NAME} ${ROOM_TEST_DEPS} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${ROOM_NAME}_test TEST_PREFIX "${ROOM_NAME}." DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()

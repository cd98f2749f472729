# SPDX-License-Identifier: Apache-2.0
# Compiler flags that every room shares, and the libraries that rooms link by name.

find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

add_library(perennial_flags INTERFACE)
target_compile_options(perennial_flags INTERFACE -Wall -Wextra -Werror -Wno-missing-designated-field-initializers)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(perennial_flags INTERFACE -Wthread-safety)
  # Moves whole template instantiations out of every object that only mentions them.
  target_link_options(perennial_flags INTERFACE -fuse-ld=mold)
else()
  # GCC 12 warns of uninitialised optionals and dangling references that are neither.
  target_compile_options(perennial_flags INTERFACE -Wno-maybe-uninitialized -Wno-missing-field-initializers)
endif()
target_include_directories(perennial_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
# Debian keeps Boost 1.81 beside 1.74; only 1.81 is installed with headers, so no version path is needed.
target_compile_definitions(perennial_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)

set(PERENNIAL_SANITIZE "" CACHE STRING "address, thread or empty")
if(PERENNIAL_SANITIZE)
  target_compile_options(perennial_flags INTERFACE -fsanitize=${PERENNIAL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(perennial_flags INTERFACE -fsanitize=${PERENNIAL_SANITIZE})
endif()

option(PERENNIAL_PROOF "Build the fault points and mutants in; never in a release" OFF)
if(PERENNIAL_PROOF)
  target_compile_definitions(perennial_flags INTERFACE PERENNIAL_PROOF=1)
endif()

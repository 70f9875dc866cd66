# How this project declares its targets: one library a folder, one test program a folder.

add_library(guiyi_flags INTERFACE)
target_include_directories(guiyi_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(guiyi_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
# One set of definitions for all targets, so that they can share the precompiled headers.
foreach(package Poco::Foundation Poco::DataSQLite)
  target_compile_definitions(guiyi_flags INTERFACE $<TARGET_PROPERTY:${package},INTERFACE_COMPILE_DEFINITIONS>)
endforeach()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these of std::string in optimised builds where nothing is wrong; clang and the sanitizers look for the real thing.
  # And of what is local to a source when several are compiled at once.
  target_compile_options(guiyi_flags INTERFACE -Wno-subobject-linkage)
  target_compile_options(guiyi_flags INTERFACE -fpch-preprocess)  # without it ccache can't keep what uses a precompiled header
  target_compile_options(guiyi_flags INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(guiyi_flags INTERFACE -Wthread-safety)
  add_compile_options(-pthread)  # some libraries ask for it, and all who share a precompiled header have to be alike
endif()
if(GUIYI_SANITIZE)
  add_compile_options(-fsanitize=${GUIYI_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # The standard library before ours, whose objects hold copies of its templates: else a test of one folder takes all of them in for those.
  add_link_options(-fsanitize=${GUIYI_SANITIZE} -lstdc++)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizers-ignore.txt)
  endif()
endif()
if(GUIYI_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
find_program(MOLD mold)
find_program(LLD ld.lld)
if(MOLD)
  add_link_options(-fuse-ld=mold)
elseif(LLD)
  add_link_options(-fuse-ld=lld)
endif()

# Headers that nearly every source reads, compiled once for the whole build.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty.cc CONTENT "")
add_library(guiyi_pch OBJECT ${PROJECT_BINARY_DIR}/empty.cc)
target_link_libraries(guiyi_pch PRIVATE guiyi_flags Threads::Threads nlohmann_json::nlohmann_json)
target_precompile_headers(guiyi_pch PRIVATE
  <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <mutex> <optional> <span>
  <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <nlohmann/json.hpp>)

# guiyi_library(NAME [DEPS target...]): every .cc under the folder but main.cc, as one static library.
function(guiyi_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(NOT sources)
    set(sources ${PROJECT_BINARY_DIR}/empty.cc)
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PRIVATE guiyi_flags ${ARG_PRIVATE_DEPS} PUBLIC Threads::Threads nlohmann_json::nlohmann_json ${ARG_DEPS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${name} REUSE_FROM guiyi_pch)
  # Several sources at once: reading the libraries' headers is most of what compiling one costs. So names in anonymous namespaces are
  # unique within a folder.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${GUIYI_UNITY} UNITY_BUILD_BATCH_SIZE 24)
  foreach(source ${sources})  # what uses a whole namespace of ours stands alone
    file(STRINGS ${source} uses REGEX "^using namespace [a-z_]+;")
    if(uses)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

# guiyi_thrift(TARGET FILE.thrift): C++ code of one IDL file, generated in the build tree as a library of its own.
function(guiyi_thrift target file)
  get_filename_component(base ${file} NAME_WE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/gen)
  file(MAKE_DIRECTORY ${out})
  set(service ${ARGV2})
  set(generated ${out}/${base}_types.cpp ${out}/${service}.cpp)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${THRIFT_COMPILER} --gen cpp:no_skeleton -out ${out} ${CMAKE_CURRENT_SOURCE_DIR}/${file}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} COMMENT "Thrift ${file}")
  add_library(${target} STATIC ${generated})
  target_compile_options(${target} PRIVATE -w $<$<CONFIG:Release>:-O1>)  # much of it, and little to gain
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC PkgConfig::THRIFT)
endfunction()

# Nobody waits for a test's own code, but for its compilation: half the time without optimisation.
add_library(guiyi_test_flags INTERFACE)
target_link_libraries(guiyi_test_flags INTERFACE guiyi_flags)
if(NOT GUIYI_SANITIZE)
  target_compile_options(guiyi_test_flags INTERFACE -O0)
endif()

# A program, not a library: tests are compiled as position-independent executables, and so must be what they share.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty_main.cc CONTENT "int main() {}\n")
add_executable(guiyi_test_pch ${PROJECT_BINARY_DIR}/empty_main.cc)
target_link_libraries(guiyi_test_pch PRIVATE guiyi_test_flags Threads::Threads nlohmann_json::nlohmann_json GTest::gtest GTest::gmock)
target_precompile_headers(guiyi_test_pch PRIVATE <gtest/gtest.h> <gmock/gmock.h> <nlohmann/json.hpp>
  <algorithm> <chrono> <filesystem> <fstream> <functional> <map> <memory> <optional> <random> <set> <string> <thread> <variant> <vector>)

set(GUIYI_SHARDS 6)

# guiyi_test(NAME DIR [DEPS target...]): every *_test.cc under the folder as one GoogleTest program, each test known to CTest.
function(guiyi_test name dir)
  cmake_parse_arguments(ARG "" "TIMEOUT;LABEL" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_(fuzz|bench|main)\\.cc$")
  if(NOT sources)
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE guiyi_test_flags ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE GUIYI_SOURCE_DIR="${PROJECT_SOURCE_DIR}" GUIYI_BINARY="$<TARGET_FILE:guiyi>")
  target_precompile_headers(${name} REUSE_FROM guiyi_test_pch)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${GUIYI_UNITY} UNITY_BUILD_BATCH_SIZE 10)
  if(NOT GUIYI_SANITIZE)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABEL}")
    return()
  endif()
  # The programs of many sources first: they take longest. A program built with sanitizers takes longer to start than most tests to run: many tests a process.
  list(LENGTH sources count)
  foreach(shard RANGE 1 ${GUIYI_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}_${shard} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name}_${shard} PROPERTIES COST ${count} TIMEOUT 1200 LABELS "${ARG_LABEL}"
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${GUIYI_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

# guiyi_embed(TARGET NAME FILE): the bytes of a file as part of a library. In C++: #include "embedded/NAME.h", std::string_view embedded::NAME().
function(guiyi_embed target name file)
  get_filename_component(path ${file} ABSOLUTE)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.cc)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.h @ONLY CONTENT
"#pragma once\n#include <string_view>\nnamespace embedded { std::string_view @name@(); }\n")
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include \"embedded/@name@.h\"
asm(\".section .rodata\\n.balign 16\\nembedded_@name@_begin:\\n.incbin \\\"@path@\\\"\\nembedded_@name@_end:\\n.byte 0\\n.text\\n\");
extern const char begin_of_@name@[] asm(\"embedded_@name@_begin\");
extern const char end_of_@name@[] asm(\"embedded_@name@_end\");
namespace embedded { std::string_view @name@() { return {begin_of_@name@, static_cast<std::size_t>(end_of_@name@ - begin_of_@name@)}; } }
")
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${path} SKIP_PRECOMPILE_HEADERS ON
    SKIP_UNITY_BUILD_INCLUSION ON)  # which would forget what it depends on
  target_sources(${target} PRIVATE ${source})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()

# guiyi_fuzzers(): every *_fuzz.cc below the current folder as a program of its own, named FOLDER_NAME_fuzz, linked with the library of its folder
# (gateway, which brings all, where there is none of that name): with libFuzzer in the preset `fuzz`, else as a short smoke run that CTest knows.
function(guiyi_fuzzers)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
  foreach(source ${sources})
    file(RELATIVE_PATH name ${CMAKE_CURRENT_SOURCE_DIR} ${source})
    string(REGEX MATCH "^[^/]+" folder ${name})
    string(REGEX REPLACE "\\.cc$" "" name ${name})
    string(REPLACE "/" "_" name ${name})
    if(NOT TARGET ${folder})
      set(folder gateway)
    endif()
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE guiyi_flags ${folder})
    if(GUIYI_FUZZ)
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/smoke_main.cc)
      target_compile_definitions(${name} PRIVATE GUIYI_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
      add_test(NAME ${name} COMMAND ${name})
      set_tests_properties(${name} PROPERTIES TIMEOUT 60)
    endif()
  endforeach()
endfunction()

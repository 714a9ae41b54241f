# Headers that most sources include, compiled once a build: parsing them is most of what compiling a source costs. They are of the standard
# library and of LLVM, so that a change here never recompiles what it doesn't touch; a unity build, which is for compiling everything, adds
# those of milc that most sources include.
#
# mil_precompile(TARGET KIND [QUICK]): lets a target use them. KIND is what the target is compiled as: library, throwing (a library with
# exceptions) or program. With QUICK a release compiles the target with -O1, which takes about a third less time than -O2: for sources that
# read options, print, write reports or test. The loops that decide how long a command takes are in other libraries.
option(MILC_PRECOMPILED_HEADERS "Compile the headers that most sources include once" ON)

set(MIL_PRECOMPILED
    <algorithm> <array> <cassert> <cmath> <cstdint> <cstring> <functional> <map> <memory> <numeric> <optional> <string> <variant> <vector>
    <llvm/ADT/ArrayRef.h> <llvm/ADT/DenseMap.h> <llvm/ADT/DenseSet.h> <llvm/ADT/MapVector.h> <llvm/ADT/STLExtras.h> <llvm/ADT/SmallVector.h>
    <llvm/ADT/StringExtras.h> <llvm/ADT/StringMap.h> <llvm/ADT/StringRef.h> <llvm/ADT/StringSet.h> <llvm/ADT/StringSwitch.h> <llvm/ADT/Twine.h>
    <llvm/ADT/PointerUnion.h> <llvm/Support/Allocator.h> <llvm/Support/FileSystem.h> <llvm/Support/MemoryBuffer.h> <llvm/Support/Path.h>
    <llvm/Support/raw_ostream.h>)
if(CMAKE_UNITY_BUILD)
  foreach(header Support/Diagnostics Support/Files IR/Attributes IR/Builder IR/Model IR/Walk Ops/Args Ops/Blocks Tensor/Kernels)
    list(APPEND MIL_PRECOMPILED ${PROJECT_SOURCE_DIR}/include/mil/${header}.h)
  endforeach()
endif()

# The options of a target, QUICK or not, without the headers. Most of what compiling costs is optimizing copies of functions: clang inlines
# less in a release than it would (225), also with -O1, with which it inlines as with -O2.
function(mil_optimize target quick)
  set(threshold 100)
  if(quick)
    set(threshold 10)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  target_compile_options(${target} PRIVATE "$<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:Clang>>:SHELL:-mllvm -inline-threshold=${threshold}>")
endfunction()

function(mil_precompile target kind)
  cmake_parse_arguments(PARSE_ARGV 2 arg "QUICK" "" "")
  mil_optimize(${target} "${arg_QUICK}")
  # A program is compiled as a library with exceptions, position-independent code included, to share its headers.
  if(kind STREQUAL program)
    mil_without_counters(${target})
    target_compile_options(${target} PRIVATE -fPIC)
    set(kind throwing)
  endif()
  if(NOT MILC_PRECOMPILED_HEADERS)
    return()
  endif()
  set(precompiled mil_precompiled_${kind})
  if(CMAKE_BUILD_TYPE STREQUAL Release)
    # g++ optimizes a source as the precompiled headers that it uses, whatever its own options say.
    if(arg_QUICK)
      string(APPEND precompiled _quick)
    elseif(kind STREQUAL throwing) # too few libraries: the headers would cost more than they save
      return()
    endif()
  endif()
  if(NOT TARGET ${precompiled})
    set(source ${PROJECT_BINARY_DIR}/${precompiled}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    add_library(${precompiled} STATIC EXCLUDE_FROM_ALL ${source})
    target_include_directories(${precompiled} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_compile_features(${precompiled} PRIVATE cxx_std_20)
    target_link_libraries(${precompiled} PRIVATE mil::LLVM mil_flags)
    if(kind STREQUAL library)
      target_compile_options(${precompiled} PRIVATE -fno-exceptions)
    endif()
    mil_optimize(${precompiled} "${arg_QUICK}")
    target_precompile_headers(${precompiled} PRIVATE ${MIL_PRECOMPILED})
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      # ccache keeps what was compiled with the headers only if these are the same in every build.
      target_compile_options(${precompiled} PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  target_precompile_headers(${target} REUSE_FROM ${precompiled})
endfunction()

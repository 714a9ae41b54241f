# Headers of the standard library and of LLVM that most sources include, compiled once a build: parsing them is most of what compiling a
# source costs. Only headers of other projects, so that a change here never recompiles what it doesn't touch.
#
# mil_precompile(TARGET KIND): lets a target use them. KIND is what the target is compiled as: library, throwing (a library with
# exceptions) or program.
option(MILC_PRECOMPILED_HEADERS "Compile the headers that most sources include once" ON)

set(MIL_PRECOMPILED
    <algorithm> <array> <cassert> <cmath> <cstdint> <cstring> <functional> <map> <memory> <numeric> <optional> <string> <variant> <vector>
    <llvm/ADT/ArrayRef.h> <llvm/ADT/DenseMap.h> <llvm/ADT/DenseSet.h> <llvm/ADT/MapVector.h> <llvm/ADT/STLExtras.h> <llvm/ADT/SmallVector.h>
    <llvm/ADT/StringExtras.h> <llvm/ADT/StringMap.h> <llvm/ADT/StringRef.h> <llvm/ADT/StringSet.h> <llvm/ADT/StringSwitch.h> <llvm/ADT/Twine.h>
    <llvm/ADT/PointerUnion.h> <llvm/Support/Allocator.h> <llvm/Support/FileSystem.h> <llvm/Support/MemoryBuffer.h> <llvm/Support/Path.h>
    <llvm/Support/raw_ostream.h>)

function(mil_precompile target kind)
  if(NOT MILC_PRECOMPILED_HEADERS)
    return()
  endif()
  set(precompiled mil_precompiled_${kind})
  if(NOT TARGET ${precompiled})
    set(source ${PROJECT_BINARY_DIR}/${precompiled}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "int main() { return 0; }\n")
    if(kind STREQUAL program)
      add_executable(${precompiled} EXCLUDE_FROM_ALL ${source})
    else()
      add_library(${precompiled} STATIC EXCLUDE_FROM_ALL ${source})
    endif()
    target_compile_features(${precompiled} PRIVATE cxx_std_20)
    target_link_libraries(${precompiled} PRIVATE mil::LLVM mil_flags)
    if(kind STREQUAL library)
      target_compile_options(${precompiled} PRIVATE -fno-exceptions)
    endif()
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

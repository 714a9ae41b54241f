# Flags of our own sources, carried by mil_flags (privately linked, never exported), and the instrumentation of the whole build.

add_library(mil_flags INTERFACE)
# False warnings of g++ once it has inlined enough: version 12 takes the inside of an empty std::optional for used; 13 and later take an
# element of a view that a function returns (llvm::ArrayRef) for one that ends with the view; 14 takes the short form of a string or small
# vector for the one in use. clang and the address sanitizer check the same.
target_compile_options(mil_flags INTERFACE -Wall -Wextra $<$<BOOL:${MILC_WERROR}>:-Werror> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-dangling-reference> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
# In a unity build a source is a header to g++, which then warns of a type with a member of an unnamed namespace's.
if(CMAKE_UNITY_BUILD)
  target_compile_options(mil_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
# Folding must give the same bits on every machine: no fused multiply-add behind our back.
target_compile_options(mil_flags INTERFACE -ffp-contract=off)

# g++ collects its garbage as if memory were short: an eighth of its time, spared where each of ninja's processes may have 2 GB.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
  cmake_host_system_information(RESULT megabytes QUERY TOTAL_PHYSICAL_MEMORY)
  math(EXPR needed "2048 * (${processors} + 2)")
  if(megabytes GREATER_EQUAL needed)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:--param=ggc-min-heapsize=700000>)
  endif()
endif()

# LLVMSupport names libraries (z3 among them) that nothing here calls: none of them should be wanted at run time.
if(NOT APPLE)
  add_link_options(LINKER:--as-needed)
endif()

# For sources whose loops compilers make vectors of. Sanitizers check each step of these, which nothing makes fast.
set(MIL_VECTORIZED -O3)
if(MILC_SANITIZE)
  set(MIL_VECTORIZED -O1)
  add_compile_options(-fsanitize=${MILC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILC_SANITIZE})
endif()
if(MILC_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "MILC_FUZZ needs clang: libFuzzer comes with it")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# libFuzzer counts what its inputs reach of the libraries that fuzz targets link. Elsewhere the counters only take time to compile.
set(MIL_FUZZED Support Weights IR Tensor Arrays Ops Verify Text Printer Proto Compile Package)
function(mil_without_counters target)
  if(MILC_FUZZ)
    target_compile_options(${target} PRIVATE -fno-sanitize-coverage=inline-8bit-counters,indirect-calls,trace-cmp,pc-table)
  endif()
endfunction()

# ccache doesn't keep what was compiled with precompiled headers unless it is told that they may be compared by content. Compilers name all
# headers, so that it needn't preprocess sources once more to find them.
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(MILC_CCACHE ccache)
  if(MILC_CCACHE)
    set(launcher env CCACHE_DEPEND=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${MILC_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  endif()
endif()

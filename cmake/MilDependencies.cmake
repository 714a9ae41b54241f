# What milc builds upon. This file is installed beside mil-config.cmake: a project that links the static libraries needs the same set.
#
#   mil::LLVM   ADT and Support of LLVM 19, with its include folder and definitions (system headers: no warnings from them)
#   mil::Antlr  the ANTLR 4 C++ runtime, static where there is a static one
#
# A project that links only what needs neither ANTLR nor protobuf turns MIL_NEEDS_ANTLR or MIL_NEEDS_PROTOBUF off (mil-config.cmake does, by
# the components asked for).

if(NOT DEFINED MIL_NEEDS_ANTLR)
  set(MIL_NEEDS_ANTLR ON)
endif()
if(NOT DEFINED MIL_NEEDS_PROTOBUF)
  set(MIL_NEEDS_PROTOBUF ON)
endif()

find_package(LLVM 19.1 REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(hwy REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)

# Newer protobufs come with a config file that also knows of abseil; older ones (Debian 12) only with CMake's own module.
if(MIL_NEEDS_PROTOBUF AND NOT TARGET protobuf::libprotobuf-lite)
  find_package(Protobuf CONFIG QUIET)
  if(NOT TARGET protobuf::libprotobuf-lite)
    set(Protobuf_USE_STATIC_LIBS ON)
    find_package(Protobuf REQUIRED MODULE)
  endif()
endif()

if(NOT TARGET mil::LLVM)
  add_library(mil::LLVM INTERFACE IMPORTED)
  separate_arguments(mil_llvm_definitions UNIX_COMMAND "${LLVM_DEFINITIONS}")
  target_compile_options(mil::LLVM INTERFACE ${mil_llvm_definitions})
  target_include_directories(mil::LLVM INTERFACE ${LLVM_INCLUDE_DIRS})
  target_link_libraries(mil::LLVM INTERFACE LLVMSupport)
endif()

if(MIL_NEEDS_ANTLR AND NOT TARGET mil::Antlr)
  find_path(MIL_ANTLR_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
  find_library(MIL_ANTLR_LIBRARY NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)
  add_library(mil::Antlr UNKNOWN IMPORTED)
  set_target_properties(mil::Antlr PROPERTIES IMPORTED_LOCATION "${MIL_ANTLR_LIBRARY}")
  target_include_directories(mil::Antlr INTERFACE "${MIL_ANTLR_INCLUDE}")
  target_link_libraries(mil::Antlr INTERFACE Threads::Threads)
endif()

# What milc builds upon. This file is installed beside mil-config.cmake: a project that links the static libraries needs the same set.
#
#   mil::LLVM   ADT and Support of LLVM 19, with its include folder and definitions (system headers: no warnings from them)
#   mil::Antlr  the ANTLR 4 C++ runtime
#   mil::Protobuf  protobuf (lite)
#
# A project that links only what needs neither ANTLR nor protobuf turns MIL_NEEDS_ANTLR or MIL_NEEDS_PROTOBUF off (mil-config.cmake does, by
# the requested components).

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

# Newer protobufs come with a config file that also finds abseil; older ones (Debian 12) only with CMake's own module.
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

# Programs link the static ANTLR and protobuf where there are such: they run wherever libc is. Debian's archives don't fit into shared libraries
# (no -fPIC), so libmil takes the shared ones.
function(mil_link_by_kind target static shared)
  set(kind "$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>")
  if(static MATCHES "\\.a$" AND shared AND NOT APPLE)
    target_link_libraries(${target} INTERFACE "$<${kind}:${shared}>" "$<$<NOT:${kind}>:${static}>")
  else()
    target_link_libraries(${target} INTERFACE "${static}")
  endif()
endfunction()

if(MIL_NEEDS_ANTLR AND NOT TARGET mil::Antlr)
  find_path(MIL_ANTLR_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
  find_library(MIL_ANTLR_LIBRARY NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)
  find_library(MIL_ANTLR_SHARED_LIBRARY NAMES antlr4-runtime)
  add_library(mil::Antlr INTERFACE IMPORTED)
  mil_link_by_kind(mil::Antlr "${MIL_ANTLR_LIBRARY}" "${MIL_ANTLR_SHARED_LIBRARY}")
  target_include_directories(mil::Antlr INTERFACE "${MIL_ANTLR_INCLUDE}")
  target_link_libraries(mil::Antlr INTERFACE Threads::Threads)
endif()

if(MIL_NEEDS_PROTOBUF AND NOT TARGET mil::Protobuf)
  add_library(mil::Protobuf INTERFACE IMPORTED)
  get_target_property(mil_protobuf protobuf::libprotobuf-lite IMPORTED_LOCATION_RELEASE)
  if(NOT mil_protobuf)
    get_target_property(mil_protobuf protobuf::libprotobuf-lite IMPORTED_LOCATION)
  endif()
  find_library(MIL_PROTOBUF_SHARED_LIBRARY NAMES libprotobuf-lite.so protobuf-lite)
  if(mil_protobuf MATCHES "\\.a$" AND MIL_PROTOBUF_SHARED_LIBRARY AND NOT APPLE)
    target_include_directories(mil::Protobuf INTERFACE $<TARGET_PROPERTY:protobuf::libprotobuf-lite,INTERFACE_INCLUDE_DIRECTORIES>)
    mil_link_by_kind(mil::Protobuf "${mil_protobuf}" "${MIL_PROTOBUF_SHARED_LIBRARY}")
    target_link_libraries(mil::Protobuf INTERFACE Threads::Threads)
  else()
    target_link_libraries(mil::Protobuf INTERFACE protobuf::libprotobuf-lite)
  endif()
endif()

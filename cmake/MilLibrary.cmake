# mil_library(Name LINKS mil::A ... [PRIVATE target ...] [SOURCES file ...] [EXCEPTIONS] [QUICK])
#
# One library of the house: the static library mil<Name>, alias mil::<Name>, from SOURCES or else every .cpp of the current folder that no
# earlier library took. LINKS are the libraries of lower floors that its headers use; PRIVATE what only its sources use. EXCEPTIONS: a
# library that must catch those of others; all else is compiled without them. QUICK: how long it takes to compile matters more than
# its speed (MilPrecompiled.cmake).
function(mil_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXCEPTIONS;QUICK" "" "LINKS;PRIVATE;SOURCES")
  set(target mil${name})
  set(sources ${arg_SOURCES})
  if(NOT sources)
    file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
    get_property(taken DIRECTORY PROPERTY MIL_TAKEN)
    list(REMOVE_ITEM sources ${taken})
  endif()
  set_property(DIRECTORY APPEND PROPERTY MIL_TAKEN ${sources})

  add_library(${target} STATIC ${sources})
  add_library(mil::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY MIL_LIBRARIES ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(
    ${target}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:mil_flags>)
  if(NOT name IN_LIST MIL_FUZZED)
    mil_without_counters(${target})
  endif()
  set(quick)
  if(arg_QUICK)
    set(quick QUICK)
  endif()
  if(arg_EXCEPTIONS)
    mil_precompile(${target} throwing ${quick})
  else()
    target_compile_options(${target} PRIVATE -fno-exceptions)
    # Where nothing can be thrown, nlohmann's parser aborts: its templates must not be taken for those of libraries with exceptions.
    if("${arg_PRIVATE}" MATCHES "nlohmann")
      target_compile_definitions(${target} PRIVATE NLOHMANN_JSON_NAMESPACE_NO_VERSION=1)
    endif()
    mil_precompile(${target} library ${quick})
  endif()
endfunction()

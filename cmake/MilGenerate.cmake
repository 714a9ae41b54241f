# Sources generated at build time, never committed: parsers from ANTLR grammars, messages from .proto files. Both come out as an object
# library without our warning flags, whose include folder is a system one.

# Tools that read sources without compiling them (clang-tidy) only need this target.
add_custom_target(generated)

find_program(MIL_ANTLR_TOOL NAMES antlr4 antlr REQUIRED)

# 4.10 changed the tables that generated parsers carry: a tool of one side does not serve a runtime of the other (Ubuntu 24.04 ships such a
# pair). Only runtimes from 4.10 on have a Version.h.
string(MAKE_C_IDENTIFIER "MIL_ANTLR_VERSION_${MIL_ANTLR_TOOL}" version_of_tool)
if(NOT DEFINED ${version_of_tool})
  execute_process(COMMAND ${MIL_ANTLR_TOOL} OUTPUT_VARIABLE banner ERROR_VARIABLE banner_err)
  string(REGEX MATCH "[0-9]+\\.[0-9.]+" version "${banner}${banner_err}")
  set(${version_of_tool} "${version}" CACHE INTERNAL "Version of ${MIL_ANTLR_TOOL}")
endif()
set(tool_is_new OFF)
set(runtime_is_new OFF)
if(${version_of_tool} VERSION_GREATER_EQUAL 4.10)
  set(tool_is_new ON)
endif()
if(EXISTS ${MIL_ANTLR_INCLUDE}/Version.h)
  set(runtime_is_new ON)
endif()
if(NOT tool_is_new STREQUAL runtime_is_new)
  message(FATAL_ERROR "The ANTLR tool ${MIL_ANTLR_TOOL} (${${version_of_tool}}) generates for the other side of 4.10 than the runtime in "
                      "${MIL_ANTLR_INCLUDE}: name a tool of the runtime's version with -DMIL_ANTLR_TOOL=")
endif()

# mil_antlr(TARGET FOLDER PACKAGE): the recognizers of FOLDER/*.g4, in namespace PACKAGE, as object library TARGET. A combined grammar gives a
# lexer and a parser, named after it; a lexer or parser grammar gives one class of its own name.
function(mil_antlr target folder package)
  file(GLOB grammars CONFIGURE_DEPENDS ${folder}/*.g4)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(names)
  set(sources)
  set(headers)
  foreach(grammar IN LISTS grammars)
    get_filename_component(name ${grammar} NAME)
    get_filename_component(stem ${grammar} NAME_WE)
    list(APPEND names ${name})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${grammar})
    file(STRINGS ${grammar} kind REGEX "^(lexer |parser )?grammar " LIMIT_COUNT 1)
    if(kind MATCHES "^grammar")
      set(classes ${stem}Lexer ${stem}Parser)
    else()
      set(classes ${stem})
    endif()
    foreach(class IN LISTS classes)
      list(APPEND sources ${out}/${class}.cpp)
      list(APPEND headers ${out}/${class}.h)
    endforeach()
  endforeach()
  # One call for all, from inside their folder: the tool orders them by tokenVocab and writes flat into -o.
  add_custom_command(
    OUTPUT ${sources} ${headers}
    COMMAND ${MIL_ANTLR_TOOL} -Werror -Dlanguage=Cpp -no-listener -no-visitor -package "${package}" -o ${out} ${names}
    WORKING_DIRECTORY ${folder}
    DEPENDS ${grammars}
    COMMENT "Generating ${target} from ${names}"
    VERBATIM)
  add_custom_target(${target}_sources DEPENDS ${sources} ${headers})
  add_dependencies(generated ${target}_sources)
  add_library(${target} OBJECT ${sources} ${headers})
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC mil::Antlr)
  # The older generator writes u8"" literals into std::string, which C++20 refuses.
  set_target_properties(${target} PROPERTIES CXX_STANDARD 17 UNITY_BUILD OFF)
  target_compile_options(${target} PRIVATE -w)
endfunction()

# mil_protos(TARGET FOLDER): the messages of FOLDER/*.proto as object library TARGET.
function(mil_protos target folder)
  file(GLOB protos CONFIGURE_DEPENDS ${folder}/*.proto)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(MAKE_DIRECTORY ${out})
  set(generated)
  foreach(proto IN LISTS protos)
    get_filename_component(stem ${proto} NAME_WE)
    list(APPEND generated ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
  endforeach()
  add_custom_command(
    OUTPUT ${generated}
    COMMAND protobuf::protoc --cpp_out=${out} -I ${folder} ${protos}
    DEPENDS ${protos}
    COMMENT "Generating ${target}"
    VERBATIM)
  add_custom_target(${target}_sources DEPENDS ${generated})
  add_dependencies(generated ${target}_sources)
  add_library(${target} OBJECT ${generated})
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC mil::Protobuf)
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  target_compile_options(${target} PRIVATE -w)
endfunction()

# mil_use_generated(TARGET GENERATED): the headers of GENERATED for TARGET's own sources, which wait for them. Its users never see them.
function(mil_use_generated target generated)
  add_dependencies(${target} ${generated})
  target_include_directories(${target} SYSTEM PRIVATE $<TARGET_PROPERTY:${generated},INTERFACE_INCLUDE_DIRECTORIES>)
endfunction()

# milc_add_model: models that an app ships, made at build time.
#
#   find_package(mil COMPONENTS Model)
#   milc_add_model(assistant
#     INPUTS   models/french.mlpackage models/german.mlpackage    # several are merged
#     OPTIMIZE default                                            # then a pipeline, as milc opt --pipeline takes it
#     COMPRESS --preset 4bit-palette                              # then milc compress, with these options
#     OUTPUT   assistant.mlmodelc)                                # .mlmodelc: compiled; .mlpackage, .mlmodel, .mil
#   add_dependencies(app assistant)
#
# Makes the target `assistant`, part of ALL, whose property MILC_MODEL is the path of the output, in the current binary folder unless it is
# absolute. An input is named as `milc merge` takes it, [NAME=]PATH[:FUNCTION], where PATH may be the target of another milc_add_model. Steps
# run again when a file that milc has read for them has changed (weights, wherever they are, and configurations), or milc itself.
cmake_policy(PUSH)
# Dependency files name absolute paths, and CMake rewrites them for the generator.
cmake_policy(SET CMP0116 NEW)
function(milc_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 model "" "OUTPUT;OPTIMIZE" "INPUTS;COMPRESS")
  if(NOT model_INPUTS OR NOT model_OUTPUT OR model_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "milc_add_model(TARGET INPUTS ... OUTPUT ... [OPTIMIZE pipeline] [COMPRESS option...])")
  endif()
  cmake_path(ABSOLUTE_PATH model_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} OUTPUT_VARIABLE output)
  cmake_path(GET output EXTENSION LAST_ONLY form)

  # Paths of the inputs, and what is known of their files before milc has read them.
  set(inputs)
  set(files)
  foreach(input IN LISTS model_INPUTS)
    set(name)
    set(function)
    if(input MATCHES "^[A-Za-z_][A-Za-z0-9_]*=")
      set(name ${CMAKE_MATCH_0})
    endif()
    if(input MATCHES ":[A-Za-z_][A-Za-z0-9_]*$")
      set(function ${CMAKE_MATCH_0})
    endif()
    string(REGEX REPLACE "^[A-Za-z_][A-Za-z0-9_]*=" "" path "${input}")
    string(REGEX REPLACE ":[A-Za-z_][A-Za-z0-9_]*$" "" path "${path}")
    if(TARGET "${path}")
      get_target_property(stamp ${path} MILC_STAMP)
      get_target_property(path ${path} MILC_MODEL)
      list(APPEND files ${stamp})
    else()
      cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
      # Of a folder, the first run tells which files are read.
      if(NOT IS_DIRECTORY ${path})
        list(APPEND files ${path})
      endif()
    endif()
    list(APPEND inputs "${name}${path}${function}")
  endforeach()

  set(steps)
  list(LENGTH inputs count)
  if(count GREATER 1)
    list(APPEND steps merge)
  endif()
  if(model_OPTIMIZE)
    list(APPEND steps opt)
  endif()
  if(model_COMPRESS)
    list(APPEND steps compress)
  endif()
  if(form STREQUAL ".mlmodelc")
    list(APPEND steps compile)
  elseif(NOT steps)
    list(APPEND steps convert)
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.milc)
  file(MAKE_DIRECTORY ${folder})
  if(TARGET milc)
    set(tool $<TARGET_FILE:milc>)
    set(depends milc)
  else()
    set(tool ${MILC_EXECUTABLE})
    set(depends ${MILC_EXECUTABLE})
  endif()
  set(merge_options)
  set(opt_options --pipeline ${model_OPTIMIZE})
  set(compress_options --quiet ${model_COMPRESS})
  set(compile_options)
  set(convert_options)
  set(last "${steps}")
  list(POP_BACK last final)
  foreach(step IN LISTS steps)
    set(result ${folder}/${step}.mlpackage)
    if(step STREQUAL final)
      set(result ${output})
    endif()
    # A package is a folder, and its time doesn't change with the files in it.
    add_custom_command(
      OUTPUT ${folder}/${step}.stamp
      COMMAND ${tool} ${step} ${inputs} ${${step}_options} --force -o ${result} --depfile ${folder}/${step}.d --depfile-target ${folder}/${step}.stamp
      COMMAND ${CMAKE_COMMAND} -E touch ${folder}/${step}.stamp
      DEPENDS ${files} ${depends}
      DEPFILE ${folder}/${step}.d
      COMMENT "milc ${step} for ${target}: ${result}"
      VERBATIM)
    set(inputs ${result})
    set(files ${folder}/${step}.stamp)
  endforeach()
  add_custom_target(${target} ALL DEPENDS ${files})
  set_target_properties(${target} PROPERTIES MILC_MODEL ${output} MILC_STAMP ${files})
endfunction()
cmake_policy(POP)

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
# absolute. An input is named as `milc merge` takes it, [NAME=]PATH[:FUNCTION]. Steps run again when a file in an input has changed, or milc
# itself; files that appear in a package are seen when the build is made again.
function(milc_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 model "" "OUTPUT;OPTIMIZE" "INPUTS;COMPRESS")
  if(NOT model_INPUTS OR NOT model_OUTPUT OR model_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "milc_add_model(TARGET INPUTS ... OUTPUT ... [OPTIMIZE pipeline] [COMPRESS option...])")
  endif()
  cmake_path(ABSOLUTE_PATH model_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} OUTPUT_VARIABLE output)
  cmake_path(GET output EXTENSION LAST_ONLY form)

  # What the inputs are made of.
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
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
    list(APPEND inputs "${name}${path}${function}")
    if(IS_DIRECTORY ${path})
      file(GLOB_RECURSE found CONFIGURE_DEPENDS ${path}/*)
      list(APPEND files ${found})
    else()
      list(APPEND files ${path})
    endif()
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
    # A package is a folder, whose time says nothing of what is in it.
    add_custom_command(
      OUTPUT ${folder}/${step}.stamp
      COMMAND ${tool} ${step} ${inputs} ${${step}_options} --force -o ${result}
      COMMAND ${CMAKE_COMMAND} -E touch ${folder}/${step}.stamp
      DEPENDS ${files} ${depends}
      COMMENT "milc ${step}: ${result}"
      VERBATIM)
    set(inputs ${result})
    set(files ${folder}/${step}.stamp)
  endforeach()
  add_custom_target(${target} ALL DEPENDS ${files})
  set_target_properties(${target} PROPERTIES MILC_MODEL ${output})
endfunction()

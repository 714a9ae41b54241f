# The page of `milc view`: bundled by esbuild from lib/View/page and the packages that its package-lock.json names, and embedded as a source.
#
#   MILC_PAGE  AUTO (the default): with the page where Node.js 18 and npm are and the packages can be had; ON: fail otherwise; OFF: without
#
# mil_page(VARIABLE): sets VARIABLE to the source that defines mil::embeddedPage. Defines MIL_PAGE_STAGE, the folder where the page is built
# and its packages are, when there is a page.
set(MILC_PAGE AUTO CACHE STRING "Embed the page of milc view: AUTO, ON or OFF")

function(mil_page_packages stage result)
  set(${result} OFF PARENT_SCOPE)
  find_program(MILC_NODE node)
  find_program(MILC_NPM npm)
  if(NOT MILC_NODE OR NOT MILC_NPM)
    message(STATUS "milc view: no Node.js and npm: without its page")
    return()
  endif()
  execute_process(COMMAND ${MILC_NODE} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^v" "" version "${version}")
  if(version VERSION_LESS 18)
    message(STATUS "milc view: Node.js ${version} is older than 18: without its page")
    return()
  endif()
  # Once for a lock file: the packages stay in the build folder.
  set(omit --omit=dev)
  if(MILC_BUILD_TESTS)
    set(omit)
  endif()
  file(SHA256 ${CMAKE_CURRENT_SOURCE_DIR}/page/package-lock.json wanted)
  set(wanted "${wanted} ${omit}")
  set(had)
  if(EXISTS ${stage}/packages)
    file(READ ${stage}/packages had)
  endif()
  if(NOT had STREQUAL wanted)
    file(MAKE_DIRECTORY ${stage})
    file(COPY page/package.json page/package-lock.json page/.npmrc DESTINATION ${stage})
    message(STATUS "milc view: getting the packages of its page")
    execute_process(
      COMMAND ${MILC_NPM} ci --ignore-scripts --no-audit --no-fund ${omit}
      WORKING_DIRECTORY ${stage}
      RESULT_VARIABLE failed
      OUTPUT_QUIET ERROR_VARIABLE messages)
    if(failed)
      message(WARNING "milc view: npm could not get the packages of its page: without it\n${messages}")
      return()
    endif()
    file(WRITE ${stage}/packages "${wanted}")
  endif()
  set(${result} ON PARENT_SCOPE)
endfunction()

function(mil_page variable)
  set(stage ${CMAKE_CURRENT_BINARY_DIR}/page)
  set(has_page OFF)
  if(NOT MILC_PAGE STREQUAL OFF)
    mil_page_packages(${stage} has_page)
  endif()
  if(NOT has_page)
    if(MILC_PAGE STREQUAL ON)
      message(FATAL_ERROR "MILC_PAGE is ON, and the page of milc view can't be built")
    endif()
    configure_file(NoPage.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/NoPage.cpp COPYONLY)
    set(${variable} ${CMAKE_CURRENT_BINARY_DIR}/NoPage.cpp PARENT_SCOPE)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/page/src/*)
  add_custom_command(
    OUTPUT ${stage}/EmbeddedPage.cpp
    COMMAND ${CMAKE_COMMAND} -E rm -rf src
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_CURRENT_SOURCE_DIR}/page/src src
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/page/build.mjs ${CMAKE_CURRENT_SOURCE_DIR}/page/tsconfig.json .
    COMMAND ${MILC_NODE} build.mjs EmbeddedPage.cpp
    WORKING_DIRECTORY ${stage}
    DEPENDS ${sources} ${CMAKE_CURRENT_SOURCE_DIR}/page/build.mjs ${CMAKE_CURRENT_SOURCE_DIR}/page/tsconfig.json
            ${CMAKE_CURRENT_SOURCE_DIR}/page/package-lock.json
    COMMENT "Bundling the page of milc view"
    VERBATIM)
  set(MIL_PAGE_STAGE ${stage} CACHE INTERNAL "Where the page of milc view is built")
  set(${variable} ${stage}/EmbeddedPage.cpp PARENT_SCOPE)
endfunction()

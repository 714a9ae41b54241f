# Installs the libraries, their headers, the tool and the package files for find_package(mil).
include(CMakePackageConfigHelpers)

set(MIL_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mil)

get_property(libraries GLOBAL PROPERTY MIL_LIBRARIES)
install(TARGETS milCApi EXPORT milTargets RUNTIME_DEPENDENCY_SET milBundled LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT milc NAMELINK_COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mil-c DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(TARGETS ${libraries} EXPORT milTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mil DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(EXPORT milTargets NAMESPACE mil:: DESTINATION ${MIL_CONFIG_DIR} COMPONENT dev)
# The prefix relative to the pkg-config file: packages are installed to another prefix than that of this build.
file(RELATIVE_PATH MIL_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" MIL_PC_PREFIX "${MIL_PC_PREFIX}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/mil-c.pc.in ${PROJECT_BINARY_DIR}/mil-c.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mil-c.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
install(TARGETS milc RUNTIME_DEPENDENCY_SET milBundled RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT milc)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT milc)
# Where each shell looks for the completions that packages bring along.
set(completions ${PROJECT_BINARY_DIR}/share/completions)
install(FILES ${completions}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME milc COMPONENT milc)
set(zsh_functions vendor-completions)
if(APPLE)
  set(zsh_functions site-functions)
endif()
install(FILES ${completions}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${zsh_functions} RENAME _milc COMPONENT milc)
install(FILES ${completions}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME milc.fish COMPONENT milc)

# Every package contains its licence, as Debian requires.
set(components milc dev)
set(packages milc milc-dev)
foreach(component package IN ZIP_LISTS components packages)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} RENAME copyright COMPONENT ${component})
endforeach()

# And those of the libraries that are in the binaries.
install(FILES ${MIL_NOTICES} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/milc COMPONENT milc)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/mil-config.cmake.in ${PROJECT_BINARY_DIR}/mil-config.cmake INSTALL_DESTINATION ${MIL_CONFIG_DIR}
                              PATH_VARS CMAKE_INSTALL_BINDIR)
# Before 1.0 a minor version may change interfaces.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mil-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mil-config.cmake ${PROJECT_BINARY_DIR}/mil-config-version.cmake ${CMAKE_CURRENT_LIST_DIR}/MilDependencies.cmake
              ${CMAKE_CURRENT_LIST_DIR}/MilAddModel.cmake
        DESTINATION ${MIL_CONFIG_DIR} COMPONENT dev)

# Component `bundled`, for archives that must run wherever there is a libc: the libraries that the command and libmil need, in lib/milc, where
# both look for them. The C++ runtime is apart: the command takes it along, libmil shares that of the program that loads it.
if(NOT APPLE AND NOT MILC_SANITIZE AND NOT MILC_FUZZ)
  set(bundled ${CMAKE_INSTALL_LIBDIR}/milc)
  set(libc "^ld-linux" "^lib(c|m|pthread|dl|rt)\\.so")
  set(runtime "^lib(stdc\\+\\+|gcc_s)\\.so")
  install(
    RUNTIME_DEPENDENCY_SET milBundled
    PRE_EXCLUDE_REGEXES ${libc} ${runtime}
    LIBRARY DESTINATION ${bundled} COMPONENT bundled EXCLUDE_FROM_ALL)
  install(
    RUNTIME_DEPENDENCY_SET milBundled
    PRE_INCLUDE_REGEXES ${runtime}
    PRE_EXCLUDE_REGEXES .*
    LIBRARY DESTINATION ${bundled}/runtime COMPONENT bundled EXCLUDE_FROM_ALL)
  file(RELATIVE_PATH to_bundled /${CMAKE_INSTALL_BINDIR} /${bundled})
  set_target_properties(milc PROPERTIES INSTALL_RPATH "$ORIGIN/${to_bundled};$ORIGIN/${to_bundled}/runtime")
  set_target_properties(milCApi PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/milc")
endif()

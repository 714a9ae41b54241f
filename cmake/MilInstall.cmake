# Installs the libraries, their headers, the tool and the package files for find_package(mil).
include(CMakePackageConfigHelpers)

set(MIL_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mil)

get_property(libraries GLOBAL PROPERTY MIL_LIBRARIES)
install(TARGETS milCApi EXPORT milTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT milc NAMELINK_COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mil-c DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(TARGETS ${libraries} EXPORT milTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mil DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(EXPORT milTargets NAMESPACE mil:: DESTINATION ${MIL_CONFIG_DIR} COMPONENT dev)
configure_file(${CMAKE_CURRENT_LIST_DIR}/mil-c.pc.in ${PROJECT_BINARY_DIR}/mil-c.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mil-c.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
install(TARGETS milc RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT milc)
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT milc)
# Where each shell looks for the completions that packages bring along.
set(completions ${PROJECT_BINARY_DIR}/share/completions)
install(FILES ${completions}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME milc COMPONENT milc)
install(FILES ${completions}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _milc COMPONENT milc)
install(FILES ${completions}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME milc.fish COMPONENT milc)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/mil-config.cmake.in ${PROJECT_BINARY_DIR}/mil-config.cmake INSTALL_DESTINATION ${MIL_CONFIG_DIR}
                              PATH_VARS CMAKE_INSTALL_BINDIR)
# Before 1.0 a minor version may change interfaces.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mil-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mil-config.cmake ${PROJECT_BINARY_DIR}/mil-config-version.cmake ${CMAKE_CURRENT_LIST_DIR}/MilDependencies.cmake
              ${CMAKE_CURRENT_LIST_DIR}/MilAddModel.cmake
        DESTINATION ${MIL_CONFIG_DIR} COMPONENT dev)

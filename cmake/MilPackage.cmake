# Packages of a build: `cpack --config build/release/CPackConfig.cmake -G DEB` (or TGZ).
#
#   milc          the command and libmil.so.1
#   milc-dev      headers, static libraries, CMake package, pkg-config file
#   python3-milc  the Python package, over the libmil of milc
#
# What the binaries need of other packages is found by dpkg-shlibdeps and declared.
set(CPACK_PACKAGE_NAME milc)
set(CPACK_PACKAGE_CONTACT "milc <milc@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL milc dev python)
set(CPACK_GENERATOR TGZ)
find_program(dpkg dpkg-deb NO_CACHE)
if(dpkg)
  list(APPEND CPACK_GENERATOR DEB)
endif()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_MILC_PACKAGE_NAME milc)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME milc-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "milc (= ${PROJECT_VERSION}), llvm-19-dev, libfmt-dev, libantlr4-runtime-dev, libprotobuf-dev")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-milc)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "milc (= ${PROJECT_VERSION}), python3 (>= 3.9), python3-numpy")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)

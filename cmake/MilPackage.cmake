# Packages of a build: `cpack --config build/release/CPackConfig.cmake -G DEB` (or TGZ). `.ci/packages` makes all of them and tries them.
#
#   milc          the command and libmil.so.1
#   milc-dev      headers, static libraries, CMake package, pkg-config file
#   python3-milc  the Python package, over the libmil of milc
#
# Debian packages declare what the binaries need, as dpkg-shlibdeps finds it. The archive has the first two and brings along what they need
# beyond libc (component `bundled`, MilInstall.cmake).
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
set(CPACK_MILC_PROCESSOR ${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/MilArchive.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
# Packages with programs that link libmil find its declaration, and the cache of the loader is updated.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_MILC_PACKAGE_NAME milc)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME milc-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "milc (= ${PROJECT_VERSION})")
# Only the static libraries need these.
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS
    "llvm-19-dev, libfmt-dev, libhwy-dev, libantlr4-runtime-dev, libprotobuf-dev, libpng-dev, libjpeg-dev, zlib1g-dev, libzstd-dev")
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-milc)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "milc (= ${PROJECT_VERSION}), python3 (>= 3.9), python3-numpy")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)

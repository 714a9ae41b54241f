# Read by cpack for each generator: the archive is one file, without a prefix, and needs nothing but libc.
if(CPACK_GENERATOR STREQUAL "TGZ")
  string(TOLOWER "${CPACK_SYSTEM_NAME}" system)
  set(CPACK_PACKAGE_FILE_NAME ${CPACK_PACKAGE_NAME}-${CPACK_PACKAGE_VERSION}-${system}-${CPACK_MILC_PROCESSOR})
  set(CPACK_COMPONENTS_ALL milc dev bundled)
  set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
  set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
  set(CPACK_PACKAGING_INSTALL_PREFIX /)
endif()

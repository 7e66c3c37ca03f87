# `cmake --install` copies the headers, the library, and package files for find_package(tinytorch) and pkg-config. No
# file contains an absolute path, so the installed tree can be moved.

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
include(CMakePackageConfigHelpers)
install(DIRECTORY include/tinytorch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS tinytorch EXPORT tinytorch ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT tinytorch NAMESPACE tinytorch:: FILE tinytorch-targets.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tinytorch)
configure_package_config_file(cmake/tinytorch-config.cmake.in ${PROJECT_BINARY_DIR}/tinytorch-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tinytorch)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tinytorch-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tinytorch-config.cmake ${PROJECT_BINARY_DIR}/tinytorch-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tinytorch)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

file(RELATIVE_PATH TINYTORCH_PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
configure_file(cmake/tinytorch.pc.in ${PROJECT_BINARY_DIR}/tinytorch.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tinytorch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

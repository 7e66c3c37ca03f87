# cmake -D PROJECT=<folder> -D SCRATCH=<folder> -D BUILT=<build folder> -D CHECKOUT=<source folder> -D COMPILER=<c++>
#       -D FLAGS=<c++ flags> -D INSTALL=<on or off> -P try.cmake
# Installs the library if asked to, then configures, builds and runs a project that uses it.

function(must_run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}\nexit: ${status}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
if(INSTALL)
  must_run(${CMAKE_COMMAND} --install ${BUILT} --prefix ${SCRATCH}/prefix)
endif()
must_run(${CMAKE_COMMAND} -S ${PROJECT} -B ${SCRATCH}/build -G Ninja
  -D CMAKE_BUILD_TYPE=Debug
  -D CMAKE_CXX_COMPILER=${COMPILER}
  -D "CMAKE_CXX_FLAGS=${FLAGS}"
  -D CMAKE_CXX_FLAGS_DEBUG=
  -D CMAKE_PREFIX_PATH=${SCRATCH}/prefix
  -D CMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON
  -D TINYTORCH_CHECKOUT=${CHECKOUT})
must_run(${CMAKE_COMMAND} --build ${SCRATCH}/build --target consumer)
# With add_subdirectory the library's own setting decides where programs go: beside its build, not in ours.
must_run(${SCRATCH}/build/consumer)
message(STATUS "${output}")
if(NOT output MATCHES "loss [0-9.]+ -> [0-9.]+")
  message(FATAL_ERROR "the program printed: ${output}")
endif()

# What the scripts of the package tests have in common.

# Runs a command to its end; `output` is what it printed.
function(must_run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}\nexit: ${status}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Configures a project that uses the library; further arguments go to CMake.
function(configure project build)
  must_run(${CMAKE_COMMAND} -S ${project} -B ${build} -G Ninja
    -D CMAKE_BUILD_TYPE=Debug
    -D CMAKE_CXX_COMPILER=${COMPILER}
    -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
    -D "CMAKE_CXX_FLAGS=${FLAGS}"
    -D CMAKE_CXX_FLAGS_DEBUG=
    -D CMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON
    ${ARGN})
endfunction()

# Runs a program, which must print what matches `pattern`.
function(must_print program folder pattern)
  must_run(${CMAKE_COMMAND} -E chdir ${folder} ${program})
  message(STATUS "${output}")
  if(NOT output MATCHES "${pattern}")
    message(FATAL_ERROR "${program} printed: ${output}")
  endif()
endfunction()

# Units, labs and programs as OBJECT libraries, and stacks.json, which tells the command line tool how to link them.
# Nothing of work/ is known here: a student's file must never be something that a build tool may delete.

set_property(GLOBAL PROPERTY TINYTORCH_LIBRARY_OBJECTS "")
# The entries of the two lists in stacks.json: each is a JSON object after a comma.
set_property(GLOBAL PROPERTY TINYTORCH_UNIT_ENTRIES "")
set_property(GLOBAL PROPERTY TINYTORCH_PROGRAM_ENTRIES "")

# The objects of a target as a JSON list, once CMake generates.
function(tinytorch_objects_list result target)
  set(${result} "[\"$<JOIN:$<TARGET_OBJECTS:${target}>,\",\">\"]" PARENT_SCOPE)
endfunction()

# The words after `result` as a JSON list.
function(tinytorch_json_list result)
  list(JOIN ARGN "\", \"" words)
  set(${result} "[\"${words}\"]" PARENT_SCOPE)
endfunction()

# An OBJECT library compiled with the project's own flags.
function(tinytorch_objects target)
  add_library(${target} OBJECT ${ARGN})
  target_link_libraries(${target} PRIVATE tinytorch_flags)
endfunction()

# A definition as JSON, {"source": ..., "object": ...}, or null where there is none. A skeleton is full of parameters
# that nobody uses yet.
function(tinytorch_definition result unit kind source)
  if(NOT EXISTS "${PROJECT_SOURCE_DIR}/${source}")
    set(${result} "null" PARENT_SCOPE)
    return()
  endif()
  string(REPLACE "/" "_" name "${unit}")
  set(target "unit_${name}_${kind}")
  tinytorch_objects(${target} ${source})
  if(kind STREQUAL "tuned")
    target_link_libraries(${target} PRIVATE Eigen3::Eigen)
  endif()
  if(kind STREQUAL "skeleton")
    target_link_libraries(${target} PRIVATE tinytorch_skeleton_flags)
  endif()
  set(${result} "{\"source\": \"${PROJECT_SOURCE_DIR}/${source}\", \"object\": \"$<TARGET_OBJECTS:${target}>\"}"
    PARENT_SCOPE)
endfunction()

function(tinytorch_unit unit lab part)
  cmake_parse_arguments(ARG "TUNED" "UNNAMED;UNTAUGHT" "" ${ARGN})
  get_filename_component(file ${unit} NAME)
  set(source modules/${lab}/solution/${file}.cpp)
  if(ARG_UNTAUGHT)
    set(source ${ARG_UNTAUGHT})
  endif()
  foreach(needed ${source} ${ARG_UNNAMED})
    if(NOT EXISTS "${PROJECT_SOURCE_DIR}/${needed}")
      message(FATAL_ERROR "unit ${unit}: there is no ${needed}")
    endif()
  endforeach()

  string(REPLACE "/" "_" name "${unit}")
  tinytorch_definition(solution ${unit} solution ${source})
  set(library "${solution}")
  set(library_target unit_${name}_solution)
  if(ARG_TUNED)
    tinytorch_definition(library ${unit} tuned src/${unit}.cpp)
    set(library_target unit_${name}_tuned)
  endif()
  set(skeleton "null")
  if(TINYTORCH_BUILD_LABS)
    tinytorch_definition(skeleton ${unit} skeleton modules/${lab}/skeleton/${file}.cpp)
    # CMake runs again when a skeleton is created, and then knows it.
    set(watched ${PROJECT_SOURCE_DIR}/modules/${lab}/skeleton)
    if(NOT EXISTS ${watched})
      set(watched ${PROJECT_SOURCE_DIR}/modules/${lab})
    endif()
    if(EXISTS ${watched})
      set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${watched})
    endif()
  endif()
  set(unnamed "null")
  if(ARG_UNNAMED)
    tinytorch_definition(unnamed ${unit} unnamed ${ARG_UNNAMED})
  endif()
  set_property(GLOBAL APPEND PROPERTY TINYTORCH_LIBRARY_OBJECTS $<TARGET_OBJECTS:${library_target}>)
  set(entry "{\"name\": \"${unit}\", \"lab\": \"${lab}\", \"part\": \"${part}\"")
  foreach(kind solution skeleton library unnamed)
    string(APPEND entry ",\n   \"${kind}\": ${${kind}}")
  endforeach()
  set_property(GLOBAL APPEND_STRING PROPERTY TINYTORCH_UNIT_ENTRIES ",\n  ${entry}}")
endfunction()

# A program that is linked once per stack: tinytorch_program(<name> <kind> <objects targets...>).
function(tinytorch_program name kind)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE files)
  set(objects "[\"$<JOIN:${files},\",\">\"]")
  set_property(GLOBAL APPEND_STRING PROPERTY TINYTORCH_PROGRAM_ENTRIES
    ",\n  {\"name\": \"${name}\", \"kind\": \"${kind}\", \"objects\": ${objects}}")
endfunction()

function(tinytorch_lab lab)
  cmake_parse_arguments(ARG "" "" "TESTS;MEASURE;BENCH" ${ARGN})
  string(SUBSTRING ${lab} 0 2 number)
  list(TRANSFORM ARG_TESTS PREPEND modules/${lab}/)
  list(TRANSFORM ARG_MEASURE PREPEND modules/${lab}/)
  list(TRANSFORM ARG_BENCH PREPEND modules/${lab}/)
  if(NOT TINYTORCH_BUILD_LABS)
    return()
  endif()
  tinytorch_objects(lab_${number} ${ARG_TESTS})
  tinytorch_suite_options(lab_${number})
  tinytorch_program(lab_${number} suite lab_${number})
  tinytorch_graded_suite(${number} ${ARG_TESTS})
  if(ARG_MEASURE)
    tinytorch_objects(measure_${number} ${ARG_MEASURE})
    tinytorch_program(measure_${number} measure measure_${number})
  endif()
  if(ARG_BENCH)
    tinytorch_objects(lab_bench_${number} ${ARG_BENCH})
    set_target_properties(lab_bench_${number} PROPERTIES EXCLUDE_FROM_ALL ON)
    set_property(GLOBAL APPEND PROPERTY TINYTORCH_LAB_BENCHES lab_bench_${number})
    tinytorch_program(bench_${number} bench lab_bench_${number})
  endif()
endfunction()

# The suite as `tito grade` runs it: what is expected is left out, so that no submission finds it in the program. Built
# when something is graded.
function(tinytorch_graded_suite number)
  tinytorch_objects(grade_${number} ${ARGN})
  # Lab 02's is always built: `tito check` grades attacks with it.
  if(NOT number STREQUAL "02")
    set_target_properties(grade_${number} PROPERTIES EXCLUDE_FROM_ALL ON)
    set_property(GLOBAL APPEND PROPERTY TINYTORCH_GRADED_SUITES grade_${number})
  endif()
  target_compile_definitions(grade_${number} PRIVATE TT_GRADE)
  target_compile_options(grade_${number} PRIVATE -O0 -Wno-unused -Wno-unused-parameter)
  tinytorch_program(grade_${number} suite grade_${number})
endfunction()

# A suite's own code runs for milliseconds and takes minutes to optimise. All suites share a head, precompiled once.
function(tinytorch_suite_options target)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  target_compile_options(${target} PRIVATE -O0)
  # The explorer of schedules runs a story thousands of times.
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "/instruments/schedule")
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -O2 SKIP_PRECOMPILE_HEADERS ON)
  if(NOT TINYTORCH_UNITY)
    return()
  endif()
  if(NOT TARGET lab_head)
    tinytorch_objects(lab_head ${PROJECT_SOURCE_DIR}/tests/kit/head.cpp)
    target_compile_options(lab_head PRIVATE -O0)
    target_precompile_headers(lab_head PRIVATE ${PROJECT_SOURCE_DIR}/tests/kit/kit.hpp)
  endif()
  target_precompile_headers(${target} REUSE_FROM lab_head)
endfunction()

# Writes stacks.json into the build folder; called last.
function(tinytorch_write_stacks)
  get_property(units GLOBAL PROPERTY TINYTORCH_UNIT_ENTRIES)
  get_property(programs GLOBAL PROPERTY TINYTORCH_PROGRAM_ENTRIES)
  string(REGEX REPLACE "^," "" units "${units}")
  string(REGEX REPLACE "^," "" programs "${programs}")
  separate_arguments(flags UNIX_COMMAND "${TINYTORCH_STUDENT_FLAGS}")
  separate_arguments(link UNIX_COMMAND "${TINYTORCH_STUDENT_LINK}")
  tinytorch_json_list(flags -std=c++20 "-I${PROJECT_SOURCE_DIR}/include" "-I${PROJECT_SOURCE_DIR}" ${flags})
  tinytorch_json_list(link ${link})
  tinytorch_objects_list(given tinytorch_given)
  set(kit "[]")
  if(TARGET tinytorch_kit)
    tinytorch_objects_list(kit tinytorch_kit)
  endif()
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/stacks.json CONTENT "{\"format\": 3,
 \"version\": \"${PROJECT_VERSION}\",
 \"source\": \"${PROJECT_SOURCE_DIR}\",
 \"build\": \"${PROJECT_BINARY_DIR}\",
 \"compiler\": \"${CMAKE_CXX_COMPILER}\",
 \"flags\": ${flags},
 \"link\": ${link},
 \"given\": ${given},
 \"kit\": ${kit},
 \"units\": [${units}],
 \"programs\": [${programs}]}
")
endfunction()

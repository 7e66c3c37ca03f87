# Compile flags, as a target. Every part of the project links it; other projects don't get it.

add_library(tinytorch_flags INTERFACE)
target_compile_features(tinytorch_flags INTERFACE cxx_std_20)
target_include_directories(tinytorch_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
target_link_libraries(tinytorch_flags INTERFACE fmt::fmt ZLIB::ZLIB Threads::Threads)

set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND warnings -Wno-restrict)  # gcc 12 at -O3 warns of `"text" + string` without reason
endif()
target_compile_options(tinytorch_flags INTERFACE ${warnings} $<$<BOOL:${TINYTORCH_WERROR}>:-Werror>)

# Link this after tinytorch_flags: clang obeys the last option about a warning.
if(TINYTORCH_BUILD_LABS)
  add_library(tinytorch_skeleton_flags INTERFACE)
  target_compile_options(tinytorch_skeleton_flags INTERFACE -Wno-unused -Wno-unused-parameter)
endif()

# AVX2 with FMA if the machine that builds has them; otherwise, and for other machines, x86-64-v2. Never AVX-512:
# Eigen's products were slower with it than with AVX2. What gains from it chooses it at run time (src/core/vector).
set(machine "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(machine -march=x86-64-v2)
  if(TINYTORCH_NATIVE)
    include(CheckCXXSourceRuns)
    check_cxx_source_runs(
      "int main() { return __builtin_cpu_supports(\"avx2\") && __builtin_cpu_supports(\"fma\") && __builtin_cpu_supports(\"bmi2\") ? 0 : 1; }"
      TINYTORCH_MACHINE_HAS_AVX2)
    if(TINYTORCH_MACHINE_HAS_AVX2)
      set(machine -march=x86-64-v3)
    endif()
  endif()
endif()
# gcc's -O2 vectorises only loops of known length; with this it also vectorises loops over a tensor, as clang does.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND machine -fvect-cost-model=dynamic)
endif()
set(sanitize "")
if(TINYTORCH_SANITIZE)
  set(sanitize -fsanitize=${TINYTORCH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND sanitize -Wno-maybe-uninitialized)  # gcc 12 warns inside <regex> when it is instrumented
  endif()
endif()
target_compile_options(tinytorch_flags INTERFACE ${machine} ${sanitize})
# gold needs half the time to link. Sanitizers and other compilers use their own linker.
set(linker "")
if(PROJECT_IS_TOP_LEVEL AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT TINYTORCH_SANITIZE)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=gold TINYTORCH_HAS_GOLD)
  if(TINYTORCH_HAS_GOLD)
    set(linker -fuse-ld=gold)
  endif()
endif()
target_link_options(tinytorch_flags INTERFACE ${sanitize} ${linker})

# tinytorch_unity(<target>): with TINYTORCH_UNITY its files are compiled eight at a time. A local name may then shadow
# a name of another file, so -Wno-shadow is linked after the flags: the last option about a warning counts.
add_library(tinytorch_neighbours INTERFACE)
target_compile_options(tinytorch_neighbours INTERFACE -Wno-shadow)
function(tinytorch_unity target)
  if(TINYTORCH_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
    target_link_libraries(${target} PRIVATE tinytorch_neighbours)
  endif()
endfunction()

# What the command line tool compiles and links a student's file with (stacks.json). Warnings are shown, never errors.
list(JOIN warnings " " TINYTORCH_STUDENT_FLAGS)
list(JOIN machine " " machine_text)
list(JOIN sanitize " " sanitize_text)
string(APPEND TINYTORCH_STUDENT_FLAGS " -Wno-unused -Wno-unused-parameter ${machine_text} ${sanitize_text}")
set(TINYTORCH_STUDENT_LINK "${sanitize_text} ${linker} -lfmt -lz -lpthread")

# If the build's flags lack AVX2 and FMA, compiles `source` a second time with them; a program then chooses at run time.
# The copy is in another folder, or two objects would have the same name.
function(tinytorch_dispatch_avx2 target source)
  if("${machine}" MATCHES "-march=x86-64-v2")
    get_filename_component(name ${source} NAME_WE)
    set(copy ${PROJECT_BINARY_DIR}/avx2/${name}.cpp)
    file(CONFIGURE OUTPUT ${copy} CONTENT "#define TINYTORCH_GEMM_AVX2 1\n#include \"${source}\"\n")
    target_sources(${target} PRIVATE ${copy})
    set_source_files_properties(${copy} TARGET_DIRECTORY ${target} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
    set_source_files_properties(src/core/kernels.cpp DIRECTORY ${PROJECT_SOURCE_DIR}
      PROPERTIES COMPILE_DEFINITIONS TINYTORCH_DISPATCH_AVX2)
  endif()
endfunction()

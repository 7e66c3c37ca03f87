# cmake -D HERE=<this folder> -D PROJECT=<a folder in it> -D SCRATCH=<folder> -D CHECKOUT=<source folder>
#       -D COMPILER=<c++> -D LAUNCHER=<ccache, or nothing> -D FLAGS=<c++ flags> [-D TARGET=<program>] -P try.cmake
# Configures a project that takes in the checkout; builds and runs its program when one is named.

include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

file(REMOVE_RECURSE ${SCRATCH})
configure(${HERE}/${PROJECT} ${SCRATCH}/build
  -D TINYTORCH_CHECKOUT=${CHECKOUT}
  -D FETCHCONTENT_SOURCE_DIR_TINYTORCH=${CHECKOUT}
  -D FETCHCONTENT_FULLY_DISCONNECTED=ON)
if(TARGET)
  must_run(${CMAKE_COMMAND} --build ${SCRATCH}/build --target ${TARGET})
  # The library's own setting decides where its programs go: beside its build, not in ours.
  must_print(${SCRATCH}/build/${TARGET} ${SCRATCH} "loss [0-9.]+ -> [0-9.]+")
endif()

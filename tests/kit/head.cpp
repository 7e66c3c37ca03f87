// Compiled for its precompiled head alone: the includes that every suite begins with.
#include "tests/kit/kit.hpp"

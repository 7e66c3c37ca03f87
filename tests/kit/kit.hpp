#pragma once

/// The lab test kit: a lab's suite includes this file. A suite is the tests of a lab's tasks. Every value that is
/// judged passes through a CHECK macro, which writes it to the value stream before it works out the expected value.
///
///     TASK_TEST(1, 2, permute_keeps_every_element) {
///       lab::cases(40, [&](lab::Case& c) {
///         const Tensor x = c.input("x", c.tensor(c.shape(2, 2)));
///         CHECK_SAME("y", raw::permute(x, Shape{1, 0}), transposed(x));
///       });
///     }
#include "tests/kit/instruments/actors.hpp"
#include "tests/kit/instruments/cache_model.hpp"
#include "tests/kit/instruments/fake_clock.hpp"
#include "tests/kit/instruments/fixture.hpp"
#include "tests/kit/instruments/heap.hpp"
#include "tests/kit/suite/case.hpp"
#include "tests/kit/suite/check.hpp"
#include "tests/kit/suite/task.hpp"
#include "tests/kit/values/value.hpp"

#pragma once

/// The lab test kit: what a lab's suite includes, and all it needs. A suite is a set of tasks' tests; every judged
/// value passes through a CHECK macro, which writes it to the value stream before it asks what was expected.
///
///     TASK_TEST(1, 2, permute_keeps_every_element) {
///       lab::cases(40, [&](lab::Case& c) {
///         const Tensor x = c.input("x", c.tensor(c.shape(2, 2)));
///         CHECK_SAME("y", raw::permute(x, Shape{1, 0}), transposed(x));
///       });
///     }
#include "tests/kit/actors.hpp"
#include "tests/kit/cache_model.hpp"
#include "tests/kit/case.hpp"
#include "tests/kit/check.hpp"
#include "tests/kit/fake_clock.hpp"
#include "tests/kit/fixture.hpp"
#include "tests/kit/heap.hpp"
#include "tests/kit/task.hpp"
#include "tests/kit/value.hpp"

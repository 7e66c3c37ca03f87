// Task 5.6: collate.

#include "modules/05_data/tests/oracle.hpp"

namespace tinytorch {
namespace {

// Element by element: element (i, index) of the batch is element `index` of example i.
Tensor stacked(const std::vector<Tensor>& parts) {
  Shape sizes = parts[0].sizes();
  sizes.insert(0, static_cast<std::int64_t>(parts.size()));
  const Tensor batch = empty(sizes, parts[0].dtype());
  std::int64_t at = 0;
  for (const Tensor& part : parts) {
    if (part.sizes() != parts[0].sizes()) throw ShapeError("sizes");
    if (part.dtype() != parts[0].dtype()) throw DTypeError("dtype");
    for (const double value : lab::values(part)) {
      switch (batch.dtype()) {
        case DType::int64:
          batch.data<std::int64_t>()[at++] = static_cast<std::int64_t>(value);
          break;
        case DType::uint8:
          batch.data<std::uint8_t>()[at++] = static_cast<std::uint8_t>(value);
          break;
        case DType::float64:
          batch.data<double>()[at++] = value;
          break;
        default:
          batch.data<float>()[at++] = static_cast<float>(value);
      }
    }
  }
  return batch;
}

data::Batch batch_of(const std::vector<data::Example>& examples) {
  std::vector<Tensor> inputs, targets;
  for (const data::Example& example : examples) {
    inputs.push_back(example.input);
    targets.push_back(example.target);
  }
  return {stacked(inputs), stacked(targets)};
}

void show(lab::Case& c, const std::vector<data::Example>& examples) {
  for (std::size_t i = 0; i < examples.size(); ++i) {
    c.input("input " + std::to_string(i), examples[i].input);
    c.input("target " + std::to_string(i), examples[i].target);
  }
}

std::vector<data::Example> random_examples(lab::Case& c, const Shape& sizes, DType dtype, const Shape& target) {
  std::vector<data::Example> examples;
  for (std::int64_t i = c.integer(1, 2 + c.size() / 4); i > 0; --i) {
    const Tensor input = c.contiguous(sizes, dtype);
    examples.push_back({input, c.contiguous(target, DType::int64)});
  }
  return examples;
}

}  // namespace

TASK_TEST(5, 6, examples_stand_one_after_the_other) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = c.pick({DType::float32, DType::uint8, DType::float64});
    const auto examples = random_examples(c, c.shape(0, 3), dtype, {});
    show(c, examples);
    CHECK_SAME("batch", data::collate(examples), batch_of(examples));
  });
}

TASK_TEST(5, 6, targets_may_be_tensors) {
  lab::cases(40, [](lab::Case& c) {
    const auto examples = random_examples(c, c.shape(0, 2), DType::float32, c.shape_with_zero(1, 3));
    show(c, examples);
    CHECK_SAME("batch", data::collate(examples), batch_of(examples));
  });
}

TASK_TEST(5, 6, examples_may_have_any_strides) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3), target = c.shape(0, 2);
    std::vector<data::Example> examples;
    for (std::int64_t i = c.integer(1, 4); i > 0; --i) {
      const Tensor input = c.strided(sizes);
      examples.push_back({input, c.tensor(target, DType::int64)});
    }
    show(c, examples);
    CHECK_SAME("batch", data::collate(examples), batch_of(examples));
  });
}

TASK_TEST(5, 6, the_batch_has_memory_of_its_own) {
  lab::cases(40, [](lab::Case& c) {
    auto examples = random_examples(c, c.shape(0, 2), DType::float32, {});
    if (c.coin()) examples.resize(1);
    show(c, examples);
    const data::Batch batch = data::collate(examples);
    CHECK_SAME("batch", batch, batch_of(examples));
    std::int64_t shared = 0;
    for (const data::Example& example : examples) {
      shared += batch.inputs.shares_storage(example.input) || batch.targets.shares_storage(example.target) ? 1 : 0;
    }
    CHECK_SAME("examples that the batch shares memory with", shared, 0);
  });
}

TASK_TEST(5, 6, each_example_is_copied_once) {
  lab::cases(40, [](lab::Case& c) {
    const auto examples = random_examples(c, c.shape(1, 3), DType::float32, {});
    show(c, examples);
    const std::int64_t before = memory::stats().blocks;
    const data::Batch batch = data::collate(examples);
    const std::int64_t blocks = memory::stats().blocks - before;
    CHECK_SAME("batch", batch, batch_of(examples));
    CHECK_RELATION("blocks of tensor memory taken", blocks, <=, 2);
  });
}

TASK_TEST(5, 6, examples_that_differ_throw) {
  lab::cases(80, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 2), target = c.shape(1, 2);
    std::vector<data::Example> examples;
    const std::int64_t count = c.integer(2, 4);
    const std::int64_t odd = c.integer(1, count - 1), fault = c.integer(0, 5);
    for (std::int64_t i = 0; i < count; ++i) {
      Shape of_input = sizes, of_target = target;
      if (i == odd && fault == 0) of_input.insert(0, 1);  // the same number of elements
      if (i == odd && fault == 1) of_target[0] += 1;
      const Tensor input = c.contiguous(of_input, i == odd && fault == 2 ? DType::int64 : DType::float32);
      examples.push_back({input, c.contiguous(of_target, i == odd && fault == 3 ? DType::float64 : DType::int64)});
    }
    show(c, examples);
    CHECK_OUTCOME("batch", data::collate(examples), batch_of(examples));
  });
}

// In an addition a size of 1 would be repeated. Here it is a difference.
TASK_TEST(5, 6, a_size_of_one_is_not_repeated) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 2), one = sizes;
    const std::int64_t dim = c.integer(0, sizes.size() - 1);
    sizes[dim] = c.integer(2, 3);
    one[dim] = 1;
    if (c.integer(0, 3) == 0) one = Shape{};
    const std::int64_t count = c.integer(2, 3), odd = c.integer(0, count);  // odd == count: none differs
    const bool target = c.coin();
    std::vector<data::Example> examples;
    for (std::int64_t i = 0; i < count; ++i) {
      const Tensor plain = c.contiguous(sizes), other = c.contiguous(i == odd ? one : sizes);
      examples.push_back(target ? data::Example{plain, other} : data::Example{other, plain});
    }
    show(c, examples);
    CHECK_OUTCOME("batch", data::collate(examples), batch_of(examples));
  });
}

}  // namespace tinytorch

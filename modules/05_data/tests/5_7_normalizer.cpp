// Task 5.7: fit_normalizer.

#include "modules/05_data/tests/oracle.hpp"

#include <cmath>

namespace tinytorch {
namespace {

struct Moments {
  std::vector<double> mean, deviation;
};

// Two passes: first the mean, then the distances from it.
Moments moments(const std::vector<data::Example>& examples, const Indices& train) {
  Moments result;
  const auto n = static_cast<double>(train.size());
  std::vector<std::vector<double>> inputs;
  for (const data::Example& example : examples) inputs.push_back(lab::values(example.input));
  const auto value = [&](std::int64_t index, std::size_t feature) {
    return inputs[static_cast<std::size_t>(index)][feature];
  };
  for (std::size_t f = 0; f < inputs[0].size(); ++f) {
    double sum = 0.0, squares = 0.0;
    for (const std::int64_t index : train) sum += value(index, f);
    for (const std::int64_t index : train) squares += (value(index, f) - sum / n) * (value(index, f) - sum / n);
    result.mean.push_back(sum / n);
    result.deviation.push_back(squares > 0 ? std::sqrt(squares / n) : 1.0);
  }
  return result;
}

// The error of a float32 result that is computed in float64: half a unit in the last place, and a little for the sum.
double tolerance(double largest) { return 2e-7 * (1.0 + std::abs(largest)); }

// Random indices below `size`, each at most once, and at least one.
Indices some_of(lab::Case& c, std::int64_t size) {
  Indices chosen;
  for (const std::int64_t index : random_order(c, size)) {
    if (chosen.empty() || c.integer(0, 3) != 0) chosen.push_back(index);
  }
  return chosen;
}

std::vector<data::Example> random_examples(lab::Case& c, const Shape& sizes, DType dtype) {
  std::vector<data::Example> examples;
  for (std::int64_t i = c.integer(2, 4 + c.size() / 2); i > 0; --i) {
    examples.push_back({c.tensor(sizes, dtype), zeros({}, DType::int64)});
  }
  return examples;
}

void show(lab::Case& c, const std::vector<data::Example>& examples, const Indices& train) {
  for (std::size_t i = 0; i < examples.size(); ++i) c.input("input " + std::to_string(i), examples[i].input);
  c.input("train", train);
}

void check(lab::Case& c, const std::vector<data::Example>& examples, const Indices& train) {
  show(c, examples, train);
  const ListDataset set(examples);
  const data::Normalizer found = data::fit_normalizer(set, train);
  CHECK_SAME("shape", found.mean.sizes(), examples[0].input.sizes());
  CHECK_SAME("shape of the deviation", found.deviation.sizes(), examples[0].input.sizes());
  CHECK_SAME("dtypes", std::vector({found.mean.dtype(), found.deviation.dtype()}),
             std::vector({DType::float32, DType::float32}));
  CHECK_CLOSE("mean", lab::values(found.mean), moments(examples, train).mean, tolerance(9));
  CHECK_CLOSE("deviation", lab::values(found.deviation), moments(examples, train).deviation, tolerance(9));
}

}  // namespace

TASK_TEST(5, 7, mean_and_deviation_of_each_feature) {
  lab::cases(40, [](lab::Case& c) {
    const auto examples = random_examples(c, c.shape(1, 3), DType::float32);
    check(c, examples, counted(static_cast<std::int64_t>(examples.size())));
  });
}

TASK_TEST(5, 7, only_the_training_part_is_measured) {
  lab::cases(40, [](lab::Case& c) {
    const auto examples = random_examples(c, c.shape(1, 2), DType::float32);
    check(c, examples, some_of(c, static_cast<std::int64_t>(examples.size())));
  });
}

TASK_TEST(5, 7, each_example_is_got_once) {
  lab::cases(40, [](lab::Case& c) {
    const auto examples = random_examples(c, c.shape(1, 2), DType::float32);
    Indices train = some_of(c, static_cast<std::int64_t>(examples.size()));
    show(c, examples, train);
    const ListDataset set(examples);
    data::fit_normalizer(set, train);
    std::sort(train.begin(), train.end());
    CHECK_SAME("examples got, sorted", set.asked(), train);
  });
}

TASK_TEST(5, 7, a_constant_feature_gets_deviation_one) {
  lab::cases(40, [](lab::Case& c) {
    auto examples = random_examples(c, {1 + c.size() / 8, 2}, DType::float32);
    const double constant = static_cast<double>(c.integer(-9, 9));
    for (data::Example& example : examples) {
      const Tensor input = empty(example.input.sizes());
      const std::vector<double> values = lab::values(example.input);
      for (std::size_t i = 0; i < values.size(); ++i) {
        input.data<float>()[i] = static_cast<float>(i % 2 == 0 ? constant : values[i]);
      }
      example.input = input;
    }
    check(c, examples, some_of(c, static_cast<std::int64_t>(examples.size())));
  });
}

// The sum of n equal fractions, divided by n, may differ from the fraction in the last digit.
TASK_TEST(5, 7, a_constant_fraction_gets_deviation_one) {
  lab::cases(30, [](lab::Case& c) {
    const double constant = static_cast<double>(c.integer(1, 99)) / 100;
    std::vector<data::Example> examples;
    for (std::int64_t i = 0; i < 3 + c.size(); ++i) {
      const Tensor input = empty({2}, DType::float64);
      input.data<double>()[0] = constant;
      input.data<double>()[1] = static_cast<double>(c.integer(-9, 9));
      examples.push_back({input, zeros({}, DType::int64)});
    }
    const Indices train = some_of(c, static_cast<std::int64_t>(examples.size()));
    show(c, examples, train);
    const ListDataset set(examples);
    CHECK_SAME("deviation of the constant", lab::values(data::fit_normalizer(set, train).deviation).at(0), 1.0);
  });
}

TASK_TEST(5, 7, inputs_may_have_any_strides_and_type) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    const DType dtype = c.pick({DType::uint8, DType::int64, DType::float64, DType::float32});
    std::vector<data::Example> examples;
    for (std::int64_t i = c.integer(1, 5); i > 0; --i) {
      examples.push_back({c.strided(sizes, dtype), zeros({}, DType::int64)});
    }
    check(c, examples, counted(static_cast<std::int64_t>(examples.size())));
  });
}

// Squares of numbers around 100,000,000 need 54 bits or more. The difference of two sums of them has no right digit.
TASK_TEST(5, 7, a_large_mean_loses_no_digits) {
  lab::cases(20, [](lab::Case& c) {
    std::vector<data::Example> examples;
    const double far = 1e8 + static_cast<double>(c.integer(0, 1000));
    for (std::int64_t i = 0; i < 3 + c.size(); ++i) {
      const Tensor input = empty({2}, DType::float64);
      for (std::int64_t k = 0; k < 2; ++k) input.data<double>()[k] = far + static_cast<double>(c.integer(-9, 9));
      examples.push_back({input, zeros({}, DType::int64)});
    }
    const Indices train = counted(static_cast<std::int64_t>(examples.size()));
    show(c, examples, train);
    const ListDataset set(examples);
    CHECK_CLOSE("deviation", lab::values(data::fit_normalizer(set, train).deviation),
                moments(examples, train).deviation, 1e-5);  // n * eps * 1e8, for n up to 13, with room
  });
}

TASK_TEST(5, 7, nothing_to_measure_and_odd_shapes_throw) {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 2);
    auto examples = random_examples(c, sizes, DType::float32);
    const bool odd = c.coin();
    Shape other = sizes;
    other.insert(0, 1);  // the same number of elements
    if (odd) examples[1].input = c.contiguous(other);
    Indices train = c.integer(0, 3) == 0 ? Indices{} : counted(static_cast<std::int64_t>(examples.size()));
    show(c, examples, train);
    const ListDataset set(examples);
    const auto expected = [&] {
      if (train.empty()) throw ValueError("none");
      if (odd) throw ShapeError("sizes");
      return moments(examples, train).mean.size();
    };
    CHECK_OUTCOME("features", data::fit_normalizer(set, train).mean.numel(), expected());
  });
}

}  // namespace tinytorch

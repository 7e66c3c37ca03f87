// Task 5.3: stratified_split.

#include "modules/05_data/tests/oracle.hpp"

#include <cmath>
#include <limits>
#include <map>

namespace tinytorch {
namespace {

// Makes the draws in the order of the contract. A std::map has its classes in ascending order.
data::SplitIndices split(const Indices& labels, double share, std::uint64_t seed) {
  if (std::isnan(share) || share < 0 || share > 1) throw ValueError("share");
  std::map<std::int64_t, Indices> classes;
  for (const std::int64_t i : counted(static_cast<std::int64_t>(labels.size()))) {
    classes[labels[static_cast<std::size_t>(i)]].push_back(i);
  }
  Generator generator(seed);
  data::SplitIndices parts;
  for (auto& entry : classes) {
    Indices& members = entry.second;
    shuffled_in_place(members, generator);
    const auto size = static_cast<double>(members.size());
    double wanted = std::floor(share * size + 0.5);
    if (wanted > size - 1) wanted = size - 1;
    for (std::size_t i = 0; i < members.size(); ++i) {
      (static_cast<double>(i) < wanted ? parts.test : parts.train).push_back(members[i]);
    }
  }
  shuffled_in_place(parts.train, generator);
  shuffled_in_place(parts.test, generator);
  return parts;
}

// n labels of a few classes, some of them rare. A label is any number.
Indices random_labels(lab::Case& c, std::int64_t n) {
  const std::int64_t first = c.integer(-3, 7), classes = c.integer(1, 4);
  Indices labels;
  for (std::int64_t i = 0; i < n; ++i) labels.push_back(first + 5 * std::min(c.integer(0, 9), classes - 1));
  return labels;
}

// A share for which rounding does not decide the result.
double random_share(lab::Case& c) { return c.pick<double>({0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0}); }

// How many members of each class are in the list.
std::vector<std::pair<std::int64_t, std::int64_t>> census(const Indices& labels, const Indices& part) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const std::int64_t index : part) {
    if (index >= 0 && index < static_cast<std::int64_t>(labels.size()))
      ++counts[labels[static_cast<std::size_t>(index)]];
  }
  return {counts.begin(), counts.end()};
}

Indices joined_and_sorted(const data::SplitIndices& parts) {
  Indices all = parts.train;
  all.insert(all.end(), parts.test.begin(), parts.test.end());
  std::sort(all.begin(), all.end());
  return all;
}

struct Question {
  Indices labels;
  double share;
  std::uint64_t seed;
};

Question ask(lab::Case& c, std::int64_t n, double share) {
  Question q{random_labels(c, n), share, random_seed(c)};
  c.input("labels", q.labels);
  c.input("test_share", q.share);
  c.input("seed", q.seed);
  return q;
}

}  // namespace

TASK_TEST(5, 3, each_class_gives_its_share) {
  lab::cases(40, [](lab::Case& c) {
    const Question q = ask(c, c.size(), random_share(c));
    CHECK_SAME("classes of the test part, each with its count",
               census(q.labels, data::stratified_split(q.labels, q.share, q.seed).test),
               census(q.labels, split(q.labels, q.share, q.seed).test));
    CHECK_SAME("classes of the training part, each with its count",
               census(q.labels, data::stratified_split(q.labels, q.share, q.seed).train),
               census(q.labels, split(q.labels, q.share, q.seed).train));
  });
}

TASK_TEST(5, 3, no_class_leaves_the_training_part) {
  lab::cases(40, [](lab::Case& c) {
    const Question q = ask(c, 1 + c.size(), c.pick<double>({0.8, 0.9, 0.95, 1.0}));
    CHECK_SAME("classes of the training part, each with its count",
               census(q.labels, data::stratified_split(q.labels, q.share, q.seed).train),
               census(q.labels, split(q.labels, q.share, q.seed).train));
  });
}

TASK_TEST(5, 3, every_example_is_in_one_part) {
  lab::cases(40, [](lab::Case& c) {
    const Question q = ask(c, 2 * c.size(), random_share(c));
    CHECK_SAME("both parts, sorted", joined_and_sorted(data::stratified_split(q.labels, q.share, q.seed)),
               counted(static_cast<std::int64_t>(q.labels.size())));
    CHECK_SAME("size of the test part", data::stratified_split(q.labels, q.share, q.seed).test.size(),
               split(q.labels, q.share, q.seed).test.size());
  });
}

TASK_TEST(5, 3, both_parts_follow_the_draws) {
  lab::cases(40, [](lab::Case& c) {
    const Question q = ask(c, 1 + 2 * c.size(), random_share(c));
    CHECK_SAME("split", data::stratified_split(q.labels, q.share, q.seed), split(q.labels, q.share, q.seed));
  });
}

TASK_TEST(5, 3, a_share_outside_zero_to_one_throws) {
  lab::cases(60, [](lab::Case& c) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double share = c.coin() ? random_share(c) : c.pick<double>({-0.1, 1.1, -7.0, 2.0, nan});
    const Question q = ask(c, c.size(), share);
    CHECK_OUTCOME("split", data::stratified_split(q.labels, q.share, q.seed), split(q.labels, q.share, q.seed));
  });
}

// These shares have few binary digits, so share * size is exactly half a number where it looks so.
TASK_TEST(5, 3, half_an_example_is_a_whole_one) {
  lab::cases(40, [](lab::Case& c) {
    const Question q = ask(c, 1 + c.size(), c.pick<double>({0.5, 0.25, 0.75, 0.125}));
    CHECK_SAME("classes of the test part, each with its count",
               census(q.labels, data::stratified_split(q.labels, q.share, q.seed).test),
               census(q.labels, split(q.labels, q.share, q.seed).test));
  });
}

}  // namespace tinytorch

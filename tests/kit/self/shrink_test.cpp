#include "tests/kit/shrinking/shrink.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

// The smallest case for which `fails` holds, from the first failing one of 40 that `draw` makes with this seed.
struct Found {
  std::vector<std::string> inputs;
  int runs = 0;
};

Found smallest(const std::function<bool(Case&)>& fails, std::uint64_t seed = 1) {
  constexpr std::int64_t count = 40;
  Found found;
  for (std::int64_t k = 0; k < count; ++k) {
    Case c(k, count, seed * 1000 + static_cast<std::uint64_t>(k));
    if (!fails(c)) continue;
    const auto attempt = [&](const Choices& choices) -> std::optional<Failing> {
      ++found.runs;
      Case again(k, count, 0, &choices);
      if (!fails(again)) return std::nullopt;
      return Failing{again.choices(), weight_of(again)};
    };
    Shrinker shrinker({c.choices(), weight_of(c)}, attempt, [](const Failing&) {});
    shrinker.run([&] { return found.runs > 1000; });
    Case best(k, count, 0, &shrinker.best().choices);
    EXPECT_TRUE(fails(best));
    for (const Case::Input& input : best.inputs()) found.inputs.push_back(input.name + " = " + input.text());
    return found;
  }
  ADD_FAILURE() << "no case fails";
  return found;
}

using Texts = std::vector<std::string>;

TEST(KitShrink, AReplayedCaseIsTheCaseThatWasDrawn) {
  const auto draw = [](Case& c) {
    const Shape sizes = c.shape_with_zero(0, 4);
    for (const Tensor& x : {c.tensor(sizes), c.strided(sizes), c.expanded(sizes), c.distinct(sizes), c.reals(sizes)})
      c.input("x", x);
    c.input("order", c.permutation(4));
    c.input("n", c.integer(-5, 100));
    c.input("r", c.real(0.25, 3.5));
    c.input("bits", static_cast<std::int64_t>(c.rng().next() >> 1));
    c.input("coin", c.coin());
  };
  for (std::int64_t k = 0; k < 40; ++k) {
    Case drawn(k, 40, static_cast<std::uint64_t>(k));
    draw(drawn);
    const auto choices = read_choices(choices_text(drawn.choices()));
    ASSERT_TRUE(choices);
    EXPECT_EQ(*choices, drawn.choices());
    Case again(k, 40, 77, &*choices);
    draw(again);
    EXPECT_EQ(again.choices(), drawn.choices());
    ASSERT_EQ(again.inputs().size(), drawn.inputs().size());
    for (std::size_t i = 0; i < again.inputs().size(); ++i)
      EXPECT_EQ(again.inputs()[i].text(), drawn.inputs()[i].text());
  }
}

TEST(KitShrink, TextsThatAreNoChoicesAreRefused) {
  for (const char* text : {"x", "0.", "9.3.0.0.0.0.0.2.0.0.", "0.3.0.0.0.zzzzzzzzz.", "0.-1."})
    EXPECT_FALSE(read_choices(text)) << text;
  EXPECT_EQ(read_choices(""), Choices());
}

TEST(KitShrink, SizesAndElementsBecomeSmall) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Found found = smallest(
        [](Case& c) {
          const Tensor x = c.input("x", c.tensor(c.shape(1, 4)));
          return x.numel() >= 12;
        },
        seed);
    EXPECT_EQ(found.inputs, Texts{"x = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"});
    EXPECT_LE(found.runs, 400);
  }
}

TEST(KitShrink, OnlyTheElementThatMattersIsKept) {
  const Found found = smallest([](Case& c) {
    const Tensor x = c.input("x", c.contiguous(c.shape(2, 3)));
    for (const double element : values(x))
      if (element < -4) return x.dim() == 2 && x.sizes()[1] > 1;
    return false;
  });
  ASSERT_EQ(found.inputs.size(), 1U);
  EXPECT_TRUE(found.inputs[0] == "x = [[-5, 0]]" || found.inputs[0] == "x = [[0, -5]]") << found.inputs[0];
}

TEST(KitShrink, ALayoutIsKeptWhereItMatters) {
  const Found found = smallest([](Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape(2, 4)));
    return x.dim() >= 2 && !is_row_major(x.sizes(), x.strides());
  });
  EXPECT_EQ(found.inputs, Texts{"x = [[0], [0]] (strides (2, 2))"});
  const Found other = smallest([](Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape(2, 4)));
    return !is_row_major(x.sizes(), x.strides()) && x.storage_offset() > 2;
  });
  EXPECT_TRUE(other.inputs.at(0).find("offset") != std::string::npos) << other.inputs.at(0);
}

TEST(KitShrink, NumbersBecomeWholeOrShort) {
  const Found found = smallest([](Case& c) {
    const double rate = c.input("rate", c.real(0.05, 0.5));
    const double beta = c.input("beta", c.real(0.5, 0.9));
    const std::int64_t steps = c.input("steps", c.integer(1, 50));
    return beta > 0.5358 && steps >= 3 && rate > 0;
  });
  EXPECT_EQ(found.inputs, (Texts{"rate = 0.2", "beta = 0.6", "steps = 3"}));
}

TEST(KitShrink, OptionsThatDoNotMatterAreTheDefault) {
  const Found found = smallest([](Case& c) {
    const bool nesterov = c.input("nesterov", c.coin());
    const bool decoupled = c.input("decoupled", c.coin());
    const std::int64_t kind = c.input("kind", c.pick({5, 1, 7}));
    return decoupled && (kind > 0 || nesterov);
  });
  EXPECT_EQ(found.inputs, (Texts{"nesterov = false", "decoupled = true", "kind = 1"}));
}

TEST(KitShrink, AListLosesWhatDoesNotMatter) {
  const Found found = smallest([](Case& c) {
    std::vector<std::int64_t> list;
    for (std::int64_t n = c.integer(0, 20); n > 0; --n) list.push_back(c.integer(0, 100));
    c.input("list", list);
    for (const std::int64_t number : list)
      if (number > 40) return true;
    return false;
  });
  EXPECT_EQ(found.inputs, Texts{"list = [41]"});
}

TEST(KitShrink, AnOrderKeepsWhatMatters) {
  const Found found = smallest([](Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(3, 4)));
    const Shape order = c.input("order", c.permutation(x.dim()));
    return order[0] > order[1];
  });
  EXPECT_EQ(found.inputs, (Texts{"x = [[[0]]]", "order = (1, 0, 2)"}));
}

}  // namespace
}  // namespace tinytorch::lab

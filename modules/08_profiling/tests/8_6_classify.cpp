// Task 8.6: classify, on machines whose rates are powers of two: what is equal is exactly equal.
#include "modules/08_profiling/tests/costs.hpp"

#include <limits>

namespace tinytorch::profiling {
namespace {

constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();

/// 2^low .. 2^high.
double power(lab::Case& c, std::int64_t low, std::int64_t high) {
  return std::ldexp(1.0, static_cast<int>(c.integer(low, high)));
}

/// Up to three caches, each larger and slower than the one before, and memory.
RooflineMachine any_machine(lab::Case& c) {
  RooflineMachine machine;
  machine.peak = {power(c, 4, 9)};
  double bandwidth = power(c, 4, 8);
  std::int64_t bytes = 64 * c.integer(1, 16);
  const auto caches = static_cast<int>(c.integer(0, 3));
  for (int level = 1; level <= caches; ++level) {
    machine.levels.push_back({level, bytes, {bandwidth}});
    bytes *= c.integer(2, 40);
    bandwidth /= power(c, 0, 2);
  }
  machine.levels.push_back({0, any_number, {bandwidth / 2}});
  return machine;
}

std::string written(const RooflineMachine& machine) {
  std::string text = "peak " + std::to_string(machine.peak.value) + " GFLOP/s";
  for (const MemoryLevel& level : machine.levels) {
    text += level.level == 0
                ? ", memory"
                : ", level " + std::to_string(level.level) + " with " + std::to_string(level.bytes) + " bytes";
    text += " at " + std::to_string(level.bandwidth.value) + " GB/s";
  }
  return text;
}

struct Setting {
  RooflineMachine machine;
  Cost cost;
  std::int64_t ns = 0;
};

void show(lab::Case& c, const Setting& s) {
  c.input("machine", written(s.machine));
  c.input("cost", s.cost);
  c.input("ns", s.ns);
}

/// The first level with room, asked from the last one on.
const MemoryLevel& level_with_room(const Setting& s) {
  const std::int64_t bytes = s.cost.bytes_read + s.cost.bytes_written;
  std::size_t found = s.machine.levels.size() - 1;
  for (std::size_t i = found; i-- > 0;) {
    if (s.machine.levels[i].bytes >= bytes) found = i;
  }
  return s.machine.levels[found];
}

double bytes_of(const Cost& cost) { return static_cast<double>(cost.bytes_read + cost.bytes_written); }
double compute_ns(const Setting& s) { return static_cast<double>(s.cost.flops) / s.machine.peak.value; }
double memory_ns(const Setting& s) { return bytes_of(s.cost) / level_with_room(s).bandwidth.value; }

/// So many bytes that the machine's levels all occur, and the operations that go with them.
Setting any_setting(lab::Case& c) {
  Setting s;
  s.machine = any_machine(c);
  const MemoryLevel& level = c.pick(s.machine.levels);
  const std::int64_t most = level.level == 0 ? 1'000'000 : level.bytes;
  s.cost.bytes_read = c.integer(1, most);
  s.cost.bytes_written = c.integer(0, most / 4);
  s.cost.flops = c.integer(1, 8 * most);
  s.ns = 10'000 + c.integer(0, 1'000'000);
  return s;
}

Limit limit_of(const Setting& s) {
  const double least = std::max(compute_ns(s), memory_ns(s));
  if (s.ns < 10'000 && least * 10 < static_cast<double>(s.ns)) return Limit::overhead;
  return compute_ns(s) > memory_ns(s) ? Limit::compute : Limit::memory;
}

std::string word(Limit limit) { return to_string(limit); }

}  // namespace

TASK_TEST(8, 6, the_lower_of_two_roofs_is_attainable) {
  lab::cases(80, [](lab::Case& c) {
    const Setting s = any_setting(c);
    show(c, s);
    const auto lower = [&] {
      const double slope = static_cast<double>(s.cost.flops) / bytes_of(s.cost) * level_with_room(s).bandwidth.value;
      return slope < s.machine.peak.value ? slope : s.machine.peak.value;
    };
    // A quotient and a product, rounded once each.
    CHECK_CLOSE("attainable GFLOP/s", classify(s.cost, s.ns, s.machine).attainable.value, lower(), 1e-12 * lower());
  });
}

TASK_TEST(8, 6, intensity_counts_what_is_read_and_written) {
  lab::cases(40, [](lab::Case& c) {
    Setting s = any_setting(c);
    if (c.integer(0, 5) == 0) s.cost = Cost{};
    show(c, s);
    const auto intensity = [&] {
      return bytes_of(s.cost) == 0 ? 0.0 : static_cast<double>(s.cost.flops) / bytes_of(s.cost);
    };
    CHECK_CLOSE("FLOP/byte", classify(s.cost, s.ns, s.machine).intensity.value, intensity(), 1e-12 * intensity());
  });
}

TASK_TEST(8, 6, the_first_level_with_room_holds_the_bytes) {
  lab::cases(80, [](lab::Case& c) {
    Setting s = any_setting(c);
    const MemoryLevel& edge = c.pick(s.machine.levels);
    const std::int64_t bytes = edge.level == 0 ? c.integer(0, 10'000'000) : edge.bytes + c.integer(-1, 1);
    s.cost.bytes_written = c.integer(0, bytes);
    s.cost.bytes_read = bytes - s.cost.bytes_written;
    show(c, s);
    CHECK_SAME("level", classify(s.cost, s.ns, s.machine).level, level_with_room(s).level);
  });
}

TASK_TEST(8, 6, the_last_level_holds_any_number) {
  lab::cases(40, [](lab::Case& c) {
    Setting s = any_setting(c);
    s.machine.levels.back().bytes = c.integer(0, 1000);  // a machine of which only the caches were measured
    s.machine.levels.back().level = static_cast<int>(c.integer(0, 9));
    s.cost.bytes_read = 100'000'000 + c.integer(0, 1000);
    show(c, s);
    CHECK_SAME("level", classify(s.cost, s.ns, s.machine).level, s.machine.levels.back().level);
  });
}

TASK_TEST(8, 6, no_machine_is_faster_than_its_slower_side) {
  lab::cases(80, [](lab::Case& c) {
    Setting s = any_setting(c);
    if (c.coin()) s.cost.flops = 0;  // elements are moved
    show(c, s);
    const auto slower = [&] { return std::max(compute_ns(s), memory_ns(s)); };
    CHECK_CLOSE("least ns", classify(s.cost, s.ns, s.machine).least_ns, slower(), 1e-12 * slower());
  });
}

TASK_TEST(8, 6, the_slower_side_is_the_limit) {
  lab::cases(100, [](lab::Case& c) {
    Setting s = any_setting(c);
    const std::int64_t kind = c.integer(0, 3);
    if (kind == 0) s.cost.flops = 0;
    if (kind == 1) {  // on the ridge: both take 1,000 ns from memory
      s.machine.levels.erase(s.machine.levels.begin(), s.machine.levels.end() - 1);
      s.cost = {static_cast<std::int64_t>(1000 * s.machine.peak.value),
                static_cast<std::int64_t>(1000 * s.machine.levels[0].bandwidth.value), 0};
    }
    show(c, s);
    CHECK_SAME("limit", word(classify(s.cost, s.ns, s.machine).limit), word(limit_of(s)));
  });
}

TASK_TEST(8, 6, below_a_tenth_and_short_is_overhead) {
  lab::cases(120, [](lab::Case& c) {
    Setting s;
    s.machine = any_machine(c);
    const bool arithmetic = c.coin();
    const std::int64_t least = c.integer(0, 999);  // ns
    if (arithmetic) {
      s.cost.flops = least * static_cast<std::int64_t>(s.machine.peak.value);
      s.cost.bytes_read = c.integer(0, 1);
    } else {
      s.machine.levels = {{0, any_number, {power(c, 0, 5)}}};
      s.cost.bytes_read = least * static_cast<std::int64_t>(s.machine.levels[0].bandwidth.value);
    }
    s.ns = c.pick({10 * least, 10 * least + 1, 10 * least + 2, 20 * least + 40, std::int64_t{9'999},
                   std::int64_t{10'000}, std::int64_t{10'001}});
    show(c, s);
    CHECK_SAME("limit", word(classify(s.cost, s.ns, s.machine).limit), word(limit_of(s)));
  });
}

TASK_TEST(8, 6, a_cost_that_is_not_known_has_no_limit) {
  lab::cases(60, [](lab::Case& c) {
    Setting s = any_setting(c);
    s.cost.known = c.coin();
    s.ns = c.integer(0, 20'000);
    show(c, s);
    const auto shown = [&](const Roofline& roof) {
      return lab::record({{"limit", word(roof.limit)}, {"level", roof.level}, {"least_ns is 0", roof.least_ns == 0}});
    };
    const auto expected = [&] {
      if (!s.cost.known) return Roofline{};
      return Roofline{limit_of(s), level_with_room(s).level, {}, {}, 1};
    };
    CHECK_SAME("roofline", shown(classify(s.cost, s.ns, s.machine)), shown(expected()));
  });
}

TASK_TEST(8, 6, what_is_no_machine_throws) {
  lab::cases(200, [](lab::Case& c) {
    Setting s = any_setting(c);
    const double nothing = c.pick({0.0, -1.0});
    const std::int64_t fault = c.integer(0, 5);
    if (fault == 0) s.ns = c.pick<std::int64_t>({-1, -10'000});
    if (fault == 1) s.machine.levels.clear();
    if (fault == 2) s.machine.peak = {nothing};
    if (fault == 3) s.machine.levels.front().bandwidth = {nothing};
    if (fault == 4) s.machine.levels.back().bandwidth = {nothing};
    if (fault == 5) s.ns = 0;
    show(c, s);
    const auto expected = [&] {
      if (fault != 5) throw ValueError("machine");
      return word(limit_of(s));
    };
    CHECK_OUTCOME("limit", word(classify(s.cost, s.ns, s.machine).limit), expected());
  });
}

// A slow machine, and operations of a few bytes.
TASK_TEST(8, 6, rates_below_1_and_single_bytes_count) {
  lab::cases(80, [](lab::Case& c) {
    Setting s;
    s.machine.peak = {power(c, -6, 1)};
    s.machine.levels = {{1, c.integer(0, 2), {power(c, -6, 1)}}, {0, any_number, {power(c, -6, 1)}}};
    s.cost = {c.integer(0, 9), c.integer(0, 2), c.integer(0, 1)};
    s.ns = c.integer(0, 40);
    show(c, s);
    const auto intensity = [&] {
      return bytes_of(s.cost) == 0 ? 0.0 : static_cast<double>(s.cost.flops) / bytes_of(s.cost);
    };
    CHECK_CLOSE("FLOP/byte", classify(s.cost, s.ns, s.machine).intensity.value, intensity(), 1e-12 * intensity());
    CHECK_SAME("limit", word(classify(s.cost, s.ns, s.machine).limit), word(limit_of(s)));
  });
}

TASK_TEST(8, 6, a_rate_that_is_no_number_throws) {
  lab::cases(60, [](lab::Case& c) {
    Setting s = any_setting(c);
    const std::int64_t fault = c.integer(0, 2);
    if (fault == 0) s.machine.peak = {std::nan("")};
    if (fault == 1)
      c.pick<MemoryLevel*>({&s.machine.levels.front(), &s.machine.levels.back()})->bandwidth = {std::nan("")};
    show(c, s);
    const auto expected = [&] {
      if (fault != 2) throw ValueError("machine");
      return word(limit_of(s));
    };
    CHECK_OUTCOME("limit", word(classify(s.cost, s.ns, s.machine).limit), expected());
  });
}

}  // namespace tinytorch::profiling

// Task 11.4: measure_paired, with a clock that moves only when a subject runs or the clock is read.

#include "modules/11_benchmarking/tests/oracle.hpp"

namespace tinytorch {
namespace {

/// A subject whose runs last as long as a list says. It writes its name, and how often the clock had been read.
class Scripted final : public profiling::Subject {
 public:
  Scripted(char name, lab::FakeClock& clock, std::vector<std::int64_t> lengths, std::string& story)
      : name_(name), clock_(clock), lengths_(std::move(lengths)), story_(story) {}
  void run() override {
    story_ += name_;
    reads_.push_back(clock_.reads());
    if (next_ < lengths_.size()) clock_.advance(lengths_[next_++]);
  }
  const std::vector<std::int64_t>& reads() const { return reads_; }

 private:
  char name_;
  lab::FakeClock& clock_;
  std::vector<std::int64_t> lengths_;
  std::string& story_;
  std::size_t next_ = 0;
  std::vector<std::int64_t> reads_;
};

std::vector<std::int64_t> some_lengths(lab::Case& c, std::int64_t count) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < count; ++i) lengths.push_back(c.integer(1, 100'000));
  return lengths;
}

/// The order of a and b, and each time as these reads of the clock see it.
struct Expected {
  std::string story;
  Numbers a, b;
  std::int64_t place = 0;  // of the generator
};

struct Setting {
  std::vector<std::int64_t> a, b;
  std::int64_t rounds = 0, read_ns = 0;
  std::uint64_t seed = 0;
};

Setting some_setting(lab::Case& c) {
  Setting s;
  s.rounds = c.input("rounds", c.index() == 0 ? 1 : c.integer(1, 2 + c.size()));
  s.a = c.input("ns of a", some_lengths(c, s.rounds));
  s.b = c.input("ns of b", some_lengths(c, s.rounds));
  s.read_ns = c.input("ns a read of the clock takes", c.integer(0, 30));
  s.seed = c.input("seed", random_seed(c));
  return s;
}

Expected expected_of(const Setting& s) {
  Generator g(s.seed);
  Expected expected;
  for (std::size_t i = 0; i < s.a.size(); ++i) {
    expected.story += g.below(2) == 0 ? "ab" : "ba";
    expected.a.push_back(static_cast<double>(s.a[i] + s.read_ns));
    expected.b.push_back(static_cast<double>(s.b[i] + s.read_ns));
  }
  expected.place = place_of(g);
  return expected;
}

struct Run {
  std::string story;
  profiling::Paired times;
  std::vector<std::int64_t> reads_a, reads_b;
  std::int64_t reads = 0, place = 0;
};

Run run_of(const Setting& s) {
  lab::FakeClock clock(1, s.read_ns);
  Generator g(s.seed);
  Run run;
  Scripted a('a', clock, s.a, run.story), b('b', clock, s.b, run.story);
  run.times = profiling::measure_paired(a, b, s.rounds, clock, g);
  run.reads_a = a.reads();
  run.reads_b = b.reads();
  run.reads = clock.reads();
  run.place = place_of(g);
  return run;
}

/// How often the clock had been read before the runs of `name`.
std::vector<std::int64_t> reads_before(const std::string& story, char name) {
  std::vector<std::int64_t> reads;
  for (std::size_t i = 0; i < story.size(); ++i) {
    if (story[i] == name) reads.push_back(static_cast<std::int64_t>(2 * i + 1));
  }
  return reads;
}

}  // namespace

TASK_TEST(11, 4, each_time_belongs_to_its_subject_and_its_round) {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c);
    const Run run = run_of(s);
    CHECK_SAME("times of a", run.times.a, expected_of(s).a);
    CHECK_SAME("times of b", run.times.b, expected_of(s).b);
  });
}

TASK_TEST(11, 4, the_coin_decides_who_is_first) {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c);
    CHECK_SAME("order of the runs", run_of(s).story, expected_of(s).story);
  });
}

TASK_TEST(11, 4, the_clock_is_read_before_and_after_each_run) {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c);
    const Run run = run_of(s);
    CHECK_SAME("reads before each run of a", run.reads_a, reads_before(expected_of(s).story, 'a'));
    CHECK_SAME("reads before each run of b", run.reads_b, reads_before(expected_of(s).story, 'b'));
    CHECK_SAME("reads of the clock", run.reads, 4 * s.rounds);
  });
}

TASK_TEST(11, 4, each_round_takes_one_draw) {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c);
    CHECK_SAME("where the generator stands", run_of(s).place, expected_of(s).place);
  });
}

TASK_TEST(11, 4, fewer_than_no_rounds_throw) {
  lab::cases(40, [](lab::Case& c) {
    Setting s = some_setting(c);
    s.rounds = c.input("rounds asked for", c.integer(-2, 1));
    const auto rounds = [&] {
      if (s.rounds < 0) throw ValueError("rounds");
      return s.rounds;
    };
    CHECK_OUTCOME("rounds measured", run_of(s).times.a.size(), rounds());
  });
}

}  // namespace tinytorch

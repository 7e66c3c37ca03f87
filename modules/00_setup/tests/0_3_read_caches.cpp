// Task 0.3: the caches of other machines, read from fixture folders.
#include "modules/00_setup/tests/machines.hpp"

namespace tinytorch {
namespace {

/// A cache, and the files in which Linux describes it.
struct Described {
  CacheInfo cache;
  IndexFiles files;
};

Described random_cache(lab::Case& c, int level) {
  const std::int64_t kib = c.integer(1, 48) << (3 * level);
  const std::int64_t line = c.pick<std::int64_t>({32, 64, 128});
  const int sharers = static_cast<int>(c.integer(1, 1 + c.size()));
  Described d;
  d.cache = {level, kib * 1024, line, sharers};
  d.files = {std::to_string(level), level == 1 ? "Data" : "Unified", std::to_string(kib) + "K", std::to_string(line),
             sharers == 1 ? "0" : "0-" + std::to_string(sharers - 1)};
  return d;
}

/// The first `levels` levels of a machine, written as index folders in that order, from index `first`.
std::vector<CacheInfo> write_levels(lab::Case& c, lab::Fixture& machine, int levels, std::int64_t first = 0) {
  std::vector<CacheInfo> caches;
  for (int level = 1; level <= levels; ++level) {
    const Described d = random_cache(c, level);
    const std::int64_t index = first + level - 1;
    write_index(machine, index, d.files);
    c.input("index" + std::to_string(index), described(d.files));
    caches.push_back(d.cache);
  }
  return caches;
}

TASK_TEST_USES(0, 3, a_cache_has_level_bytes_line_and_sharers, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;
    const auto caches = write_levels(c, machine, 1);
    CHECK_SAME("caches", read_caches(machine.root()), caches);
  });
}

TASK_TEST_USES(0, 3, every_level_is_listed, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;  // two levels, as many Arm boards have, to four; the first has any index
    const int levels = static_cast<int>(c.integer(2, 4));
    const auto caches = write_levels(c, machine, levels, c.integer(0, 3));
    CHECK_SAME("caches", read_caches(machine.root()), caches);
  });
}

TASK_TEST_USES(0, 3, nearest_comes_first, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;
    const int levels = static_cast<int>(c.integer(2, 4));
    std::vector<CacheInfo> caches;
    for (int level = 1; level <= levels; ++level) {  // the farthest has the smallest index
      const Described d = random_cache(c, level);
      const std::int64_t index = levels - level;
      write_index(machine, index, d.files);
      c.input("index" + std::to_string(index), described(d.files));
      caches.push_back(d.cache);
    }
    CHECK_SAME("caches", read_caches(machine.root()), caches);
  });
}

TASK_TEST_USES(0, 3, instruction_caches_are_left_out, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;
    IndexFiles instructions = random_cache(c, 1).files;
    instructions.type = "Instruction";
    const std::int64_t place = c.coin() ? 0 : 9;
    write_index(machine, place, instructions);
    c.input("index" + std::to_string(place), described(instructions));
    const auto caches = write_levels(c, machine, static_cast<int>(c.integer(1, 3)), 1);
    CHECK_SAME("caches", read_caches(machine.root()), caches);
  });
}

TASK_TEST_USES(0, 3, sharers_come_from_a_list, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;  // 128 threads: the siblings of a core are 64 apart
    Described d = random_cache(c, 3);
    const std::int64_t cores = c.integer(1, 32);
    const std::string last = std::to_string(cores - 1), far = std::to_string(64 + cores - 1);
    d.files.sharers = cores == 1 ? "0,64" : "0-" + last + ",64-" + far;
    d.cache.shared_by = static_cast<int>(2 * cores);
    write_index(machine, 3, d.files);
    c.input("index3", described(d.files));
    CHECK_SAME("caches", read_caches(machine.root()), std::vector<CacheInfo>{d.cache});
  });
}

TASK_TEST_USES(0, 3, an_index_that_says_too_little_is_left_out, "0.1", "0.2") {
  lab::cases(16, [](lab::Case& c) {
    lab::Fixture machine;
    const auto caches = write_levels(c, machine, static_cast<int>(c.integer(0, 2)));
    IndexFiles vague = random_cache(c, 3).files;
    c.pick<std::string*>({&vague.level, &vague.type, &vague.size})->clear();
    write_index(machine, 3, vague);
    c.input("index3", described(vague));
    CHECK_SAME("caches", read_caches(machine.root()), caches);
  });
}

TASK_TEST_USES(0, 3, line_and_sharers_may_be_unknown, "0.1", "0.2") {
  lab::cases(16, [](lab::Case& c) {
    lab::Fixture machine;
    Described d = random_cache(c, static_cast<int>(c.integer(1, 3)));
    const std::int64_t unknown = c.integer(1, 3);
    if (unknown & 1) d.files.line.clear(), d.cache.line = 0;
    if (unknown & 2) d.files.sharers.clear(), d.cache.shared_by = 1;
    write_index(machine, 0, d.files);
    c.input("index0", described(d.files));
    CHECK_SAME("caches", read_caches(machine.root()), std::vector<CacheInfo>{d.cache});
  });
}

TASK_TEST_USES(0, 3, a_machine_without_the_folder_has_no_caches, "0.1", "0.2") {
  lab::cases(32, [](lab::Case& c) {
    lab::Fixture machine;
    const std::string there = c.input("there", c.pick<std::string>({"nothing", "sys/devices/system/cpu",
                                                                    "sys/devices/system/cpu/cpu0/cache", "caches"}));
    std::vector<CacheInfo> caches;
    if (there == "caches") {
      caches = write_levels(c, machine, static_cast<int>(c.integer(1, 3)));
    } else if (there != "nothing") {
      machine.make_folder(there);
    }
    CHECK_OUTCOME("caches", read_caches(machine.root()), caches);
  });
}

}  // namespace
}  // namespace tinytorch

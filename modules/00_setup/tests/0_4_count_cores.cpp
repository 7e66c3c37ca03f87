// Task 0.4: CPUs, cores and the share of them that a container grants.
#include "modules/00_setup/tests/machines.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch {
namespace {

const char* const online = "sys/devices/system/cpu/online";
const char* const cpu_max = "sys/fs/cgroup/cpu.max";

/// "0-3" for 4, "0" for 1.
std::string first_cpus(std::int64_t count) { return count == 1 ? "0" : fmt::format("0-{}", count - 1); }

/// A machine of `packages` x `cores` x `threads` CPUs; the core ids of a package have gaps, as on real ones.
std::int64_t write_machine(lab::Case& c, lab::Fixture& machine, std::int64_t packages, std::int64_t cores,
                           std::int64_t threads) {
  const std::int64_t gap = c.integer(1, 4);
  std::int64_t cpu = 0;
  for (std::int64_t thread = 0; thread < threads; ++thread) {
    for (std::int64_t package = 0; package < packages; ++package) {
      for (std::int64_t core = 0; core < cores; ++core) write_core(machine, cpu++, package, gap * core);
    }
  }
  machine.write(online, first_cpus(cpu) + "\n");
  machine.make_folder("sys/devices/system/cpu/cpufreq");
  machine.write("sys/devices/system/cpu/possible", first_cpus(2 * cpu) + "\n");
  c.input("machine", fmt::format("packages {}, cores in each {}, threads in each {}", packages, cores, threads));
  return cpu;
}

TASK_TEST_USES(0, 4, online_cpus_are_counted, "0.1", "0.2") {
  lab::cases(24, [](lab::Case& c) {
    lab::Fixture machine;
    const std::int64_t count = c.integer(1, 4 + 8 * c.size());
    const std::int64_t more = c.integer(0, 3);  // CPUs after a gap: the one between is switched off
    const std::string list = first_cpus(count) + (more == 0 ? "" : fmt::format(",{}-{}", count + 1, count + more));
    machine.write(online, c.input("online", list) + "\n");
    machine.write("sys/devices/system/cpu/possible", first_cpus(4 * count) + "\n");
    CHECK_SAME("logical", count_cores(machine.root()).logical, static_cast<int>(count + more));
  });
}

TASK_TEST_USES(0, 4, hyper_threads_share_a_core, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;
    const std::int64_t cores = c.integer(1, 1 + c.size() / 2), threads = c.pick<std::int64_t>({1, 2, 2, 4});
    const std::int64_t cpus = write_machine(c, machine, 1, cores, threads);
    const CoreCount counted = count_cores(machine.root());
    CHECK_SAME("logical", counted.logical, static_cast<int>(cpus));
    CHECK_SAME("physical", counted.physical, static_cast<int>(cores));
  });
}

TASK_TEST_USES(0, 4, packages_number_their_cores_alike, "0.1", "0.2") {
  lab::cases(8, [](lab::Case& c) {
    lab::Fixture machine;
    const std::int64_t packages = c.integer(2, 3), cores = c.integer(1, 1 + c.size() / 2), threads = c.integer(1, 2);
    write_machine(c, machine, packages, cores, threads);
    CHECK_SAME("physical", count_cores(machine.root()).physical, static_cast<int>(packages * cores));
  });
}

TASK_TEST_USES(0, 4, a_cpu_that_is_off_has_no_core, "0.1", "0.2") {
  lab::cases(12, [](lab::Case& c) {
    lab::Fixture machine;  // Linux removes all or half of the topology files of a CPU that is switched off
    const std::int64_t cores = c.integer(1, 2 + c.size() / 2);
    const std::int64_t off = c.integer(0, std::min<std::int64_t>(cores - 1, 2));
    for (std::int64_t core = 0; core < cores; ++core) {
      const std::int64_t id = core < off ? core : core + 3;
      write_core(machine, id, 0, id);
    }
    const std::string left = c.pick<std::string>({"nothing", "physical_package_id"});
    for (std::int64_t i = 0; i < 3; ++i) {
      const std::string cpu = fmt::format("sys/devices/system/cpu/cpu{}", off + i);
      machine.make_folder(cpu);
      if (left != "nothing") machine.write(cpu + "/topology/" + left, fmt::format("{}\n", 90 + i));
    }
    machine.write(online, fmt::format("{}{}-{}\n", off == 0 ? "" : first_cpus(off) + ",", off + 3, cores + 2));
    c.input("machine", fmt::format("{} cores, CPUs {} to {} are off", cores, off, off + 2));
    c.input("left of their topology", left);
    CHECK_SAME("physical", count_cores(machine.root()).physical, static_cast<int>(cores));
  });
}

TASK_TEST_USES(0, 4, quota_is_time_over_period, "0.1", "0.2") {
  lab::cases(32, [](lab::Case& c) {
    lab::Fixture machine;
    machine.write(online, c.input("online", first_cpus(c.integer(1, 16))) + "\n");
    const std::int64_t eighths = c.integer(1, 8 + 8 * c.size());
    const std::int64_t period = c.pick<std::int64_t>({100000, 8000, 1000000});
    machine.write(cpu_max, c.input("cpu.max", fmt::format("{} {}", period / 8 * eighths, period)) + "\n");
    CHECK_SAME("quota", count_cores(machine.root()).quota, static_cast<double>(eighths) / 8);
  });
}

TASK_TEST_USES(0, 4, no_limit_grants_every_cpu, "0.1", "0.2") {
  lab::cases(32, [](lab::Case& c) {
    lab::Fixture machine;
    const std::int64_t cpus = c.integer(1, 2 + 4 * c.size());
    machine.write(online, c.input("online", first_cpus(cpus)) + "\n");
    const std::string limit =
        c.input("cpu.max", c.pick<std::string>({"max 100000", "max", "no file", "200000 100000"}));
    if (limit != "no file") machine.write(cpu_max, limit + "\n");
    CHECK_SAME("quota", count_cores(machine.root()).quota, limit[0] == '2' ? 2.0 : static_cast<double>(cpus));
  });
}

TASK_TEST_USES(0, 4, what_is_not_there_is_not_needed, "0.1", "0.2") {
  lab::cases(32, [](lab::Case& c) {
    lab::Fixture machine;
    const bool list = c.input("online", c.coin()), cores = c.input("topology", c.coin()), limit = c.coin();
    c.input("cpu.max", limit);
    const std::int64_t cpus = c.input("cpus", c.integer(2, 5));
    if (list) machine.write(online, first_cpus(cpus) + "\n");
    for (std::int64_t cpu = 0; cores && cpu < cpus; ++cpu) write_core(machine, cpu, 0, cpu / 2);
    if (limit) machine.write(cpu_max, "50000 100000\n");
    const int logical = list ? static_cast<int>(cpus) : 1;
    const auto counted = [&] {
      const CoreCount count = count_cores(machine.root());
      return lab::record({{"logical", count.logical}, {"physical", count.physical}, {"quota", count.quota}});
    };
    const int physical = cores ? static_cast<int>((cpus + 1) / 2) : logical;
    CHECK_OUTCOME("cores", counted(),
                  lab::record({{"logical", logical}, {"physical", physical}, {"quota", limit ? 0.5 : logical * 1.0}}));
  });
}

}  // namespace
}  // namespace tinytorch

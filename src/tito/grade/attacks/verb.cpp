// tito attacks: tries the adversary on this machine, before anybody trusts its marks.
#include "src/tito/build/ninja.hpp"
#include "src/tito/grade/attacks/attacks.hpp"
#include "src/tito/grade/attacks/host.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct AttackOptions {
  std::string walls, only;
  std::size_t jobs = std::min<std::size_t>(cores(), 64);
};

void print_attack(const Context& context, const Attack& attack, const Grade& grade, const Grade& without,
                  const std::string& fault) {
  fmt::print("{:<32} {:<26} {:<13} {:>5} {:>8}{}\n", attack.name, joined(attack.expect, " or "),
             to_string(grade.outcome), number_text(grade.points), number_text(without.points),
             fault.empty() ? "" : "  " + paint(context, Style::bad, "NOT AS EXPECTED"));
  for (const std::string& line : split_lines(fault)) fmt::print("    {}\n", line);
  std::fflush(stdout);
}

int report_host(const Context& context, const Host& host) {
  const std::vector<std::string> changes = host.changes();
  if (changes.empty()) {
    fmt::print("the machine: no process and no file left behind, a file beside them unchanged, nobody on port {}\n",
               host.port());
    return exit_ok;
  }
  for (const std::string& change : changes) fmt::print("{}: {}\n", paint(context, Style::bad, "the machine"), change);
  return exit_not_all;
}

int try_attacks(const Context& context, const AttackOptions& options) {
  const Walls walls = choose_walls(options.walls);
  const Stacks stacks = load_or_configure(context);
  const Lab lab = attacked_lab(context);
  std::vector<Attack> attacks = load_attacks(context, walls);
  std::erase_if(attacks, [&](const Attack& attack) { return attack.name.find(options.only) == std::string::npos; });
  if (attacks.empty()) throw usage_error("no attack's name has " + options.only + " in it");
  const Grader grader(context, stacks, lab, walls);
  const Host host(context);
  const Grade without = grader.grade(without_attack(lab), 1);
  if (without.outcome != Outcome::graded) throw trouble("the skeleton can't be graded here: " + without.reason);
  fmt::print("walls: {} ({})\n\n{:<32} {:<26} {:<13} {:>5} {:>8}\n", to_string(walls), promise_of(walls), "attack",
             "expected", "got", "mark", "without");
  std::mutex guard;
  std::size_t faults = 0;
  for_each_in_parallel(attacks.size(), options.jobs, [&](std::size_t i) {
    const Grade grade = grader.grade(with_attack(lab, attacks[i]), 1);
    const std::string fault = fault_of(attacks[i], grade, without, walls);
    const std::lock_guard lock(guard);
    print_attack(context, attacks[i], grade, without, fault);
    faults += fault.empty() ? 0 : 1;
  });
  fmt::print("\n{} attacks, {} as expected, behind {}\n", attacks.size(), attacks.size() - faults, to_string(walls));
  const int code = report_host(context, host);
  return faults == 0 ? code : exit_not_all;
}

}  // namespace

void add_attacks(CLI::App& app, Context& context) {
  const auto options = std::make_shared<AttackOptions>();
  CLI::App* verb = app.add_subcommand("attacks", "Tries hostile submissions on this machine");
  verb->add_option("--walls", options->walls, "Tries them behind these walls (default: the strongest here)")
      ->check(CLI::IsMember(wall_names()));
  verb->add_option("--only", options->only, "Only those with this in their names");
  verb->add_option("--jobs", options->jobs, "How many are tried at once (default: one for each core)")
      ->check(CLI::Range(1, 64));
  verb->footer(
      "Example:\n  ./tito attacks     before a class is graded on a new machine\n\n"
      "A row says which outcomes are right, which one came, and the mark: it is no higher than that of the same file\n"
      "without the attack. Then the machine is looked at. tests/attacks/ says what each does.\n"
      "Exit code: 0 all as expected; 1 not all; 3 trouble of tito or the machine.");
  verb->callback([&context, options] { context.exit_code = try_attacks(context, *options); });
}

}  // namespace tinytorch::tito

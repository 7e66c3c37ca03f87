// The verbs of tito: the one list that the program, its help, shell completion and the tests read.
#pragma once

#include <array>

namespace CLI {
class App;
}

namespace tinytorch::tito {

struct Context;

// Each adds its subcommand: its options, its help with an example, and a callback that sets context.exit_code. It is
// defined in the file of its name, in verbs/, programs/, runs/ or dev/, or in a room of its own in grade/.
void add_start(CLI::App& app, Context& context);
void add_test(CLI::App& app, Context& context);
void add_watch(CLI::App& app, Context& context);
void add_debug(CLI::App& app, Context& context);
void add_hint(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_reset(CLI::App& app, Context& context);
void add_update(CLI::App& app, Context& context);
void add_predict(CLI::App& app, Context& context);
void add_measure(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_runs(CLI::App& app, Context& context);
void add_sweep(CLI::App& app, Context& context);
void add_replay(CLI::App& app, Context& context);
void add_submit(CLI::App& app, Context& context);
void add_milestones(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_grade(CLI::App& app, Context& context);
void add_attacks(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_skeleton(CLI::App& app, Context& context);
void add_mutants(CLI::App& app, Context& context);
void add_ops(CLI::App& app, Context& context);
void add_docs(CLI::App& app, Context& context);

enum class Audience { students, instructors, maintainers };

struct Verb {
  const char* name;
  void (*add)(CLI::App& app, Context& context);
  Audience audience;
};

/// In the order of the help.
extern const std::array<Verb, 27> all_verbs;

/// Adds every verb to the program; the help shows each audience its own.
void add_verbs(CLI::App& app, Context& context);

}  // namespace tinytorch::tito

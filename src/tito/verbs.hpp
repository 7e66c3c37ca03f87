// Each verb registers itself: its options, its help with an example, and a callback that sets context.exit_code.
#pragma once

namespace CLI {
class App;
}

namespace tinytorch::tito {

struct Context;

void add_test(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_debug(CLI::App& app, Context& context);
void add_watch(CLI::App& app, Context& context);
void add_mutants(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_ops(CLI::App& app, Context& context);

void add_doctor(CLI::App& app, Context& context);
void add_start(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_hint(CLI::App& app, Context& context);
void add_reset(CLI::App& app, Context& context);
void add_update(CLI::App& app, Context& context);
void add_predict(CLI::App& app, Context& context);
void add_measure(CLI::App& app, Context& context);
void add_milestones(CLI::App& app, Context& context);
void add_skeleton(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);

}  // namespace tinytorch::tito

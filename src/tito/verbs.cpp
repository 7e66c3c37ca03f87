#include "src/tito/verbs.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace tinytorch::tito {

// A verb a line.
// clang-format off
const std::array<Verb, 27> all_verbs{{
    {"start", add_start, Audience::students},
    {"test", add_test, Audience::students},
    {"watch", add_watch, Audience::students},
    {"debug", add_debug, Audience::students},
    {"hint", add_hint, Audience::students},
    {"status", add_status, Audience::students},
    {"reset", add_reset, Audience::students},
    {"update", add_update, Audience::students},
    {"predict", add_predict, Audience::students},
    {"measure", add_measure, Audience::students},
    {"bench", add_bench, Audience::students},
    {"run", add_run, Audience::students},
    {"serve", add_serve, Audience::students},
    {"runs", add_runs, Audience::students},
    {"sweep", add_sweep, Audience::students},
    {"replay", add_replay, Audience::students},
    {"submit", add_submit, Audience::students},
    {"milestones", add_milestones, Audience::students},
    {"doctor", add_doctor, Audience::students},
    {"demo", add_demo, Audience::students},
    {"grade", add_grade, Audience::instructors},
    {"attacks", add_attacks, Audience::instructors},
    {"check", add_check, Audience::maintainers},
    {"skeleton", add_skeleton, Audience::maintainers},
    {"mutants", add_mutants, Audience::maintainers},
    {"ops", add_ops, Audience::maintainers},
    {"docs", add_docs, Audience::maintainers},
}};
// clang-format on

namespace {

const char* group_of(Audience audience) {
  switch (audience) {
    case Audience::students:
      return "Verbs";
    case Audience::instructors:
      return "Verbs for instructors";
    case Audience::maintainers:
      return "Verbs for maintainers";
  }
  return "";
}

}  // namespace

void add_verbs(CLI::App& app, Context& context) {
  for (const Verb& verb : all_verbs) {
    verb.add(app, context);
    app.get_subcommand(verb.name)->group(group_of(verb.audience));
  }
}

}  // namespace tinytorch::tito

#include "src/tito/verbs/completion.hpp"

#include "src/tito/build/stacks.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/text.hpp"

#include <cstdlib>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// The options of a verb that its help shows, or its positional arguments.
std::vector<const CLI::Option*> arguments_of(const CLI::App& verb, bool positional) {
  return verb.get_options([=](const CLI::Option* option) {
    return !option->get_group().empty() && option->get_positional() == positional;
  });
}

// "--seed", or a positional's "lab".
std::string name_of(const CLI::Option& option) {
  return option.get_positional() ? option.get_name(true) : "--" + option.get_lnames().front();
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string words_for(const CLI::Option& option, const CompletionWords& words) {
  const auto found = words.find(name_of(option));
  return found == words.end() ? "" : joined(found->second, " ");
}

// One branch of bash's `case` over the verbs. After an option with a value, the words known for that option are
// offered; when none are known, bash offers files. Elsewhere the verb's arguments and options are offered.
std::string bash_branch(const CLI::App& verb, const CompletionWords& words) {
  std::vector<std::string> arguments;
  std::string text = fmt::format("    {})\n      case $before in\n", verb.get_name());
  for (const CLI::Option* positional : arguments_of(verb, true)) arguments.push_back(words_for(*positional, words));
  for (const CLI::Option* option : arguments_of(verb, false)) {
    arguments.push_back(name_of(*option));
    if (takes_value(*option))
      text += fmt::format("        {}) words='{}' ;;\n", name_of(*option), words_for(*option, words));
  }
  for (const CLI::App* part : verbs_of(verb)) arguments.push_back(part->get_name());
  return text + fmt::format("        *) words='{}' ;;\n      esac\n      ;;\n", joined(arguments, " "));
}

// An argument of zsh's _arguments: '--seed[Seed of the random cases]:value:_files' or '1:lab:(00 01)'.
std::string zsh_argument(const CLI::Option& option, const CompletionWords& words) {
  const std::string known = words_for(option, words);
  const std::string value = known.empty() ? "_files" : "(" + known + ")";
  if (option.get_positional()) return shell_quoted(fmt::format("1:{}:{}", name_of(option), value));
  std::string text = option.get_items_expected_max() > 1 ? "*" : "";
  text += name_of(option) + "[";
  for (const char c : option.get_description()) {
    if (c == '[' || c == ']' || c == '\\') text += '\\';
    text += c;
  }
  text += "]";
  if (takes_value(option)) text += ":value:" + value;
  return shell_quoted(text);
}

std::string zsh_branch(const CLI::App& verb, const CompletionWords& words) {
  std::string text = fmt::format("    {})\n      _arguments", verb.get_name());
  for (const bool positional : {false, true}) {
    for (const CLI::Option* option : arguments_of(verb, positional)) {
      text += " \\\n        " + zsh_argument(*option, words);
    }
  }
  return text + "\n      ;;\n";
}

constexpr const char* head = "# Completion for tito. `./tito doctor --completion` writes this file anew.\n";

}  // namespace

CompletionWords completion_words(const Context& context) {
  CompletionWords words;
  words["--stack"] = {"library", "solution", "skeleton", "work"};
  words["--rest"] = {"library", "solution"};
  words["--completion"] = {"bash", "zsh"};
  for (const Lab& lab : load_labs(context)) {
    words["lab"].push_back(lab.number);
    for (const Task& task : lab.tasks) words["task"].push_back(task.id);
  }
  words["--lab"] = words["lab"];
  words["--only"] = words["what"] = words["task"];
  words["what"].insert(words["what"].begin(), words["lab"].begin(), words["lab"].end());
  if (!fs::exists(context.build() / "stacks.json")) return words;
  for (const Program& program : load_stacks(context).programs) {
    if (program.kind == ProgramKind::example) words["name"].push_back(program.name);
  }
  return words;
}

std::string bash_completion(const CLI::App& app, const CompletionWords& words) {
  std::vector<std::string> first{"--help", "--version"};
  std::string branches;
  for (const CLI::App* verb : verbs_of(app)) {
    first.push_back(verb->get_name());
    branches += bash_branch(*verb, words);
  }
  return fmt::format(R"({}_tito() {{
  local words='' before=${{COMP_WORDS[COMP_CWORD - 1]}} verb=${{COMP_WORDS[1]}}
  if ((COMP_CWORD == 1)); then verb=''; words='{}'; fi
  case $verb in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _tito tito ./tito
)",
                     head, joined(first, " "), branches);
}

std::string zsh_completion(const CLI::App& app, const CompletionWords& words) {
  std::string verbs, branches;
  for (const CLI::App* verb : verbs_of(app)) {
    verbs += "    " + shell_quoted(verb->get_name() + ":" + verb->get_description()) + "\n";
    branches += zsh_branch(*verb, words);
  }
  return fmt::format(R"(#compdef tito
{}_tito() {{
  local verb=$words[2]
  local -a verbs=(
{}  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  shift words
  ((CURRENT--))
  case $verb in
{}  esac
}}
_tito "$@"
)",
                     head, verbs, branches);
}

std::vector<fs::path> install_completion(const CLI::App& app, const CompletionWords& words) {
  const char* data = std::getenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  const bool named = data != nullptr && *data != '\0';
  if (!named && home == nullptr) throw trouble("neither XDG_DATA_HOME nor HOME is set");
  const fs::path folder = named ? fs::path(data) : fs::path(home) / ".local" / "share";
  const fs::path bash = folder / "bash-completion" / "completions" / "tito";
  const fs::path zsh = folder / "zsh" / "site-functions" / "_tito";
  write_file(bash, bash_completion(app, words));
  write_file(zsh, zsh_completion(app, words));
  return {bash, zsh};
}

}  // namespace tinytorch::tito

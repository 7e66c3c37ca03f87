// Shell completion for bash and zsh, made from the verbs and options that the program knows.
#pragma once

#include "src/tito/util/context.hpp"

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinytorch::tito {

/// The words that an argument may be, by its name: {"lab", {"00", "01"}}, {"--rest", {"library", "solution"}}.
using CompletionWords = std::map<std::string, std::vector<std::string>>;

/// The labs and tasks of the checkout, its examples once a build folder is configured, and the stacks.
CompletionWords completion_words(const Context& context);

/// What bash reads: a function that completes `tito` and `./tito`.
std::string bash_completion(const CLI::App& app, const CompletionWords& words);

/// What zsh reads from a folder of its fpath, as a file called _tito.
std::string zsh_completion(const CLI::App& app, const CompletionWords& words);

/// Writes both to the folders where the shells look for them, below $XDG_DATA_HOME or ~/.local/share. Returns the
/// files, bash's first. Throws CommandError (3) when neither that variable nor HOME is set.
std::vector<fs::path> install_completion(const CLI::App& app, const CompletionWords& words);

}  // namespace tinytorch::tito

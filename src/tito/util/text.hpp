// Small functions on text that several verbs share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinytorch::tito {

/// The candidate that a person probably meant: at most a third of its letters are wrong. "" when there is none.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// How many letters must be inserted, removed, replaced or swapped with a neighbour to turn one word into the other.
std::size_t typing_distance(std::string_view a, std::string_view b);

/// `text` without blanks at both ends.
std::string trim(std::string_view text);

/// The lines of `text`, without their ends. A last line without an end counts.
std::vector<std::string> split_lines(std::string_view text);

/// The parts of `text` between the separators; empty parts are left out.
std::vector<std::string> split(std::string_view text, char separator);

/// "01, 04": the parts that are not empty, with `between` between them.
std::string joined(const std::vector<std::string>& parts, std::string_view between);

/// `text` as one word for a shell.
std::string shell_quoted(std::string_view text);

/// Replaces each {name} that `names` knows.
std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& names);

/// Breaks `text` at blanks into lines of at most `width` letters, each after `indent`.
std::string wrap(std::string_view text, std::size_t width, const std::string& indent = "");

/// Wraps each line of `text` on its own; lines that begin with two blanks (code) stay as they are.
std::string wrap_paragraphs(std::string_view text, std::size_t width, const std::string& indent = "");

/// "7" for 7.0, "7.5" for 7.5: points.
std::string number_text(double value);

}  // namespace tinytorch::tito

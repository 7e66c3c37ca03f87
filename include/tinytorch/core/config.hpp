#pragma once

#include "tinytorch/core/settings.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// From texts to settings that were checked and have a name. Lab 07 defines these functions (unit core/config).
namespace tinytorch::config {

/// The value that the whole of `text` names. A boolean is true, on or 1, or else false, off or 0. An integer is digits,
/// perhaps after a minus, in the range of int64. A real number is what std::from_chars reads ("0.1", "1e3", "-2"), if
/// it is finite. A text is the text itself. A list is integers with commas between them ("64,32"); an empty text is an
/// empty list. The locale changes nothing. Throws ParseError, which quotes the text, for anything else: "10abc", " 1",
/// "3.0" as an integer, "64,".
Value parse_value(std::string_view text, Kind kind);

/// The settings in environment variables. Of each "NAME=value" whose name begins with `prefix` it takes the rest of the
/// name, with small letters for capitals and a dot for two underscores: TINYTORCH_OPTIM__LR=0.1 -> optim.lr. The value
/// is all that follows the first "=". The entries are texts, in the order of `env`; their origin is
/// {environment, the whole name}. Everything else is left out: other names, the prefix alone, a text without "=".
/// Throws ParseError for a key that is there twice.
Tree from_environment(std::span<const std::string> env, std::string_view prefix);

/// The settings on a command line: "--optim.lr=0.1"; "--optim.nesterov" alone has the value "true". The value is all
/// that follows the first "=". The entries are texts, in the order of `args`; their origin is {arguments,
/// "--optim.lr"}. Throws ParseError, which quotes the argument, for one that does not begin with "--" or has no key,
/// and for a key that is there twice.
Tree from_arguments(std::span<const std::string> args);

/// One tree of all layers, the weakest first. For each key the last layer that has it wins, with value and origin as
/// they are; a list is one value. Keys are in the order in which they first appear. The losers of an entry are all
/// values that it replaces, the weakest first, and among them the losers that the entries of the layers already had.
Tree merge(std::span<const Tree> layers);

/// The least number of characters that must be inserted, removed or replaced to make `b` of `a`.
/// Source: Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", 1966.
int edit_distance(std::string_view a, std::string_view b);

/// The known key with the least edit distance to `key`, the first of several. Nothing when the distance is above
/// max(1, length of `key` / 3), rounded down.
std::optional<std::string> nearest_key(std::string_view key, std::span<const std::string> known);

/// The value of an entry as a value of this kind: a text (is_text) as parse_value() reads it, an integer as a real
/// number where `kind` is real, any other value as it is. Nothing when parse_value() throws or the value has another
/// kind.
std::optional<Value> typed_value(const Entry& entry, Kind kind);

/// Every mistake in the settings; none for right ones. A key that the schema lacks is unknown, and the text suggests
/// nearest_key() of the schema's keys. A known setting has the wrong kind where typed_value() is nothing. A value of
/// the right kind is out of range if it is a number outside [least, most], a list with such an integer, a real number
/// that is not finite, or a text that is none of the choices where there are any. A setting without a default that the
/// tree lacks is missing. Two settings that exclude each other conflict if both are given; this is reported at the
/// entry that was written later, and names the other one. Entries of the layer of defaults are right and conflict with
/// nothing. The problems are in the order of writing: entries of files by line and column, then entries of the
/// environment, then those of the command line, each in the order of the tree. An entry's own problem comes before its
/// conflicts, and these are in the order of the schema. Missing settings come last, in the order of the schema.
std::vector<Problem> validate(const Tree& tree, const Schema& schema);

/// The text that names the results of a run: "key = value\n" for each setting of the schema with Effect::result, sorted
/// by key. A value that the tree lacks is the default. Values are those of typed_value(), written by to_string(Value),
/// so that 1, 1.0 and 1e0 are the same real number; -0 is written as 0. Of a setting with neither value nor default
/// there is no line. Two trees without problems have the same text when all these values are equal, and only then.
std::string canonical(const Tree& tree, const Schema& schema);

}  // namespace tinytorch::config

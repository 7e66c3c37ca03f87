#pragma once

#include "tinytorch/core/error.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Settings: their declaration (Schema), their values with the place where each was written (Tree), and TOML files.
/// core/config.hpp reads, layers, checks and names them.
namespace tinytorch::config {

/// The value of a setting. The last alternative stands for what no setting has: a date, a table in a list, a list of
/// anything but integers.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::monostate>;

/// What kind of value a setting has; in the order of Value's alternatives.
enum class Kind : std::uint8_t { boolean, integer, real, text, integers, none };

inline Kind kind_of(const Value& value) { return static_cast<Kind>(value.index()); }
/// "a boolean", "an integer", "a real number", "a text", "a list of integers", "of a kind that no setting has".
const char* to_string(Kind kind);
/// true, 3, 0.1, "a text" (with \" \\ \n \r \t and \u001b inside), [64, 32]. A real number has the shortest text that
/// reads back to the same number.
std::string to_string(const Value& value);

/// The layers of settings, from the weakest to the strongest.
enum class Layer : std::uint8_t { defaults, file, environment, arguments };

/// Where a value was written.
struct Origin {
  Layer layer = Layer::defaults;
  std::string name;  ///< "run.toml", "TINYTORCH_OPTIM__LR", "--optim.lr"; empty for a default
  int line = 0;      ///< in a file, from 1; of the key's last part
  int column = 0;    ///< in a file, from 1; of the key's last part
  bool operator==(const Origin&) const = default;
};
/// "run.toml:7:6", "TINYTORCH_OPTIM__LR", "--optim.lr", "default".
std::string to_string(const Origin& origin);

/// A value that a stronger layer has replaced.
struct Loser {
  Value value;
  Origin origin;
  bool operator==(const Loser&) const = default;
};

/// A key and its value.
struct Entry {
  std::string key;  ///< with dots: "optim.lr"
  Value value;
  /// The value is text as a person wrote it outside a file: the kind of the setting decides what it means.
  bool is_text = false;
  Origin origin;
  std::vector<Loser> losers;  ///< the weakest first
  bool operator==(const Entry&) const = default;
};

/// Entries in the order in which they were written, each key once.
struct Tree {
  std::vector<Entry> entries;

  /// The entry of a key, or null.
  const Entry* find(std::string_view key) const;
  /// Appends an entry. Throws ParseError, which names key and place, when the key is there already.
  void add(Entry entry);
};

/// What a setting can change: the numbers of a run, its speed, or neither.
enum class Effect : std::uint8_t { result, speed, none };
const char* to_string(Effect effect);

/// A setting, declared once.
struct Setting {
  std::string key;
  Kind kind = Kind::text;
  std::optional<Value> fallback;  ///< the default; without one the setting is required
  std::string help;
  double least = -std::numeric_limits<double>::infinity();  ///< of a number, or of each integer of a list
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;  ///< of a text; empty: any
  Effect effect = Effect::result;

  /// Only numbers in [lo, hi] are right.
  Setting& range(double lo, double hi);
  /// Only these texts are right.
  Setting& one_of(std::vector<std::string> texts);
  /// The setting changes no result.
  Setting& changes(Effect what);
};

/// All settings of a program, in the order of their declaration.
class Schema {
 public:
  /// Declares a setting with a default. Throws ValueError for a second setting of this key. The reference is valid
  /// until the next setting is declared.
  Setting& add(std::string key, Value fallback, std::string help);
  /// Declares a setting that must be given.
  Setting& require(std::string key, Kind kind, std::string help);
  /// Two settings of which at most one may be given. Throws ValueError for a key that was not declared.
  void exclude(const std::string& one, const std::string& other);

  const std::vector<Setting>& settings() const { return settings_; }
  const std::vector<std::pair<std::string, std::string>>& exclusions() const { return exclusions_; }
  /// The setting of a key, or null.
  const Setting* find(std::string_view key) const;
  std::vector<std::string> keys() const;

 private:
  Setting& append(Setting setting);

  std::vector<Setting> settings_;
  std::vector<std::pair<std::string, std::string>> exclusions_;
};

/// The defaults as the weakest layer, in the order of the schema.
Tree defaults(const Schema& schema);
/// A table for people: key, kind, default, range or choices, and what the setting is for.
std::string help(const Schema& schema);

/// The settings in a TOML text, in the order of the text: "[optim]\nlr = 0.1" has the key optim.lr. `name` is the file
/// that errors and origins name. Throws ParseError `[toml] run.toml:3:7: ...` for text that is not TOML.
Tree parse_toml(std::string_view text, const std::string& name);
/// As parse_toml, of a file. Throws FileError.
Tree read_toml(const std::string& file);
/// The tree as a TOML text that parse_toml() reads back to the same keys and values. Throws ValueError for a value of
/// no kind and a key of other characters than letters, digits, "_", "-" and ".".
std::string to_toml(const Tree& tree);

/// One mistake in the settings.
struct Problem {
  enum class What : std::uint8_t { unknown, kind, range, missing, conflict };
  What what = What::unknown;
  std::string key;
  Origin where;
  std::string text;  ///< "optim.lrr is not a setting; did you mean optim.lr?"
  bool operator==(const Problem&) const = default;
};
/// "run.toml:7:6: optim.lrr is not a setting; did you mean optim.lr?"; without the place where there is none.
std::string to_string(const Problem& problem);

/// The problems that validate() reports, with their texts.
Problem unknown_setting(const Entry& entry, const std::optional<std::string>& nearest);
Problem wrong_kind(const Entry& entry, const Setting& setting);
Problem out_of_range(const Entry& entry, const Setting& setting);
Problem missing_setting(const Setting& setting);
Problem conflict(const Entry& entry, const Entry& other);

}  // namespace tinytorch::config

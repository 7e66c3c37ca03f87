#pragma once

#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/core/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Many runs, a folder for each, and what two of them differ in. Lab 07 defines these functions (unit core/experiment),
/// except those at the end.
namespace tinytorch::config {

/// The values that a sweep tries for one setting: those in `values`, or else the real numbers in [least, most).
struct Axis {
  std::string key{};
  std::vector<Value> values{};
  double least = 0.0, most = 0.0;
  bool log = false;  ///< random numbers are uniform in their logarithm, so that each power of ten is equally likely
};

struct Sweep {
  std::vector<Axis> axes;  ///< of different keys
};

/// What decided a run, as a fact with the effect that a change of it can have.
struct Fact {
  std::string key;  ///< "settings.optim.lr", "data.digits.csv.gz", "machine.isa"
  std::string value;
  Effect effect = Effect::result;
  bool operator==(const Fact&) const = default;
};

struct Manifest {
  std::vector<Fact> facts;  ///< each key once
};

/// A fact in which two runs differ; nothing where one of them lacks it.
struct Difference {
  std::string key;
  std::optional<std::string> a, b;
  Effect effect = Effect::result;
  bool operator==(const Difference&) const = default;
};

/// A tree for each combination of the axes' values; the last axis changes fastest. A trial is merge() of `base` and the
/// values of the axes, with the origin {arguments, "sweep"}. Without axes there is one trial.
/// Throws ValueError for an axis without values.
std::vector<Tree> grid(const Tree& base, const Sweep& sweep);

/// n trials at random, made as those of grid(). Trial i (0, 1, ...) depends on `seed` and i and not on n: its numbers
/// come from Generator(mix_seed(seed, i)), one draw for each axis in order. An axis with values takes
/// values[below(size)]. Another one takes u = uniform() and has least + u (most - least), or
/// exp(log(least) + u (log(most) - log(least))) where it is `log`.
/// Throws ValueError for n below 0, for least above most, and for `log` with a least that is not above 0.
std::vector<Tree> random_trials(const Tree& base, const Sweep& sweep, std::int64_t n, std::uint64_t seed);

/// Creates a folder that no other run has and returns its path: `root`/HASH, or the first of `root`/HASH-2,
/// `root`/HASH-3, ... that can be created. Creates `root` too, if it is missing. Two processes never get one folder,
/// because creating it is the test. Throws FileError when the disk does.
std::filesystem::path create_run_dir(FileOps& files, const std::filesystem::path& root, std::string_view hash);

/// The facts whose values differ, and those that only one run has: first what changes results, then what changes speed,
/// then the rest; by key in each part. Where the two runs disagree about an effect, the earlier part counts.
std::vector<Difference> explain_difference(const Manifest& a, const Manifest& b);

// ---- Given ----

/// The facts of the settings: "settings." and the key, with the value that canonical() writes and the setting's effect.
/// A tree without problems has one fact for each setting with a value.
std::vector<Fact> settings_facts(const Tree& tree, const Schema& schema);
/// The facts of this machine and this program: instruction set, C library, processor, cores, caches; what the compiler
/// was told, and the SHA-256 of the program itself, which stands for its code.
std::vector<Fact> machine_facts(const std::filesystem::path& root = "/");
/// "data." and `name`, with the SHA-256 of the file's bytes. Throws FileError.
Fact data_fact(const std::string& name, const std::filesystem::path& file);
/// A manifest as a TOML text with a table for each effect, and back. parse_manifest() throws ParseError.
std::string to_toml(const Manifest& manifest);
Manifest parse_manifest(std::string_view text, const std::string& name);

}  // namespace tinytorch::config

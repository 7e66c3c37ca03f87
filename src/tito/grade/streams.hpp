// The value stream of a lab's suite: every value that the code under test returned, a line of JSON each. For one seed
// two right definitions write the same stream, and a wrong one writes another.
#pragma once

#include "src/tito/build/build.hpp"
#include "src/tito/grade/lines.hpp"
#include "src/tito/lab/lab.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// The lines of each test, in the order they were written.
using Streams = std::map<std::string, std::vector<std::string>>;

/// Throws CommandError (3) for a line that is no JSON or names no test. A last line without its end is left out.
Streams split_stream(std::string_view lines);

/// "" when the two agree line by line, else the first difference.
std::string stream_difference(const Streams& reference, const Streams& other);

/// The tests whose lines are the same in all of `runs`, one run for each seed: their stream can be guessed.
std::vector<std::string> constant_tests(const std::vector<Streams>& runs);

/// The words that run a suite for its stream: of all tests, or of those in `only`.
std::vector<std::string> stream_command(const fs::path& program, std::uint64_t seed,
                                        const std::vector<std::string>& only);

/// The stream of a suite's tests, of all or of those in `only`. Nothing is judged, so no test stops early. A crash ends
/// the stream, and so does the time limit.
Streams program_stream(const fs::path& program, std::uint64_t seed, const std::vector<std::string>& only,
                       double seconds);

/// The stream of all tests. Throws CommandError (3) when the suite does not run to its end.
Streams whole_stream(const fs::path& program, std::uint64_t seed);

/// Links the lab's suite with `units` and collects its stream. Throws CommandError (3) when the suite does not run to
/// its end.
Streams collect_stream(const Context& context, const Stacks& stacks, const Lab& lab,
                       const std::vector<ResolvedUnit>& units, std::uint64_t seed);

}  // namespace tinytorch::tito

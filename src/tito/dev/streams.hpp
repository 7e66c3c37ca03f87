// The value stream of a lab's suite: every value that the code under test returned, a JSON line each. Two right
// definitions write the same stream for a seed; a wrong one differs. The grader will rest on that.
#pragma once

#include "src/tito/build/build.hpp"
#include "src/tito/lab/lab.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// The lines of each test, in the order they were written.
using Streams = std::map<std::string, std::vector<std::string>>;

/// Throws CommandError (3) for a line that is no JSON or names no test; a last line that was cut off is left out.
Streams split_stream(std::string_view lines);

/// "" when the two agree, else the first difference. Values that carry a tolerance agree within the one of
/// `reference`, relations agree when both hold, everything else letter by letter.
std::string stream_difference(const Streams& reference, const Streams& other);

/// The tests whose lines are the same in all of `runs` (one for each seed): a stream that can be guessed.
std::vector<std::string> constant_tests(const std::vector<Streams>& runs);

/// The stream of a suite's tests, all or those in `only`, blind: nothing is judged, nothing stops early. A crash, or a
/// hang of `seconds`, ends the stream where it happens.
Streams program_stream(const fs::path& program, std::uint64_t seed, const std::vector<std::string>& only = {},
                       double seconds = 60);

/// Links the lab's suite with `units` and collects its stream.
Streams collect_stream(const Context& context, const Stacks& stacks, const Lab& lab,
                       const std::vector<ResolvedUnit>& units, std::uint64_t seed);

}  // namespace tinytorch::tito

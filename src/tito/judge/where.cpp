#include "src/tito/judge/where.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

constexpr std::size_t signal_frames = 2;  // the kit's handler, and how the system calls it; then comes the crash
constexpr int endless = 8;                // so many calls from one line are recursion

// A call's frame holds the address behind it, which may belong to the next line.
std::string inside(const std::string& frame, std::size_t position) {
  std::uint64_t address = 0;
  std::from_chars(frame.data(), frame.data() + frame.size(), address, 16);
  return fmt::format("{:x}", address - (position > signal_frames && address > 0 ? 1 : 0));
}

}  // namespace

std::string student_line(const std::vector<std::string>& lines, const std::vector<fs::path>& files) {
  std::string first;
  std::map<std::string, int> calls;
  for (const std::string& line : lines) {
    const std::size_t colon = line.rfind(':');
    if (colon == std::string::npos) continue;
    const fs::path file = line.substr(0, colon);
    const bool own = std::any_of(files.begin(), files.end(), [&](const fs::path& mine) {
      return mine == file || fs::weakly_canonical(mine) == fs::weakly_canonical(file);
    });
    if (!own) continue;
    const std::string number = line.substr(colon + 1, line.find(' ', colon) - colon - 1);
    const std::string place = file.filename().string() + ":" + number;
    if (first.empty()) first = place;
    if (++calls[place] == endless) return place + ", which calls itself without end";
  }
  return first;
}

void name_lines(const fs::path& program, const std::vector<fs::path>& files, std::vector<TestRecord>& records) {
  const bool any = std::any_of(records.begin(), records.end(), [](const auto& r) { return !r.last.frames.empty(); });
  if (!any || !in_path("addr2line")) return;
  for (TestRecord& record : records) {
    if (record.last.frames.size() <= signal_frames) continue;
    ProcessOptions ask;
    ask.argv = {"addr2line", "-e", program.string()};
    for (std::size_t i = signal_frames; i < record.last.frames.size(); ++i)
      ask.argv.push_back(inside(record.last.frames[i], i));
    record.where = student_line(split_lines(run_process(ask).out), files);
  }
}

}  // namespace tinytorch::tito

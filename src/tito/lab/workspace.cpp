#include "src/tito/lab/workspace.hpp"

#include "src/tito/lab/holes.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <charconv>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

namespace tinytorch::tito {

namespace {

fs::path hints_path(const Context& context) { return context.state() / "hints.json"; }

nlohmann::json read_hints(const Context& context) {
  if (!fs::exists(hints_path(context))) return nlohmann::json::object();
  const auto document = nlohmann::json::parse(read_file(hints_path(context)), nullptr, false);
  return document.is_object() ? document : nlohmann::json::object();
}

}  // namespace

std::vector<SkeletonCopy> skeleton_copies(const Context& context, const Lab& lab) {
  const fs::path folder = lab.dir / "skeleton";
  std::vector<SkeletonCopy> copies;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
    const fs::path name = entry.path().filename();
    if (name.extension() != ".cpp") continue;
    copies.push_back(
        {entry.path(), context.work / lab.folder / name, context.state() / "skeletons" / lab.folder / name});
  }
  if (copies.empty()) {
    throw trouble(shown(context, folder) + " holds no skeleton; `./tito skeleton --write " + lab.number + "` makes it");
  }
  // In the order of the lab's units, which is that of its tasks.
  const auto place = [&](const SkeletonCopy& copy) {
    const auto unit = std::find_if(lab.units.begin(), lab.units.end(), [&](const LabUnit& one) {
      return fs::path(one.name).filename() == copy.skeleton.stem();
    });
    return std::pair(unit - lab.units.begin(), copy.skeleton);
  };
  std::sort(copies.begin(), copies.end(),
            [&](const SkeletonCopy& a, const SkeletonCopy& b) { return place(a) < place(b); });
  return copies;
}

std::vector<StartedFile> start_lab(const Context& context, const Lab& lab) {
  std::vector<StartedFile> started;
  for (const SkeletonCopy& copy : skeleton_copies(context, lab)) {
    std::error_code error;
    fs::create_directories(copy.mine.parent_path(), error);
    const bool copied = fs::copy_file(copy.skeleton, copy.mine, fs::copy_options::skip_existing, error);
    if (error) throw trouble("can't write " + copy.mine.string() + ": " + error.message());
    if (copied) write_file(copy.base, read_file(copy.skeleton));
    started.push_back({copy.mine, copied});
  }
  return started;
}

fs::path back_up(const Context& context, const fs::path& file) {
  const fs::path inside = file.lexically_relative(context.work);
  const std::string moment = timestamp();
  for (int attempt = 1;; ++attempt) {
    const std::string folder = attempt == 1 ? moment : moment + "-" + std::to_string(attempt);
    const fs::path copy = context.state() / "backups" / folder / inside;
    std::error_code error;
    fs::create_directories(copy.parent_path(), error);
    // Without options copy_file never overwrites: an existing copy is an error.
    if (fs::copy_file(file, copy, error)) return copy;
    if (error != std::errc::file_exists) throw trouble("can't write " + copy.string() + ": " + error.message());
  }
}

std::vector<ResetFile> reset_lab(const Context& context, const Lab& lab) {
  std::vector<ResetFile> done;
  for (const SkeletonCopy& copy : skeleton_copies(context, lab)) {
    const std::string original = read_file(copy.skeleton);
    ResetFile reset{copy.mine, {}, 0};
    if (fs::exists(copy.mine)) {
      if (read_file(copy.mine) == original) continue;
      reset.backup = back_up(context, copy.mine);
    }
    write_file(copy.mine, original);
    write_file(copy.base, original);
    done.push_back(std::move(reset));
  }
  return done;
}

std::vector<ResetFile> reset_task(const Context& context, const Lab& lab, const Task& task) {
  struct Planned {
    fs::path mine;
    std::string text;
    std::size_t holes;
  };
  std::vector<Planned> plan;
  for (const SkeletonCopy& copy : skeleton_copies(context, lab)) {
    const std::string original = read_file(copy.skeleton), file = shown(context, copy.mine);
    const std::size_t holes = find_fences(original, task.id, shown(context, copy.skeleton)).size();
    if (holes == 0) continue;
    if (!fs::exists(copy.mine)) {
      throw CommandError(exit_not_all, file + " does not exist; `./tito start " + lab.number + "` makes it");
    }
    try {
      plan.push_back({copy.mine, with_holes_reset(read_file(copy.mine), original, task.id, file), holes});
    } catch (const FenceError& error) {
      throw CommandError(exit_not_all, std::string(error.what()) + "; put it back, or `./tito reset " + lab.number +
                                           "` resets the lab's files (yours are kept)");
    }
  }
  std::vector<ResetFile> done;
  for (const Planned& planned : plan) {
    if (read_file(planned.mine) == planned.text) continue;
    const fs::path backup = back_up(context, planned.mine);
    write_file(planned.mine, planned.text);
    done.push_back({planned.mine, backup, planned.holes});
  }
  return done;
}

std::string hole_place(const Context& context, const Lab& lab, const Task& task) {
  const LabUnit* unit = lab.find_unit(task.unit);
  const fs::path file = unit == nullptr ? fs::path() : context.work / lab.folder / unit->file();
  if (unit == nullptr || !fs::exists(file)) return "";
  for (const OpenHole& hole : open_holes(read_file(file))) {
    if (hole.task == task.id) return shown(context, file) + ":" + std::to_string(hole.line);
  }
  return "";
}

std::string task_place(const Context& context, const Lab& lab, const Task& task) {
  const std::string hole = hole_place(context, lab, task);
  if (!hole.empty()) return hole;
  const LabUnit* unit = lab.find_unit(task.unit);
  const fs::path folder = context.work / lab.folder;
  return shown(context, unit != nullptr && fs::exists(folder / unit->file()) ? folder / unit->file() : folder);
}

void make_repository(const Context& context) {
  if (fs::exists(context.work / ".git")) return;
  if (!in_path("git")) throw trouble("git is not installed; `sudo apt-get install git` installs it");
  ProcessOptions init;
  init.argv = {"git", "init", "--quiet", context.work.string()};
  const ProcessResult result = run_process(init);
  if (!result.ok()) throw trouble("`git init " + shown(context, context.work) + "`: " + trim(result.err));
  const fs::path ignored = context.work / ".gitignore";
  if (!fs::exists(ignored)) write_file(ignored, ".tito/backups/\n*.npz\n*.svg\n");
}

std::uint64_t student_seed(const Context& context) {
  const fs::path path = context.state() / "seed";
  if (fs::exists(path)) {
    const std::string text = read_file(path);
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (error == std::errc() && end != text.data()) return seed;
    throw trouble(shown(context, path) + " holds no number; remove it to draw a new seed");
  }
  std::random_device device;
  const std::uint64_t seed = 1 + device() % 999'999;  // short enough to say aloud
  write_file(path, std::to_string(seed) + "\n");
  return seed;
}

int hints_read(const Context& context, const std::string& task) {
  const nlohmann::json hints = read_hints(context);
  const auto found = hints.find(task);
  return found != hints.end() && found->is_number_integer() ? found->get<int>() : 0;
}

void remember_hints(const Context& context, const std::string& task, int rungs) {
  nlohmann::json hints = read_hints(context);
  hints[task] = rungs;
  write_file(hints_path(context), hints.dump(2) + "\n");
}

int next_rung(int read, int rungs) { return std::clamp(read + 1, 1, rungs); }

}  // namespace tinytorch::tito

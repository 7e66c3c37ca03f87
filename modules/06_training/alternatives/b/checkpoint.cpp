// Another right solution: the state is a map by name. The first error is kept and thrown at the end.

#include "tinytorch/optim/checkpoint.hpp"

#include <exception>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace tinytorch::optim {

namespace {

using Parts = std::map<std::string, StateDict>;

Parts parts_of(const TrainingRun& run) {
  Parts parts;
  parts["model"] = run.model.state_dict();
  parts["optimizer"] = run.optimizer.state_dict();
  parts["generator"] = generator_state(named_generators(run));
  parts["run"] = progress_state(run.progress, run.loader);
  parts["best"] = run.progress.best;
  if (run.scheduler != nullptr) parts["scheduler"] = run.scheduler->state_dict();
  return parts;
}

}  // namespace

StateDict capture(const TrainingRun& run) {
  StateDict state;
  for (const auto& part : parts_of(run)) append_copies(state, part.first + ".", part.second);
  return state;
}

void restore(TrainingRun& run, const StateDict& state) {
  Parts parts = parts_of(run);
  for (auto& part : parts) part.second.clear();
  for (const NamedTensor& named : state) {
    const std::size_t dot = named.name.find('.');
    const auto part = dot == std::string::npos ? parts.end() : parts.find(named.name.substr(0, dot));
    if (part == parts.end()) throw ValueError("[restore] '" + named.name + "' is of another run");
    part->second.push_back({named.name.substr(dot + 1), named.value});
  }
  Progress progress = load_progress(parts["run"], run.loader);
  append_copies(progress.best, {}, parts["best"]);
  run.model.load_state_dict(parts["model"]);
  run.optimizer.load_state_dict(parts["optimizer"]);
  load_generator_state(named_generators(run), parts["generator"]);
  if (run.scheduler != nullptr) run.scheduler->load_state_dict(parts["scheduler"]);
  std::swap(run.progress, progress);
}

void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes) {
  const std::filesystem::path beside(target.string() + ".tmp");
  std::exception_ptr error;
  const auto attempt = [&](const std::function<void()>& call) {
    try {
      if (!error) call();
    } catch (const Error&) {
      error = std::current_exception();
    }
  };
  FileOps::Handle handle = -1;
  attempt([&] { handle = files.create(beside); });
  attempt([&] { files.write(handle, bytes); });
  attempt([&] { files.flush(handle); });
  if (handle >= 0) {
    const std::exception_ptr before = std::exchange(error, nullptr);
    attempt([&] { files.close(handle); });
    if (before) error = before;
  }
  attempt([&] { files.rename(beside, target); });
  if (error) {
    try {
      files.remove(beside);
    } catch (const Error&) {
      std::rethrow_exception(error);  // the first failure is the one to report
    }
    std::rethrow_exception(error);
  }
  files.flush_folder(target.parent_path());
}

}  // namespace tinytorch::optim

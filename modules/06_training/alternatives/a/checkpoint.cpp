// Another right solution: a visitor collects the tensors and generators of the model; an object guards the file.

#include "tinytorch/optim/checkpoint.hpp"

#include <string>
#include <utility>

namespace tinytorch::optim {

namespace {

// Collects copies of the tensors below a module, under their names.
class Copying : public nn::MemberVisitor {
 public:
  explicit Copying(StateDict& state) : state_(state) {}
  void parameter(const std::string& name, Tensor& value) override { keep("model.", name, value); }
  void buffer(const std::string& name, Tensor& value) override { keep("model.", name, value); }
  void generator(const std::string&, Generator&) override {}
  void child(const std::string& name, nn::Module& below) override {
    const std::string before = path_;
    path_ += name + ".";
    below.members(*this);
    path_ = before;
  }

 private:
  void keep(const char* prefix, const std::string& name, const Tensor& value) {
    if (!value.defined()) return;
    for (const Tensor& seen : seen_)
      if (seen.is_same(value)) return;
    seen_.push_back(value);
    const NoGrad no_grad;
    state_.push_back({prefix + path_ + name, value.detach().clone()});
  }

  StateDict& state_;
  std::string path_;
  std::vector<Tensor> seen_;
};

void add(StateDict& state, const char* prefix, const StateDict& part) {
  const NoGrad no_grad;
  for (const NamedTensor& named : part) state.push_back({prefix + named.name, named.value.detach().clone()});
}

}  // namespace

StateDict capture(const TrainingRun& run) {
  StateDict state;
  Copying copying(state);
  run.model.members(copying);
  add(state, "best.", run.progress.best);
  add(state, "run.", progress_state(run.progress, run.loader));
  add(state, "generator.", generator_state(named_generators(run)));
  add(state, "optimizer.", run.optimizer.state_dict());
  if (run.scheduler) add(state, "scheduler.", run.scheduler->state_dict());
  return state;
}

void restore(TrainingRun& run, const StateDict& state) {
  StateDict model, optimizer, scheduler, generator, progress, best;
  const std::pair<const char*, StateDict*> parts[] = {{"model.", &model},         {"optimizer.", &optimizer},
                                                      {"scheduler.", &scheduler}, {"generator.", &generator},
                                                      {"run.", &progress},        {"best.", &best}};
  for (const NamedTensor& named : state) {
    StateDict* owner = nullptr;
    std::string rest;
    for (const auto& part : parts) {
      const std::string prefix = part.first;
      if (named.name.rfind(prefix, 0) != 0) continue;
      owner = part.second;
      rest = named.name.substr(prefix.size());
    }
    if (owner == nullptr) throw ValueError("[restore] nobody wants '" + named.name + "'");
    owner->push_back({rest, named.value.detach().clone()});
  }
  Progress loaded = load_progress(progress, run.loader);
  loaded.best = best;
  if (run.scheduler == nullptr && !scheduler.empty()) throw ValueError("[restore] there is no schedule");
  run.model.load_state_dict(model);
  run.optimizer.load_state_dict(optimizer);
  if (run.scheduler != nullptr) run.scheduler->load_state_dict(scheduler);
  load_generator_state(named_generators(run), generator);
  run.progress = loaded;
}

namespace {

// The destructor closes the file if it is open, and removes it if it was not renamed.
class Beside {
 public:
  Beside(FileOps& files, std::filesystem::path name) : files_(files), name_(std::move(name)) {
    handle_ = files_.create(name_);
    open_ = true;
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  void fill(std::span<const std::byte> bytes) {
    files_.write(handle_, bytes);
    files_.flush(handle_);
    open_ = false;  // close frees the handle, even when it throws
    files_.close(handle_);
  }
  void give_up() noexcept(false) {
    try {
      if (std::exchange(open_, false)) files_.close(handle_);
    } catch (const Error&) {
    }
    try {
      files_.remove(name_);
    } catch (const Error&) {
    }
  }

 private:
  FileOps& files_;
  std::filesystem::path name_;
  FileOps::Handle handle_ = -1;
  bool open_ = false;
};

}  // namespace

void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes) {
  const std::filesystem::path name = target.parent_path() / (target.filename().string() + ".tmp");
  Beside beside(files, name);
  try {
    beside.fill(bytes);
    files.rename(name, target);
  } catch (...) {
    beside.give_up();
    throw;
  }
  files.flush_folder(target.parent_path());
}

}  // namespace tinytorch::optim

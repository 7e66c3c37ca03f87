#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/optim/fit.hpp"
#include "tinytorch/optim/optimizer_state.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Parts of a run as named tensors, and back: what capture and restore put together.
namespace tinytorch::optim {

/// A generator and where its module keeps it: "3.generator".
struct NamedGenerator {
  std::string name;
  Generator* generator;
};

/// The generators below a module with dotted names, in the order of members(); one that is met twice stands once.
inline std::vector<NamedGenerator> named_generators(nn::Module& module) {
  class Collector : public nn::MemberVisitor {
   public:
    void parameter(const std::string&, Tensor&) override {}
    void buffer(const std::string&, Tensor&) override {}
    void generator(const std::string& name, Generator& value) override {
      for (const NamedGenerator& other : found)
        if (other.generator == &value) return;
      found.push_back({prefix_ + name, &value});
    }
    void child(const std::string& name, nn::Module& below) override {
      const std::size_t before = prefix_.size();
      prefix_ += name + ".";
      below.members(*this);
      prefix_.resize(before);
    }
    std::vector<NamedGenerator> found;

   private:
    std::string prefix_;
  };
  Collector collector;
  module.members(collector);
  return std::move(collector.found);
}

/// All that decides a generator's next numbers: int64 (6).
inline Tensor generator_tensor(const Generator& generator) {
  const Generator::State& state = generator.state();
  Tensor x = empty({6}, DType::int64);
  auto* numbers = x.data<std::int64_t>();
  for (int i = 0; i < 4; ++i) numbers[i] = std::bit_cast<std::int64_t>(state.words[i]);
  numbers[4] = std::bit_cast<std::int64_t>(state.kept_normal);
  numbers[5] = state.has_kept_normal;
  return x;
}

/// The reverse. Throws ShapeError, DTypeError.
inline void set_generator(Generator& generator, const Tensor& x) {
  if (x.sizes() != Shape{6}) throw ShapeError(tinytorch::detail::text("[set_generator] (6,), not ", x.sizes()));
  const Tensor row = raw::contiguous(x);
  const auto* numbers = row.data<std::int64_t>();
  Generator::State state{};
  for (int i = 0; i < 4; ++i) state.words[i] = std::bit_cast<std::uint64_t>(numbers[i]);
  state.kept_normal = std::bit_cast<double>(numbers[4]);
  state.has_kept_normal = numbers[5] != 0;
  generator.set_state(state);
}

/// The random numbers that a run depends on: those of the model's layers, then its own, "#0", "#1", ...
inline std::vector<NamedGenerator> named_generators(const TrainingRun& run) {
  std::vector<NamedGenerator> all = named_generators(run.model);
  for (std::size_t i = 0; i < run.generators.size(); ++i) all.push_back({"#" + std::to_string(i), run.generators[i]});
  return all;
}

inline StateDict generator_state(const std::vector<NamedGenerator>& generators) {
  StateDict state;
  for (const NamedGenerator& named : generators) state.push_back({named.name, generator_tensor(*named.generator)});
  return state;
}

/// The reverse. Throws ValueError for a name that is missing or unknown, ShapeError, DTypeError; nothing is changed
/// then.
inline void load_generator_state(const std::vector<NamedGenerator>& generators, const StateDict& state) {
  detail::StateReader reader(state, "generators");
  std::vector<Generator> loaded;
  for (const NamedGenerator& named : generators) {
    loaded.emplace_back();
    set_generator(loaded.back(), reader.tensor(named.name, {6}, DType::int64));
  }
  reader.finish();
  for (std::size_t i = 0; i < loaded.size(); ++i) *generators[i].generator = loaded[i];
}

/// Copies of the tensors of `part`, with `prefix` before their names.
inline void append_copies(StateDict& state, const std::string& prefix, const StateDict& part) {
  const NoGrad no_grad;
  for (const NamedTensor& named : part) state.push_back({prefix + named.name, named.value.detach().clone()});
}

/// The tensors whose names begin with `prefix`, without it.
inline StateDict section(const StateDict& state, const std::string& prefix) {
  StateDict part;
  for (const NamedTensor& named : state)
    if (named.name.starts_with(prefix)) part.push_back({named.name.substr(prefix.size()), named.value});
  return part;
}

/// The numbers of a progress: "epoch", "batch", "step", ..., and "history" (epochs, 7) as EpochRecord lists them; and
/// the loader's length, with which they mean something. The best weights are not among them.
inline StateDict progress_state(const Progress& at, const data::Loader& loader) {
  using detail::count_tensor;
  const History& history = at.history;
  const Tensor table = empty({static_cast<std::int64_t>(history.epochs.size()), 7}, DType::float64);
  double* cell = table.data<double>();
  for (const EpochRecord& record : history.epochs)
    for (const double value :
         {static_cast<double>(record.epoch), static_cast<double>(record.steps), record.lr, record.train_loss,
          record.train_accuracy, record.validation_loss, record.validation_accuracy})
      *cell++ = value;
  return {{"epoch", count_tensor(at.epoch)},
          {"batch", count_tensor(at.batch)},
          {"step", count_tensor(at.step)},
          {"loss", scalar(at.loss, DType::float64)},
          {"examples", count_tensor(at.examples)},
          {"correct", count_tensor(at.correct)},
          {"best_loss", scalar(at.best_loss, DType::float64)},
          {"best_epoch", count_tensor(history.best_epoch)},
          {"history", table},
          {"loader_batches", count_tensor(loader.batches())},
          {"loader_examples", count_tensor(loader.examples())}};
}

/// The reverse; the best weights are empty. Throws ValueError for a name that is missing or unknown and for a loader of
/// another length, ShapeError, DTypeError.
inline Progress load_progress(const StateDict& state, const data::Loader& loader) {
  detail::StateReader reader(state, "progress");
  const auto same = [&](const char* name, std::int64_t here) {
    const std::int64_t saved = reader.count(name);
    if (saved != here)
      throw ValueError(tinytorch::detail::text("[restore] '", name, "' is ", here, " here, not ", saved));
  };
  same("loader_batches", loader.batches());
  same("loader_examples", loader.examples());
  Progress at;
  at.epoch = reader.count("epoch");
  at.batch = reader.count("batch");
  at.step = reader.count("step");
  at.loss = reader.number("loss");
  at.examples = reader.count("examples");
  at.correct = reader.count("correct");
  at.best_loss = reader.number("best_loss");
  at.history.best_epoch = reader.count("best_epoch");
  const Tensor table = raw::contiguous(reader.tensor("history"));
  reader.finish();
  if (table.dim() != 2 || table.size(1) != 7)
    throw ShapeError(tinytorch::detail::text("[load_progress] 'history' is (epochs, 7), not ", table.sizes()));
  const double* row = table.data<double>();
  for (std::int64_t i = 0; i < table.size(0); ++i, row += 7)
    at.history.epochs.push_back(
        {static_cast<std::int64_t>(row[0]), static_cast<std::int64_t>(row[1]), row[2], row[3], row[4], row[5], row[6]});
  return at;
}

}  // namespace tinytorch::optim

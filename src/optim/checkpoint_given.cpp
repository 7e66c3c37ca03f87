// The functions of checkpoint.hpp that lab 06 does not define: files, and parts of a run as named tensors.

#include "tinytorch/core/strides.hpp"
#include "tinytorch/core/text.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/optim/checkpoint.hpp"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tinytorch::optim {

using detail::StateReader;
using tinytorch::detail::text;

namespace {

// Before the names of the callbacks' state in a file. capture() and restore() don't know these names.
constexpr std::string_view callback_prefix = "callback.";

// The generator that a program uses without naming it. A checkpoint has its state only if the run drew from it, and a
// run may draw from it for the first time after it was resumed.
constexpr const char* default_name = "default";

// Generator::State as a tensor: int64 (6).
Tensor generator_tensor(const Generator& generator) {
  const Generator::State& state = generator.state();
  Tensor x = empty({6}, DType::int64);
  auto* numbers = x.data<std::int64_t>();
  for (int i = 0; i < 4; ++i) numbers[i] = std::bit_cast<std::int64_t>(state.words[i]);
  numbers[4] = std::bit_cast<std::int64_t>(state.kept_normal);
  numbers[5] = state.has_kept_normal;
  return x;
}

// The reverse, for a tensor int64 (6).
Generator generator_from(const Tensor& x) {
  const Tensor row = raw::contiguous(x);
  const auto* numbers = row.data<std::int64_t>();
  Generator::State state{};
  for (int i = 0; i < 4; ++i) state.words[i] = std::bit_cast<std::uint64_t>(numbers[i]);
  state.kept_normal = std::bit_cast<double>(numbers[4]);
  state.has_kept_normal = numbers[5] != 0;
  Generator generator;
  generator.set_state(state);
  return generator;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const TrainingRun& run, FileOps& files,
                     const StateDict& callbacks) {
  StateDict state = capture(run);
  for (const NamedTensor& named : callbacks) state.push_back({std::string(callback_prefix) + named.name, named.value});
  const std::string bytes = data::serialize_safetensors(state, {{"format", "tinytorch checkpoint"}, {"version", "1"}});
  save_atomic(files, file, std::as_bytes(std::span(bytes)));
}

bool load_checkpoint(const std::filesystem::path& file, TrainingRun& run, FileOps& files, StateDict* callbacks) {
  if (!files.exists(file)) return false;
  const std::vector<std::byte> bytes = files.read(file);
  const std::string_view contents(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  StateDict of_run, of_callbacks;
  for (NamedTensor& named : data::parse_safetensors(contents, file.filename().string())) {
    if (named.name.starts_with(callback_prefix))
      of_callbacks.push_back({named.name.substr(callback_prefix.size()), std::move(named.value)});
    else
      of_run.push_back(std::move(named));
  }
  restore(run, of_run);
  if (callbacks != nullptr) *callbacks = std::move(of_callbacks);
  return true;
}

std::vector<nn::NamedGenerator> named_generators(const TrainingRun& run) {
  std::vector<nn::NamedGenerator> all = run.model.named_generators();
  for (std::size_t i = 0; i < run.generators.size(); ++i) all.push_back({"#" + std::to_string(i), run.generators[i]});
  if (default_generator_used()) all.push_back({default_name, &default_generator()});
  return all;
}

StateDict generator_state(const std::vector<nn::NamedGenerator>& generators) {
  StateDict state;
  for (const nn::NamedGenerator& named : generators) state.push_back({named.name, generator_tensor(*named.generator)});
  return state;
}

void load_generator_state(const std::vector<nn::NamedGenerator>& generators, const StateDict& state) {
  StateReader reader(state, "generators");
  std::vector<Generator> loaded;
  std::vector<nn::NamedGenerator> known;
  for (const nn::NamedGenerator& named : generators)
    if (named.name != default_name) known.push_back(named);
  if (reader.has(default_name)) known.push_back({default_name, &default_generator()});
  for (const nn::NamedGenerator& named : known)
    loaded.push_back(generator_from(reader.tensor(named.name, {6}, DType::int64)));
  reader.finish();
  for (std::size_t i = 0; i < loaded.size(); ++i) *known[i].generator = loaded[i];
}

namespace {

constexpr std::string_view metric_prefix = "metric.";

// Each metric of the history: "metric.NAME" (epochs). The records have the same metrics (Trainer).
void save_metrics(StateDict& state, const History& history) {
  if (history.epochs.empty()) return;
  for (std::size_t k = 0; k < history.epochs.back().metrics.size(); ++k) {
    Tensor values = empty({static_cast<std::int64_t>(history.epochs.size())}, DType::float64);
    double* value = values.data<double>();
    for (const EpochRecord& record : history.epochs)
      *value++ = k < record.metrics.size() ? record.metrics[k].second : std::numeric_limits<double>::quiet_NaN();
    state.push_back({std::string(metric_prefix) + history.epochs.back().metrics[k].first, values});
  }
}

void load_metrics(StateReader& reader, const StateDict& state, History& history) {
  const auto epochs = static_cast<std::int64_t>(history.epochs.size());
  for (const NamedTensor& named : state) {
    if (!named.name.starts_with(metric_prefix)) continue;
    const Tensor values = raw::contiguous(reader.tensor(named.name, {epochs}, DType::float64));
    for (std::size_t i = 0; i < history.epochs.size(); ++i)
      history.epochs[i].metrics.emplace_back(named.name.substr(metric_prefix.size()), values.data<double>()[i]);
  }
}

}  // namespace

StateDict progress_state(const Progress& at, const data::Loader& loader) {
  using detail::count_tensor;
  const History& history = at.history;
  const Tensor table = empty({static_cast<std::int64_t>(history.epochs.size()), 7}, DType::float64);
  double* cell = table.data<double>();
  for (const EpochRecord& record : history.epochs)
    for (const double value :
         {static_cast<double>(record.epoch), static_cast<double>(record.steps), record.lr, record.train_loss,
          record.train_accuracy, record.validation_loss, record.validation_accuracy})
      *cell++ = value;
  StateDict state{{"epoch", count_tensor(at.epoch)},
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
  save_metrics(state, history);
  return state;
}

Progress load_progress(const StateDict& state, const data::Loader& loader) {
  StateReader reader(state, "progress");
  const auto check_same = [&](const char* name, std::int64_t here) {
    const std::int64_t saved = reader.count(name);
    if (saved != here) throw ValueError(text({"[restore] '", name, "' is ", here, " here, not ", saved}));
  };
  check_same("loader_batches", loader.batches());
  check_same("loader_examples", loader.examples());
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
  if (table.dim() != 2 || table.size(1) != 7)
    throw ShapeError(text({"[load_progress] 'history' is (epochs, 7), not ", table.sizes()}));
  const double* row = table.data<double>();
  for (std::int64_t i = 0; i < table.size(0); ++i, row += 7)
    at.history.epochs.push_back({static_cast<std::int64_t>(row[0]),
                                 static_cast<std::int64_t>(row[1]),
                                 row[2],
                                 row[3],
                                 row[4],
                                 row[5],
                                 row[6],
                                 {}});
  load_metrics(reader, state, at.history);
  reader.finish();
  return at;
}

}  // namespace tinytorch::optim

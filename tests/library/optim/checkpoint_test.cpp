// Runs that stop after any step and go on as if they had not stopped, and files that are never half written.

#include "tinytorch/optim/checkpoint.hpp"

#include "tests/kit/instruments/faulty_files.hpp"
#include "tests/library/core/elements.hpp"
#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/batching.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using lab::FaultyFiles;
using optim::FitOptions;
using optim::StepResult;
using optim::TrainingRun;
using testing::copies;
using testing::cross_entropy;
using testing::message_of;
using testing::same_bits;
using testing::small_net;
using testing::three_classes;

// All parts of a run, built in the same way each time.
struct Parts {
  data::TensorDataset train = three_classes(26, 1), held_out = three_classes(10, 2);
  std::unique_ptr<data::Loader> loader;
  data::DataLoader validation{held_out, {.batch_size = 4}};
  Generator noise{5};
  nn::Sequential net = small_net(4);
  std::unique_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<optim::LRScheduler> schedule;
  std::unique_ptr<TrainingRun> run;
};
using Build = std::function<std::unique_ptr<Parts>()>;

void assemble(Parts& s) {
  s.run = std::make_unique<TrainingRun>(TrainingRun{.model = s.net,
                                                    .optimizer = *s.optimizer,
                                                    .loader = *s.loader,
                                                    .loss = cross_entropy,
                                                    .scheduler = s.schedule.get()});
}

std::unique_ptr<Parts> plain_sgd() {
  auto s = std::make_unique<Parts>();
  s->net = small_net(4, 0.0);
  s->loader = std::make_unique<data::DataLoader>(s->train, data::DataLoaderOptions{.batch_size = 5});
  s->optimizer = std::make_unique<optim::SGD>(s->net.parameters(), optim::SGDOptions{.lr = 0.1, .momentum = 0.9});
  assemble(*s);
  return s;
}

// A run with Adam, a schedule, dropout, a loader that shuffles and adds noise, noise in the loss from a generator of
// the run, and a validation that chooses the best weights.
std::unique_ptr<Parts> all_at_once() {
  auto s = std::make_unique<Parts>();
  const auto jitter = [](const data::Example& example, Generator& g) {
    return data::Example{example.input + randn(example.input.sizes(), g) * 0.1, example.target};
  };
  s->loader = std::make_unique<data::DataLoader>(
      s->train, data::DataLoaderOptions{.batch_size = 5, .shuffle = true, .seed = 3, .transform = jitter});
  s->optimizer = std::make_unique<optim::Adam>(s->net.parameters(), optim::AdamOptions{.lr = 0.05});
  s->schedule = std::make_unique<optim::CosineAnnealingLR>(*s->optimizer, 20);
  assemble(*s);
  s->run->validation = &s->validation;
  s->run->generators = {&s->noise};
  s->run->loss = [noise = &s->noise](const Tensor& outputs, const Tensor& targets) {
    if (!GradMode::enabled()) return cross_entropy(outputs, targets);
    return cross_entropy(outputs + randn(outputs.sizes(), *noise) * 0.2, targets);
  };
  return s;
}

// Trains up to `step` steps (-1: to the end of the third epoch).
void train(TrainingRun& run, std::int64_t step = -1) {
  FitOptions options{.epochs = 3, .max_norm = 1.0};
  if (step >= 0)
    options.on_step = [step](const TrainingRun& now, const StepResult&) { return now.progress.step < step; };
  optim::fit(run, options);
}

void expect_same_after_every_stop(const Build& build) {
  const auto unbroken = build();
  train(*unbroken->run);
  const StateDict expected = optim::capture(*unbroken->run);
  ASSERT_EQ(unbroken->run->progress.step, 18);
  for (std::int64_t k = 1; k <= 18; ++k) {
    const auto first = build();
    train(*first->run, k);
    ASSERT_EQ(first->run->progress.step, k);
    const StateDict saved = optim::capture(*first->run);
    const auto second = build();
    optim::restore(*second->run, saved);
    EXPECT_TRUE(same_bits(optim::capture(*second->run), saved)) << "restored at " << k;
    train(*second->run);
    EXPECT_TRUE(same_bits(optim::capture(*second->run), expected)) << "stopped after step " << k;
  }
}

TEST(Checkpoint, sgd_resumes_bitwise_after_every_step) { expect_same_after_every_stop(plain_sgd); }

TEST(Checkpoint, adam_schedule_dropout_and_shuffle_resume_bitwise_after_every_step) {
  expect_same_after_every_stop(all_at_once);
}

TEST(Checkpoint, a_loader_with_workers_resumes_bitwise_after_every_step) {
  expect_same_after_every_stop([] {
    auto s = all_at_once();
    const auto jitter = [](const data::Example& example, Generator& g) {
      return data::Example{example.input + randn(example.input.sizes(), g) * 0.1, example.target};
    };
    s->loader = std::make_unique<data::DataLoader>(
        s->train,
        data::DataLoaderOptions{.batch_size = 5, .shuffle = true, .seed = 3, .transform = jitter, .workers = 3});
    const optim::Loss loss = s->run->loss;
    assemble(*s);
    s->run->validation = &s->validation;
    s->run->generators = {&s->noise};
    s->run->loss = loss;
    return s;
  });
}

TEST(Checkpoint, is_a_safetensors_file_that_gives_the_same_bits_back) {
  FaultyFiles files;
  const auto s = all_at_once();
  train(*s->run, 8);
  EXPECT_FALSE(optim::load_checkpoint("run.safetensors", *s->run, files));
  optim::save_checkpoint("run.safetensors", *s->run, files);
  const auto again = all_at_once();
  EXPECT_TRUE(optim::load_checkpoint("run.safetensors", *again->run, files));
  EXPECT_TRUE(same_bits(optim::capture(*again->run), optim::capture(*s->run)));
  const FileOps::Handle handle = files.create("run.safetensors");
  files.write(handle, std::vector(100, std::byte{7}));
  EXPECT_THROW(optim::load_checkpoint("run.safetensors", *again->run, files), FormatError);
  EXPECT_TRUE(same_bits(optim::capture(*again->run), optim::capture(*s->run)));
}

// A file that version 0.1.0 wrote: the same names and the same numbers, and "callback." before a callback's.
TEST(Checkpoint, hands_out_the_state_of_callbacks_and_restores_the_rest) {
  FaultyFiles files;
  const auto s = all_at_once();
  train(*s->run, 8);
  const StateDict kept{{"0.average", tensor({1.5, -2.0})}, {"1.count", optim::detail::count_tensor(3)}};
  StateDict old = optim::capture(*s->run), callbacks{{"left from before", scalar(1.0)}};
  for (const NamedTensor& named : kept) old.push_back({"callback." + named.name, named.value});
  const std::string written = data::serialize_safetensors(old, {{"format", "tinytorch checkpoint"}, {"version", "1"}});
  optim::save_checkpoint("new", *s->run, files, kept);
  EXPECT_EQ(files.read("new"),
            std::vector<std::byte>(std::as_bytes(std::span(written)).begin(), std::as_bytes(std::span(written)).end()));
  const auto again = all_at_once();
  EXPECT_TRUE(optim::load_checkpoint("new", *again->run, files));
  EXPECT_TRUE(optim::load_checkpoint("new", *again->run, files, &callbacks));
  EXPECT_TRUE(same_bits(callbacks, kept));
  EXPECT_TRUE(same_bits(optim::capture(*again->run), optim::capture(*s->run)));
  optim::save_checkpoint("run", *s->run, files);
  EXPECT_TRUE(optim::load_checkpoint("run", *again->run, files, &callbacks));
  EXPECT_TRUE(callbacks.empty());
}

TEST(Checkpoint, holds_all_parts_by_name) {
  const auto s = all_at_once();
  train(*s->run);
  std::string names;
  for (const NamedTensor& named : optim::capture(*s->run)) names += named.name + " ";
  for (const char* name : {"model.0.weight ", "optimizer.0.mean ", "optimizer.groups.0.lr ", "scheduler.step ",
                           "generator.2.generator ", "generator.#0 ", "run.epoch ", "run.history ", "best.3.bias "})
    EXPECT_NE(names.find(name), std::string::npos) << name << "in " << names;
}

TEST(Checkpoint, is_a_copy) {
  const auto s = all_at_once();
  train(*s->run, 4);
  const StateDict state = optim::capture(*s->run), before = copies(state);
  train(*s->run);
  EXPECT_TRUE(same_bits(state, before));
  optim::restore(*s->run, state);
  train(*s->run);
  EXPECT_TRUE(same_bits(state, before));
}

TEST(Checkpoint, of_another_run_is_refused) {
  const auto full = all_at_once();
  train(*full->run, 7);
  const StateDict good = optim::capture(*full->run);
  const auto refusal = [&](const std::string& name, const Tensor& value) {
    StateDict bad = copies(good);
    const auto found = std::find_if(bad.begin(), bad.end(), [&](const NamedTensor& t) { return t.name == name; });
    if (found == bad.end())
      bad.push_back({name, value});
    else if (value.defined())
      found->value = value;
    else
      bad.erase(found);
    const auto target = all_at_once();
    return message_of<Error>([&] { optim::restore(*target->run, bad); });
  };
  EXPECT_EQ(refusal("weights", scalar(1.0)), "[restore] a run has no 'weights'");
  EXPECT_EQ(refusal("run.step", {}), "[load_state_dict] 'step' is missing in the state of the progress");
  EXPECT_EQ(refusal("run.loader_batches", optim::detail::count_tensor(60)),
            "[restore] 'loader_batches' is 6 here, not 60");
  EXPECT_EQ(refusal("generator.#0", {}), "[load_state_dict] '#0' is missing in the state of the generators");
  EXPECT_EQ(refusal("generator.#1", zeros({6}, DType::int64)), "[load_state_dict] the generators has no '#1'");
  EXPECT_EQ(refusal("optimizer.0.mean", zeros({1})), "[load_state_dict] '0.mean' is (8, 4) here, not (1,)");
  EXPECT_NE(refusal("model.0.weight", {}), "no error");
  const auto sgd = plain_sgd();
  EXPECT_EQ(message_of<Error>([&] { optim::restore(*sgd->run, good); }), "[restore] the run has no schedule");
}

std::vector<std::byte> bytes(std::size_t count, int value) { return std::vector(count, static_cast<std::byte>(value)); }

// A save over an old file that is stopped in its k-th call. After the crash the file is the old one or the new one,
// whole.
using Save = std::function<void(FileOps&, const std::filesystem::path&, std::span<const std::byte>)>;
// How many crashes left neither the old nor the new bytes, and whether a finished save was lost.
struct Damage {
  int torn = 0, lost = 0, crashes = 0;
};
Damage crash_everywhere(const Save& save) {
  const std::filesystem::path target = "runs/state.safetensors";
  const auto old_bytes = bytes(300, 1), new_bytes = bytes(500, 2);
  Generator g(1);
  Damage damage;
  for (const auto share : {FaultyFiles::Share::all, FaultyFiles::Share::half, FaultyFiles::Share::none}) {
    bool finished = false;
    for (std::int64_t k = 0; !finished; ++k) {
      for (int draw = 0; draw < 40; ++draw) {
        FaultyFiles files;
        optim::save_atomic(files, target, old_bytes);
        files.stop_at(k, share);
        try {
          save(files, target, new_bytes);
          finished = true;
        } catch (const FaultyFiles::Stopped&) {
          ++damage.crashes;
        }
        FaultyFiles after = files.after_crash(g);
        const auto found = after.exists(target) ? after.read(target) : std::vector<std::byte>();
        damage.torn += found != old_bytes && found != new_bytes;
        damage.lost += finished && found != new_bytes;
      }
    }
  }
  return damage;
}

TEST(SaveAtomic, leaves_the_old_or_the_new_bytes_wherever_it_is_broken_off) {
  const Damage damage = crash_everywhere(optim::save_atomic);
  EXPECT_EQ(damage.torn, 0);
  EXPECT_EQ(damage.lost, 0);
  EXPECT_EQ(damage.crashes, 3 * 6 * 40);  // create, write, flush, close, rename, flush the folder
}

// The test must find wrong ways to save. Programs have used each of these.
TEST(FaultyFiles, catches_saves_that_are_not_atomic) {
  const auto write = [](FileOps& files, const std::filesystem::path& file, std::span<const std::byte> content,
                        bool flush) {
    const FileOps::Handle handle = files.create(file);
    files.write(handle, content);
    if (flush) files.flush(handle);
    files.close(handle);
  };
  const Damage in_place = crash_everywhere([&](FileOps& files, const auto& target, auto content) {
    write(files, target, content, true);
    files.flush_folder(target.parent_path());
  });
  EXPECT_GT(in_place.torn, 0);
  const Damage unflushed = crash_everywhere([&](FileOps& files, const auto& target, auto content) {
    write(files, "runs/new", content, false);
    files.rename("runs/new", target);
    files.flush_folder(target.parent_path());
  });
  EXPECT_GT(unflushed.torn, 0);
  const Damage removed_first = crash_everywhere([&](FileOps& files, const auto& target, auto content) {
    write(files, "runs/new", content, true);
    files.remove(target);
    files.rename("runs/new", target);
    files.flush_folder(target.parent_path());
  });
  EXPECT_GT(removed_first.torn, 0);
  const Damage folder_forgotten = crash_everywhere([&](FileOps& files, const auto& target, auto content) {
    write(files, "runs/new", content, true);
    files.rename("runs/new", target);
  });
  EXPECT_EQ(folder_forgotten.torn, 0);
  EXPECT_GT(folder_forgotten.lost, 0);
}

TEST(SaveAtomic, cleans_up_and_reports_when_the_disk_is_full) {
  for (std::int64_t k = 0; k < 6; ++k) {
    FaultyFiles files;
    optim::save_atomic(files, "state", bytes(10, 1));
    files.fail_at(k);
    EXPECT_THROW(optim::save_atomic(files, "state", bytes(10, 2)), FileError) << k;
    EXPECT_EQ(files.read("state"), bytes(10, k < 5 ? 1 : 2)) << k;
    EXPECT_FALSE(files.exists("state.tmp")) << k;
    EXPECT_EQ(files.open_handles(), k == 3 ? 1 : 0) << k;  // a handle whose close failed stays open
  }
}

}  // namespace
}  // namespace tinytorch

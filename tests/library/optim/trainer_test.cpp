// The parts around fit(): callbacks, logs, pictures, averages, checkpoints.

#include "tinytorch/optim/trainer.hpp"

#include "tests/library/optim/problems.hpp"
#include "tinytorch/optim/callbacks.hpp"
#include "tinytorch/optim/curves.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

using optim::EpochRecord;
using optim::StepResult;
using optim::Trainer;
using optim::TrainingRun;
using testing::copies;
using testing::cross_entropy;
using testing::Folder;
using testing::same_bits;
using testing::small_net;
using testing::three_classes;

// A trainer and everything that it needs. An epoch has 4 steps.
struct Training {
  data::TensorDataset train = three_classes(20, 1), held_out = three_classes(9, 2);
  data::DataLoader loader{train, {.batch_size = 5, .shuffle = true}}, validation{held_out, {}};
  nn::Sequential net = small_net(4);
  optim::Adam adam{net.parameters(), {.lr = 0.05}};
  Trainer trainer;

  explicit Training(optim::FitOptions options = {.epochs = 3})
      : trainer({.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy, .validation = &validation},
                std::move(options)) {}
};

// Records its calls.
struct Diary : optim::Callback {
  std::string text;
  std::int64_t last_step = -1;

  void on_begin(const TrainingRun&, const optim::FitOptions& options) override {
    text += "begin" + std::to_string(options.epochs) + " ";
  }
  bool on_step(const TrainingRun& run, const StepResult&) override {
    text += std::to_string(run.progress.step) + " ";
    return run.progress.step != last_step;
  }
  bool on_epoch(const TrainingRun&, const EpochRecord& record) override {
    text += "epoch" + std::to_string(record.epoch) + " ";
    return true;
  }
  void on_end(const TrainingRun&) override { text += "end"; }
};

TEST(Trainer, tells_its_callbacks_what_happens_and_stops_when_one_says_so) {
  Training s({.epochs = 2});
  const Diary& diary = s.trainer.add<Diary>();
  s.trainer.fit();
  EXPECT_EQ(diary.text, "begin2 1 2 3 4 epoch0 5 6 7 8 epoch1 end");
  Training stopped({.epochs = 2});
  stopped.trainer.add<Diary>().last_step = 6;
  const Diary& other = stopped.trainer.add<Diary>();
  EXPECT_EQ(stopped.trainer.fit().epochs.size(), 1U);
  EXPECT_EQ(other.text, "begin2 1 2 3 4 epoch0 5 6 end");
  EXPECT_THROW(stopped.trainer.add(std::shared_ptr<optim::Callback>()), ValueError);
}

TEST(Trainer, evaluates_with_its_loss) {
  Training s;
  EXPECT_EQ(s.trainer.evaluate(s.validation).loss, optim::evaluate(s.net, s.validation, cross_entropy).loss);
}

TEST(Logs, hold_a_line_per_epoch_with_numbers_that_read_back) {
  const Folder folder;
  Training s({.epochs = 2});
  s.trainer.add<optim::CsvLog>(folder.path / "log.csv");
  s.trainer.add<optim::JsonlLog>(folder.path / "log.jsonl");
  const optim::History history = s.trainer.fit();
  std::istringstream csv(folder.text("log.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line, "epoch,steps,lr,train_loss,train_accuracy,validation_loss,validation_accuracy");
  for (const EpochRecord& record : history.epochs) {
    std::getline(csv, line);
    std::istringstream fields(line);
    std::vector<double> numbers;
    for (std::string field; std::getline(fields, field, ',');) numbers.push_back(std::stod(field));
    EXPECT_EQ(numbers, (std::vector<double>{static_cast<double>(record.epoch), static_cast<double>(record.steps),
                                            record.lr, record.train_loss, record.train_accuracy, record.validation_loss,
                                            record.validation_accuracy}));
  }
  EXPECT_FALSE(std::getline(csv, line));
  EXPECT_EQ(folder.text("log.jsonl").rfind("{\"epoch\": 0, \"steps\": 4, \"lr\": 0.05, \"train_loss\": ", 0), 0U);
}

TEST(Logs, leave_out_what_there_is_no_number_for) {
  const Folder folder;
  Training s;
  s.trainer.run().validation = nullptr;
  s.trainer.run().progress.history.epochs = {{.epoch = 0, .steps = 4, .lr = 0.5, .train_loss = 1.25}};
  s.trainer.options().epochs = 0;
  s.trainer.add<optim::CsvLog>(folder.path / "log.csv");
  s.trainer.add<optim::JsonlLog>(folder.path / "log.jsonl");
  s.trainer.fit();
  EXPECT_EQ(folder.text("log.csv"),
            "epoch,steps,lr,train_loss,train_accuracy,validation_loss,validation_accuracy\n0,4,0.5,1.25,0,,\n");
  EXPECT_EQ(folder.text("log.jsonl"),
            "{\"epoch\": 0, \"steps\": 4, \"lr\": 0.5, \"train_loss\": 1.25, \"train_accuracy\": 0, "
            "\"validation_loss\": null, \"validation_accuracy\": null}\n");
  optim::CsvLog nowhere(folder.path / "none" / "log.csv");
  EXPECT_THROW(nowhere.on_begin(s.trainer.run(), {}), FileError);
}

TEST(DrawCurves, writes_a_picture_that_says_what_it_shows) {
  const Folder folder;
  Training s({.epochs = 3});
  s.trainer.add<optim::DrawCurves>(folder.path / "run.svg", "Three <classes>");
  s.trainer.fit();
  const std::string svg = folder.text("run.svg");
  for (const char* part : {"<svg xmlns", "Three &lt;classes&gt;", "<desc", "Loss over 3 epochs", "training",
                           "validation", "accuracy in %", "prefers-color-scheme: dark", "</svg>"})
    EXPECT_NE(svg.find(part), std::string::npos) << part;
}

TEST(ShowProgress, prints_a_line_per_epoch) {
  std::FILE* file = std::tmpfile();
  Training s({.epochs = 10});
  s.trainer.add<optim::ShowProgress>(file);
  s.trainer.add<Diary>().last_step = 8;  // the second epoch doesn't end
  s.trainer.fit();
  std::rewind(file);
  std::string text(1000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  EXPECT_EQ(text.rfind("epoch  1/10  loss ", 0), 0U) << text;
  EXPECT_NE(text.find("accuracy "), std::string::npos) << text;
  EXPECT_NE(text.find("validation "), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(Trainer, resumes_from_its_file_with_averages_and_logs_as_if_unbroken) {
  const Folder folder;
  const auto build = [&](const std::string& name) {
    auto s = std::make_unique<Training>(optim::FitOptions{.epochs = 3});
    s->trainer.add<optim::AverageWeights>(s->net, 0.9);
    s->trainer.add<optim::JsonlLog>(folder.path / (name + ".jsonl"));
    s->trainer.checkpoint({.file = folder.path / (name + ".safetensors"), .every_steps = 1});
    return s;
  };
  const auto whole = build("whole");
  EXPECT_FALSE(whole->trainer.resume());
  whole->trainer.fit();
  for (std::int64_t stop = 1; stop < 12; stop += 2) {
    const std::string name = "stopped" + std::to_string(stop);
    const auto first = build(name);
    first->trainer.add<Diary>().last_step = stop;
    first->trainer.fit();
    const auto second = build(name);
    second->trainer.add<Diary>();
    ASSERT_TRUE(second->trainer.resume());
    EXPECT_EQ(second->trainer.run().progress.step, stop);
    second->trainer.fit();
    EXPECT_TRUE(same_bits(second->net.state_dict(), whole->net.state_dict())) << stop;
    second->trainer.save(folder.path / "a");
    whole->trainer.save(folder.path / "b");
    EXPECT_EQ(folder.text("a"), folder.text("b")) << stop;
    EXPECT_EQ(folder.text(name + ".jsonl"), folder.text("whole.jsonl")) << stop;
  }
}

// One format: a file of a Trainer with averages and a file of save_checkpoint(), loaded by the other.
struct Averaged : Training {
  optim::AverageWeights& averages = trainer.add<optim::AverageWeights>(net, 0.9);
  void stop_after(std::int64_t step) {
    trainer.options().on_step = [step](const TrainingRun& at, const StepResult&) { return at.progress.step < step; };
    trainer.fit();
    trainer.options().on_step = {};
  }
};

TEST(Checkpoint, of_a_trainer_resumes_a_run_without_callbacks) {
  const Folder folder;
  Averaged whole;
  whole.trainer.fit();
  for (std::int64_t stop = 1; stop < 12; stop += 5) {
    Averaged first;
    first.stop_after(stop);
    first.trainer.save(folder.path / "run");
    Training second;
    TrainingRun& run = second.trainer.run();
    ASSERT_TRUE(optim::load_checkpoint(folder.path / "run", run));
    EXPECT_TRUE(same_bits(optim::capture(run), optim::capture(first.trainer.run()))) << stop;
    optim::fit(run, {.epochs = 3});
    EXPECT_TRUE(same_bits(optim::capture(run), optim::capture(whole.trainer.run()))) << stop;
  }
}

TEST(Trainer, resumes_from_a_checkpoint_without_callbacks) {
  const Folder folder;
  Training whole;
  whole.trainer.fit();
  for (std::int64_t stop = 1; stop < 12; stop += 5) {
    Averaged first;
    first.stop_after(stop);
    optim::save_checkpoint(folder.path / "run", first.trainer.run());
    Averaged second;
    second.trainer.load(folder.path / "run");
    EXPECT_EQ(second.trainer.run().progress.step, stop);
    EXPECT_TRUE(same_bits(second.averages.ema.state_dict(), first.net.state_dict())) << "averages begin anew";
    second.trainer.fit();
    EXPECT_TRUE(same_bits(optim::capture(second.trainer.run()), optim::capture(whole.trainer.run()))) << stop;
    EXPECT_FALSE(same_bits(second.averages.ema.state_dict(), second.net.state_dict())) << stop;
  }
}

TEST(Trainer, without_callbacks_writes_the_bytes_of_save_checkpoint) {
  const Folder folder;
  Training s;
  s.trainer.fit();
  s.trainer.save(folder.path / "a");
  optim::save_checkpoint(folder.path / "b", s.trainer.run());
  EXPECT_FALSE(folder.text("a").empty());
  EXPECT_EQ(folder.text("a"), folder.text("b"));
}

TEST(Trainer, gets_the_state_of_its_callbacks_back_and_passes_over_that_of_others) {
  const Folder folder;
  Averaged first;
  first.stop_after(6);
  first.trainer.save(folder.path / "run");
  StateDict callbacks;
  Training bare;
  ASSERT_TRUE(optim::load_checkpoint(folder.path / "run", bare.trainer.run(), disk(), &callbacks));
  ASSERT_EQ(callbacks.size(), first.averages.ema.state_dict().size());
  EXPECT_EQ(callbacks[0].name, "0.0.weight");
  bare.trainer.load(folder.path / "run");  // there is no callback for the averages
  EXPECT_EQ(bare.trainer.run().progress.step, 6);
  Averaged second;
  second.trainer.add<Diary>();  // the file has nothing for it
  second.trainer.load(folder.path / "run");
  EXPECT_TRUE(same_bits(second.averages.ema.state_dict(), first.averages.ema.state_dict()));
}

TEST(Trainer, load_throws_where_there_is_no_file) {
  const Folder folder;
  Training s;
  EXPECT_THROW(s.trainer.load(folder.path / "none"), FileError);
  EXPECT_THROW(s.trainer.resume(), ValueError);
  s.trainer.checkpoint({.file = folder.path / "none"});
  EXPECT_FALSE(s.trainer.resume());
}

TEST(EMA, follows_the_weights_and_copies_buffers) {
  nn::Sequential net = small_net(1, 0.0);
  optim::EMA ema(net, 0.75);
  const StateDict start = copies(net.state_dict());
  std::vector<double> expected(4);
  for (std::size_t i = 0; i < 4; ++i) expected[i] = static_cast<double>(start[0].value.data<float>()[i]);
  Generator g(3);
  const std::int64_t blocks_of_one = [&] {
    ema.update();
    const std::int64_t before = memory::stats().active;
    ema.update();
    return memory::stats().active - before;
  }();
  EXPECT_EQ(blocks_of_one, 0);
  for (int step = 0; step < 10; ++step) {
    {
      const NoGrad no_grad;
      for (const Tensor& p : net.parameters()) p.copy_(randn(p.sizes(), g));
    }
    ema.update();
    for (std::size_t i = 0; i < 4; ++i)
      expected[i] = 0.75 * expected[i] + 0.25 * static_cast<double>(net.parameters()[0].data<float>()[i]);
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(static_cast<double>(ema.state_dict()[0].value.data<float>()[i]), expected[i], 1e-5);
  }
  const StateDict own = copies(net.state_dict());
  {
    const optim::EMA::Applied applied(ema);
    EXPECT_TRUE(same_bits(net.state_dict(), ema.state_dict()));
  }
  EXPECT_TRUE(same_bits(net.state_dict(), own));
  EXPECT_FALSE(same_bits(own, ema.state_dict()));
  ema.reset();
  EXPECT_TRUE(same_bits(own, ema.state_dict()));
  EXPECT_THROW(optim::EMA(net, 1.5), ValueError);
  StateDict other = copies(own);
  other[1].name = "else";
  EXPECT_THROW(ema.load_state_dict(other), ValueError);
}

TEST(ClipGradValue, cuts_every_element_alone) {
  const Tensor a = zeros({2, 2}).set_requires_grad(), b = zeros({1}).set_requires_grad();
  a.set_grad(tensor({{0.2, -3.0}, {0.5, 7.0}}).t());
  const Tensor all[] = {a, b};
  optim::clip_grad_value_(all, 0.5);
  EXPECT_TRUE(equal(a.grad(), tensor({{0.2, 0.5}, {-0.5, 0.5}})));
  EXPECT_FALSE(b.grad().defined());
  b.set_grad(tensor({std::nan("")}));
  optim::clip_grad_value_(all, 0.5);
  EXPECT_TRUE(std::isnan(b.grad().item<double>()));
  EXPECT_THROW(optim::clip_grad_value_(all, -1.0), ValueError);
}

TEST(Trainer, tries_to_write_its_checkpoint_before_the_first_step) {
  const Folder folder;
  Training t;
  std::int64_t steps = 0;
  t.trainer.options().on_step = [&](const TrainingRun&, const StepResult&) { return ++steps > 0; };
  t.trainer.checkpoint({.file = folder.path / "missing" / "run.safetensors"});
  EXPECT_THROW(t.trainer.fit(), FileError);
  EXPECT_EQ(steps, 0);
  t.trainer.checkpoint({.file = folder.path / "run.safetensors"});
  t.trainer.fit();
  EXPECT_EQ(steps, 12);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path)) names.push_back(entry.path().filename().string());
  EXPECT_EQ(names, std::vector<std::string>{"run.safetensors"});
}

TEST(Trainer, goes_on_after_a_failed_save_where_an_option_says_so) {
  for (const bool go_on : {true, false}) {
    const Folder folder;
    Training t;
    const fs::path below = folder.path / "below";
    fs::create_directory(below);
    t.trainer.options().on_step = [&](const TrainingRun&, const StepResult&) { return fs::remove_all(below) < 99; };
    std::vector<std::string> failures;
    optim::CheckpointOptions options{.file = below / "run.safetensors"};
    if (go_on) options.on_failure = [&](const std::string& why) { failures.push_back(why); };
    t.trainer.checkpoint(options);
    if (go_on) {
      EXPECT_EQ(t.trainer.fit().epochs.size(), 3U);
      ASSERT_EQ(failures.size(), 3U);
      EXPECT_NE(failures[0].find("run.safetensors"), std::string::npos) << failures[0];
    } else {
      EXPECT_THROW(t.trainer.fit(), FileError);
    }
  }
}

// The evaluation reads the loader from the front: without its old position the epoch would end there.
TEST(Trainer, puts_back_the_position_of_a_loader_that_a_callback_reads) {
  Training plain, reading;
  reading.trainer.options().on_step = [&](const TrainingRun& run, const StepResult&) {
    optim::evaluate(run.model, reading.loader, cross_entropy);
    return true;
  };
  EXPECT_EQ(reading.trainer.fit().epochs.back().steps, 12);
  plain.trainer.fit();
  EXPECT_TRUE(same_bits(plain.net.state_dict(), reading.net.state_dict()));
}

}  // namespace
}  // namespace tinytorch

// The metrics against their definitions by brute force, and what a Trainer does with them.

#include "tinytorch/optim/metrics.hpp"

#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/trainer.hpp"
#include "tinytorch/profiling/quality.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::cross_entropy;
using testing::Folder;
using testing::small_net;
using testing::three_classes;

// Whole numbers 0..below-1.
Tensor whole(const Shape& sizes, std::uint64_t below, Generator& g) {
  Tensor x = empty(sizes, DType::int64);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<std::int64_t>()[i] = static_cast<std::int64_t>(g.below(below));
  return x;
}

TEST(Metrics, of_classes_agree_with_the_counts_of_quality) {
  Generator g(1);
  for (int round = 0; round < 50; ++round) {
    const std::int64_t n = 1 + static_cast<std::int64_t>(g.below(40)),
                       classes = 1 + static_cast<std::int64_t>(g.below(5));
    const Tensor outputs = randn({n, classes}, g), targets = whole({n}, static_cast<std::uint64_t>(classes), g);
    profiling::Quality quality(classes);
    quality.add(softmax(outputs, 1), targets);
    EXPECT_DOUBLE_EQ(optim::accuracy(outputs, targets), quality.accuracy());
    double sum = 0.0;
    int there = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      std::int64_t seen = 0;
      for (std::int64_t other = 0; other < classes; ++other)
        seen += quality.confusion(c, other) + quality.confusion(other, c);
      if (seen > 0) sum += quality.f1(c), ++there;
    }
    EXPECT_NEAR(optim::f1_score(outputs, targets), sum / there, 1e-12);
  }
}

TEST(Metrics, roc_auc_is_the_share_of_pairs_in_the_right_order) {
  Generator g(2);
  for (int round = 0; round < 100; ++round) {
    const std::int64_t n = 2 + static_cast<std::int64_t>(g.below(30));
    const Tensor scores = whole({n}, 6, g).to(DType::float32);  // few values: many ties
    Tensor targets = whole({n}, 2, g);
    targets.data<std::int64_t>()[0] = 0;
    targets.data<std::int64_t>()[1] = 1;
    double won = 0.0, pairs = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        if (targets.data<std::int64_t>()[i] != 1 || targets.data<std::int64_t>()[j] != 0) continue;
        const float one = scores.data<float>()[i], zero = scores.data<float>()[j];
        won += one > zero ? 1.0 : one == zero ? 0.5 : 0.0;
        ++pairs;
      }
    }
    EXPECT_NEAR(optim::roc_auc(scores, targets), won / pairs, 1e-12);
    EXPECT_EQ(optim::roc_auc(scores.view({n, 1}), targets.to(DType::float32).view({n, 1})),
              optim::roc_auc(scores, targets));
    const Tensor two = stack(std::vector<Tensor>{scores * 0.0, scores}, 1);
    EXPECT_EQ(optim::roc_auc(two, targets), optim::roc_auc(scores, targets));
  }
}

TEST(Metrics, of_numbers_are_0_and_1_for_right_outputs) {
  Generator g(3);
  const Tensor y = randn({7, 2}, g, DType::float64);
  EXPECT_EQ(optim::mean_absolute_error(y, y), 0.0);
  EXPECT_EQ(optim::r2_score(y, y), 1.0);
  EXPECT_NEAR(optim::mean_absolute_error(y + 2.5, y), 2.5, 1e-12);
  EXPECT_NEAR(optim::r2_score(full({7, 2}, y.mean().item<double>(), DType::float64), y), 0.0, 1e-12);
  EXPECT_NEAR(optim::r2_score(tensor({1.0F, 2.0F, 4.0F}), tensor({1.0F, 2.0F, 3.0F})), 0.5, 1e-12);
  const Tensor away =
      tensor({1e8, 1e8 + 1.0, 1e8 + 2.0}, DType::float64);  // far from zero: the mean is taken away first
  EXPECT_NEAR(optim::r2_score(away + 1.0, away), 1.0 - 3.0 / 2.0, 1e-9);
}

TEST(Metrics, say_what_they_cannot_measure) {
  const Tensor scores = tensor({0.1F, 0.9F}), classes = tensor({0, 1});
  EXPECT_THROW(optim::accuracy(scores, classes), ShapeError);
  EXPECT_THROW(optim::f1_score(ones({2, 3}), classes.to(DType::float32)), DTypeError);
  EXPECT_THROW(optim::f1_score(ones({2, 1}), classes), IndexError);
  EXPECT_THROW(optim::accuracy(ones({0, 3}), empty({0}, DType::int64)), ValueError);
  EXPECT_THROW(optim::roc_auc(scores, tensor({1, 1})), ValueError);
  EXPECT_THROW(optim::roc_auc(scores, tensor({0, 2})), ValueError);
  EXPECT_THROW(optim::roc_auc(tensor({0.1, std::nan("")}), classes), ValueError);
  EXPECT_THROW(optim::roc_auc(scores, tensor({0, 1, 1})), ShapeError);
  EXPECT_THROW(optim::roc_auc(ones({2, 3}), classes), ShapeError);
  EXPECT_THROW(optim::mean_absolute_error(scores, ones({2, 1})), ShapeError);
  EXPECT_THROW(optim::r2_score(scores, ones({2})), ValueError);
  EXPECT_THROW(optim::r2_score(ones({0}), ones({0})), ValueError);
}

// ---- In a Trainer ----

// A metric of the user's own: how many targets it saw.
double seen(const Tensor&, const Tensor& targets) { return static_cast<double>(targets.numel()); }

struct Measured {
  data::TensorDataset train = three_classes(20, 1), held_out = three_classes(9, 2);
  data::DataLoader loader{train, {.batch_size = 5, .shuffle = true}}, validation{held_out, {.batch_size = 4}};
  nn::Sequential net = small_net(4);
  optim::Adam adam{net.parameters(), {.lr = 0.05}};
  optim::Trainer trainer;

  explicit Measured(std::int64_t epochs)
      : trainer({.model = net,
                 .optimizer = adam,
                 .loader = loader,
                 .loss = cross_entropy,
                 .validation = &validation,
                 .metrics = {{"f1", optim::f1_score}, {"seen", seen}}},
                {.epochs = epochs, .restore_best = false}) {}
};

TEST(Trainer, measures_its_metrics_on_the_validation_data_in_evaluation_mode) {
  Measured s(3);
  const optim::History history = s.trainer.fit();
  ASSERT_EQ(history.epochs.size(), 3U);
  for (const optim::EpochRecord& record : history.epochs) {
    ASSERT_EQ(record.metrics.size(), 2U);
    EXPECT_EQ(record.metrics[0].first, "f1");
    EXPECT_EQ(record.metrics[1].second, 9.0) << "all examples at once, whatever the batch size";
  }
  EXPECT_TRUE(s.net.is_training()) << "each module is in its mode again";
  s.net.eval();
  EXPECT_EQ(history.epochs.back().metrics[0].second, optim::f1_score(s.net(s.held_out.inputs()), s.held_out.targets()));
}

TEST(Trainer, tells_its_callbacks_the_metrics_of_the_epoch) {
  const Folder folder;
  std::FILE* file = std::fopen((folder.path / "bar.txt").c_str(), "w");
  Measured s(1);
  s.trainer.add<optim::CsvLog>(folder.path / "log.csv");
  s.trainer.add<optim::JsonlLog>(folder.path / "log.jsonl");
  s.trainer.add<optim::ShowProgress>(file);
  s.trainer.fit();
  std::fclose(file);
  EXPECT_NE(folder.text("log.csv").find("validation_accuracy,f1,seen\n"), std::string::npos) << folder.text("log.csv");
  EXPECT_NE(folder.text("log.csv").find(",9\n"), std::string::npos) << folder.text("log.csv");
  EXPECT_NE(folder.text("log.jsonl").find(", \"seen\": 9}"), std::string::npos) << folder.text("log.jsonl");
  EXPECT_NE(folder.text("bar.txt").find("  seen 9.0000"), std::string::npos) << folder.text("bar.txt");
}

TEST(Trainer, resumes_with_the_metrics_of_the_epochs_before) {
  const Folder folder;
  Measured whole(4), first(2), second(4);
  whole.trainer.add<optim::CsvLog>(folder.path / "whole.csv");
  whole.trainer.fit();
  first.trainer.checkpoint({.file = folder.path / "run.safetensors"});
  first.trainer.fit();
  second.trainer.checkpoint({.file = folder.path / "run.safetensors"});
  second.trainer.add<optim::CsvLog>(folder.path / "second.csv");
  ASSERT_TRUE(second.trainer.resume());
  second.trainer.fit();
  EXPECT_EQ(folder.text("second.csv"), folder.text("whole.csv"));
}

TEST(Trainer, logs_nothing_for_a_metric_that_is_new_in_a_resumed_run) {
  const Folder folder;
  Measured first(1), second(2);
  first.trainer.checkpoint({.file = folder.path / "run.safetensors"});
  first.trainer.fit();
  second.trainer.run().metrics = {{"seen", seen}, {"acc", optim::accuracy}};
  second.trainer.checkpoint({.file = folder.path / "run.safetensors"});
  second.trainer.add<optim::CsvLog>(folder.path / "log.csv");
  ASSERT_TRUE(second.trainer.resume());
  second.trainer.fit();
  const std::string log = folder.text("log.csv");
  EXPECT_NE(log.find("validation_accuracy,seen,acc\n"), std::string::npos) << log;
  EXPECT_NE(log.find(",9,\n"), std::string::npos) << log;
}

TEST(Trainer, refuses_metrics_that_it_cannot_measure_or_name) {
  const auto message = [](const auto& change) {
    Measured s(1);
    change(s.trainer.run());
    try {
      s.trainer.fit();
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string("nothing thrown");
  };
  using optim::TrainingRun;
  EXPECT_EQ(message([](TrainingRun& run) { run.validation = nullptr; }),
            "[trainer] metrics are measured on the validation data: set .validation");
  EXPECT_EQ(message([](TrainingRun& run) {
              run.metrics.push_back({"f1", optim::f1_score});
            }),
            "[trainer] two metrics are called 'f1'");
  EXPECT_EQ(message([](TrainingRun& run) {
              run.metrics.push_back({"a,b", optim::f1_score});
            }),
            "[trainer] the name of a metric is made of letters, digits and _ - . / @, not 'a,b'");
  EXPECT_EQ(message([](TrainingRun& run) {
              run.metrics.push_back({"none", {}});
            }),
            "[trainer] the metric 'none' has no function");
  EXPECT_EQ(message([](TrainingRun& run) {
              run.metrics.push_back({"train_loss", optim::f1_score});
            }),
            "[trainer] two metrics are called 'train_loss'");
}

}  // namespace
}  // namespace tinytorch

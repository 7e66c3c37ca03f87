// 1998: a LeNet-style network on the handwritten digits of examples/data, from the file to the test accuracy.
//
// Four fifths of each digit's images train the network, moved by up to one pixel each time they are seen. The last
// fifth is not used before the training is over: not for the weights, not for scaling (pixels are divided by 16), not
// for the number of epochs.

#include "examples/common/digits.hpp"
#include "examples/common/profile.hpp"
#include "examples/common/settings.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/tinytorch.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include <fmt/format.h>

namespace {

namespace tt = tinytorch;
using examples::Digits;
using examples::Misread;

const examples::Story story{
    .year = 1998,
    .title = "LeNet",
    .crisis =
        "To a layer that connects every pixel with every unit, a digit moved by one pixel is another picture. It "
        "must see each stroke at each place before it knows it.",
    .idea =
        "Yann LeCun and others let one small kernel look everywhere: few weights, shared by all places. Pooling then "
        "forgets exactly where a stroke was, and layers of kernels see larger and larger parts.",
    .next =
        "Banks read cheques with it. Labelled pictures and computing power for more than digits are missing until "
        "2012, and then the same idea, with more of both, ends the argument."};

struct Options {
  std::int64_t seed = 1, epochs = 30, batch = 32, shift = 1, workers = 0;
  double lr = 3e-3, least = 97;
  std::string data = (examples::data_folder() / "digits-idx").string(), predictions, profile;

  std::uint64_t random_seed() const { return static_cast<std::uint64_t>(seed); }
};

// Each setting once: key, member, meaning, range, and what a change of it can change.
void declare(examples::Settings& settings, Options& options) {
  using tt::config::Effect;
  tt::config::Binding& binding = settings.binding();
  binding.add("seed", options.seed, "split, weights, order and shifts").range(0, 9e15);
  binding.add("epochs", options.epochs, "how often each training image is seen").range(1, 1e6);
  binding.add("lr", options.lr, "highest learning rate").range(1e-9, 10);
  binding.add("batch", options.batch, "images of a step").range(1, 1e6);
  binding.add("shift", options.shift, "most pixels by which an image is moved").range(0, 7);
  binding.add("workers", options.workers, "threads that make batches ahead").range(0, 1024).changes(Effect::speed);
  binding.add("least", options.least, "accuracy in percent that passes").range(0, 100).changes(Effect::none);
  settings.output("predictions", options.predictions, "file for row,label,prediction of the test images");
  settings.output("profile", options.profile, "folder for trace.json and flame.svg of the last epoch");
  settings.value_of_bare("profile", "lenet-profile");
  settings.input("data", options.data, "the digits: IDX files in a folder, or a CSV file");
}

// Two layers of 3x3 kernels, pooled once, and two linear layers: (n, 1, 8, 8) -> (n, 10).
// Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998.
tt::nn::Sequential make_network(std::uint64_t seed) {
  tt::Generator generator(seed);
  const tt::ConvSpec same{.padding = {1, 1}};
  tt::nn::Sequential net;
  net.add<tt::nn::Conv2d>(1, 16, 3, generator, same);
  net.add<tt::nn::ReLU>();
  net.add<tt::nn::Conv2d>(16, 32, 3, generator, same);
  net.add<tt::nn::ReLU>();
  net.add<tt::nn::MaxPool2d>(2);
  net.add<tt::nn::Flatten>();
  net.add<tt::nn::Dropout>(0.3, generator.next());
  net.add<tt::nn::Linear>(32 * 4 * 4, 64, generator);
  net.add<tt::nn::ReLU>();
  net.add<tt::nn::Linear>(64, 10, generator);
  return net;
}

tt::Tensor loss(const tt::Tensor& outputs, const tt::Tensor& targets) {
  return tt::nn::functional::cross_entropy(outputs, targets);
}

// Writes the numbers of each epoch to the run's log.
class LogEpochs : public tt::optim::Callback {
 public:
  explicit LogEpochs(examples::RunFolder& folder) : folder_(folder) {}

  bool on_epoch(const tt::optim::TrainingRun&, const tt::optim::EpochRecord& record) override {
    folder_.scalar("train/loss", record.train_loss, record.epoch + 1);
    folder_.scalar("train/accuracy", 100.0 * record.train_accuracy, record.epoch + 1);
    return true;
  }

 private:
  examples::RunFolder& folder_;
};

// Trains on images that are moved by up to one pixel, and prints a line for each epoch.
tt::optim::History train(tt::nn::Sequential& net, const tt::data::Dataset& examples, const Options& settings,
                         examples::RunFolder* folder) {
  tt::data::DataLoader loader(examples, {.batch_size = settings.batch,
                                         .shuffle = true,
                                         .seed = settings.random_seed(),
                                         .transform = tt::data::transforms::RandomShift{.reach = settings.shift},
                                         .workers = static_cast<int>(settings.workers)});
  tt::optim::Adam optimizer(net.parameters(), {.lr = 1.0});  // the schedule multiplies it by the rate of the step
  const tt::optim::CosineOptions rate{
      .peak = settings.lr, .warmup = loader.batches(), .total = settings.epochs * loader.batches()};
  tt::optim::LambdaLR schedule(optimizer, [&](std::int64_t step) { return tt::optim::warmup_cosine(step, rate); });
  tt::optim::Trainer trainer(
      {.model = net, .optimizer = optimizer, .loader = loader, .loss = loss, .scheduler = &schedule},
      {.epochs = settings.epochs});
  trainer.add<tt::optim::ShowProgress>();
  if (folder != nullptr) trainer.add<LogEpochs>(*folder);
  if (settings.profile.empty()) return trainer.fit();
  const auto& last_epoch = trainer.add<examples::ProfileLastEpoch>();
  tt::optim::History history = trainer.fit();
  last_epoch.report(settings.profile);
  return history;
}

// The network's answers for these rows of the digits.
std::vector<std::int64_t> answers_for(tt::nn::Sequential& net, const Digits& digits,
                                      const std::vector<std::int64_t>& rows) {
  const tt::NoGrad no_grad;
  net.eval();
  std::vector<std::int64_t> answers;
  for (const std::int64_t row : rows) {
    const tt::Tensor outputs = net(digits.images.slice(0, row, row + 1));
    answers.push_back(tt::argmax(outputs, 1).item<std::int64_t>());
  }
  return answers;
}

std::vector<std::int64_t> labels_of(const Digits& digits, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> labels;
  for (const std::int64_t row : rows) labels.push_back(digits.labels.data<std::int64_t>()[row]);
  return labels;
}

// Lines `row,label,prediction`; a row is a line of the data file, counted from 1.
void write_predictions(const std::filesystem::path& file, const std::vector<std::int64_t>& rows,
                       const std::vector<std::int64_t>& labels, const std::vector<std::int64_t>& answers) {
  std::ofstream out(file);
  out << "row,label,prediction\n";
  for (std::size_t i = 0; i < rows.size(); ++i) out << rows[i] + 1 << ',' << labels[i] << ',' << answers[i] << '\n';
  out.close();
  if (!out) throw tt::FileError(fmt::format("[predictions] {}: cannot be written", file.string()));
}

// Curves, weights and the result, when the run is kept. A run that is not kept replaces no file.
void write_results(const tt::nn::Sequential& net, const tt::optim::History& history, examples::RunFolder* run,
                   double accuracy) {
  if (run == nullptr) {
    fmt::print("nothing is saved; --out FOLDER keeps curves and weights\n");
    return;
  }
  const std::filesystem::path folder = run->path();
  const auto picture = folder / "lenet.svg", weights = folder / "lenet.npz";
  const tt::optim::EpochRecord& last = history.epochs.back();
  std::vector<tt::optim::Panel> panels = tt::optim::history_panels(history);
  panels.back().curves.push_back({"test, at the end", std::vector<double>(history.epochs.size(), accuracy)});
  tt::optim::write_curves(
      picture, "LeNet on handwritten digits",
      fmt::format("Loss and accuracy on the training images over {} epochs, ending at a loss of {:.4f} and {:.2f} %. "
                  "Test accuracy afterwards: {:.2f} %.",
                  history.epochs.size(), last.train_loss, 100.0 * last.train_accuracy, accuracy),
      panels);
  tt::data::save_npz(weights, net.state_dict());
  run->scalar("test/accuracy", accuracy, static_cast<std::int64_t>(history.epochs.size()));
  run->finish(accuracy, weights);
  fmt::print("curves in {}, weights in {}\n", picture.string(), weights.string());
}

bool train_and_test(const Options& settings, examples::RunFolder* folder) {
  const Digits digits = examples::load_digits(settings.data);
  const std::int64_t* labels = digits.labels.data<std::int64_t>();
  auto split = tt::data::stratified_split({labels, static_cast<std::size_t>(digits.labels.numel())}, 0.2,
                                          settings.random_seed());
  std::sort(split.test.begin(), split.test.end());

  const tt::data::TensorDataset all(digits.images, digits.labels);
  const tt::data::Subset training(all, split.train);
  tt::nn::Sequential net = make_network(settings.random_seed());
  fmt::print("{} digits to learn from, {} kept for the test; {} parameters, seed {}\n", split.train.size(),
             split.test.size(), net.parameter_count(), settings.seed);
  const tt::optim::History history = train(net, training, settings, folder);

  const auto test_labels = labels_of(digits, split.test);
  const auto answers = answers_for(net, digits, split.test);
  std::vector<Misread> misread;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (answers[i] != test_labels[i]) misread.push_back({split.test[i], test_labels[i], answers[i]});
  const double accuracy = 100.0 * (1.0 - static_cast<double>(misread.size()) / static_cast<double>(answers.size()));

  fmt::print("\n{}\n", examples::confusion_table(test_labels, answers));
  if (!misread.empty())
    fmt::print("{} of {} misread\n{}\n", misread.size(), answers.size(), examples::draw_misread(digits, misread, 4));
  if (!settings.predictions.empty()) write_predictions(settings.predictions, split.test, test_labels, answers);
  write_results(net, history, folder, accuracy);
  fmt::print("\n{}\n", examples::wrapped(story.next));
  if (accuracy < settings.least) fmt::print("failed: at least {:g} % must be read right\n", settings.least);
  fmt::print("test accuracy {:.2f} %\n", accuracy);
  return accuracy >= settings.least;
}

int run(int argc, char** argv) {
  Options options;
  examples::Settings settings("lenet", "Trains a LeNet-style network on 1,797 handwritten digits and tests it.");
  declare(settings, options);
  if (const int code = settings.read(argc, argv); code >= 0) return code;
  examples::tell(story);
  fmt::print("run {}\n", settings.hash());
  const std::unique_ptr<examples::RunFolder> folder = settings.begin_run();
  return train_and_test(options, folder.get()) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("lenet", run, argc, argv); }

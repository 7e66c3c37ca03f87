// 1998: a LeNet-style network on the handwritten digits of examples/data, from the file to the test accuracy.
//
// Four fifths of each digit's images train the network, moved by up to one pixel each time they are seen. The last
// fifth is not used before the training is over: not for the weights, not for scaling (pixels are divided by 16), not
// for the number of epochs.

#include "examples/common/digits.hpp"
#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/tinytorch.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

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

struct Settings {
  std::uint64_t seed;
  std::int64_t epochs;
  double least;  // accuracy in percent that passes
  int workers;   // threads that make batches ahead; any number gives the same batches
  std::filesystem::path data, out, predictions;
};

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

// Trains on images that are moved by up to one pixel, and prints a line for each epoch.
tt::optim::History train(tt::nn::Sequential& net, const tt::data::Dataset& examples, const Settings& settings) {
  tt::data::DataLoader loader(examples, {.batch_size = 32,
                                         .shuffle = true,
                                         .seed = settings.seed,
                                         .transform = tt::data::transforms::RandomShift{.reach = 1},
                                         .workers = settings.workers});
  tt::optim::Adam optimizer(net.parameters(), {.lr = 1.0});  // the schedule multiplies it by the rate of the step
  const tt::optim::CosineOptions rate{
      .peak = 3e-3, .warmup = loader.batches(), .total = settings.epochs * loader.batches()};
  tt::optim::LambdaLR schedule(optimizer, [&](std::int64_t step) { return tt::optim::warmup_cosine(step, rate); });
  tt::optim::Trainer trainer(
      {.model = net, .optimizer = optimizer, .loader = loader, .loss = loss, .scheduler = &schedule},
      {.epochs = settings.epochs});
  trainer.add<tt::optim::ShowProgress>();
  return trainer.fit();
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

// Curves and weights, when a folder is named. A run without one replaces no file.
void write_results(const tt::nn::Sequential& net, const tt::optim::History& history, const Settings& settings,
                   double accuracy) {
  if (settings.out.empty()) {
    fmt::print("nothing is saved; --out FOLDER keeps curves and weights\n");
    return;
  }
  const auto picture = settings.out / "lenet.svg", weights = settings.out / "lenet.npz";
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
  fmt::print("curves in {}, weights in {}\n", picture.string(), weights.string());
}

bool train_and_test(const Settings& settings) {
  const Digits digits = examples::load_digits(settings.data);
  if (!settings.out.empty()) std::filesystem::create_directories(settings.out);
  const std::int64_t* labels = digits.labels.data<std::int64_t>();
  auto split =
      tt::data::stratified_split({labels, static_cast<std::size_t>(digits.labels.numel())}, 0.2, settings.seed);
  std::sort(split.test.begin(), split.test.end());

  const tt::data::TensorDataset all(digits.images, digits.labels);
  const tt::data::Subset training(all, split.train);
  tt::nn::Sequential net = make_network(settings.seed);
  fmt::print("{} digits to learn from, {} kept for the test; {} parameters, seed {}\n", split.train.size(),
             split.test.size(), net.parameter_count(), settings.seed);
  const tt::optim::History history = train(net, training, settings);

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
  write_results(net, history, settings, accuracy);
  fmt::print("\n{}\n", examples::wrapped(story.next));
  if (accuracy < settings.least) fmt::print("failed: at least {:g} % must be read right\n", settings.least);
  fmt::print("test accuracy {:.2f} %\n", accuracy);
  return accuracy >= settings.least;
}

int run(int argc, char** argv) {
  examples::Options options(argc, argv, "Trains a LeNet-style network on 1,797 handwritten digits and tests it.");
  Settings settings;
  settings.seed = static_cast<std::uint64_t>(options.whole("--seed", 1, 0, "split, weights, order and shifts"));
  settings.epochs = options.whole("--epochs", 30, 1, "how often each training image is seen");
  settings.least = static_cast<double>(options.whole("--least", 97, 0, "accuracy in percent that passes"));
  settings.workers = static_cast<int>(options.whole("--workers", 0, 0, "threads that make batches ahead"));
  settings.predictions = options.text("--predictions", "", "file for row,label,prediction of the test images");
  settings.out = options.text("--out", "", "folder for lenet.svg and lenet.npz");
  settings.data = options.text("--data", (examples::data_folder() / "digits-idx").string(),
                               "the digits: IDX files in a folder, or a CSV file");
  if (const int code = options.exit_code(); code >= 0) return code;
  examples::tell(story);
  return train_and_test(settings) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("lenet", run, argc, argv); }

// 1957: Rosenblatt's perceptron tells handwritten zeros from ones, and can't learn XOR.
//
// One layer of weights and a threshold. The rule has no gradient: after a wrong answer, the input is added to the
// weights or taken from them. Source: F. Rosenblatt, "The Perceptron", Cornell Aeronautical Laboratory, 1957.

#include "examples/common/digits.hpp"
#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/tinytorch.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace {

namespace tt = tinytorch;

const examples::Story story{
    .year = 1957,
    .title = "the perceptron",
    .crisis =
        "A computer does what it is told, step by step. Nobody can write down the steps that tell a zero from a "
        "one in somebody's handwriting.",
    .idea =
        "Frank Rosenblatt lets the machine find them: a weighted sum of the pixels and a threshold. After each wrong "
        "answer, every weight moves by its pixel. If some weights are right for all examples, the rule finds such "
        "weights.",
    .next =
        "Four points are enough to defeat it: no line separates XOR. Minsky and Papert prove in 1969 what one layer "
        "can't do, and for years few people ask what two layers can. `tito run xor` asks."};

// Inputs (n, features) and answers 0 or 1.
struct Examples {
  tt::Tensor inputs;
  std::vector<float> answers;
};

class Perceptron {
 public:
  explicit Perceptron(std::int64_t features) : weight_(tt::zeros({1, features})), bias_(tt::zeros({1})) {}

  /// 1 where w x + b > 0, else 0: (n, features) -> n.
  std::vector<float> answers(const tt::Tensor& inputs) const {
    const tt::Tensor sums = tt::nn::functional::linear(inputs, weight_, bias_);
    std::vector<float> list;
    for (std::int64_t i = 0; i < sums.size(0); ++i) list.push_back(sums.data<float>()[i] > 0.0F ? 1.0F : 0.0F);
    return list;
  }

  /// One pass in the given order; returns how many answers were wrong.
  std::int64_t learn(const Examples& examples, const std::vector<std::int64_t>& order) {
    std::int64_t wrong = 0;
    for (const std::int64_t i : order) {
      const tt::Tensor x = examples.inputs.slice(0, i, i + 1);
      const float error = examples.answers[static_cast<std::size_t>(i)] - answers(x).front();
      if (error == 0.0F) continue;
      weight_ = weight_ + x * error;
      bias_ = bias_ + error;
      ++wrong;
    }
    return wrong;
  }

 private:
  tt::Tensor weight_, bias_;
};

double share_right(const Perceptron& perceptron, const Examples& examples) {
  const std::vector<float> answers = perceptron.answers(examples.inputs);
  double right = 0.0;
  for (std::size_t i = 0; i < answers.size(); ++i) right += answers[i] == examples.answers[i] ? 1.0 : 0.0;
  return right / static_cast<double>(answers.size());
}

// The rows of the digits that show a zero or a one.
struct ZerosAndOnes {
  tt::Tensor images;  // (n, 64)
  std::vector<std::int64_t> labels;
};

ZerosAndOnes zeros_and_ones(const examples::Digits& digits) {
  std::vector<std::int64_t> rows, labels;
  for (std::int64_t i = 0; i < digits.labels.numel(); ++i) {
    const std::int64_t label = digits.labels.data<std::int64_t>()[i];
    if (label > 1) continue;
    rows.push_back(i);
    labels.push_back(label);
  }
  const tt::Tensor all = digits.images.reshape({digits.images.size(0), 64});
  return {tt::index_select(all, 0, tt::tensor(rows)), labels};
}

Examples part_of(const ZerosAndOnes& digits, const std::vector<std::int64_t>& rows) {
  Examples part{tt::index_select(digits.images, 0, tt::tensor(rows)), {}};
  for (const std::int64_t row : rows)
    part.answers.push_back(static_cast<float>(digits.labels[static_cast<std::size_t>(row)]));
  return part;
}

// Accuracy on a fifth of the zeros and ones that the perceptron never saw.
double read_digits(const ZerosAndOnes& digits, std::uint64_t seed) {
  constexpr std::int64_t most_passes = 50;
  const auto split = tt::data::stratified_split(digits.labels, 0.2, seed);
  const Examples training = part_of(digits, split.train), test = part_of(digits, split.test);
  Perceptron perceptron(64);
  std::int64_t passes = 0, wrong = 1;
  while (wrong > 0 && passes < most_passes) {
    wrong = perceptron.learn(training, tt::data::epoch_order(training.inputs.size(0), seed, passes));
    ++passes;
  }
  const double accuracy = share_right(perceptron, test);
  fmt::print("  seed {}: {} images learnt in {} passes, {} of {} others read right\n", seed, training.answers.size(),
             passes, std::lround(accuracy * static_cast<double>(test.answers.size())), test.answers.size());
  std::fflush(stdout);
  return accuracy;
}

// The best share of XOR's four points that any of a thousand passes got right.
double learn_xor(std::uint64_t seed) {
  constexpr std::int64_t passes = 1000;
  const Examples points{tt::tensor({0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F, 1.0F, 1.0F}).reshape({4, 2}),
                        {0.0F, 1.0F, 1.0F, 0.0F}};
  Perceptron perceptron(2);
  double best = 0.0;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    perceptron.learn(points, tt::data::epoch_order(4, seed, pass));
    best = std::max(best, share_right(perceptron, points));
  }
  fmt::print("  {} passes over (0,0) (0,1) (1,0) (1,1): never more than {:.0f} % right\n", passes, 100.0 * best);
  return best;
}

int run(int argc, char** argv) {
  examples::Options options(argc, argv, "Rosenblatt's perceptron on zeros and ones, and on XOR.");
  const auto seed = static_cast<std::uint64_t>(options.whole("--seed", 1, 0, "first of five splits"));
  const std::string data = options.text("--data", (examples::data_folder() / "digits.csv.gz").string(), "the digits");
  if (const int code = options.exit_code(); code >= 0) return code;

  constexpr double least_digits = 0.99, most_xor = 0.75;
  constexpr std::uint64_t splits = 5;
  const tt::NoGrad no_grad;
  examples::tell(story);
  const ZerosAndOnes digits = zeros_and_ones(examples::load_digits(data));
  fmt::print("Zeros against ones, a fifth kept for the test, five times:\n");
  double accuracy = 0.0;
  for (std::uint64_t i = 0; i < splits; ++i) accuracy += read_digits(digits, seed + i) / static_cast<double>(splits);
  fmt::print("\nXOR, where the answer is 1 if exactly one input is:\n");
  const double best = learn_xor(seed);
  return examples::conclude(
      story, accuracy >= least_digits && best <= most_xor,
      fmt::format("{:.2f} % of zeros and ones (at least {:.0f} %), {:.0f} % of XOR (at most {:.0f} %)",
                  100.0 * accuracy, 100.0 * least_digits, 100.0 * best, 100.0 * most_xor));
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("perceptron", run, argc, argv); }

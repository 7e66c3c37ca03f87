// The likeliest mistakes with layers, losses, optimisers and data, and the exact message for each.

#include "tests/library/messages/mistakes.hpp"
#include "tinytorch/data/dataset.hpp"
#include "tinytorch/data/formats/csv.hpp"
#include "tinytorch/data/formats/idx.hpp"
#include "tinytorch/data/formats/npz.hpp"
#include "tinytorch/data/formats/safetensors.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/attention.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/embedding.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/lstm.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"
#include "tinytorch/optim/trainer.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::expect_message;

nn::Sequential small_net() {
  Generator g(1);
  return nn::Sequential(nn::Linear(4, 3, g), nn::ReLU(), nn::Linear(3, 2, g));
}

// A file with this text, removed when the test ends.
class TextFile {
 public:
  TextFile(const char* name, const char* text) : path_(std::filesystem::path(::testing::TempDir()) / name) {
    std::ofstream(path_) << text;
  }
  ~TextFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(MessageLayer, images_that_were_not_flattened) {
  expect_message<ShapeError>("[linear] x (8, 1, 2, 2) doesn't fit w (3, 4)", [] { small_net()(ones({8, 1, 2, 2})); });
}

TEST(MessageLayer, inputs_of_another_dtype_than_the_weights) {
  expect_message<DTypeError>("[linear] x is float64, the weights are float32: convert one with to()", [] {
    small_net()(ones({2, 4}, DType::float64));
  });
}

TEST(MessageLayer, pixels_that_are_still_whole_numbers) {
  expect_message<DTypeError>("[linear] x is uint8, the weights are float32: convert one with to()", [] {
    small_net()(ones({2, 4}, DType::uint8));
  });
}

TEST(MessageLayer, conv2d_of_images_with_other_channels) {
  expect_message<ShapeError>("[conv2d] images (1, 3, 8, 8) don't fit kernels (4, 1, 3, 3)", [] {
    F::conv2d(ones({1, 3, 8, 8}), ones({4, 1, 3, 3}));
  });
}

TEST(MessageLayer, conv2d_without_a_batch) {
  expect_message<ShapeError>("[conv2d] images (8, 8) don't fit kernels (4, 1, 3, 3)", [] {
    F::conv2d(ones({8, 8}), ones({4, 1, 3, 3}));
  });
}

TEST(MessageLayer, conv2d_of_images_smaller_than_the_kernel) {
  expect_message<ShapeError>("[conv_output_size] a kernel of 3 with dilation 1 doesn't fit into 2 with padding 0", [] {
    F::conv2d(ones({1, 1, 2, 2}), ones({4, 1, 3, 3}));
  });
}

TEST(MessageLayer, batch_norm_of_other_channels) {
  expect_message<ShapeError>("[batch_norm] x (2, 4, 5, 5) has 4 channels, the layer (3,)", [] {
    nn::BatchNorm2d(3)(ones({2, 4, 5, 5}));
  });
}

TEST(MessageLayer, batch_norm_trained_on_one_example) {
  expect_message<ShapeError>("[batch_norm] training needs more than one element per channel: (1, 3)", [] {
    nn::BatchNorm1d(3)(ones({1, 3}));
  });
}

TEST(MessageLayer, dropout_in_percent) {
  expect_message<ValueError>("[dropout] a probability from 0 to 1, not 50", [] { nn::Dropout(50, 1); });
}

TEST(MessageLayer, embedding_of_a_token_that_it_lacks) {
  expect_message<IndexError>("[embedding] element 1: index 5 is not in 0..4", [] {
    Generator g(1);
    nn::Embedding(5, 2, g)(tensor({0, 5}));
  });
}

TEST(MessageLayer, heads_that_do_not_divide_the_features) {
  expect_message<ValueError>("[multihead_attention] 3 heads don't divide 10 features", [] {
    Generator g(1);
    nn::MultiheadAttention(10, 3, g);
  });
}

TEST(MessageLayer, lstm_of_other_features) {
  expect_message<ShapeError>("[lstm] x (5, 2, 6) is not a sequence of 8 features", [] {
    Generator g(1);
    nn::LSTM(8, 2, g)(ones({5, 2, 6}));
  });
}

TEST(MessageLoss, a_label_out_of_range) {
  expect_message<IndexError>("[cross_entropy] row 1: label 3 is not in 0..2", [] {
    F::cross_entropy(ones({2, 3}), tensor({0, 3}));
  });
}

TEST(MessageLoss, labels_that_are_floats) {
  expect_message<DTypeError>("[cross_entropy] labels are int64, not float32", [] {
    F::cross_entropy(ones({2, 3}), tensor({0.0F, 1.0F}));
  });
}

TEST(MessageLoss, labels_in_a_column) {
  expect_message<ShapeError>("[cross_entropy] targets (2, 1) of logits (2, 3): labels are (2,)", [] {
    F::cross_entropy(ones({2, 3}), zeros({2, 1}, DType::int64));
  });
}

TEST(MessageLoss, targets_in_a_row_for_predictions_in_a_column) {
  expect_message<ShapeError>("[mse_loss] shapes differ: (4, 1) and (4,)", [] { F::mse_loss(ones({4, 1}), ones({4})); });
}

TEST(MessageLoss, whole_numbers_as_targets_of_a_regression) {
  expect_message<DTypeError>("[mse_loss] the input is float32, the target int64: convert one with to()",
                             [] { F::mse_loss(tensor({1.0}), tensor({3})); });
}

TEST(MessageLoss, scores_where_probabilities_are_due) {
  const char* text = "[binary_cross_entropy] a number is outside 0..1: probabilities come from sigmoid()";
  expect_message<ValueError>(text, [] { F::binary_cross_entropy(tensor({0.5, 1.5}), tensor({1.0, 0.0})); });
  expect_message<ValueError>(text, [] { F::binary_cross_entropy(tensor({std::nan("")}), tensor({1.0})); });
}

TEST(MessageLayer, without_features) {
  Generator g(1);
  expect_message<ValueError>("[linear] sizes are 1 or more, not 0 -> 2", [&] { nn::Linear(0, 2, g); });
  expect_message<ValueError>("[layer_norm] sizes are 1 or more, not (3, 0)", [] { nn::LayerNorm(Shape{3, 0}); });
  expect_message<ValueError>("[batch_norm] channels are 1 or more, not 0", [] { nn::BatchNorm1d(0); });
}

TEST(MessageLayer, conv2d_of_another_dtype_than_the_weights) {
  Generator g(1);
  nn::Conv2d layer(1, 1, 2, g);
  expect_message<DTypeError>("[conv2d] x is float64, the weights are float32: convert one with to()", [&] {
    layer(zeros({1, 1, 2, 2}, DType::float64));
  });
}

TEST(MessageStateDict, a_key_that_is_missing) {
  expect_message<ValueError>("[load_state_dict] missing: '2.bias'", [] {
    nn::Sequential net = small_net();
    StateDict state = net.state_dict();
    state.pop_back();
    net.load_state_dict(state);
  });
}

TEST(MessageStateDict, a_key_that_is_misspelt) {
  expect_message<ValueError>("[load_state_dict] missing: '0.weight'; unexpected: 'fc1.weight'", [] {
    nn::Sequential net = small_net();
    StateDict state = net.state_dict();
    state[0].name = "fc1.weight";
    net.load_state_dict(state);
  });
}

TEST(MessageStateDict, weights_of_another_size) {
  expect_message<ShapeError>("[load_state_dict] '0.weight' is (3, 4) here, not (4, 3)", [] {
    nn::Sequential net = small_net();
    StateDict state = net.state_dict();
    state[0].value = ones({4, 3});
    net.load_state_dict(state);
  });
}

TEST(MessageOptimizer, without_parameters) {
  expect_message<ValueError>("[optimizer] there are no parameters: pass those of a module, net.parameters()",
                             [] { optim::SGD(std::vector<Tensor>{}); });
}

TEST(MessageOptimizer, of_tensors_that_nothing_trains) {
  expect_message<ValueError>("[optimizer] none of the parameters requires a gradient: set_requires_grad()",
                             [] { optim::SGD(std::vector<Tensor>{ones({2})}); });
}

TEST(MessageOptimizer, that_walks_backwards) {
  expect_message<ValueError>("[adam] lr is -0.1: it can't be negative", [] {
    nn::Sequential net = small_net();
    optim::Adam(net.parameters(), {.lr = -0.1});
  });
}

TEST(MessageOptimizer, a_schedule_of_steps_of_length_zero) {
  expect_message<ValueError>("[step_lr] a step size of 1 or more, not 0", [] {
    nn::Sequential net = small_net();
    optim::SGD optimizer(net.parameters());
    optim::StepLR(optimizer, 0);
  });
}

TEST(MessageData, more_inputs_than_targets) {
  expect_message<ShapeError>("[tensor_dataset] inputs (4, 2) and targets (3,) are not equally many", [] {
    data::TensorDataset(ones({4, 2}), ones({3}));
  });
}

TEST(MessageData, a_loader_without_a_batch) {
  const data::TensorDataset five(ones({5, 4}), zeros({5}, DType::int64));
  data::DataLoader loader(five, {.batch_size = 2}), too_few(five, {.batch_size = 8, .drop_last = true});
  nn::Sequential net = small_net();
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const auto fit = [&](data::Loader& train, data::Loader* validation) {
    optim::Trainer(
        {.model = net, .optimizer = sgd, .loader = train, .loss = nn::CrossEntropyLoss(), .validation = validation})
        .fit();
  };
  const std::string rest = " loader gives no batch: 0 examples (drop_last leaves out a last batch that is not full)";
  expect_message<ValueError>("[trainer] the training" + rest, [&] { fit(too_few, nullptr); });
  expect_message<ValueError>("[trainer] the validation" + rest, [&] { fit(loader, &too_few); });
}

TEST(MessageData, none) {
  expect_message<ValueError>("[dataset] the data set is null",
                             [] { data::DataLoader(std::shared_ptr<const data::Dataset>()); });
  expect_message<ValueError>("[dataset] the data set is null",
                             [] { data::Subset(std::shared_ptr<const data::Dataset>(), {}); });
}

TEST(MessageData, a_batch_of_nothing) {
  const data::TensorDataset examples(ones({4, 2}), ones({4}));
  expect_message<ValueError>("[data_loader] a batch has one example or more: 0",
                             [&] { data::DataLoader(examples, {.batch_size = 0}); });
}

TEST(MessageFile, that_is_not_there) {
  expect_message<FileError>("[safetensors] no/such.safetensors: No such file or directory",
                            [] { data::load_safetensors("no/such.safetensors"); });
}

TEST(MessageFile, that_was_cut_off) {
  const TextFile file("cut.safetensors", "abc");
  expect_message<FormatError>("[safetensors] cut.safetensors: too short for the length of a header",
                              [&] { data::load_safetensors(file.path()); });
}

TEST(MessageFile, of_another_format) {
  const TextFile file("table.csv", "1,2\n3,x\n");
  expect_message<FormatError>("[idx] table.csv: byte 0: an IDX file starts with 0, 0",
                              [&] { data::load_idx(file.path()); });
  expect_message<FormatError>("[npy] table.csv: is no .npy file", [&] { data::load_npy(file.path()); });
}

TEST(MessageFile, with_a_word_where_a_number_is_due) {
  const TextFile file("words.csv", "1,2\n3,x\n");
  expect_message<ParseError>("[csv] words.csv:2:3: \"x\" is not a number", [&] { data::read_csv(file.path()); });
}

}  // namespace
}  // namespace tinytorch

// A table from its file to a model in use: from which cultivar is a wine, and how much alcohol has it?

#include <tinytorch/tinytorch.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace tt = tinytorch;
namespace nn = tt::nn;
namespace data = tt::data;

namespace {

// A network that is trained on these examples, in evaluation mode.
template <class Loss>
nn::Sequential trained(const data::Dataset& examples, std::int64_t inputs, std::int64_t outputs, const Loss& loss) {
  tt::Generator g(1);
  nn::Sequential net(nn::Linear(inputs, 32, g), nn::ReLU(), nn::Dropout(0.2, g.next()), nn::Linear(32, outputs, g));
  data::DataLoader loader(examples, {.batch_size = 16, .shuffle = true, .seed = 1});
  tt::optim::AdamW adam(net.parameters(), {.lr = 5e-3, .weight_decay = 0.05});
  tt::optim::Trainer({.model = net, .optimizer = adam, .loader = loader, .loss = loss}, {.epochs = 80}).fit();
  net.eval();
  return net;
}

// Two parts of a data set: what is learnt from, brought to mean 0 and deviation 1, and what is held out.
struct Parts {
  Parts(const tt::Tensor& x, const tt::Tensor& y, const data::SplitIndices& split)
      : all(x, y),
        normalizer(data::fit_normalizer(all, split.train)),
        normal(normalizer.apply(x), y),
        train(normal, split.train),
        x_held_out(tt::index_select(normal.inputs(), 0, tt::tensor(split.test))),
        y_held_out(tt::index_select(y, 0, tt::tensor(split.test))) {}

  data::TensorDataset all;
  data::Normalizer normalizer;
  data::TensorDataset normal;
  data::Subset train;
  tt::Tensor x_held_out, y_held_out;
};

}  // namespace

int main() {
  const data::Table wines = data::read_table(TINYTORCH_DATA_DIR "/wine.csv");
  const data::Categories cultivar = wines.categories("cultivar");
  const std::vector<std::string> names(wines.names().begin(), wines.names().end() - 1);  // all but the cultivar
  const tt::Tensor measured = wines.numbers(names);

  const std::span<const std::int64_t> labels(cultivar.codes.data<std::int64_t>(), wines.rows());
  const data::SplitIndices split = data::stratified_split(labels, 0.3, 1);
  const Parts classes(measured, cultivar.codes, split);
  nn::Sequential reader = trained(classes.train, 13, 3, nn::CrossEntropyLoss());
  const double accuracy = 100.0 * tt::optim::accuracy(reader(classes.x_held_out), classes.y_held_out);
  std::printf("cultivar: %.1f %% of %lld held-out wines are right\n", accuracy,
              static_cast<long long>(classes.y_held_out.numel()));

  // The first column is the alcohol; the others must tell it. What is learnt is its distance from the mean.
  const tt::Tensor alcohol = measured.slice(1, 0, 1);
  const data::Normalizer scale = data::fit_normalizer(data::TensorDataset(alcohol, alcohol), split.train);
  const Parts strength(measured.slice(1, 1, 13), scale.apply(alcohol), split);
  nn::Sequential taster = trained(strength.train, 12, 1, nn::MSELoss());
  const double r2 = tt::optim::r2_score(taster(strength.x_held_out), strength.y_held_out);
  std::printf("alcohol: R2 %.2f; the mean of all wines has 0\n", r2);

  const tt::Tensor sample = classes.normalizer.apply(measured.select(0, 0));
  std::printf("the first wine is from cultivar %s\n",
              cultivar.names[static_cast<std::size_t>(reader(sample).argmax().item<std::int64_t>())].c_str());
  return accuracy >= 92.0 && r2 >= 0.3 ? EXIT_SUCCESS : EXIT_FAILURE;
}

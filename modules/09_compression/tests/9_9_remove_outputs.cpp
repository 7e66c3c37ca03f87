// Task 9.9: nn::remove_outputs.

#include "modules/09_compression/tests/oracle.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/nn/prune.hpp"

#include <string>

namespace tinytorch {

lab::Value to_value(const NamedTensor& tensor) {
  return lab::record({{"name", tensor.name}, {"value", tensor.value}, {"requires_grad", tensor.value.requires_grad()}});
}

namespace nn {
namespace {

Tensor parameter(lab::Case& c, const Shape& sizes) {
  Tensor x = c.contiguous(sizes);
  if (c.integer(0, 4) > 0) x.requires_grad_();  // some layers are frozen
  return x;
}

/// A network, and which of its tensors lose what: the dimension, and how many neighbours belong to an output.
struct Cut {
  Sequential net;
  std::string text;
  std::int64_t layer = 0, outputs = 0;
  Shape x;
  struct Member {
    std::string name;
    std::int64_t dim, run;
  };
  std::vector<Member> members;

  void loses(const std::string& name, std::int64_t dim, std::int64_t run) {
    members.push_back({std::to_string(net.size() - 1) + "." + name, dim, run});
  }
};

void add_linear(lab::Case& c, Cut& cut, std::int64_t in, std::int64_t out) {
  const Tensor weight = parameter(c, {out, in});
  cut.net.add<Linear>(weight, c.coin() ? parameter(c, {out}) : Tensor());
  cut.text += " linear";
}

void add_conv(lab::Case& c, Cut& cut, std::int64_t in, std::int64_t out) {
  const Tensor weight = parameter(c, {out, in, c.integer(1, 2), c.integer(1, 2)});
  cut.net.add<Conv2d>(weight, c.coin() ? parameter(c, {out}) : Tensor());
  cut.text += " conv";
}

/// The layer that loses outputs.
void note_outputs(Cut& cut) {
  cut.layer = cut.net.size() - 1;
  cut.loses("weight", 0, 1);
  cut.loses("bias", 0, 1);
}

template <class Norm>
void add_norm(lab::Case& c, Cut& cut, std::int64_t channels, std::int64_t run) {
  const BatchNormOptions options{.affine = c.coin(), .track_running_stats = c.coin()};
  Norm& norm = cut.net.add<Norm>(channels, options);
  cut.text += " norm";
  if (options.affine) {
    norm.weight = parameter(c, {channels});
    norm.bias = parameter(c, {channels});
  }
  if (options.track_running_stats) {
    norm.running_mean = c.contiguous({channels});
    norm.running_var = make({channels}, DType::float32, [&](const Shape&) { return c.pick({1.0, 4.0, 0.25}); });
  }
  for (const char* name : {"weight", "bias", "running_mean", "running_var"}) cut.loses(name, 0, run);
}

/// Linear layers; the one that loses outputs is the first or the second.
Cut linear_cut(lab::Case& c, bool norms) {
  Cut cut;
  const std::int64_t in = c.integer(1, 3), out = c.integer(1, 3);
  cut.outputs = c.integer(1, 5);
  cut.x = {c.integer(1, 3), in};
  std::int64_t before = in;
  if (c.coin()) {
    before = c.integer(1, 3);
    add_linear(c, cut, in, before);
  }
  add_linear(c, cut, before, cut.outputs);
  note_outputs(cut);
  if (norms) add_norm<BatchNorm1d>(c, cut, cut.outputs, 1);
  if (c.coin()) cut.net.add<ReLU>();
  if (norms && c.coin()) add_norm<BatchNorm1d>(c, cut, cut.outputs, 1);
  add_linear(c, cut, cut.outputs, out);
  cut.loses("weight", 1, 1);
  if (c.coin()) add_linear(c, cut, out, c.integer(1, 3));
  return cut;
}

/// A convolution of images 3 x 4, and another one behind it.
Cut conv_cut(lab::Case& c, bool norms) {
  Cut cut;
  const std::int64_t in = c.integer(1, 2);
  cut.outputs = c.integer(1, 4);
  cut.x = {c.integer(1, 2), in, 3, 4};
  add_conv(c, cut, in, cut.outputs);
  note_outputs(cut);
  if (norms) add_norm<BatchNorm2d>(c, cut, cut.outputs, 1);
  if (c.coin()) cut.net.add<ReLU>();
  add_conv(c, cut, cut.outputs, c.integer(1, 3));
  cut.loses("weight", 1, 1);
  return cut;
}

/// A convolution with kernels of one pixel, flattened for a linear layer.
Cut flat_cut(lab::Case& c, bool norms) {
  Cut cut;
  const std::int64_t in = c.integer(1, 2), high = c.integer(1, 3), wide = c.integer(1, 3);
  cut.outputs = c.integer(1, 4);
  cut.x = {c.integer(1, 2), in, high, wide};
  const Tensor weight = parameter(c, {cut.outputs, in, 1, 1});
  cut.net.add<Conv2d>(weight, parameter(c, {cut.outputs}));
  cut.text += " conv";
  note_outputs(cut);
  cut.net.add<Flatten>();
  const std::int64_t run = high * wide;
  if (norms) add_norm<BatchNorm1d>(c, cut, cut.outputs * run, run);
  add_linear(c, cut, cut.outputs * run, c.integer(1, 3));
  cut.loses("weight", 1, run);
  return cut;
}

/// Some outputs, in rising order, one at least.
std::vector<std::int64_t> any_keep(lab::Case& c, std::int64_t outputs) {
  std::vector<std::int64_t> keep;
  const std::int64_t certain = c.integer(0, outputs - 1);
  for (std::int64_t o = 0; o < outputs; ++o)
    if (o == certain || c.coin()) keep.push_back(o);
  return keep;
}

Tensor parts(const Tensor& x, std::int64_t dim, std::int64_t run, const std::vector<std::int64_t>& keep) {
  Shape sizes = x.sizes();
  sizes[dim] = run * static_cast<std::int64_t>(keep.size());
  Tensor y = make(sizes, x.dtype(), [&](const Shape& at) {
    Shape from = at;
    from[dim] = keep[static_cast<std::size_t>(at[dim] / run)] * run + at[dim] % run;
    return lab::at(x, from);
  });
  if (x.requires_grad()) y.requires_grad_();
  return y;
}

StateDict state_without(const Cut& cut, StateDict state, const std::vector<std::int64_t>& keep) {
  for (NamedTensor& tensor : state)
    for (const Cut::Member& member : cut.members)
      if (member.name == tensor.name) tensor.value = parts(tensor.value, member.dim, member.run, keep);
  return state;
}

void name_cut(lab::Case& c, const Cut& cut, const std::vector<std::int64_t>& keep) {
  c.input("layers", std::string_view(cut.text));
  c.input("layer", cut.layer);
  for (const NamedTensor& tensor : cut.net.state_dict()) c.input(tensor.name, tensor.value);
  c.input("keep", keep);
}

StateDict state_after(const Cut& cut, const std::vector<std::int64_t>& keep) {
  const std::shared_ptr<Module> copy = cut.net.clone();
  auto& net = *copy->as<Sequential>();
  remove_outputs(net, cut.layer, keep);
  return net.state_dict();
}

void check_cut(lab::Case& c, const Cut& cut) {
  const std::vector<std::int64_t> keep = any_keep(c, cut.outputs);
  name_cut(c, cut, keep);
  CHECK_SAME("state", state_after(cut, keep), state_without(cut, cut.net.state_dict(), keep));
}

}  // namespace

TASK_TEST(9, 9, an_output_is_a_row_here_and_an_input_of_the_next_layer) {
  lab::cases(60, [](lab::Case& c) { check_cut(c, linear_cut(c, false)); });
}

TASK_TEST(9, 9, a_kernel_is_a_channel_of_the_next_kernels) {
  lab::cases(60, [](lab::Case& c) { check_cut(c, conv_cut(c, false)); });
}

TASK_TEST(9, 9, behind_flatten_a_channel_is_all_its_pixels) {
  lab::cases(60, [](lab::Case& c) { check_cut(c, flat_cut(c, false)); });
}

TASK_TEST(9, 9, normalisation_between_loses_the_same_channels) {
  lab::cases(80, [](lab::Case& c) {
    const std::int64_t form = c.integer(0, 2);
    check_cut(c, form == 0 ? linear_cut(c, true) : form == 1 ? conv_cut(c, true) : flat_cut(c, true));
  });
}

/// What the whole network returns when the next layer takes 0 for each output that is removed.
Tensor output_without(const Cut& cut, const Tensor& x, const std::vector<std::int64_t>& keep) {
  const NoGrad no_grad;
  const std::shared_ptr<Module> copy = cut.net.clone();
  StateDict state = copy->state_dict();
  const Cut::Member& next = cut.members.back();
  for (NamedTensor& tensor : state) {
    if (tensor.name != next.name) continue;
    std::vector<double> numbers;
    for_each_index(tensor.value.sizes(), [&](const Shape& at) {
      const bool stays = std::find(keep.begin(), keep.end(), at[next.dim] / next.run) != keep.end();
      numbers.push_back(stays ? lab::at(tensor.value, at) : 0.0);
    });
    lab::set_elements(tensor.value, numbers);
  }
  return (*copy)(x);
}

Tensor output_of_smaller(const Cut& cut, const Tensor& x, const std::vector<std::int64_t>& keep) {
  const NoGrad no_grad;
  const std::shared_ptr<Module> copy = cut.net.clone();
  remove_outputs(*copy->as<Sequential>(), cut.layer, keep);
  return (*copy)(x);
}

TASK_TEST(9, 9, the_smaller_network_computes_what_is_left) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t form = c.integer(0, 2);
    const Cut cut = form == 0 ? linear_cut(c, false) : form == 1 ? conv_cut(c, false) : flat_cut(c, false);
    const Tensor x = c.input("x", c.contiguous(cut.x));
    const std::vector<std::int64_t> keep = any_keep(c, cut.outputs);
    name_cut(c, cut, keep);
    // Whole numbers: sums are exact, in any order.
    CHECK_SAME("y", output_of_smaller(cut, x, keep), output_without(cut, x, keep));
  });
}

TASK_TEST(9, 9, what_can_not_be_removed_throws) {
  lab::cases(60, [](lab::Case& c) {
    Cut cut = linear_cut(c, false);
    std::vector<std::int64_t> keep = any_keep(c, cut.outputs);
    const std::int64_t fault = c.integer(0, 6);
    if (fault == 0) cut.layer = c.pick({std::int64_t{-1}, cut.net.size(), cut.net.size() + 1});
    if (fault == 1) cut.layer = cut.net.size() - 1;
    if (fault == 2) keep.clear();
    if (fault == 3) keep.push_back(c.pick({cut.outputs, keep.back(), std::int64_t{-1}}));
    c.input("fault", fault);
    name_cut(c, cut, keep);
    const auto expected = [&] {
      if (fault == 0) throw IndexError("layer");
      if (fault < 4) throw ValueError("keep");
      return state_without(cut, cut.net.state_dict(), keep);
    };
    CHECK_OUTCOME("state", state_after(cut, keep), expected());
  });
}

}  // namespace nn
}  // namespace tinytorch

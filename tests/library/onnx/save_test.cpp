#include "src/nn/onnx/program.hpp"
#include "tests/library/data/damage.hpp"
#include "tests/library/onnx/models.hpp"
#include "tinytorch/nn/containers.hpp"
#include "tinytorch/nn/onnx.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using onnx_models::FunctionModel, onnx_models::Sample;
using testing::Folder, testing::message;

using Function = std::function<Tensor(const Tensor&)>;

std::string saving(const Function& function, const Tensor& x, const nn::OnnxOptions& options = {}) {
  return message<ValueError>([&] {
    FunctionModel model(function);
    nn::serialize_onnx(model, x, options);
  });
}

// Saves and loads each sample and compares the answers for other numbers of rows than the example has.
void expect_same_answers(const std::function<Sample(Generator&)>& draw, int count, double tolerance) {
  Generator g(31);
  for (int round = 0; round < count; ++round) {
    const Sample sample = draw(g);
    const Tensor example = sample.input(onnx_models::between(g, 1, 3));
    const std::string bytes = nn::serialize_onnx(*sample.model, example);
    EXPECT_TRUE(sample.model->is_training());
    const auto loaded = nn::parse_onnx(bytes, "sample");
    sample.model->eval();
    const NoGrad no_grad;
    for (const std::int64_t rows : {example.size(0), std::int64_t{1}, std::int64_t{5}}) {
      const Tensor x = sample.input(rows);
      const Tensor expected = (*sample.model)(x), got = (*loaded)(x);
      ASSERT_EQ(got.sizes(), expected.sizes()) << round;
      if (tolerance == 0.0)
        ASSERT_TRUE(equal(got, expected)) << round;
      else
        ASSERT_TRUE(allclose(got, expected, tolerance, tolerance)) << round;
    }
    for (const NamedTensor& named : loaded->named_parameters()) {
      const StateDict own = sample.model->named_parameters();
      const auto found = std::find_if(own.begin(), own.end(), [&](const auto& one) { return one.name == named.name; });
      ASSERT_NE(found, own.end()) << named.name;
      ASSERT_TRUE(equal(found->value, named.value)) << named.name;
    }
    ASSERT_EQ(loaded->parameter_count(), sample.model->parameter_count());
  }
}

TEST(SaveOnnx, mlps_answer_the_same) { expect_same_answers(onnx_models::random_mlp, 60, 1e-5); }
TEST(SaveOnnx, cnns_answer_the_same) { expect_same_answers(onnx_models::random_cnn, 40, 1e-5); }
TEST(SaveOnnx, encoders_answer_the_same) { expect_same_answers(onnx_models::random_encoder, 20, 1e-5); }

TEST(SaveOnnx, a_perceptron_of_relu_and_softmax_answers_bit_for_bit) {
  expect_same_answers(
      [](Generator& g) -> Sample {
        auto net = std::make_shared<nn::Sequential>();
        net->push_back(std::make_shared<nn::Linear>(6, 7, g));
        net->push_back(std::make_shared<nn::BatchNorm1d>(7));
        net->push_back(std::make_shared<nn::ReLU>());
        net->push_back(std::make_shared<nn::Linear>(7, 4, g, false));
        net->push_back(std::make_shared<nn::Softmax>(-1));
        return {net, [&g](std::int64_t rows) { return randn({rows, 6}, g); }};
      },
      5, 0.0);
}

TEST(SaveOnnx, says_what_the_file_holds) {
  Generator g(2);
  nn::Sequential net;
  net.push_back(std::make_shared<nn::Linear>(3, 2, g));
  const std::string bytes =
      nn::serialize_onnx(net, randn({4, 3}, g), {.input_name = "pixels", .output_name = "scores"});
  const auto loaded = nn::parse_onnx(bytes, "net.onnx");
  EXPECT_EQ(loaded->inputs(), std::vector<std::string>{"pixels: float32 (N, 3)"});
  EXPECT_EQ(loaded->outputs(), std::vector<std::string>{"scores: float32 (N, 2)"});
  EXPECT_EQ(loaded->opset(), 17);
  EXPECT_EQ(message<ShapeError>([&] {
              (*loaded)(zeros({2, 4}));
            }),
            "[onnx] the input is pixels: float32 (N, 3), not (2, 4)");
  EXPECT_EQ(message<DTypeError>([&] {
              (*loaded)(zeros({2, 3}, DType::float64));
            }),
            "[onnx] the input is pixels: float32 (N, 3), not float64");
}

TEST(SaveOnnx, a_fixed_batch_stays) {
  FunctionModel model([](const Tensor& x) { return reshape(x, {2, 3, 2}) + arange(2).to(DType::float32); });
  const auto loaded = nn::parse_onnx(nn::serialize_onnx(model, zeros({4, 3}), {.fixed_batch = true}), "fixed");
  EXPECT_EQ(loaded->inputs(), std::vector<std::string>{"x: float32 (4, 3)"});
  EXPECT_EQ(loaded->outputs(), std::vector<std::string>{"y: float32 (2, 3, 2)"});
  EXPECT_TRUE(equal((*loaded)(ones({4, 3})), model(ones({4, 3}))));
}

TEST(SaveOnnx, float64_stays_float64) {
  Generator g(3);
  nn::Sequential net;
  net.push_back(std::make_shared<nn::Linear>(3, 4, g));
  net.push_back(std::make_shared<nn::LayerNorm>(4));
  net.push_back(std::make_shared<nn::GELU>());
  net.to(DType::float64);
  const Tensor x = randn({2, 3}, g, DType::float64);
  const auto loaded = nn::parse_onnx(nn::serialize_onnx(net, x), "double");
  EXPECT_EQ((*loaded)(x).dtype(), DType::float64);
  EXPECT_TRUE(allclose((*loaded)(x), net(x), 1e-7, 1e-7));  // 1e-5 is a float in the file
}

TEST(SaveOnnx, modes_are_as_before_also_after_an_error) {
  Generator g(4);
  nn::Sequential net;
  net.push_back(std::make_shared<nn::Dropout>(0.5, 1));
  net.push_back(std::make_shared<nn::BatchNorm1d>(3));
  net.push_back(std::make_shared<FunctionModel>([](const Tensor& x) { return cumsum(x, 1); }));
  net.modules()[2]->eval();
  const Tensor before = net.buffers()[0].clone();
  EXPECT_THROW(nn::serialize_onnx(net, randn({4, 3}, g)), ValueError);
  EXPECT_TRUE(net.is_training());
  EXPECT_TRUE(net.modules()[1]->is_training());
  EXPECT_FALSE(net.modules()[2]->is_training());
  EXPECT_TRUE(equal(net.buffers()[0], before));
}

// A weight that two layers share is one parameter; a view of it is computed in the graph.
TEST(SaveOnnx, shared_weights_are_one_parameter) {
  struct Tied : nn::Module {
    nn::Linear in;
    explicit Tied(Generator& g) : in(4, 2, g, false) {}
    Tensor forward(const Tensor& x) override { return matmul(in(x), in.weight) + in.weight.detach().slice(0, 0, 1); }
    void members(nn::MemberVisitor& visit) override { visit.child("in", in); }
  };
  Generator g(5);
  Tied net(g);
  const auto loaded = nn::parse_onnx(nn::serialize_onnx(net, randn({2, 4}, g)), "tied");
  EXPECT_EQ(loaded->parameter_count(), 8);
  loaded->parameters()[0].detach().mul_(2.0);
  net.in.weight.detach().mul_(2.0);
  const Tensor x = randn({3, 4}, g);
  EXPECT_TRUE(allclose((*loaded)(x), net(x), 1e-5, 1e-5));
}

TEST(SaveOnnx, names_an_operation_without_an_operator) {
  EXPECT_EQ(saving([](const Tensor& x) { return relu(cumsum(x, 1)); }, ones({2, 3})),
            "[save_onnx] there is no operator for 'cumsum'; docs/onnx.md lists the operations that are saved");
  nn::NamedSequential net({{"flat", nn::Flatten()}});
  net.insert("sorted", std::make_shared<FunctionModel>([](const Tensor& x) { return sort(x, -1).first; }));
  EXPECT_EQ(message<ValueError>([&] {
              nn::serialize_onnx(net, ones({2, 3, 2}));
            }),
            "[save_onnx] there is no operator for 'sort' in layer 'sorted'; docs/onnx.md lists the operations that are "
            "saved");
  EXPECT_EQ(saving(
                [](const Tensor& x) {
                  return nn::functional::adaptive_avg_pool2d(x, {2, 1});
                },
                ones({1, 2, 5, 5})),
            "[save_onnx] there is no operator for 'adaptive_avg_pool2d': 2 windows over 5 pixels have different sizes; "
            "docs/onnx.md lists the operations that are saved");
}

// What does not reach the result, and what does not depend on the input, needs no operator.
TEST(SaveOnnx, an_operation_beside_the_way_does_not_matter) {
  FunctionModel model([](const Tensor& x) {
    const Tensor unused = cumsum(x, 1);
    return x + cumsum(ones({3}), 0);
  });
  const auto loaded = nn::parse_onnx(nn::serialize_onnx(model, ones({2, 3})), "beside");
  EXPECT_TRUE(equal((*loaded)(ones({1, 3})), tensor({{2.0, 3.0, 4.0}})));
}

TEST(SaveOnnx, refuses_a_change_in_place) {
  const std::string end = " changes a tensor in place: the operation without '_' at its end returns a new one";
  EXPECT_EQ(saving([](const Tensor& x) { return (x * 2.0).add_(1.0); }, ones({2, 3})), "[save_onnx] 'add_'" + end);
  EXPECT_EQ(saving(
                [](const Tensor& x) {
                  const Tensor rows = zeros({2, 3});
                  rows.copy_(slice(x, 0, 0, 2));
                  return rows + x;
                },
                ones({2, 3}), {.fixed_batch = true}),
            "[save_onnx] 'copy_'" + end);
}

TEST(SaveOnnx, constants_may_change_in_place) {
  FunctionModel model([](const Tensor& x) {
    const Tensor offset = zeros({3});
    const Tensor first = x + offset;
    offset.add_(1.0);
    return first * offset + offset;
  });
  const auto loaded = nn::parse_onnx(nn::serialize_onnx(model, ones({2, 3})), "offsets");
  EXPECT_TRUE(equal((*loaded)(full({1, 3}, 5.0)), full({1, 3}, 6.0)));
}

TEST(SaveOnnx, finds_out_numbers_that_are_taken_out_of_tensors) {
  EXPECT_EQ(
      saving(
          [](const Tensor& x) {
            return x * x.index({0, 0}).item<double>();
          },
          full({2, 3}, 3.0)),
      "[save_onnx] for another input the graph's answer differs by 1.484375: forward computes with numbers that it "
      "takes out of tensors, which no graph can show");
  EXPECT_EQ(
      saving([](const Tensor& x) { return full(x.sizes(), x.data<float>()[0]); }, ones({2, 3})),
      "[save_onnx] there is no operator for what FunctionModel computes without operations; docs/onnx.md lists the "
      "operations that are saved");
  struct Still : nn::Module {
    Tensor weight = ones({2});
    Tensor forward(const Tensor&) override { return weight; }
    void members(nn::MemberVisitor& visit) override { visit.parameter("weight", weight); }
  };
  Still still;
  EXPECT_EQ(message<ValueError>([&] {
              nn::serialize_onnx(still, ones({3, 2}));
            }),
            "[save_onnx] the result of forward does not depend on its input");
}

TEST(SaveOnnx, names_what_depends_on_the_batch) {
  const std::string end = " depends on the size of the batch: fixed_batch = true saves a model for 4 rows";
  EXPECT_EQ(saving(
                [](const Tensor& x) {
                  return matmul(x, x.t()).reshape({x.size(0) * x.size(0)}).unsqueeze(0).expand({x.size(0), -1});
                },
                ones({4, 2})),
            "[save_onnx] a tensor that forward makes (node '/Constant_2' (Constant))" + end);
  EXPECT_EQ(saving([](const Tensor& x) { return x + arange(x.size(0)).to(DType::float32).unsqueeze(1); }, ones({4, 2})),
            "[save_onnx] a tensor that forward makes (node '/Constant' (Constant))" + end);
  EXPECT_EQ(saving([](const Tensor& x) { return slice(x, 0, 0, x.size(0) - 1); }, ones({4, 2})),
            "[save_onnx] a tensor that forward makes (node '/Constant_1' (Constant))" + end);
  EXPECT_EQ(
      saving([](const Tensor& x) { return slice(x, 0, 0, x.size(0) / 2); }, ones({4, 2})),
      "[save_onnx] for an input (11, 2) the model returns (5, 2), its graph (2, 2): what depends on the size of the "
      "batch is saved with fixed_batch = true");
  EXPECT_EQ(saving(
                [](const Tensor& x) {
                  Tensor y = x;
                  for (std::int64_t i = 0; i < x.size(0); ++i) y = relu(y);
                  return y;
                },
                ones({4, 2})),
            "[save_onnx] the number of operations" + end);
}

TEST(SaveOnnx, refuses_an_example_or_names_that_make_no_sense) {
  const Function same = [](const Tensor& x) { return x * 2.0; };
  EXPECT_EQ(saving(same, zeros({0, 3})), "[save_onnx] the example has no elements: forward is called with it");
  EXPECT_EQ(saving(same, zeros({})), "[save_onnx] an example without dimensions has no batch: fixed_batch = true");
  EXPECT_EQ(saving(same, ones({2}), {.input_name = "y"}), "[save_onnx] input_name and output_name are two names");
  struct Named : nn::Module {
    Tensor x = ones({2}), y = ones({2});
    Tensor forward(const Tensor& in) override { return in * x + y; }
    void members(nn::MemberVisitor& visit) override {
      visit.parameter("x", x);
      visit.parameter("y", y);
    }
  };
  Named named;
  EXPECT_EQ(message<ValueError>([&] {
              nn::serialize_onnx(named, ones({3, 2}));
            }),
            "[save_onnx] two values have the name 'x': give OnnxOptions another input_name or output_name");
  EXPECT_EQ(message<ValueError>([&] {
              nn::serialize_onnx(named, ones({3, 2}), {.input_name = "in"});
            }),
            "[save_onnx] 'y' is a parameter: give OnnxOptions another output_name");
  EXPECT_NO_THROW(nn::serialize_onnx(named, ones({3, 2}), {.input_name = "in", .output_name = "out"}));
}

TEST(SaveOnnx, the_file_appears_whole_or_not_at_all) {
  const Folder folder;
  const std::filesystem::path file = folder / "net.onnx";
  FunctionModel good([](const Tensor&x) { return relu(x); }), bad([](const Tensor&x) { return cumsum(x, 0); });
  nn::save_onnx(good, ones({2, 2}), file);
  const std::string before = testing::read(file);
  EXPECT_THROW(nn::save_onnx(bad, ones({2, 2}), file), ValueError);
  EXPECT_EQ(testing::read(file), before);
  EXPECT_THROW(nn::save_onnx(good, ones({2, 2}), folder / "no/net.onnx"), FileError);
  EXPECT_THROW(nn::save_onnx(good, ones({2, 2}), file.parent_path()), FileError);
  const auto files = std::filesystem::directory_iterator(file.parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "a temporary file was left";
  EXPECT_TRUE(equal((*nn::load_onnx(file))(full({1, 2}, -1.0)), zeros({1, 2})));
}

TEST(SaveOnnx, a_model_can_be_saved_again_after_it_was_loaded) {
  Generator g(6);
  const Sample sample = onnx_models::random_cnn(g);
  const Tensor x = sample.input(2);
  const std::string first = nn::serialize_onnx(*sample.model, x);
  const auto once = nn::parse_onnx(first, "once");
  const auto twice = nn::parse_onnx(nn::serialize_onnx(*once, x), "twice");
  EXPECT_TRUE(allclose((*once)(x), (*twice)(x), 1e-6, 1e-6));
  EXPECT_EQ(once->parameter_count(), twice->parameter_count());
}

}  // namespace
}  // namespace tinytorch

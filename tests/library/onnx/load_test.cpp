#include "src/nn/onnx/file.hpp"
#include "src/nn/onnx/program.hpp"
#include "src/nn/onnx/recorder.hpp"
#include "src/nn/onnx/wire.hpp"
#include "tests/library/data/damage.hpp"
#include "tests/library/onnx/models.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/onnx.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using onnx::File, onnx::Node, onnx::attribute, onnx::real_attribute;
using testing::damage_everywhere, testing::message;

onnx::Value value(const std::string& name, std::vector<onnx::Dimension> sizes, DType dtype = DType::float32) {
  return {name, dtype, std::move(sizes)};
}

// y = op(x, w) for x (N, 2) and the initializer w.
File small(Node node, const Tensor& w = ones({2})) {
  File file;
  file.graph.name = "small";
  file.graph.nodes.push_back(std::move(node));
  file.graph.initializers.push_back({"w", w});
  file.graph.inputs.push_back(value("x", {{-1, "N"}, {2, ""}}));
  file.graph.outputs.push_back(value("y", {{-1, "N"}, {2, ""}}));
  return file;
}

std::shared_ptr<nn::OnnxModel> loaded(const File& file) { return nn::parse_onnx(onnx::serialize(file), "m.onnx"); }

std::string refusal(const File& file) {
  return message<ValueError>([&] { loaded(file); });
}
std::string damage(const File& file) {
  return message<FormatError>([&] { loaded(file); });
}

TEST(LoadOnnx, refuses_what_is_beyond_the_table) {
  EXPECT_EQ(refusal(small({"Scan", "loop", {"x"}, {"y"}, {}})),
            "[onnx] node 'loop' (Scan): the operator is not computed here; docs/onnx.md lists those that are");
  EXPECT_EQ(refusal(small({"Gemm", "", {"x"}, {"y"}, {}})), "[onnx] node Gemm -> 'y': 1 inputs, not 2 or more");
  EXPECT_EQ(refusal(small({"Add", "sum", {"x", ""}, {"y"}, {}})), "[onnx] node 'sum' (Add): input 1 is left out");
  EXPECT_EQ(
      refusal(small({"Softmax", "s", {"x"}, {"y"}, {attribute("dim", 1)}})),
      "[onnx] node 's' (Softmax): attribute 'dim' is not read, or has another type; those that are read: axis:i ");
  EXPECT_EQ(
      refusal(small({"Softmax", "s", {"x"}, {"y"}, {real_attribute("axis", 1)}})),
      "[onnx] node 's' (Softmax): attribute 'axis' is not read, or has another type; those that are read: axis:i ");
  EXPECT_EQ(refusal(small({"Dropout", "d", {"x"}, {"y", "mask"}, {}})),
            "[onnx] node 'd' (Dropout): only the first output is computed");
}

TEST(LoadOnnx, refuses_a_graph_out_of_order) {
  EXPECT_EQ(damage(small({"Add", "sum", {"x", "z"}, {"y"}, {}})),
            "[onnx] m.onnx: node 'sum' (Add) reads 'z', which nothing before it makes");
  EXPECT_EQ(damage(small({"Add", "sum", {"x", "w"}, {"w"}, {}})),
            "[onnx] m.onnx: node 'sum' (Add) takes the name 'w' again");
  EXPECT_EQ(damage(small({"Add", "sum", {"x", "w"}, {"z"}, {}})),
            "[onnx] m.onnx: the graph's output reads 'y', which nothing before it makes");
  File none = small({"Add", "sum", {"x", "w"}, {"y"}, {}});
  none.graph.outputs.clear();
  EXPECT_EQ(damage(none), "[onnx] m.onnx: the graph has no output");
  File old = small({"Add", "sum", {"x", "w"}, {"y"}, {}});
  old.opset = 11;
  EXPECT_NE(damage(old).find("opset 11: 13 to 21 are read (onnx.version_converter converts others)"),
            std::string::npos);
  EXPECT_EQ(message<FormatError>([] { nn::parse_onnx("", "empty"); }),
            "[onnx] empty: byte 0: there is no graph in it: is this an ONNX file?");
  EXPECT_EQ(message<FormatError>([] { nn::parse_onnx("PK\x03\x04", "zip"); }),
            "[onnx] zip: byte 3: a field with the number 0");
}

TEST(LoadOnnx, a_message_of_a_run_names_the_node) {
  const auto model = loaded(small({"MatMul", "product", {"x", "w"}, {"y"}, {}}, ones({3, 2})));
  EXPECT_EQ(message<ShapeError>([&] {
              (*model)(ones({1, 2}));
            }),
            "[onnx] node 'product' (MatMul): [matmul] inner dimensions differ: (1, 2) x (3, 2)");
  const auto pool = loaded(small({"MaxPool", "pool", {"x"}, {"y"}, {attribute("kernel_shape", Shape{2})}}));
  EXPECT_EQ(message<ValueError>([&] {
              (*pool)(ones({1, 2}));
            }),
            "[onnx] node 'pool' (MaxPool): x is (N, C, L) or (N, C, H, W)");
}

// The bytes of a tensor message with these fields after a name.
std::string with_tensor(const onnx::Writer& tensor) {
  onnx::Writer graph, file, opset;
  graph.message(5, tensor);
  opset.whole(2, 17);
  file.message(7, graph);
  file.message(8, opset);
  return file.out();
}

onnx::Writer named_tensor(std::vector<std::int64_t> dims, std::int64_t type) {
  onnx::Writer tensor;
  for (const std::int64_t size : dims) tensor.whole(1, size);
  tensor.whole(2, type);
  tensor.bytes(8, "w");
  return tensor;
}

std::string tensor_damage(const onnx::Writer& tensor) {
  const std::string text = message<FormatError>([&] { onnx::parse(with_tensor(tensor), "t"); });
  return text.substr(text.find("tensor"));
}

TEST(LoadOnnx, compares_a_tensor_with_its_bytes_before_it_allocates) {
  onnx::Writer huge = named_tensor({1'000'000, 1'000'000}, 1);
  huge.bytes(9, "1234");
  EXPECT_EQ(tensor_damage(huge), "tensor 'w' has 4 bytes for (1000000, 1000000) of 4 each");
  EXPECT_EQ(tensor_damage(named_tensor({1LL << 40, 1LL << 40}, 1)),
            "tensor 'w' has more elements than a file can hold");
  EXPECT_EQ(tensor_damage(named_tensor({-1}, 1)), "tensor 'w' has a size of -1");
  EXPECT_EQ(tensor_damage(named_tensor({1, 1, 1, 1, 1, 1, 1, 1, 1}, 1)), "tensor 'w' has more than 8 dimensions");
  EXPECT_EQ(tensor_damage(named_tensor({1}, 8)), "tensor 'w' is of type 8, for which there is no dtype");
  EXPECT_EQ(tensor_damage(named_tensor({2}, 7)), "tensor 'w' has 0 bytes for (2,) of 8 each");
  onnx::Writer elsewhere = named_tensor({2}, 1);
  elsewhere.whole(14, 1);
  EXPECT_EQ(tensor_damage(elsewhere),
            "tensor 'w' has its numbers in another file: save the model with them inside "
            "(save_as_external_data=False)");
}

TEST(LoadOnnx, reads_numbers_in_every_place_where_they_may_stand) {
  const auto read = [](const onnx::Writer& tensor) {
    return onnx::parse(with_tensor(tensor), "t").graph.initializers[0].value;
  };
  onnx::Writer longs = named_tensor({3}, 7);
  longs.whole(7, -5);
  longs.bytes(7, std::string("\x06\x07", 2));  // packed
  EXPECT_TRUE(equal(read(longs), tensor({-5, 6, 7}).to(kInt64)));
  onnx::Writer floats = named_tensor({2}, 1);
  floats.real(4, 1.5F);
  floats.bytes(4, std::string("\0\0\0\x40", 4));
  EXPECT_TRUE(equal(read(floats), tensor({1.5, 2.0})));
  onnx::Writer half = named_tensor({4}, 10);
  half.bytes(9, std::string("\x00\x3c\x00\xc0\x01\x00\x00\x7c", 8));
  EXPECT_TRUE(equal(read(half), tensor({1.0, -2.0, 0x1p-24, std::numeric_limits<double>::infinity()})));
  onnx::Writer brain = named_tensor({1}, 16);
  brain.whole(5, 0x3fc0);
  EXPECT_TRUE(equal(read(brain), tensor({1.5})));
  onnx::Writer booleans = named_tensor({2}, 9);
  booleans.whole(5, 1);
  booleans.whole(5, 0);
  EXPECT_TRUE(equal(read(booleans), tensor({1, 0}).to(kBool)));
  EXPECT_EQ(read(named_tensor({0, 3}, 1)).sizes(), (Shape{0, 3}));
}

TEST(LoadOnnx, every_damaged_file_is_an_error_of_one_line) {
  nn::Sequential net;
  net.push_back(std::make_shared<nn::Conv2d>(ones({2, 1, 1, 2}), zeros({2})));
  net.push_back(std::make_shared<nn::BatchNorm2d>(2));
  net.push_back(std::make_shared<nn::Flatten>());
  net.push_back(std::make_shared<nn::Softmax>(1));
  damage_everywhere(
      nn::serialize_onnx(net, ones({1, 1, 1, 2})), [](const std::string& bytes) { nn::parse_onnx(bytes, "damaged"); },
      1000);
}

// A damaged graph that still loads may do other things; it must not crash. It has no padding, whose size could be huge.
TEST(LoadOnnx, a_changed_graph_runs_or_is_an_error) {
  onnx_models::FunctionModel model([](const Tensor& x) {
    const Tensor turned = cat({slice(x, 1, 0, 2), x}, 1).reshape({x.size(0), 2, -1}).transpose(1, 2);
    return softmax(matmul(turned, ones({2, 2})), 1) + sum(turned, 1, true) + select(x, 1, 2).reshape({-1, 1, 1});
  });
  const Tensor x = ones({2, 4});
  const std::string bytes = nn::serialize_onnx(model, x);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const int flip : {0x01, 0x02, 0x80}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      try {
        (*nn::parse_onnx(changed, "changed"))(x);
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      }
    }
}

TEST(LoadOnnx, a_loaded_model_can_be_trained) {
  Generator g(14);
  nn::Sequential net;
  net.push_back(std::make_shared<nn::Linear>(2, 8, g));
  net.push_back(std::make_shared<nn::BatchNorm1d>(8));
  net.push_back(std::make_shared<nn::Tanh>());
  net.push_back(std::make_shared<nn::Linear>(8, 1, g));
  const auto model = nn::parse_onnx(nn::serialize_onnx(net, ones({3, 2})), "net");
  EXPECT_EQ(model->buffers().size(), 2U);
  optim::Adam optimizer(model->parameters(), {.lr = 0.05});
  const Tensor x = rand({32, 2}, g), y = sum(x, 1, true);
  double first = 0.0, last = 0.0;
  for (int step = 0; step < 100; ++step) {
    const Tensor loss = nn::functional::mse_loss((*model)(x), y);
    last = loss.item<double>();
    if (step == 0) first = last;
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  EXPECT_LT(last, first / 10.0);
  EXPECT_TRUE(net.load_state_dict(model->state_dict(), false).unexpected.empty());
  net.eval();
  EXPECT_TRUE(allclose(net(x), (*model)(x), 1e-5, 1e-5));
}

TEST(LoadOnnx, a_clone_has_parameters_of_its_own) {
  const auto model = loaded(small({"Add", "sum", {"x", "w"}, {"y"}, {}}));
  const auto copy = model->clone();
  copy->parameters()[0].detach().add_(1.0);
  EXPECT_TRUE(equal((*model)(zeros({1, 2})), ones({1, 2})));
  EXPECT_TRUE(equal((*copy)(zeros({1, 2})), full({1, 2}, 2.0)));
}

TEST(LoadOnnx, a_graph_of_two_inputs_and_two_outputs_runs) {
  File file = small({"Sub", "", {"x", "z"}, {"y"}, {}});
  file.graph.nodes.push_back({"Split", "", {"y"}, {"a", "b"}, {attribute("axis", 1)}});
  file.graph.inputs.push_back(value("z", {{-1, "N"}, {2, ""}}));
  file.graph.outputs = {value("b", {}), value("y", {})};
  const auto model = loaded(file);
  const std::vector<Tensor> both = model->run({tensor({{5.0, 7.0}}), tensor({{1.0, 2.0}})});
  EXPECT_TRUE(equal(both[0], tensor({{5.0}})));
  EXPECT_TRUE(equal(both[1], tensor({{4.0, 5.0}})));
  EXPECT_EQ(message<ValueError>([&] {
              (*model)(ones({1, 2}));
            }),
            "[onnx] the graph has 2 inputs: call run() with all of them");
  EXPECT_EQ(message<ValueError>([&] { model->run({ones({1, 2})}); }), "[onnx] the graph has 2 inputs, not 1");
}

TEST(LoadOnnx, a_file_that_is_not_there_is_named) {
  EXPECT_EQ(message<FileError>([] { nn::load_onnx("nowhere.onnx"); }),
            "[read] nowhere.onnx: No such file or directory");
  EXPECT_EQ(message<FileError>([] { nn::load_onnx("/dev/zero"); }), "[onnx] /dev/zero: is no regular file");
}

// The page shows the tables of the code.
TEST(OnnxTables, stand_in_the_page) {
  const std::string page = testing::read(TINYTORCH_ONNX_PAGE);
  EXPECT_NE(page.find(onnx::saved_table()), std::string::npos) << onnx::saved_table();
  EXPECT_NE(page.find(onnx::loaded_table()), std::string::npos) << onnx::loaded_table();
}

}  // namespace
}  // namespace tinytorch

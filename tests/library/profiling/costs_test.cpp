// The costs of operations as core reports them, the trace as a JSON parser reads it, and the machine of lab 00's file.

#include "tinytorch/profiling/costs.hpp"

#include "src/course/machine_profile.hpp"
#include "src/course/roofline_machine.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tinytorch::profiling {
namespace {

/// Keeps the records of this thread's operations for as long as it lives.
class Collector final : public OpHook {
 public:
  Collector() : before_(set_op_hook(this)) {}
  ~Collector() override { set_op_hook(before_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  std::int64_t op_begins(const char*, bool) noexcept override { return 0; }
  void op_ends(OpRecord& record) noexcept override { records.push_back(record); }
  void allocated(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}
  void freed(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}

  std::vector<OpRecord> records;

 private:
  OpHook* before_;
};

template <class F>
std::vector<OpRecord> records_of(F run) {
  Collector collector;
  run();
  return collector.records;
}

/// The sum over the records with this name; over all of them without one.
Cost total(const std::vector<OpRecord>& records, const std::string& name = "") {
  Cost sum;
  for (const OpRecord& record : records) {
    if (!name.empty() && name != record.name) continue;
    const Cost cost = op_cost(record);
    sum.flops += cost.flops;
    sum.bytes_read += cost.bytes_read;
    sum.bytes_written += cost.bytes_written;
  }
  return sum;
}

Cost without_parameters(const nn::Cost& cost) { return {cost.flops, cost.bytes_read, cost.bytes_written}; }

/// A number that counts the additions and multiplications of plain loops.
struct Counted {
  static inline std::int64_t operations = 0;
  friend Counted operator*(Counted, Counted) { return ++operations, Counted{}; }
  friend Counted operator+(Counted, Counted) { return ++operations, Counted{}; }
};

std::int64_t counted_products(std::int64_t results, std::int64_t terms, bool bias) {
  Counted::operations = 0;
  for (std::int64_t i = 0; i < results; ++i) {
    Counted sum, a, b;
    for (std::int64_t k = 0; k < terms; ++k) sum = sum + a * b;
    if (bias) sum = sum + b;
  }
  return Counted::operations;
}

TEST(OpCost, of_a_matmul_is_counted) {
  Generator g(1);
  const Tensor a = rand({3, 4, 5}, g), b = rand({3, 5, 6}, g);
  const auto records = records_of([&] { matmul(a, b); });
  EXPECT_EQ(total(records), (Cost{counted_products(3 * 4 * 6, 5, false), 4 * (60 + 90), 4 * 72}));
}

TEST(OpCost, of_layers_is_what_their_own_cost_functions_say) {
  Generator g(2);
  const Tensor x = rand({7, 20}, g), w = rand({10, 20}, g), b = rand({10}, g);
  EXPECT_EQ(total(records_of([&] { nn::functional::linear(x, w, b); })),
            without_parameters(nn::linear_cost(7, 20, 10, DType::float32)));
  const Tensor images = rand({2, 3, 9, 8}, g), kernels = rand({4, 3, 3, 2}, g), bias = rand({4}, g);
  const ConvSpec spec{{2, 1}, {1, 2}, {1, 1}};
  const auto records = records_of([&] { nn::functional::conv2d(images, kernels, bias, spec); });
  EXPECT_EQ(total(records), without_parameters(nn::conv2d_cost(images.sizes(), kernels.sizes(), spec)));
  EXPECT_EQ(total(records).flops, counted_products(numel(records.at(0).output_shape), 3 * 3 * 2, true));
}

TEST(OpCost, of_views_is_nothing_and_of_copies_their_bytes) {
  Generator g(3);
  const Tensor x = rand({4, 6}, g);
  EXPECT_EQ(total(records_of([&] { reshape(permute(x, Shape{1, 0}).t(), {2, 12}); })), Cost{});
  EXPECT_EQ(total(records_of([&] { contiguous(permute(x, Shape{1, 0})); })), (Cost{0, 96, 96}));
  EXPECT_EQ(total(records_of([&] { (void)x.clone(); })), (Cost{0, 96, 96}));
}

TEST(OpCost, of_a_change_in_place_is_no_view) {
  Generator g(4);
  const Tensor x = rand({5, 5}, g), y = rand({5, 5}, g);
  EXPECT_EQ(total(records_of([&] { x.add_(y); })), (Cost{25, 200, 100}));
}

/// LeNet's layers, small, with Adam.
struct Net {
  explicit Net(Generator& g)
      : conv(1, 4, 3, g),
        linear(4 * 3 * 3, 10, g),
        adam({conv.weight, conv.bias, linear.weight, linear.bias}, optim::AdamOptions{}) {
    for (const Tensor& p : {conv.weight, conv.bias, linear.weight, linear.bias}) p.set_requires_grad();
  }
  void step(const Tensor& images, const Tensor& labels) {
    const Tensor hidden = nn::functional::max_pool2d(relu(conv.forward(images)), {.kernel = {2, 2}});
    const Tensor logits = linear.forward(reshape(hidden, {images.size(0), 4 * 3 * 3}));
    adam.zero_grad();
    nn::functional::cross_entropy(logits, labels).backward();
    adam.step();
  }
  nn::Conv2d conv;
  nn::Linear linear;
  optim::Adam adam;
};

std::vector<OpRecord> step_of(std::int64_t batch) {
  Generator g(5);
  Net net(g);
  const Tensor images = rand({batch, 1, 8, 8}, g), labels = zeros({batch}, DType::int64);
  net.step(images, labels);  // makes Adam's state
  return records_of([&] { net.step(images, labels); });
}

TEST(OpCost, knows_every_operation_of_a_training_step) {
  std::string unknown;
  for (const OpRecord& record : step_of(3)) {
    if (!op_cost(record).known && std::string(record.name) != "backward") unknown += std::string(record.name) + " ";
  }
  EXPECT_EQ(unknown, "");
}

TEST(OpCost, doubles_with_the_batch_but_not_for_parameters) {
  const auto one = step_of(4), two = step_of(8);
  for (const char* name : {"conv2d", "conv2d_grad_weight", "linear", "relu", "max_pool2d", "cross_entropy"}) {
    EXPECT_GT(total(one, name).flops, 0) << name;
    EXPECT_EQ(total(two, name).flops, 2 * total(one, name).flops) << name;
  }
  EXPECT_EQ(total(two, "adam_update"), total(one, "adam_update"));
  const std::int64_t parameters = 4 * 9 + 4 + 10 * 36 + 10;
  EXPECT_EQ(total(one, "adam_update"), (Cost{13 * parameters, 16 * parameters, 12 * parameters}));
}

TEST(OpKind, is_found_for_every_name_of_the_list_and_for_no_other) {
  EXPECT_EQ(op_kind("relu").work, Work::results);
  EXPECT_EQ(op_kind("relu_").work, Work::results);
  EXPECT_EQ(op_kind("zero_").work, Work::moves);
  EXPECT_EQ(op_kind("abs").work, Work::results);
  EXPECT_EQ(op_kind("window_sums_grad").work, Work::inputs);
  for (const char* name : {"", "_", "a", "relu__", "reluu", "sort", "zzz"})
    EXPECT_EQ(op_kind(name).work, Work::unknown) << name;
}

// ---- Trace ----

TEST(Trace, is_read_back_by_a_json_parser) {
  constexpr auto begin = Event::Phase::begin, end = Event::Phase::end;
  const Event events[] = {{"step \"1\"", 1'000, 0, begin}, {"conv\n2d\\", 1'250, 0, begin},
                          {"load", 900, 7, begin},         {"conv\n2d\\", 4'007, 0, end},
                          {"step \"1\"", 9'999, 0, end},   {"decode", 1'000, 7, begin}};
  std::string text = R"({"traceEvents":)";
  write_trace(text, events);
  text += "}";
  std::map<std::string, nlohmann::json> spans;
  const nlohmann::json trace = nlohmann::json::parse(text);
  for (const auto& span : trace.at("traceEvents")) spans[span.at("name")] = span;
  ASSERT_EQ(spans.size(), 4U);
  const nlohmann::json& conv = spans.at("conv\n2d\\");
  EXPECT_EQ(conv.at("ph"), "X");
  EXPECT_DOUBLE_EQ(conv.at("ts").get<double>(), 1.25);
  EXPECT_DOUBLE_EQ(conv.at("dur").get<double>(), 2.757);
  EXPECT_EQ(conv.at("pid"), 1);
  EXPECT_EQ(spans.at("load").at("tid"), 7);
  EXPECT_DOUBLE_EQ(spans.at("load").at("dur").get<double>(), 0.1);
  EXPECT_DOUBLE_EQ(spans.at("decode").at("dur").get<double>(), 0.0);
}

// ---- Machine ----

MachineProfile profile() {
  MachineProfile machine;
  machine.caches = {{1, 32768, 64, 1}, {2, 1048576, 64, 1}, {3, 33554432, 64, 8}};
  machine.staircase = {{4096, 1.25}};
  machine.bandwidth = {{1, 16384, 200.5}, {2, 524288, 100.25}, {3, 16777216, 50}, {0, 268435456, 20}};
  return machine;
}

TEST(RooflineMachine, comes_from_the_file_of_lab_00) {
  const RooflineMachine machine = roofline_machine(to_json(profile()), {80});
  ASSERT_EQ(machine.levels.size(), 4U);
  EXPECT_EQ(machine.peak, GflopPerS{80});
  EXPECT_EQ(machine.levels[0].level, 1);
  EXPECT_EQ(machine.levels[0].bytes, 32768);
  EXPECT_EQ(machine.levels[0].bandwidth, GbPerS{200.5});
  EXPECT_EQ(machine.levels[3].level, 0);
  EXPECT_EQ(classify({1000, 1'000'000'000, 0}, 50'000'000, machine).level, 0);
  EXPECT_EQ(classify({100, 40'000, 0}, 1'000, machine).level, 2);
}

TEST(RooflineMachine, of_a_machine_without_caches_is_memory) {
  MachineProfile bare = profile();
  bare.caches.clear();
  bare.staircase.clear();
  bare.bandwidth.erase(bare.bandwidth.begin(), bare.bandwidth.begin() + 3);
  EXPECT_EQ(roofline_machine(to_json(bare), {80}).levels.size(), 1U);
}

TEST(RooflineMachine, refuses_other_files_with_a_place) {
  const std::string good = to_json(profile());
  for (const std::string& text :
       {std::string(), std::string("{}"), good.substr(0, good.size() / 2), good.substr(0, good.find("\"bandwidth\""))})
    EXPECT_THROW(roofline_machine(text, {80}), FormatError) << text;
  std::string broken = good;
  broken.replace(broken.find("32768"), 5, "large");
  try {
    roofline_machine(broken, {80});
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_NE(std::string(error.what()).find("byte "), std::string::npos) << error.what();
  }
}

TEST(RooflineMachine, takes_its_peak_from_a_measured_matmul) {
  SteadyClock clock;
  EXPECT_GT(matmul_peak(clock), GflopPerS{0});
}

}  // namespace
}  // namespace tinytorch::profiling

#include "tinytorch/profiling/profiler.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/trainer.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tinytorch::profiling {
namespace {

using nlohmann::json;

nn::Sequential lenet(std::uint64_t seed) {
  Generator generator(seed);
  const ConvSpec same{.padding = {1, 1}};
  nn::Sequential net;
  net.add<nn::Conv2d>(1, 6, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::MaxPool2d>(2);
  net.add<nn::Conv2d>(6, 8, 3, generator, same);
  net.add<nn::ReLU>();
  net.add<nn::Flatten>();
  net.add<nn::Linear>(8 * 4 * 4, 10, generator);
  return net;
}

// An epoch of a small LeNet on 96 images of noise.
class Epoch {
 public:
  explicit Epoch(int workers)
      : images_(randn({96, 1, 8, 8}, generator_)),
        labels_(empty({96}, DType::int64)),
        net_(lenet(2)),
        adam_(net_.parameters(), {.lr = 1e-3}) {
    for (std::int64_t i = 0; i < 96; ++i) labels_.data<std::int64_t>()[i] = i % 10;
    data_ = std::make_unique<data::TensorDataset>(images_, labels_);
    loader_ = std::make_unique<data::DataLoader>(
        *data_, data::DataLoaderOptions{.batch_size = 16, .shuffle = true, .workers = workers});
  }

  void run(std::int64_t epochs = 1) {
    optim::Trainer trainer(
        {.model = net_,
         .optimizer = adam_,
         .loader = *loader_,
         .loss = [](const Tensor& y, const Tensor& t) { return nn::functional::cross_entropy(y, t); }},
        {.epochs = epochs});
    trainer.fit();
  }

 private:
  Generator generator_{1};
  Tensor images_, labels_;
  nn::Sequential net_;
  optim::Adam adam_;
  std::unique_ptr<data::TensorDataset> data_;
  std::unique_ptr<data::DataLoader> loader_;
};

std::int64_t sum_of_self(const SpanNode& node) {
  std::int64_t sum = node.self_ns;
  for (const SpanNode& child : node.children) sum += sum_of_self(child);
  return sum;
}

// Times of a trace are microseconds with three digits of a fraction.
std::int64_t ns_of(const json& number) { return static_cast<std::int64_t>(number.get<double>() * 1000.0 + 0.5); }

struct Span {
  std::int64_t begin, end;
};

TEST(Profiler, ATraceOfAnEpochIsReadBack) {
  Epoch epoch(0);
  epoch.run();  // later parts of the epoch reuse memory that this one has allocated
  Profiler profiler;
  profiler.start();
  {
    const ProfileScope whole("epoch");
    epoch.run(2);
  }
  const auto at_the_end = memory::stats();
  const Profile profile = profiler.stop();
  ASSERT_EQ(profile.dropped_spans + profile.dropped_ops + profile.dropped_states, 0);

  const json trace_events = json::parse(trace(profile));
  std::map<int, std::vector<Span>> spans;
  std::map<std::uint64_t, std::int64_t> starts;
  std::vector<json> counters;
  std::int64_t flows = 0;
  for (const json& event : trace_events) {
    const std::string phase = event.at("ph");
    const std::int64_t begin = ns_of(event.at("ts"));
    if (phase == "X") spans[event.at("tid")].push_back({begin, begin + ns_of(event.at("dur"))});
    if (phase == "C") counters.push_back(event.at("args"));
    if (phase == "s") starts[event.at("id")] = begin;
    if (phase == "f") {
      ASSERT_EQ(starts.count(event.at("id")), 1u);
      EXPECT_LE(starts[event.at("id")], begin);
      ++flows;
    }
  }

  // Spans nest: the next one is inside the one before or behind it. Self times by this nesting sum to the total.
  std::int64_t inside = 0, total = 0, self = 0;
  for (auto& [thread, list] : spans) {
    std::stable_sort(list.begin(), list.end(), [](const Span& a, const Span& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<Span> open;
    for (const Span& span : list) {
      while (!open.empty() && open.back().end <= span.begin) open.pop_back();
      if (!open.empty()) {
        ASSERT_LE(span.end, open.back().end);
      }
      const std::int64_t length = span.end - span.begin;
      self += length;
      if (open.empty())
        total += length;
      else
        inside += length;
      open.push_back(span);
    }
  }
  EXPECT_EQ(self - inside, total);  // a child's time is no self time of its parent
  std::int64_t tree_self = 0, tree_total = 0;
  for (const SpanTree::Thread& thread : profile.tree.threads) {
    tree_self += sum_of_self(thread.root);
    tree_total += thread.root.total_ns;
  }
  EXPECT_EQ(tree_self, tree_total);
  EXPECT_EQ(total, tree_total);

  // Each node of backward of an operation that was seen has its arrow: convolutions, relu, linear, ...
  EXPECT_GE(flows, 2 * 6 * 8);

  // The counters are the allocator's, at the end and at the peak.
  ASSERT_FALSE(counters.empty());
  std::int64_t last = 0, highest = 0;
  for (const json& counter : counters) {
    std::int64_t sum = 0;
    for (const auto& [tag, bytes] : counter.items()) sum += bytes.get<std::int64_t>();
    highest = std::max(highest, sum);
    last = sum;
  }
  EXPECT_EQ(last, at_the_end.active);
  EXPECT_EQ(highest, profile.peak.bytes);
  for (int t = 0; t < memory::tag_count; ++t)
    EXPECT_EQ(profile.memory.back().by_tag[static_cast<std::size_t>(t)],
              memory::stats(static_cast<memory::Tag>(t)).active);
}

TEST(Profiler, ThePeakIsTheAllocators) {
  Epoch epoch(0);
  Profiler profiler;
  memory::reset_peak();
  profiler.start();
  epoch.run();
  const std::int64_t peak = memory::stats().peak;
  const Profile profile = profiler.stop();
  EXPECT_EQ(profile.peak.bytes, peak);
  std::int64_t sum = 0;
  for (const std::int64_t bytes : profile.peak.by_tag) sum += bytes;
  EXPECT_EQ(sum, profile.peak.bytes);
  EXPECT_GT(profile.peak.by_tag[static_cast<std::size_t>(memory::Tag::activation)], 0);
  EXPECT_NE(profile.peak.span, nullptr);
}

TEST(Profiler, WorkersHaveThreadsOfTheirOwn) {
  Epoch epoch(2);
  Profiler profiler;
  profiler.start();
  epoch.run();
  const Profile profile = profiler.stop();
  EXPECT_GE(profile.tree.threads.size(), 2u);
  for (const SpanTree::Thread& thread : profile.tree.threads) EXPECT_EQ(sum_of_self(thread.root), thread.root.total_ns);
}

// Moves by 10 for each reading.
class Steps final : public Clock {
 public:
  std::int64_t now_ns() override { return now += 10; }
  std::int64_t now = 0;
};

TEST(Profiler, TheTableCountsCallsTimeAndOperations) {
  Steps clock;
  Profiler profiler({}, &clock);
  const Tensor a = ones({4, 8}), b = ones({8, 16});
  profiler.start();
  for (int i = 0; i < 3; ++i) matmul(a, b);
  const Profile profile = profiler.stop();
  const std::vector<SpanTotal> list = totals(profile);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].name, "matmul");
  EXPECT_EQ(list[0].calls, 3);
  EXPECT_EQ(list[0].cost.flops, 3 * 2 * 4 * 8 * 16);
  EXPECT_DOUBLE_EQ(list[0].share, list[0].self_ns > 0 ? 1.0 : 0.0);
  const std::string text = table(profile);
  EXPECT_NE(text.find("matmul"), std::string::npos);
  EXPECT_NE(text.find("0.003"), std::string::npos);  // MFLOP
}

TEST(Profiler, WhatFindsNoRoomIsCounted) {
  Profiler profiler({.spans = 2, .ops = 1, .states = 3});
  const Tensor x = ones({2});
  profiler.start();
  for (int i = 0; i < 5; ++i) relu(x);
  const Profile profile = profiler.stop();
  EXPECT_EQ(profile.events.size(), 4u);
  EXPECT_EQ(profile.dropped_spans, 3);
  EXPECT_EQ(profile.ops.size(), 1u);
  EXPECT_EQ(profile.dropped_ops, 4);
  EXPECT_EQ(profile.memory.size(), 3u);
  EXPECT_EQ(profile.dropped_states, 8);
  EXPECT_NE(table(profile).find("incomplete"), std::string::npos);
}

TEST(Profiler, AScopeThatIsOpenEndsWithTheRecording) {
  Profiler profiler;
  const Tensor x = ones({2});
  const ProfileScope before("before");
  profiler.start();
  const ProfileScope open("open");
  relu(x);
  const Profile profile = profiler.stop();
  const SpanNode& node = profile.tree.threads.at(0).root.children.at(0);
  EXPECT_EQ(node.name, "open");
  EXPECT_TRUE(node.open);
  EXPECT_EQ(node.children.at(0).name, "relu");
}

TEST(Profiler, MisuseIsAnError) {
  Profiler first, second;
  EXPECT_THROW(first.stop(), ValueError);
  first.start();
  EXPECT_THROW(first.start(), ValueError);
  EXPECT_THROW(second.start(), ValueError);
  first.stop();
  second.start();
  EXPECT_TRUE(second.running());
  second.stop();
}

TEST(Profiler, AnEmptyProfileIsDrawnAndWritten) {
  Profiler profiler;
  profiler.start();
  const Profile profile = profiler.stop();
  EXPECT_TRUE(json::parse(trace(profile)).is_array());
  EXPECT_NE(flame(profile, 0, 10, "a < b").find("a &lt; b"), std::string::npos);
  EXPECT_THROW(flame(profile, 10, 10, ""), ValueError);
  EXPECT_EQ(summary(profile), "No operation ran while the profiler did.");
}

TEST(HardwareCounters, AreThereOrSayWhyNot) {
  const HardwareCounters counters;
  const HardwareCounts counts = counters.read();
  if (counts.available)
    EXPECT_GT(counts.instructions, 0);
  else
    EXPECT_FALSE(counts.why_not.empty());
}

}  // namespace
}  // namespace tinytorch::profiling

// Milestone 2018: how fast is a network, and how long does a request wait? Two sizes of batch are compared in pairs,
// and the network serves requests that come when they come. What decides whether this passes runs in virtual time: a
// busy machine changes no verdict.
#include "examples/common/digits.hpp"
#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "tinytorch/core/gemm_parallel.hpp"
#include "tinytorch/core/gemm_tiles.hpp"
#include "tinytorch/nn/deploy_batching.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/nn/deploy_traffic.hpp"

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace {

namespace tt = tinytorch;
namespace kernels = tinytorch::kernels;
namespace profiling = tinytorch::profiling;

const examples::Story story{
    .year = 2018,
    .title = "MLPerf: speed that can be compared",
    .crisis =
        "Everybody publishes the speed of networks. Each vendor chooses the batch, leaves out the warm-up that "
        "it likes, and measures one request after the other, so nobody waits in the numbers.",
    .idea =
        "MLPerf fixes the scenarios. In the server scenario, requests come by a Poisson process whether or not the "
        "system is ready, and what counts is the latency that 99 of 100 requests stay below.",
    .next =
        "A figure without its error says little. Whether B is faster than A is a question to a test, with a rate of "
        "false alarms that can be counted.",
};

tt::nn::Sequential make_network() {
  tt::Generator generator(1);
  return tt::nn::Sequential(tt::nn::Linear(64, 64, generator), tt::nn::ReLU(), tt::nn::Linear(64, 10, generator));
}

// How long the network takes for one image, in ns, warm-up left out; and whether a batch is cheaper per image.
double measure_network(const tt::Tensor& images, std::int64_t rounds) {
  tt::nn::Sequential net = make_network();
  const tt::NoGrad no_grad;
  const tt::Tensor one = images.slice(0, 0, 1), batch = images.slice(0, 0, 32);
  profiling::FunctionSubject single([&] {
    for (int i = 0; i < 32; ++i) net(one);
  });
  profiling::FunctionSubject together([&] { net(batch); });
  tt::SteadyClock clock;
  tt::Generator coin(1);
  const profiling::Paired times = profiling::measure_paired(single, together, rounds, clock, coin);
  const auto warm = profiling::warmup_length(times.a);
  const std::vector<double> kept(times.a.begin() + warm, times.a.end());
  const auto middle = [](std::span<const double> values) { return profiling::quantile(values, 0.5); };
  const profiling::Interval interval = profiling::bootstrap_interval(kept, middle, 0.95, 500, coin);
  fmt::print("one image: {:.2f} us (95 %: {:.2f} to {:.2f}), warm-up of {} of {} samples left out\n",
             middle(kept) / 32e3, interval.low / 32e3, interval.high / 32e3, warm, rounds);
  fmt::print("32 images, b as a batch and a one by one: {}\n\n",
             profiling::to_string(profiling::compare(times, 0.05), times.a.size(), 0.05));
  return middle(kept) / 32;
}

// x w^T of a layer with lab 10's kernel. With `in_blocks`, bias and ReLU are part of the product; else they are two
// operations after it.
tt::Tensor layer_offline(const tt::Tensor& x, const tt::nn::Linear& layer, bool with_relu, bool in_blocks) {
  static const kernels::MicroKernel kernel{kernels::micro_tile(), kernels::micro_kernel};
  static const kernels::Tiles tiles = kernels::choose_tiles(tt::read_caches(), kernel.tile);
  static kernels::Workspace workspace;
  const tt::Tensor &w = layer.weight, y = tt::empty({x.size(0), w.size(0)});
  const kernels::GemmArgs product{y.dtype(), x.size(0),   w.size(0),   w.size(1), x.data(),    x.stride(0), x.stride(1),
                                  w.data(),  w.stride(1), w.stride(0), y.data(),  y.stride(0), 0.0};
  if (in_blocks) {
    const kernels::Epilogue end{layer.bias.data<float>(), with_relu ? kernels::relu_elements : nullptr};
    kernels::gemm_epilogue(product, tiles, kernel, end, workspace);
    return y;
  }
  kernels::gemm_packed(product, tiles, kernel, workspace);
  return with_relu ? tt::relu(y + layer.bias) : y + layer.bias;
}

// All images at once, which MLPerf calls offline. Returns whether the layers answer as the network does.
bool measure_offline(const tt::Tensor& images, std::int64_t rounds) {
  tt::nn::Sequential net = make_network();
  const tt::NoGrad no_grad;
  const auto& first = dynamic_cast<const tt::nn::Linear&>(net[0]);
  const auto& last = dynamic_cast<const tt::nn::Linear&>(net[2]);
  const auto answers = [&](bool in_blocks) {
    return layer_offline(layer_offline(images, first, true, in_blocks), last, false, in_blocks);
  };
  profiling::FunctionSubject after([&] { answers(false); });
  profiling::FunctionSubject inside([&] { answers(true); });
  tt::SteadyClock clock;
  tt::Generator coin(2);
  const profiling::Paired times = profiling::measure_paired(after, inside, rounds, clock, coin);
  fmt::print("offline, all {} images, bias and ReLU b inside the products and a after them: {}\n\n", images.size(0),
             profiling::to_string(profiling::compare(times, 0.05), times.a.size(), 0.05));
  return tt::allclose(net(images), answers(true), 1e-4, 1e-5);
}

// The p99 in service times at this load. The server serves in virtual time; the run must agree with the queue.
double p99_at(double load, std::int64_t service_ns, std::int64_t requests, bool& agrees) {
  tt::Generator generator(7);
  const auto arrivals = profiling::poisson_arrivals(load * 1e9 / static_cast<double>(service_ns), requests, generator);
  const std::vector<std::int64_t> service(static_cast<std::size_t>(requests), service_ns);
  profiling::VirtualClock clock;
  profiling::VirtualSystem system(clock, service, 1);
  const profiling::ScenarioResult result = profiling::run_server(system, arrivals, clock);
  agrees = agrees && result.latencies == profiling::fifo_latencies(arrivals, service, 1);
  fmt::print("  load {:2.0f} %: {}\n", 100 * load, profiling::to_string(result));
  const std::vector<double> latencies(result.latencies.begin(), result.latencies.end());
  return profiling::quantile(latencies, 0.99) / static_cast<double>(service_ns);
}

namespace deploy = tt::deploy;

// Publishes the network and opens it again, as another machine would.
deploy::LoadedModel through_registry(const tt::nn::Sequential& net) {
  const auto folder = std::filesystem::temp_directory_path() / ("tinytorch_mlperf_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string weights = tt::data::serialize_safetensors(net.state_dict());
  const auto bytes = deploy::bytes_of(weights);
  deploy::promote(tt::disk(), folder,
                  deploy::publish(tt::disk(), folder, {{{"weights.safetensors", {bytes.begin(), bytes.end()}}}}));
  const deploy::StoredModel stored = deploy::open_current(tt::disk(), folder);
  std::filesystem::remove_all(folder);
  const deploy::PackageFile& file = stored.package.files.at(0);
  auto module = std::make_shared<tt::nn::Sequential>(make_network());
  module->load_state_dict(tt::data::parse_safetensors(deploy::text_of(file.bytes), file.name));
  return {stored.version, module};
}

// Serves 2000 images in batches, in virtual time: 1 ms for a batch and 0.02 ms for each image in it. Returns how many
// replies are not what the network says of that image alone, and the sizes of the batches without and with a delay.
std::int64_t serve_in_batches(const tt::Tensor& images, std::vector<double>& sizes) {
  const tt::nn::Sequential net = make_network();
  deploy::ModelHandle current;
  deploy::publish_model(current, through_registry(net));
  tt::Generator generator(11);
  const auto arrivals = profiling::poisson_arrivals(400, 2000, generator);
  const auto image_of = [&](std::int64_t id) { return images.select(0, id % images.size(0)); };
  const tt::NoGrad no_grad;
  const tt::Tensor right = current.model->module->forward(images);
  std::int64_t wrong = 0;
  fmt::print("\nthe same server in batches, through a registry and a window, 400 images in a second:\n");
  for (const std::int64_t delay : {0, 1, 5, 20}) {
    deploy::Replies replies;
    const deploy::Traffic traffic =
        deploy::simulate({32, delay * 1'000'000, 1024}, {1'000'000, 20'000}, arrivals, image_of,
                         [&](deploy::Taken taken) { deploy::answer(std::move(taken), current, replies); });
    for (const deploy::Reply& reply : replies) {
      const bool same = reply.status == deploy::ReplyStatus::answered &&
                        tt::allclose(reply.output, right.select(0, reply.id % images.size(0)), 1e-4, 1e-5);
      wrong += same ? 0 : 1;
    }
    wrong += 2000 - static_cast<std::int64_t>(replies.size());
    sizes.push_back(traffic.mean_batch());
    const std::vector<double> latencies(traffic.latencies.begin(), traffic.latencies.end());
    fmt::print("  max_delay {:2} ms: p99 {:.1f} ms, {:.1f} images in a batch, busy {:.0f} % of the time\n", delay,
               profiling::quantile(latencies, 0.99) / 1e6, traffic.mean_batch(),
               100.0 * static_cast<double>(traffic.busy_ns) / static_cast<double>(traffic.elapsed_ns));
  }
  return wrong;
}

// In how many of 200 virtual sessions a difference is shown.
int shown_of_200(std::int64_t rounds, double factor) {
  int shown = 0;
  tt::Generator noise(3);
  profiling::VirtualClock clock;
  const auto run = [&](double times) { clock.advance(std::llround(1e6 * times * std::exp(0.05 * noise.normal()))); };
  profiling::FunctionSubject a([&] { run(1); });
  profiling::FunctionSubject b([&] { run(factor); });
  for (std::uint64_t session = 0; session < 200; ++session) {
    tt::Generator coin(session);
    const auto result = profiling::compare(profiling::measure_paired(a, b, rounds, clock, coin), 0.05);
    shown += result.difference != profiling::Difference::not_shown ? 1 : 0;
  }
  return shown;
}

int run(int argc, char** argv) {
  examples::Options options(
      argc, argv, "How fast a network is, and how long a request waits: paired rounds, and four loads of a server.");
  const std::int64_t rounds = options.whole("--rounds", 40, 10, "rounds of the comparison");
  const std::int64_t requests = options.whole("--requests", 20'000, 1000, "requests for each load");
  const std::string data = options.text("--data", (examples::data_folder() / "digits.csv.gz").string(), "the digits");
  if (const int code = options.exit_code(); code >= 0) return code;

  examples::tell(story);
  const examples::Digits digits = examples::load_digits(data);
  const tt::Tensor images = digits.images.reshape({digits.images.size(0), 64});
  const double service = measure_network(images, rounds);
  const bool same_answers = measure_offline(images, rounds);

  fmt::print("server, open loop, in virtual time with the measured service time:\n");
  bool agrees = true;
  std::vector<double> tails;
  for (const double load : {0.5, 0.8, 0.9, 0.95})
    tails.push_back(p99_at(load, std::max<std::int64_t>(std::llround(service), 1), requests, agrees));
  const bool grows = std::is_sorted(tails.begin(), tails.end()) && tails.back() > 3 * tails.front();

  std::vector<double> sizes;
  const std::int64_t wrong = serve_in_batches(images, sizes);
  const bool batches = wrong == 0 && std::is_sorted(sizes.begin(), sizes.end());

  const std::int64_t needed = profiling::rounds_needed(0.05, 0.05, 0.05, 0.8);
  const int alarms = shown_of_200(30, 1), found = shown_of_200(needed, 1.06);
  fmt::print("\nof 200 pairs of equals {} are called different; 6 % more time is found in {} of 200 ({} rounds)\n",
             alarms, found, needed);
  return examples::conclude(
      story, same_answers && agrees && grows && batches && alarms <= 18 && found >= 160,
      fmt::format("p99 of {:.1f} service times at half load, {:.1f} at 95 %; {} false alarms of 200", tails.front(),
                  tails.back(), alarms));
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("mlperf", run, argc, argv); }

// 2015: a model in use. A week passes in virtual time: digits are served through a registry and a window, on the third
// day the pictures begin to be turned, the monitor finds it, a new network is trained and published, tried on half of
// the users, and promoted. On the sixth day somebody publishes a network that was trained on transposed pictures.
//
// Source: D. Sculley et al., "Hidden Technical Debt in Machine Learning Systems", 2015.

#include "examples/common/digits.hpp"
#include "examples/common/options.hpp"
#include "examples/common/story.hpp"
#include "examples/common/text_file.hpp"
#include "tinytorch/nn/deploy_batching.hpp"
#include "tinytorch/nn/deploy_registry.hpp"
#include "tinytorch/nn/deploy_traffic.hpp"
#include "tinytorch/profiling/monitor.hpp"
#include "tinytorch/torch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace {

namespace tt = tinytorch;
namespace nn = tinytorch::nn;
namespace deploy = tinytorch::deploy;
namespace profiling = tinytorch::profiling;

const examples::Story story{
    .year = 2015,
    .title = "a model in a world that changes",
    .crisis =
        "A network that was right yesterday is wrong today, and nothing in its code has changed: the pictures have. "
        "Nobody notices until users do, and who trains it again in a hurry may make it worse.",
    .idea =
        "D. Sculley and others list what surrounds a model: versions, monitors, tests of the input. Here a window of "
        "inputs is compared with what the network was trained on; drift starts a training; half of the users try the "
        "result, and rates of wrong answers decide.",
    .next =
        "Labels came an hour late here, and for every answer. Where they come late or never, input is all there is."};

constexpr std::int64_t hours = 168, drift_begins = 60, bad_candidate_comes = 136, training_takes = 2;
constexpr std::int64_t hour_ns = 3'600'000'000'000;

/// Pictures and their digits: (n, 1, 8, 8) and (n).
struct Pictures {
  tt::Tensor images, labels;
  std::int64_t count() const { return labels.numel(); }
};

Pictures part_of(const Pictures& all, std::int64_t from, std::int64_t to) {
  return {all.images.slice(0, from, to), all.labels.slice(0, from, to)};
}

Pictures shuffled(const examples::Digits& digits, tt::Generator& g) {
  tt::Tensor order = tt::empty({digits.labels.numel()}, tt::DType::int64);
  for (std::int64_t i = 0; i < order.numel(); ++i) {
    const auto place = static_cast<std::int64_t>(g.below(static_cast<std::uint64_t>(i) + 1));
    order.data<std::int64_t>()[i] = order.data<std::int64_t>()[place];
    order.data<std::int64_t>()[place] = i;
  }
  return {tt::index_select(digits.images, 0, order), tt::index_select(digits.labels, 0, order)};
}

nn::Sequential make_network() {
  tt::Generator generator(1);
  nn::Sequential net;
  net.add<nn::Flatten>();
  net.add<nn::Linear>(64, 64, generator);
  net.add<nn::ReLU>();
  net.add<nn::Linear>(64, 10, generator);
  return net;
}

deploy::ModelPackage trained_on(const Pictures& pictures, std::uint64_t seed, std::int64_t epochs) {
  nn::Sequential net = make_network();
  const tt::data::TensorDataset examples(pictures.images, pictures.labels);
  tt::data::DataLoader loader(examples, {.batch_size = 32, .shuffle = true, .seed = seed});
  tt::optim::Adam optimizer(net.parameters(), {.lr = 3e-3});
  const auto loss = [](const tt::Tensor& outputs, const tt::Tensor& targets) {
    return nn::functional::cross_entropy(outputs, targets);
  };
  tt::optim::Trainer({.model = net, .optimizer = optimizer, .loader = loader, .loss = loss}, {.epochs = epochs}).fit();
  const std::string weights = tt::data::serialize_safetensors(net.state_dict());
  const auto bytes = deploy::bytes_of(weights);
  return {{{"weights.safetensors", {bytes.begin(), bytes.end()}}}};
}

deploy::LoadedModel loaded(const deploy::StoredModel& stored) {
  const deploy::PackageFile& file = stored.package.files.at(0);
  auto module = std::make_shared<nn::Sequential>(make_network());
  module->load_state_dict(tt::data::parse_safetensors(deploy::text_of(file.bytes), file.name));
  module->eval();
  return {stored.version, module};
}

/// The values of each pixel over some pictures.
std::vector<std::vector<double>> pixels_of(const tt::Tensor& images) {
  const tt::Tensor rows = tt::reshape(images, {images.size(0), -1}).contiguous();
  std::vector<std::vector<double>> pixels(static_cast<std::size_t>(rows.size(1)));
  for (std::int64_t i = 0; i < rows.numel(); ++i)
    pixels[static_cast<std::size_t>(i % rows.size(1))].push_back(static_cast<double>(rows.data<float>()[i]));
  return pixels;
}

/// What an hour came to.
struct Hour {
  std::int64_t asked = 0, answered = 0, right = 0, misattributed = 0;
  std::map<std::int64_t, std::int64_t> by_version;
};

using Mark = std::pair<std::int64_t, std::string>;  // an hour, and what happened

class Week {
 public:
  Week(Pictures pictures, std::uint64_t seed, std::int64_t requests, std::int64_t epochs)
      : generator_(seed),
        pictures_(std::move(pictures)),
        requests_(requests),
        epochs_(epochs),
        trigger_({.on = 3, .off = 3, .cool_down = 12 * hour_ns, .labels = 3 * requests}),
        folder_(std::filesystem::temp_directory_path() / ("tinytorch_mlops_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    const std::int64_t count = pictures_.count();
    train_ = part_of(pictures_, 0, count / 2);
    pool_ = part_of(pictures_, count / 2, 3 * count / 4);
    deploy::promote(tt::disk(), folder_, deploy::publish(tt::disk(), folder_, trained_on(train_, 1, epochs_)));
    deploy::publish_model(current_, loaded(deploy::open_current(tt::disk(), folder_)));
    reference_.features = pixels_of(train_.images);
    mark(0, "version 1 serves");
  }
  ~Week() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Week(const Week&) = delete;
  Week& operator=(const Week&) = delete;

  void pass() {
    for (std::int64_t hour = 0; hour < hours; ++hour) {
      if (training_ends_ == hour) end_training(hour);
      if (hour >= bad_candidate_comes && bad_ == 0 && !trial_) {
        const Pictures wrong{tt::transpose(train_.images, 2, 3).contiguous(), train_.labels};
        begin_trial(hour, trained_on(wrong, 3, epochs_));
        bad_ = candidate_;
      }
      const Pictures asked = pictures_of(hour);
      serve(hour, asked);
      watch(hour, asked);
    }
  }

  const std::vector<Hour>& log() const { return log_; }
  const std::vector<Mark>& marks() const { return marks_; }
  std::vector<std::int64_t> promoted() const { return deploy::promoted_versions(tt::disk(), folder_); }
  std::int64_t found_at() const { return found_at_; }
  std::int64_t retrained_at() const { return retrained_at_; }
  std::int64_t bad_version() const { return bad_; }
  std::int64_t rolled_back() const { return rolled_back_; }

 private:
  void mark(std::int64_t hour, std::string text) {
    fmt::print("  day {}, {:02}:00  {}\n", hour / 24 + 1, hour % 24, text);
    marks_.emplace_back(hour, std::move(text));
  }

  /// What users draw in this hour; from the hour of the drift on it is turned.
  Pictures pictures_of(std::int64_t hour) {
    tt::Tensor rows = tt::empty({requests_}, tt::DType::int64);
    for (std::int64_t i = 0; i < requests_; ++i)
      rows.data<std::int64_t>()[i] =
          static_cast<std::int64_t>(generator_.below(static_cast<std::uint64_t>(pool_.count())));
    Pictures asked{tt::index_select(pool_.images, 0, rows), tt::index_select(pool_.labels, 0, rows)};
    if (hour < drift_begins) return asked;
    std::vector<tt::Tensor> turned;
    for (std::int64_t i = 0; i < requests_; ++i) turned.push_back(tt::data::rotate(asked.images.select(0, i), 35.0));
    asked.images = tt::stack(turned, 0);
    return asked;
  }

  /// Two seconds of the hour, in virtual time: the requests of each arm wait in a window of its own.
  void serve(std::int64_t hour, const Pictures& asked) {
    Hour& log = log_.emplace_back();
    std::vector<std::int64_t> arms[2];
    for (std::int64_t i = 0; i < requests_; ++i) {
      const std::uint64_t user = generator_.below(10'000);
      arms[trial_ && profiling::to_canary(user, 0.5, static_cast<std::uint64_t>(candidate_)) ? 1 : 0].push_back(i);
    }
    std::vector<std::pair<std::int64_t, bool>> outcomes;  // request, wrong or not, as the labels come
    std::vector<bool> on_trial(static_cast<std::size_t>(requests_));
    for (const int arm : {0, 1}) {
      const std::vector<std::int64_t>& mine = arms[arm];
      if (mine.empty()) continue;
      for (const std::int64_t i : mine) on_trial[static_cast<std::size_t>(i)] = arm == 1;
      answer_all(asked, mine, arm == 1 ? *trial_model_ : current_, log, outcomes);
    }
    std::sort(outcomes.begin(), outcomes.end());
    for (const auto& [request, wrong] : outcomes)
      if (trial_) judge(hour, on_trial[static_cast<std::size_t>(request)], wrong);
  }

  void answer_all(const Pictures& asked, const std::vector<std::int64_t>& mine, const deploy::ModelHandle& model,
                  Hour& log, std::vector<std::pair<std::int64_t, bool>>& outcomes) {
    std::vector<std::int64_t> arrivals;
    for (const std::int64_t i : mine) arrivals.push_back(i * 2'000'000'000 / requests_);
    const auto picture = [&](std::int64_t id) { return asked.images.select(0, mine[static_cast<std::size_t>(id)]); };
    deploy::Replies replies;
    deploy::simulate({16, 20'000'000, 512}, {2'000'000, 100'000}, arrivals, picture,
                     [&](deploy::Taken taken) { deploy::answer(std::move(taken), model, replies); });
    log.asked += static_cast<std::int64_t>(mine.size());
    for (const deploy::Reply& reply : replies) {
      if (reply.status != deploy::ReplyStatus::answered) continue;
      const std::int64_t request = mine[static_cast<std::size_t>(reply.id)];
      const bool right = tt::argmax(reply.output, 0).item<std::int64_t>() == asked.labels.data<std::int64_t>()[request];
      ++log.answered;
      ++log.by_version[reply.version];
      log.right += right ? 1 : 0;
      log.misattributed += reply.version == model.model->version ? 0 : 1;
      outcomes.emplace_back(request, !right);
    }
  }

  void judge(std::int64_t hour, bool on_trial, bool wrong) {
    const auto arm = on_trial ? profiling::Arm::canary : profiling::Arm::current;
    const profiling::Action action = trial_->observe(arm, {wrong});
    if (action == profiling::Action::none) return;
    trial_.reset();
    if (action == profiling::Action::roll_back) {
      rolled_back_ = candidate_;
      return mark(hour, fmt::format("version {} is rolled back", candidate_));
    }
    deploy::promote(tt::disk(), folder_, candidate_);
    deploy::publish_model(current_, loaded(deploy::open_current(tt::disk(), folder_)));
    mark(hour, fmt::format("version {} is promoted", candidate_));
  }

  /// Compares the hour's input with the reference; labels are those of the windows with drift in a row.
  void watch(std::int64_t hour, const Pictures& asked) {
    const profiling::DriftReport report = profiling::detect_drift(reference_, {pixels_of(asked.images)}, 0.001);
    const bool found = report.drift == profiling::Drift::found;
    if (found && found_at_ < 0 && hour >= drift_begins) {
      found_at_ = hour;
      const auto drifted = std::count_if(report.features.begin(), report.features.end(),
                                         [](const profiling::FeatureDrift& one) { return one.drifted; });
      mark(hour, fmt::format("{} of {} pixels have drifted", drifted, report.features.size()));
    }
    if (!found) forget_windows();
    if (found) drifted_images_.push_back(asked.images), drifted_labels_.push_back(asked.labels);
    const auto labels = static_cast<std::int64_t>(drifted_images_.size()) * requests_;
    if (trigger_.observe(report, labels, hour * hour_ns) != profiling::Action::retrain) return;
    if (retrained_at_ < 0) retrained_at_ = hour;
    fresh_ = {tt::cat(drifted_images_, 0), tt::cat(drifted_labels_, 0)};
    training_ends_ = hour + training_takes;
    mark(hour, fmt::format("a training begins, with {} new examples", fresh_.count()));
  }

  /// From here on users draw other pictures than those that the new network has seen.
  void end_training(std::int64_t hour) {
    trigger_.retrained(hour * hour_ns);
    pool_ = part_of(pictures_, 3 * pictures_.count() / 4, pictures_.count());
    reference_.features = pixels_of(fresh_.images);
    forget_windows();
    train_ = {tt::cat({train_.images, fresh_.images}, 0), tt::cat({train_.labels, fresh_.labels}, 0)};
    begin_trial(hour, trained_on(train_, 2, epochs_));
  }

  void forget_windows() {
    drifted_images_.clear();
    drifted_labels_.clear();
  }

  void begin_trial(std::int64_t hour, const deploy::ModelPackage& package) {
    candidate_ = deploy::publish(tt::disk(), folder_, package);
    trial_model_ = std::make_unique<deploy::ModelHandle>();
    deploy::publish_model(*trial_model_, loaded({candidate_, package}));
    trial_ = std::make_unique<profiling::Canary>();
    mark(hour, fmt::format("version {} is published, and half of the users try it", candidate_));
  }

  tt::Generator generator_;
  Pictures pictures_, train_, pool_, fresh_;
  std::int64_t requests_, epochs_;
  profiling::RetrainTrigger trigger_;
  std::filesystem::path folder_;
  deploy::ModelHandle current_;
  std::unique_ptr<deploy::ModelHandle> trial_model_;
  std::unique_ptr<profiling::Canary> trial_;
  std::int64_t candidate_ = 0;  // the version on trial
  profiling::Reference reference_;
  std::vector<tt::Tensor> drifted_images_, drifted_labels_;  // of the windows with drift in a row
  std::int64_t training_ends_ = -1, found_at_ = -1, retrained_at_ = -1, bad_ = 0, rolled_back_ = 0;
  std::vector<Hour> log_;
  std::vector<Mark> marks_;
};

/// Percent of the answers from `first` to before `last` that are right.
double accuracy(const std::vector<Hour>& log, std::int64_t first, std::int64_t last) {
  double right = 0, answered = 0;
  for (std::int64_t hour = first; hour < last; ++hour) {
    right += static_cast<double>(log[static_cast<std::size_t>(hour)].right);
    answered += static_cast<double>(log[static_cast<std::size_t>(hour)].answered);
  }
  return answered > 0 ? 100.0 * right / answered : 0.0;
}

const char* color_of(std::int64_t version) {
  return std::vector{"#6cb2ff", "#7fd49a", "#ff9c9c", "#ffb77c"}[static_cast<std::size_t>(version - 1) % 4];
}

/// The week as a picture: accuracy of each hour, whose answers they are, and what happened.
std::string picture_of(const Week& week) {
  const auto x = [](std::int64_t hour) { return 60 + 5 * hour; };
  const auto y = [](double percent) { return 260.0 - 2.0 * percent; };
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 480\" font-family=\"system-ui, sans-serif\" "
      "font-size=\"12\"><style>.ink { fill: #1f2328; } .line { stroke: #59636e; fill: none; } @media "
      "(prefers-color-scheme: dark) { .ink { fill: #f0f6fc; } .line { stroke: #9198a1; } }</style>\n";
  for (const int percent : {0, 50, 100})
    svg += fmt::format(
        "<path class=\"line\" d=\"M60 {0}H900\" stroke-dasharray=\"2 4\"/><text class=\"ink\" x=\"52\" "
        "y=\"{0}\" text-anchor=\"end\">{1} %</text>\n",
        y(percent), percent);
  std::string path;
  for (std::int64_t hour = 0; hour < hours; ++hour) {
    path += fmt::format("{}{} {:.1f}", hour == 0 ? "M" : "L", x(hour), y(accuracy(week.log(), hour, hour + 1)));
    double top = 290;
    for (const auto& [version, count] : week.log()[static_cast<std::size_t>(hour)].by_version) {
      const double height =
          30.0 * static_cast<double>(count) / static_cast<double>(week.log()[static_cast<std::size_t>(hour)].asked);
      svg += fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"5\" height=\"{:.1f}\" fill=\"{}\"/>", x(hour), top,
                         height, color_of(version));
      top += height;
    }
  }
  svg += fmt::format("\n<path class=\"line\" stroke-width=\"2\" d=\"{}\"/>\n", path);
  svg +=
      "<text class=\"ink\" x=\"60\" y=\"40\">right answers, hour by hour; below, the version that gave them</text>\n";
  std::int64_t below = 326;
  for (const auto& [hour, text] : week.marks()) {
    const bool left = hour > hours / 2;  // of its line
    svg +=
        fmt::format("<path class=\"line\" d=\"M{0} 320V{1}\"/><text class=\"ink\" x=\"{2}\" y=\"{1}\"{3}>{4}</text>\n",
                    x(hour), below += 14, x(hour) + (left ? -4 : 4), left ? " text-anchor=\"end\"" : "", text);
  }
  return svg + "</svg>\n";
}

int run(int argc, char** argv) {
  examples::Options options(argc, argv, "A week of a model in use: served, watched, trained again, tried, promoted.");
  const auto seed = static_cast<std::uint64_t>(options.whole("--seed", 1, 0, "of the pictures that users draw"));
  const std::int64_t requests = options.whole("--requests", 200, 50, "in an hour");
  const std::int64_t epochs = options.whole("--epochs", 20, 1, "how often each training image is seen");
  const std::string picture = options.text("--picture", "", "an SVG file for the week; none without it");
  const std::string data = options.text("--data", (examples::data_folder() / "digits.csv.gz").string(), "the digits");
  if (const int code = options.exit_code(); code >= 0) return code;

  examples::tell(story);
  fmt::print("\n");
  tt::Generator order(2015);
  Week week(shuffled(examples::load_digits(data), order), seed, requests, epochs);
  week.pass();

  Hour sum;
  for (const Hour& hour : week.log()) {
    sum.asked += hour.asked, sum.answered += hour.answered, sum.misattributed += hour.misattributed;
    for (const auto& [version, count] : hour.by_version) sum.by_version[version] += count;
  }
  const double before = accuracy(week.log(), 0, drift_begins), after = accuracy(week.log(), hours - 24, hours);
  const double worst = accuracy(week.log(), drift_begins, drift_begins + training_takes);
  fmt::print("\n{} requests, {} answered\n", sum.asked, sum.answered);
  for (const auto& [version, count] : sum.by_version) fmt::print("  {:6} by version {}\n", count, version);
  fmt::print("right answers: {:.1f} % before the drift, {:.1f} % when it begins, {:.1f} % on the last day\n", before,
             worst, after);
  if (!picture.empty()) examples::write_text(picture, picture_of(week));

  const std::vector<std::int64_t> promoted = week.promoted();
  const bool served = sum.answered == sum.asked && sum.misattributed == 0;
  const bool noticed =
      week.found_at() >= 0 && week.found_at() <= drift_begins + 3 && week.retrained_at() > drift_begins;
  const bool judged = week.bad_version() > 0 && week.rolled_back() == week.bad_version() && promoted.size() >= 2 &&
                      std::find(promoted.begin(), promoted.end(), week.bad_version()) == promoted.end();
  return examples::conclude(
      story, served && noticed && judged && after >= 80.0 && after >= worst + 20.0,
      fmt::format("{} of {} requests answered, each by the version that it names; drift found {} "
                  "hours after it began (at most 3); the bad candidate {} rolled back; {:.1f} % "
                  "right on the last day (at least 80 %)",
                  sum.answered, sum.asked, week.found_at() - drift_begins, judged ? "was" : "was not", after));
}

}  // namespace

int main(int argc, char** argv) { return examples::guarded("mlops", run, argc, argv); }

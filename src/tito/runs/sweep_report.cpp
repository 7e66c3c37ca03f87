#include "src/tito/runs/sweep_report.hpp"

#include "src/tito/runs/chart.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::string shown_value(const config::Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{:.4g}", *real);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return config::to_string(value);
}

// The keys of facts that change results, differ between the trials, and are no axis.
std::vector<std::string> other_differences(const config::Sweep& sweep, const std::vector<FinishedTrial>& trials) {
  std::set<std::string> axes, found;
  for (const config::Axis& axis : sweep.axes) axes.insert("settings." + axis.key);
  for (const FinishedTrial& trial : trials) {
    for (const config::Difference& d : config::explain_difference(trials.front().run.manifest, trial.run.manifest)) {
      if (d.effect == config::Effect::result && !axes.contains(d.key)) found.insert(short_key(d.key));
    }
  }
  return {found.begin(), found.end()};
}

// Where a value stands on the axis: its place among `values`, or itself.
double place_of(const config::Axis& axis, const config::Value& value) {
  const auto found = std::find(axis.values.begin(), axis.values.end(), value);
  if (found != axis.values.end()) return static_cast<double>(found - axis.values.begin());
  const auto* const real = std::get_if<double>(&value);
  return real == nullptr ? 0 : *real;
}

Chart axis_chart(const config::Sweep& sweep, std::size_t at, const std::vector<FinishedTrial>& trials) {
  const config::Axis& axis = sweep.axes[at];
  Chart chart{.title = "test accuracy in %", .x = axis.key, .series = {}, .log_x = axis.log};
  for (const config::Value& value : axis.values) chart.categories.push_back(shown_value(value));
  Series dots{.label = "", .points = {}, .line = false, .dots = true};
  for (const FinishedTrial& trial : trials)
    dots.points.emplace_back(place_of(axis, trial.trial.values[at]), trial.run.result->accuracy);
  chart.series.push_back(std::move(dots));
  return chart;
}

}  // namespace

std::string axes_text(const config::Sweep& sweep, const Trial& trial) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < sweep.axes.size(); ++i)
    parts.push_back(fmt::format("{} = {}", sweep.axes[i].key, shown_value(trial.values[i])));
  return joined(parts, ", ");
}

std::string sweep_table(const config::Sweep& sweep, const std::vector<FinishedTrial>& trials) {
  std::vector<const FinishedTrial*> order;
  for (const FinishedTrial& trial : trials) order.push_back(&trial);
  std::stable_sort(order.begin(), order.end(), [](const FinishedTrial* a, const FinishedTrial* b) {
    return a->run.result->accuracy > b->run.result->accuracy;
  });
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
    widths.push_back(sweep.axes[i].key.size());
    for (const FinishedTrial* t : order) widths[i] = std::max(widths[i], shown_value(t->trial.values[i]).size());
  }
  std::string text;
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) text += fmt::format("{:<{}}  ", sweep.axes[i].key, widths[i]);
  text += "accuracy   seconds  folder\n";
  for (const FinishedTrial* t : order) {
    for (std::size_t i = 0; i < sweep.axes.size(); ++i)
      text += fmt::format("{:<{}}  ", shown_value(t->trial.values[i]), widths[i]);
    text += fmt::format("{:>6.2f} %  {:>8.2f}  {}\n", t->run.result->accuracy, t->run.result->seconds, t->run.name);
  }
  const std::vector<std::string> others = other_differences(sweep, trials);
  if (!others.empty()) text += "not only the axes differ, but also: " + joined(others, ", ") + "\n";
  const bool seeds =
      std::any_of(sweep.axes.begin(), sweep.axes.end(), [](const config::Axis& axis) { return axis.key == "seed"; });
  if (!seeds) text += "each trial has one seed; an axis `seed` shows how far the accuracy moves by itself\n";
  return text;
}

std::vector<std::pair<double, double>> frontier(std::vector<std::pair<double, double>> points) {
  std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
    return a.first < b.first || (a.first == b.first && a.second > b.second);
  });
  std::vector<std::pair<double, double>> front;
  for (const auto& point : points)
    if (front.empty() || point.second > front.back().second) front.push_back(point);
  return front;
}

std::string sweep_picture(const config::Sweep& sweep, const std::vector<FinishedTrial>& trials) {
  std::vector<Chart> charts;
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) charts.push_back(axis_chart(sweep, i, trials));
  Series dots{.label = "", .points = {}, .line = false, .dots = true};
  for (const FinishedTrial& trial : trials)
    dots.points.emplace_back(trial.run.result->seconds, trial.run.result->accuracy);
  Series front{.label = "", .points = frontier(dots.points)};
  charts.push_back(
      {.title = "test accuracy in %, with the frontier", .x = "seconds of a trial", .series = {dots, front}});
  const FinishedTrial& best = *std::max_element(trials.begin(), trials.end(), [](const auto& a, const auto& b) {
    return a.run.result->accuracy < b.run.result->accuracy;
  });
  return draw_charts(
      "Sweep",
      fmt::format("Test accuracy of {} trials over each axis and over their time. The best one has {:.2f} "
                  "% with {}.",
                  trials.size(), best.run.result->accuracy, axes_text(sweep, best.trial)),
      charts);
}

}  // namespace tinytorch::tito

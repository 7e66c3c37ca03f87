#include "modules/05_data/measure/gantt.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
namespace {

/// A row of the chart: bars that do not overlap.
struct Row {
  std::string name;
  std::vector<Event> bars;
};

/// Between two batches a worker waits for room.
void add_waits(std::vector<Event>& bars, double end) {
  std::vector<Event> waits;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double next = i + 1 < bars.size() ? bars[i + 1].from : end;
    if (i + 1 < bars.size()) waits.push_back({Event::Kind::wait, bars[i].lane, bars[i].batch, bars[i].to, next});
  }
  bars.insert(bars.end(), waits.begin(), waits.end());
}

std::vector<Row> rows_of(const PlantedRun& run) {
  std::vector<Row> rows;
  for (int lane = 1; lane <= run.plan.workers; ++lane) {
    Row row{fmt::format("worker {}", lane), {}};
    for (const Event& event : run.events) {
      if (event.lane == lane) row.bars.push_back(event);
    }
    add_waits(row.bars, run.ms);
    rows.push_back(std::move(row));
  }
  if (run.plan.workers == 0) {
    // One thread loads and trains in turn, so each waits while the other works.
    Row loader{"loader", {}};
    for (const Event& event : run.events) {
      if (event.kind == Event::Kind::make) loader.bars.push_back(event);
      if (event.kind == Event::Kind::step) {
        loader.bars.push_back({Event::Kind::wait, 0, event.batch, event.from, event.to});
      }
    }
    rows.push_back(std::move(loader));
  }
  Row training{"training", {}};
  for (const Event& event : run.events) {
    if (event.kind != Event::Kind::make && event.lane == 0) training.bars.push_back(event);
  }
  rows.push_back(std::move(training));
  return rows;
}

std::string title_of(const PlantedRun& run) {
  const std::string per_second = fmt::format("{:.0f} batches a second", 1e3 * double(run.plan.batches) / run.ms);
  if (run.plan.workers == 0) return "no workers: load, train, load, train: " + per_second;
  return fmt::format("{} worker{}, a queue of {}: {}", run.plan.workers, run.plan.workers == 1 ? "" : "s",
                     run.plan.depth, per_second);
}

double longest(const std::vector<PlantedRun>& runs) {
  double ms = 1;
  for (const PlantedRun& run : runs) ms = std::max(ms, run.ms);
  return ms;
}

// ---- the SVG ----

constexpr double left = 92, right = 744, row_height = 26, row_step = 34, queue_height = 40;

const char* const svg_style = R"svg(<style>
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 }
  .make { fill: #0969da } .step { fill: #bc4c00 } .make, .step { stroke: #ffffff } .queue { fill: #8250df } .on { fill: #ffffff }
  .hatch { stroke: #59636e; stroke-width: 1.4 } .wait { fill: url(#hatch); stroke: #59636e; stroke-width: 0.8 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #3d444d }
    .make { fill: #4493f8 } .step { fill: #f0883e } .make, .step { stroke: #0d1117 } .queue { fill: #ab7df8 } .on { fill: #0d1117 }
    .hatch { stroke: #9198a1 } .wait { stroke: #9198a1 }
  }
</style>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern>
)svg";

class Picture {
 public:
  explicit Picture(double longest_ms) : longest_(longest_ms) {}

  double x(double ms) const { return left + ms / longest_ * (right - left); }
  void text(const char* style, double at_x, double at_y, const char* anchor, const std::string& words) {
    body_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", style, at_x,
                         at_y, anchor, words);
  }
  void box(const char* style, double from, double to, double y, double height) {
    if (x(to) - x(from) < 0.4) return;
    body_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", style,
                         x(from), y, x(to) - x(from), height);
  }
  void grid(double ms, double y1, double y2) {
    body_ += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>\n", x(ms),
                         y1, y2);
  }
  const std::string& body() const { return body_; }

 private:
  double longest_;
  std::string body_;
};

void draw_bar(Picture& picture, const Event& bar, double y) {
  const char* const style = bar.kind == Event::Kind::make ? "make" : bar.kind == Event::Kind::step ? "step" : "wait";
  picture.box(style, bar.from, bar.to, y, row_height);
  if (bar.kind == Event::Kind::wait || picture.x(bar.to) - picture.x(bar.from) < 16) return;
  picture.text("on", (picture.x(bar.from) + picture.x(bar.to)) / 2, y + 18, "middle", std::to_string(bar.batch));
}

/// The moments at which the number of ready batches changes.
std::vector<double> changes(const PlantedRun& run) {
  std::vector<double> moments{0};
  for (const Event& event : run.events) {
    if (event.kind != Event::Kind::step) moments.push_back(event.to);
  }
  moments.push_back(run.ms);
  std::sort(moments.begin(), moments.end());
  return moments;
}

void draw_queue(Picture& picture, const PlantedRun& run, double y) {
  const std::vector<double> moments = changes(run);
  const double most = static_cast<double>(run.plan.depth + run.plan.workers);
  for (std::size_t i = 0; i + 1 < moments.size(); ++i) {
    const double height = queue_height * static_cast<double>(run.ready(moments[i])) / most;
    if (height > 0) picture.box("queue", moments[i], moments[i + 1], y + queue_height - height, height);
  }
  picture.box("grid", 0, run.ms, y + queue_height, 0.6);
  picture.text("ink", left - 10, y + queue_height - 4, "end", "ready");
}

double draw_run(Picture& picture, const PlantedRun& run, double y) {
  picture.text("ink", 12, y + 14, "start", title_of(run));
  y += 24;
  for (const Row& row : rows_of(run)) {
    const bool queue_first = row.name == "training" && run.plan.workers > 0;
    if (queue_first) {
      draw_queue(picture, run, y);
      y += queue_height + 8;
    }
    picture.text("ink", left - 10, y + 18, "end", row.name);
    for (const Event& bar : row.bars) draw_bar(picture, bar, y);
    y += row_step;
  }
  return y + 10;
}

}  // namespace

std::string gantt_text(const std::vector<PlantedRun>& runs) {
  constexpr double columns = 72;
  const double ms = longest(runs);
  std::string text;
  for (const PlantedRun& run : runs) {
    text += "\n  " + title_of(run) + "\n";
    for (const Row& row : rows_of(run)) {
      std::string line(static_cast<std::size_t>(columns), ' ');
      for (const Event& bar : row.bars) {
        const char mark = bar.kind == Event::Kind::make ? '#' : bar.kind == Event::Kind::step ? '=' : '.';
        const auto from = static_cast<std::size_t>(std::lround(bar.from / ms * columns));
        const auto to = std::min(line.size(), static_cast<std::size_t>(std::lround(bar.to / ms * columns)));
        for (std::size_t i = from; i < to; ++i) line[i] = mark;
        if (mark != '.' && from < to) line[from] = static_cast<char>('0' + bar.batch % 10);
      }
      text += fmt::format("  {:>9} |{}\n", row.name, line);
    }
  }
  return text + "\n  # makes a batch   = trains on one   . waits\n\n";
}

std::string gantt_svg(const std::vector<PlantedRun>& runs) {
  Picture picture(longest(runs));
  double y = 12;
  for (const PlantedRun& run : runs) y = draw_run(picture, run, y);
  Picture frame(longest(runs));
  const double mark = longest(runs) > 120 ? 20 : 10;
  for (double ms = 0; ms <= longest(runs); ms += mark) {
    frame.grid(ms, 32, y - 12);
    frame.text("soft", frame.x(ms), y + 4, "middle", fmt::format("{:.0f}{}", ms, ms == 0 ? " ms" : ""));
  }
  const double legend = y + 16;
  const auto key = [&](const char* style, double at, const char* words) {
    return fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"22\" height=\"14\"/>\n<text class=\"ink\" x=\"{}\" "
        "y=\"{:.1f}\">{}</text>\n",
        style, at, legend, at + 30, legend + 12, words);
  };
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {0:.0f}\" role=\"img\" "
             "font-family=\"system-ui, sans-serif\" font-size=\"14\">\n<title>Who loads and who trains, over "
             "time</title>\n{1}<rect class=\"paper\" width=\"760\" height=\"{0:.0f}\"/>\n",
             legend + 26, svg_style) +
         frame.body() + picture.body() + key("make", left, "makes batch 0, 1, ...") +
         key("step", left + 190, "trains on it") + key("wait", left + 320, "waits") +
         key("queue", left + 420, "batches ready") + "</svg>\n";
}

}  // namespace tinytorch

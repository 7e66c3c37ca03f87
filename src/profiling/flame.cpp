// The picture of a profile: spans over time, and the memory below.

#include "src/core/svg.hpp"
#include "src/profiling/names.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/profiler.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::profiling {

namespace {

// Narrow, so that the letters are still read when a page shows the picture 400 pixels wide.
constexpr double width = 600, left = 64, right = 14, head = 48, row = 22, gap = 34, plot_height = 150;
constexpr double letter = 8.2;  // about the width of one at 13 px
constexpr double least_width = 0.3;

constexpr const char* style = R"(<style>
  svg { color: #1f2328; font: 13px system-ui, sans-serif }
  text { fill: currentColor }
  .paper { fill: #ffffff }
  .axis { stroke: currentColor; stroke-opacity: .35; fill: none }
  .peak { stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 4 3; fill: none }
  .span { stroke: #ffffff; stroke-width: .6 }
  .span text { stroke: none }
  .f { fill: #a9cdf5 } .b { fill: #f6c28f } .o { fill: #d3d8de }
  .t0 { fill: #c2c8cf } .t1 { fill: #4f8fd6 } .t2 { fill: #e0862f } .t3 { fill: #6bb37b }
  .t4 { fill: #b58ad6 } .t5 { fill: #d9c24a } .t6 { fill: #d66a80 }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3 }
    .paper { fill: #0d1117 }
    .span { stroke: #0d1117 }
    .f { fill: #1f4f86 } .b { fill: #8a4b12 } .o { fill: #444c56 }
    .t0 { fill: #6e7681 } .t1 { fill: #3f7fca } .t2 { fill: #c9742a } .t3 { fill: #4c9a5f }
    .t4 { fill: #9a6fc0 } .t5 { fill: #b8a232 } .t6 { fill: #c05570 }
  }
</style>
)";

struct Box {
  const char* name;
  std::int64_t begin, end;
  std::size_t depth;
  bool backward;
};

bool ends_with_backward(std::string_view name) { return name == "backward" || name.ends_with("_backward"); }

// The spans of the interval, cut at its ends. Those inside backward are marked.
std::vector<Box> boxes(const std::vector<Event>& events, std::uint32_t thread, std::int64_t begin, std::int64_t end) {
  std::vector<Box> done, open;
  const auto close = [&](std::int64_t ns) {
    Box box = open.back();
    open.pop_back();
    box.end = std::min(ns, end);
    box.begin = std::max(box.begin, begin);
    if (box.begin < box.end) done.push_back(box);
  };
  std::int64_t last = begin;
  for (const Event& event : events) {
    if (event.thread != thread) continue;
    last = event.ns;
    if (event.phase == Event::Phase::end) {
      close(event.ns);
      continue;
    }
    const bool backward = ends_with_backward(event.name) || (!open.empty() && open.back().backward);
    open.push_back({event.name, event.ns, 0, open.size(), backward});
  }
  while (!open.empty()) close(last);
  return done;
}

std::uint32_t busiest_thread(const std::vector<Event>& events, std::int64_t begin, std::int64_t end) {
  std::map<std::uint32_t, int> count;
  for (const Event& event : events)
    if (event.ns >= begin && event.ns < end) ++count[event.thread];
  std::uint32_t best = events.empty() ? 1 : events.front().thread;
  for (const auto& [thread, number] : count)
    if (number > count[best]) best = thread;
  return best;
}

// "1.25 ms" or "310 us".
std::string duration(std::int64_t ns) {
  const auto value = static_cast<double>(ns);
  return ns >= 1'000'000 ? fmt::format("{:.2f} ms", value * 1e-6) : fmt::format("{:.1f} us", value * 1e-3);
}

std::string megabytes(std::int64_t bytes) { return fmt::format("{:.2f} MB", static_cast<double>(bytes) * 1e-6); }

class Drawing {
 public:
  Drawing(const Profile& profile, std::int64_t begin, std::int64_t end) : profile_(profile), begin_(begin), end_(end) {
    boxes_ = boxes(profile.events, busiest_thread(profile.events, begin, end), begin, end);
    for (const Box& box : boxes_) first_ = std::min(first_, box.depth), last_ = std::max(last_, box.depth);
    if (boxes_.empty()) first_ = 0;
    plot_top_ = head + row * static_cast<double>(last_ - first_ + 1) + gap;
    for (MemoryState state : profile.memory) {
      if (state.ns >= end) break;
      if (state.ns < begin) states_.clear();  // only the last one before the interval lasts into it
      state.ns = std::max(state.ns, begin);
      states_.push_back(state);
    }
    for (const MemoryState& state : states_) top_ = std::max(top_, state.total());
  }

  std::string svg(const std::string& title) const {
    const double height = plot_top_ + plot_height + 92;
    const MemoryState* const peak = highest();
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"title "
        "description\">\n<title id=\"title\">{}</title>\n<desc id=\"description\">{} of spans, outer ones above inner "
        "ones, and the memory by tag on the same axis{}.</desc>\n",
        width, height, svg::escaped(title), duration(end_ - begin_),
        peak == nullptr ? ""
                        : fmt::format(", at most {} after {}", megabytes(peak->total()), duration(peak->ns - begin_)));
    out += style;
    out += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
    out += fmt::format("<text x=\"14\" y=\"20\" font-weight=\"600\">{}</text>\n", svg::escaped(title));
    out +=
        "<rect class=\"f\" x=\"14\" y=\"29\" width=\"12\" height=\"12\"/><text x=\"31\" y=\"40\">forward</text>"
        "<rect class=\"b\" x=\"100\" y=\"29\" width=\"12\" height=\"12\"/><text x=\"117\" y=\"40\">backward</text>\n";
    for (const Box& box : boxes_) out += drawn(box);
    return out + memory() + axis() + legend(peak) + "</svg>\n";
  }

 private:
  double across(std::int64_t ns) const {
    const double share =
        static_cast<double>(std::clamp(ns, begin_, end_) - begin_) / static_cast<double>(end_ - begin_);
    return left + share * (width - left - right);
  }
  double down(std::int64_t bytes) const {
    return plot_top_ +
           plot_height * (1.0 - static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(top_, 1)));
  }

  const MemoryState* highest() const {
    const MemoryState* best = nullptr;
    for (const MemoryState& state : states_)
      if (best == nullptr || state.total() > best->total()) best = &state;
    return best;
  }

  std::string drawn(const Box& box) const {
    const double x = across(box.begin), w = across(box.end) - x;
    if (w < least_width) return "";
    const double y = head + row * static_cast<double>(box.depth - first_);
    std::string out = fmt::format(
        "<g class=\"span\"><rect class=\"{}\" x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\"><title>{}: {}"
        "</title></rect>",
        box.backward ? "b" : "f", x, y, w, row, svg::escaped(box.name), duration(box.end - box.begin));
    std::string_view name = box.name;
    const auto room = static_cast<std::size_t>(std::max(0.0, (w - 6) / letter));
    if (room >= 3)
      out += fmt::format("<text x=\"{:.2f}\" y=\"{:.1f}\">{}{}</text>", x + 3, y + 15.5,
                         svg::escaped(name.substr(0, name.size() > room ? room - 1 : room)),
                         name.size() > room ? "…" : "");
    return out + "</g>\n";
  }

  // One band for each tag, on top of those before it.
  std::string memory() const {
    if (states_.empty()) return "";
    std::string out;
    std::vector<std::int64_t> below(states_.size(), 0);
    for (std::size_t t = 0; t < memory::tag_count; ++t) {
      std::string upper, lower;
      bool any = false;
      for (std::size_t i = 0; i < states_.size(); ++i) {
        const double x = across(states_[i].ns), next = across(i + 1 < states_.size() ? states_[i + 1].ns : end_);
        const std::int64_t from = below[i], to = from + states_[i].by_tag[t];
        any = any || to > from;
        below[i] = to;
        if (next - x < 0.05 && i + 1 < states_.size() && i > 0) continue;  // too short to be seen
        upper += fmt::format("{}{:.2f} {:.2f}H{:.2f}", upper.empty() ? "M" : "L", x, down(to), next);
        lower = fmt::format("L{:.2f} {:.2f}H{:.2f}", next, down(from), x) + lower;
      }
      if (any) out += fmt::format("<path class=\"t{}\" d=\"{}{}Z\"/>\n", t, upper, lower);
    }
    if (const MemoryState* peak = highest())
      out += fmt::format("<path class=\"peak\" d=\"M{:.2f} {:.1f}V{:.1f}\"/>\n", across(peak->ns), head,
                         plot_top_ + plot_height);
    return out;
  }

  std::string axis() const {
    const double bottom = plot_top_ + plot_height;
    std::string out =
        fmt::format("<path class=\"axis\" d=\"M{} {:.1f}V{:.1f}H{}\"/>\n", left, plot_top_, bottom, width - right);
    for (int i = 0; i <= 2; ++i) {
      const std::int64_t bytes = top_ * i / 2;
      out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.2f}</text>\n", left - 6, down(bytes) + 4,
                         static_cast<double>(bytes) * 1e-6);
    }
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\">MB</text>\n", 14, plot_top_ - 14);
    for (int i = 0; i <= 4; ++i) {
      const std::int64_t ns = (end_ - begin_) * i / 4;
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", across(begin_ + ns),
                         bottom + 18,
                         i == 0   ? "start"
                         : i == 4 ? "end"
                                  : "middle",
                         i == 0 ? "0" : duration(ns));
    }
    return out;
  }

  std::string legend(const MemoryState* peak) const {
    const double first = plot_top_ + plot_height + 44;
    double x = 14, y = first;
    std::string out;
    for (std::size_t t = 0; t < memory::tag_count; ++t) {
      const bool shown = std::any_of(states_.begin(), states_.end(), [&](const auto& s) { return s.by_tag[t] > 0; });
      if (!shown) continue;
      if (x > width - 110) x = 14, y += 20;
      out += fmt::format(
          "<rect class=\"t{}\" x=\"{}\" y=\"{:.1f}\" width=\"12\" height=\"12\"/><text x=\"{}\" "
          "y=\"{:.1f}\">{}</text>\n",
          t, x, y - 11, x + 17, y, tag_name(t));
      x += 96;
    }
    if (peak == nullptr) return out;
    return out + fmt::format("<text x=\"14\" y=\"{:.1f}\">dashed: the peak, {} after {}</text>\n", y + 22,
                             megabytes(peak->total()), duration(peak->ns - begin_));
  }

  const Profile& profile_;
  std::int64_t begin_, end_;
  std::vector<Box> boxes_;
  std::size_t first_ = ~std::size_t{0}, last_ = 0;
  std::vector<MemoryState> states_;
  std::int64_t top_ = 0;
  double plot_top_ = 0;
};

}  // namespace

std::string flame(const Profile& profile, std::int64_t begin_ns, std::int64_t end_ns, const std::string& title) {
  if (begin_ns >= end_ns)
    throw ValueError(fmt::format("[flame] an interval from {} to {} ns is empty", begin_ns, end_ns));
  return Drawing(profile, begin_ns, end_ns).svg(title);
}

}  // namespace tinytorch::profiling

#include "src/serve/digit_json.hpp"

#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::serve {
namespace {

using Json = nlohmann::json;

constexpr std::size_t pixel_count = 64;

[[noreturn]] void refuse(const std::string& why) { throw ValueError(why); }

void append(std::vector<float>& pixels, const Json& value) {
  if (!value.is_number()) refuse(fmt::format("pixel {} is no number", pixels.size()));
  const double pixel = value.get<double>();
  if (!(pixel >= 0.0 && pixel <= 1.0))
    refuse(fmt::format("pixel {} is {}; a pixel is from 0 (paper) to 1 (ink)", pixels.size(), pixel));
  pixels.push_back(static_cast<float>(pixel));
}

Json parse(const std::string& body) {
  const Json request = Json::parse(body, nullptr, false);
  if (!request.is_discarded()) return request;
  refuse(body.empty() ? "the body is empty; send {\"pixels\": [64 numbers]}"
                      : "the body is no JSON; send {\"pixels\": [64 numbers]}");
}

}  // namespace

Tensor read_pixels(const std::string& body) {
  const Json request = parse(body);
  if (!request.is_object() || !request.contains("pixels") || !request["pixels"].is_array())
    refuse("`pixels` is missing; send {\"pixels\": [64 numbers]}");
  std::vector<float> pixels;
  for (const Json& value : request["pixels"]) {
    if (!value.is_array()) {
      append(pixels, value);
    } else {
      for (const Json& inner : value) append(pixels, inner);
    }
  }
  if (pixels.size() != pixel_count) refuse(fmt::format("`pixels` has {} numbers, not 64", pixels.size()));
  Tensor image = empty({static_cast<std::int64_t>(pixel_count)});
  std::copy(pixels.begin(), pixels.end(), image.data<float>());
  return image;
}

std::string answer_json(const Tensor& probabilities, const AnswerFacts& facts) {
  const Tensor flat = probabilities.contiguous();
  const float *const begin = flat.data<float>(), *const end = begin + flat.numel();
  if (!std::all_of(begin, end, [](float p) { return std::isfinite(p); })) refuse("the network's answer is not finite");
  std::string list;
  for (const float* p = begin; p != end; ++p) list += fmt::format("{}{:.6f}", p == begin ? "" : ", ", *p);
  return fmt::format(
      "{{\"digit\": {}, \"probabilities\": [{}], \"version\": {}, \"batch\": {}, \"waited_ms\": {:.3f}, "
      "\"computed_ms\": {:.3f}}}\n",
      std::max_element(begin, end) - begin, list, facts.version, facts.batch, facts.waited_ms, facts.computed_ms);
}

}  // namespace tinytorch::serve

#include "modules/09_compression/measure/digit_net.hpp"
#include "modules/09_compression/measure/parts.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/layer_errors.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::nn {
namespace {

double accuracy(const Tensor& outputs, const Tensor& labels) {
  return 100.0 * mean(to(eq(argmax(outputs, 1), labels), DType::float64)).item<double>();
}

}  // namespace

// ---- P5: where the error of a network comes from ----

void measure_layers() {
  const lab::Digits digits = lab::read_digits();
  Sequential net = lab::trained_lenet(digits, 1);
  const NoGrad no_grad;
  const std::vector<Tensor> calibration{lab::images_of(digits.train)};
  const Tensor images = lab::images_of(digits.test), labels = digits.test.targets();
  const QuantizedNet q(net, calibration);
  const std::vector<LayerError> errors = layer_errors(net, q, images);
  std::string list;
  for (const LayerError& error : errors)
    list += fmt::format("; layer {}: {:.1f} dB alone, {:.1f} dB in the chain", error.layer, error.alone, error.chain);
  const LayerError& last = errors.back();
  const int why = last.alone - last.chain > 1.0 ? 1 : 2;
  const double share = 100.0 * static_cast<double>(q.bytes()) / (4.0 * static_cast<double>(net.parameter_count()));
  lab::answer("P5", last.chain, "dB", why,
              fmt::format("the integers take {:.1f} % of the bytes and read {:.2f} % of the test digits right, float32 "
                          "{:.2f} %{}",
                          share, accuracy(q(images), labels), accuracy(net(images), labels), list));
}

}  // namespace tinytorch::nn

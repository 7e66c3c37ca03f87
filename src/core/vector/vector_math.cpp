// Element-wise functions of float32 arrays by Highway: this file is compiled once for each instruction set, and the
// program chooses one of the copies when it runs.

#include "src/core/vector/vector_math.hpp"

#include "src/core/vector/instruction_sets.hpp"
#include "src/core/vector/targets.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/core/vector/vector_math.cpp"
#include <hwy/foreach_target.h>
// Only after the header above.
#include "src/core/vector/functions.inl"

HWY_BEFORE_NAMESPACE();
namespace tinytorch::vectors::HWY_NAMESPACE {
namespace {

struct Exp {
  HWY_INLINE V operator()(V x) const { return exp_of(x); }
};
struct Log {
  HWY_INLINE V operator()(V x) const { return log_of(x); }
};
struct Tanh {
  HWY_INLINE V operator()(V x) const { return tanh_of(x); }
};
struct Sigmoid {
  HWY_INLINE V operator()(V x) const { return sigmoid_of(x); }
};
struct Silu {
  HWY_INLINE V operator()(V x) const { return gated(x, sigmoid_of(x)); }
};
struct Erf {
  HWY_INLINE V operator()(V x) const { return erf_of(x); }
};
struct NormalCdf {
  HWY_INLINE V operator()(V x) const { return hn::IfThenElse(hn::IsNaN(x), x, normal_share(x)); }
};
struct Gelu {
  HWY_INLINE V operator()(V x) const { return gated(x, normal_share(x)); }
};
struct GeluTanh {
  HWY_INLINE V operator()(V x) const { return gelu_tanh_of(x); }
};

void exp_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Exp{}); }
void log_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Log{}); }
void tanh_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Tanh{}); }
void sigmoid_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Sigmoid{}); }
void silu_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Silu{}); }
void erf_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Erf{}); }
void normal_cdf_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, NormalCdf{}); }
void gelu_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, Gelu{}); }
void gelu_tanh_array(const float* from, float* to, std::int64_t count) { map_array(from, to, count, GeluTanh{}); }

}  // namespace
}  // namespace tinytorch::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::vectors {
void exp(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(exp_array)(from, to, count); }
void log(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(log_array)(from, to, count); }
void tanh(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(tanh_array)(from, to, count); }
void sigmoid(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(sigmoid_array)(from, to, count); }
void silu(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(silu_array)(from, to, count); }
void erf(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(erf_array)(from, to, count); }
void normal_cdf(const float* from, float* to, std::int64_t count) {
  TINYTORCH_BEST_COPY(normal_cdf_array)(from, to, count);
}
void gelu(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(gelu_array)(from, to, count); }
void gelu_tanh(const float* from, float* to, std::int64_t count) {
  TINYTORCH_BEST_COPY(gelu_tanh_array)(from, to, count);
}

}  // namespace tinytorch::vectors
#endif

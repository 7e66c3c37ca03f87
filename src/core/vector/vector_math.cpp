// Element-wise functions of float32 arrays by Highway: this file is compiled once for each instruction set, and the
// program chooses one of the copies when it runs.

#include "src/core/vector/vector_math.hpp"

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

const char* name_of_target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace tinytorch::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::vectors {
namespace {

HWY_EXPORT(exp_array);
HWY_EXPORT(log_array);
HWY_EXPORT(tanh_array);
HWY_EXPORT(sigmoid_array);
HWY_EXPORT(silu_array);
HWY_EXPORT(erf_array);
HWY_EXPORT(normal_cdf_array);
HWY_EXPORT(gelu_array);
HWY_EXPORT(gelu_tanh_array);
HWY_EXPORT(name_of_target);

}  // namespace

void exp(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(exp_array)(from, to, count); }
void log(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(log_array)(from, to, count); }
void tanh(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(tanh_array)(from, to, count); }
void sigmoid(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(sigmoid_array)(from, to, count); }
void silu(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(silu_array)(from, to, count); }
void erf(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(erf_array)(from, to, count); }
void normal_cdf(const float* from, float* to, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(normal_cdf_array)(from, to, count);
}
void gelu(const float* from, float* to, std::int64_t count) { HWY_DYNAMIC_DISPATCH(gelu_array)(from, to, count); }
void gelu_tanh(const float* from, float* to, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(gelu_tanh_array)(from, to, count);
}
const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(name_of_target)(); }

}  // namespace tinytorch::vectors
#endif

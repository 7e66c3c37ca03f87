#include "src/course/traced.hpp"

#include <utility>

namespace tinytorch {

namespace detail {
constinit TraceSink* trace_sink = nullptr;
}  // namespace detail

TraceSink* set_trace_sink(TraceSink* sink) noexcept { return std::exchange(detail::trace_sink, sink); }

}  // namespace tinytorch

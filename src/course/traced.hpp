#pragma once

#include <compare>
#include <concepts>

namespace tinytorch {

/// Is called for every load and store of a Traced number.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void load(const void* address) = 0;
  virtual void store(const void* address) = 0;
};

/// Installs `sink` (null for none) for the whole program and returns the one before. Not for use by several threads.
TraceSink* set_trace_sink(TraceSink* sink) noexcept;

namespace detail {
extern constinit TraceSink* trace_sink;
}  // namespace detail

/// A float32 that reports every read and write. A kernel that is a template over its element type runs on it unchanged,
/// and its accesses to memory can be counted instead of timed. Local variables report as well; the sink distinguishes
/// buffers from locals by their addresses.
class Traced {
 public:
  /// 0, as a float in `T x{}` is. Reports no store.
  constexpr Traced() noexcept = default;
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  constexpr Traced(Number value) noexcept : value_(static_cast<float>(value)) {}  // NOLINT: as float's conversions are
  Traced(const Traced& other) noexcept : value_(other.read()) { stored(); }
  Traced& operator=(const Traced& other) noexcept {
    value_ = other.read();
    stored();
    return *this;
  }

  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  explicit operator Number() const noexcept { return static_cast<Number>(read()); }

  friend Traced operator+(const Traced& a, const Traced& b) noexcept { return Traced(a.read() + b.read()); }
  friend Traced operator-(const Traced& a, const Traced& b) noexcept { return Traced(a.read() - b.read()); }
  friend Traced operator*(const Traced& a, const Traced& b) noexcept { return Traced(a.read() * b.read()); }
  friend Traced operator/(const Traced& a, const Traced& b) noexcept { return Traced(a.read() / b.read()); }
  friend Traced operator-(const Traced& a) noexcept { return Traced(-a.read()); }
  Traced& operator+=(const Traced& other) noexcept { return write(read() + other.read()); }
  Traced& operator-=(const Traced& other) noexcept { return write(read() - other.read()); }
  Traced& operator*=(const Traced& other) noexcept { return write(read() * other.read()); }
  Traced& operator/=(const Traced& other) noexcept { return write(read() / other.read()); }
  friend bool operator==(const Traced& a, const Traced& b) noexcept { return a.read() == b.read(); }
  friend std::partial_ordering operator<=>(const Traced& a, const Traced& b) noexcept { return a.read() <=> b.read(); }

  /// The number, without a report: for code that prints or compares.
  float peek() const noexcept { return value_; }

 private:
  float read() const noexcept {
    if (detail::trace_sink) detail::trace_sink->load(this);
    return value_;
  }
  void stored() noexcept {
    if (detail::trace_sink) detail::trace_sink->store(this);
  }
  Traced& write(float value) noexcept {
    value_ = value;
    stored();
    return *this;
  }

  float value_ = 0.0F;
};

static_assert(sizeof(Traced) == sizeof(float), "a traced tensor's elements lie as a float tensor's do");

}  // namespace tinytorch

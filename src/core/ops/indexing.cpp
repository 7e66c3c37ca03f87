// Elements selected by the numbers in another tensor, and the adjoints of these operations.

#include "tinytorch/core/indexing.hpp"

#include "src/core/autograd/record.hpp"
#include "src/core/ops/loops.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

namespace tinytorch {

using detail::dense, detail::dispatch, detail::for_each_offset, detail::Grads, detail::make_node, detail::needs_grad,
    detail::Node, detail::record, detail::Saved;

namespace {

// The index as int64, with every number checked against the dimension.
Tensor checked(const char* op, const Tensor& index, std::int64_t size) {
  if (index.dtype() != DType::int64 && index.dtype() != DType::int32)
    throw DTypeError(detail::text({"[", op, "] an index is int64, not ", index.dtype()}));
  const Tensor numbers = to(index, DType::int64);
  const std::int64_t* number = numbers.data<std::int64_t>();
  for_each_offset<1>(numbers.sizes(), {numbers.strides()}, [&](std::int64_t, std::int64_t at) {
    if (number[at] < 0 || number[at] >= size)
      throw IndexError(detail::text({"[", op, "] index ", number[at], " is outside 0..", size - 1}));
  });
  return numbers;
}

// A row-major tensor around dimension d: `outer` blocks of `length` rows of `inner` elements.
struct Rows {
  std::int64_t outer = 1, length, inner = 1;
  Rows(const Shape& sizes, std::int64_t d) : length(sizes[d]) {
    for (std::int64_t i = 0; i < d; ++i) outer *= sizes[i];
    for (std::int64_t i = d + 1; i < sizes.size(); ++i) inner *= sizes[i];
  }
};

void check_list(const char* op, const Tensor& index) {
  if (index.dim() > 1) throw ShapeError(detail::text({"[", op, "] indices must be 1-d: ", index.sizes()}));
}

// Calls f(offset in walked, offset in x) for every element of index. The index says where in dimension d of x to look.
template <class F>
void for_each_indexed(const Shape& walked, const Tensor& x, std::int64_t d, const Tensor& index, F f) {
  Shape along = x.strides();
  if (x.dim() > 0) along[d] = 0;
  const std::int64_t step = x.dim() > 0 ? x.strides()[d] : 0;
  const std::int64_t* number = index.data<std::int64_t>();
  for_each_offset<3>(
      index.sizes(), {index.strides(), walked, along},
      [&](std::int64_t, std::int64_t at, std::int64_t mine, std::int64_t base) { f(mine, base + number[at] * step); });
}

// gather and scatter take an index of x's rank. No size of it may be larger than that of `room`, except along d.
void check_index(const char* op, const Tensor& x, std::int64_t d, const Tensor& index, const Shape& room, bool also_d) {
  bool fits = index.dim() == room.size() && room.size() == x.dim();
  for (std::int64_t i = 0; fits && i < index.dim(); ++i) fits = index.sizes()[i] <= room[i] || (i == d && !also_d);
  if (!fits) throw ShapeError(detail::text({"[", op, "] an index of ", index.sizes(), " does not fit in ", room}));
}

template <class F>
void by_size(DType dtype, F f) {
  const std::int64_t bytes = item_size(dtype);
  if (bytes == 1) return f(std::uint8_t{});
  if (bytes == 4) return f(std::uint32_t{});
  f(std::uint64_t{});
}

std::int64_t dim_of(const char* op, const Tensor& x, std::int64_t dim) {
  return wrap_dim(dim, std::max<std::int64_t>(1, x.dim()), op);
}

// The part of the source that the index uses.
Tensor used_part(const Tensor& source, const Shape& index) {
  Tensor part = source;
  for (std::int64_t d = 0; d < index.size(); ++d)
    if (part.sizes()[d] != index[d]) part = slice(part, d, 0, index[d]);
  return part;
}

void check_source(const char* op, const Tensor& x, const Tensor& source) {
  if (x.dtype() != source.dtype())
    throw DTypeError(detail::text({"[", op, "] dtypes differ: ", x.dtype(), " and ", source.dtype()}));
}

}  // namespace

Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& index) {
  const std::int64_t d = dim_of("index_select", x, dim);
  OpScope scope("index_select", {&x, &index});
  scope.setting("dim", {d});
  check_list("index_select", index);
  if (x.dim() == 0) return scope.result(reshape(index_select(reshape(x, {1}), 0, index), {}));
  const Tensor order = raw::contiguous(checked("index_select", flatten(index.detach()), x.sizes()[d]));
  const std::int64_t* number = order.data<std::int64_t>();
  Shape sizes = x.sizes();
  sizes[d] = order.numel();
  Tensor out = empty(sizes, x.dtype());
  if (dense(x)) {
    const Rows rows(x.sizes(), d);
    const auto bytes = static_cast<std::size_t>(rows.inner * item_size(x.dtype()));
    auto* to = static_cast<char*>(out.data());
    const auto* from = static_cast<const char*>(x.data());
    for (std::int64_t block = 0; block < rows.outer; ++block)
      for (std::int64_t i = 0; i < order.numel(); ++i, to += bytes)
        std::memcpy(to, from + static_cast<std::size_t>(block * rows.length + number[i]) * bytes, bytes);
  } else {
    for (std::int64_t i = 0; i < order.numel(); ++i)
      raw::slice(out, d, i, i + 1, 1).copy_(raw::slice(x.detach(), d, number[i], number[i] + 1, 1));
  }
  if (needs_grad({&x}))
    record(
        out, {&x},
        make_node("index_select", [whole = x.sizes(), d, order = Saved(order)](const Tensor& grad, Grads grads, Node&) {
          grads[0] = index_add(zeros(whole, grad.dtype()), d, order.get("index_select"), grad);
        }));
  return scope.result(std::move(out));
}

namespace {

// What many numbers are added up in: one float total stops growing at 2^24 times what is added to it.
template <class T>
using TotalOf =
    std::conditional_t<std::is_same_v<T, float>, double, std::conditional_t<std::is_same_v<T, bool>, std::int64_t, T>>;

// The places of an index into 0..length-1, those of equal numbers beside each other and in their order. Those of number
// k are order[first[k]] to before order[first[k + 1]].
struct Places {
  std::vector<std::size_t> first, order;

  Places(std::span<const std::int64_t> numbers, std::int64_t length)
      : first(static_cast<std::size_t>(length) + 1), order(numbers.size()) {
    for (const std::int64_t number : numbers) ++first[static_cast<std::size_t>(number) + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<std::size_t> next(first.begin(), first.end() - 1);
    for (std::size_t i = 0; i < numbers.size(); ++i) order[next[static_cast<std::size_t>(numbers[i])]++] = i;
  }
};

// Adds alpha times row i of each block of the source to row numbers[i] of that block of `out`.
template <class T>
void add_rows_to(T* out, const Rows& rows, std::span<const std::int64_t> numbers, const T* source, double alpha) {
  const auto factor = static_cast<T>(alpha);
  for (std::int64_t block = 0; block < rows.outer; ++block) {
    for (const std::int64_t number : numbers) {
      T* const row = out + (block * rows.length + number) * rows.inner;
      for (std::int64_t j = 0; j < rows.inner; ++j) row[j] = static_cast<T>(row[j] + factor * source[j]);
      source += rows.inner;
    }
  }
}

// The same for floats. A row of `out` to which several rows are added has float64 totals meanwhile.
void add_rows_to(float* out, const Rows& rows, std::span<const std::int64_t> numbers, const float* source,
                 double alpha) {
  const Places places(numbers, rows.length);
  const auto inner = static_cast<std::size_t>(rows.inner);
  std::vector<double> totals(inner);
  for (std::int64_t block = 0; block < rows.outer; ++block, source += numbers.size() * inner) {
    for (std::size_t number = 0; number + 1 < places.first.size(); ++number) {
      const std::size_t begin = places.first[number], end = places.first[number + 1];
      if (begin == end) continue;
      float* const row = out + (static_cast<std::size_t>(block * rows.length) + number) * inner;
      if (end - begin == 1) {
        const float* const from = source + places.order[begin] * inner;
        for (std::size_t j = 0; j < inner; ++j) row[j] += static_cast<float>(alpha) * from[j];
        continue;
      }
      std::copy_n(row, inner, totals.begin());
      for (std::size_t i = begin; i < end; ++i) {
        const float* const from = source + places.order[i] * inner;
        for (std::size_t j = 0; j < inner; ++j) totals[j] += alpha * static_cast<double>(from[j]);
      }
      for (std::size_t j = 0; j < inner; ++j) row[j] = static_cast<float>(totals[j]);
    }
  }
}

}  // namespace

Tensor index_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source, double alpha) {
  const std::int64_t d = dim_of("index_add", x, dim);
  OpScope scope("index_add", {&x, &index, &source});
  check_list("index_add", index);
  check_source("index_add", x, source);
  if (x.dim() == 0)
    return scope.result(reshape(index_add(reshape(x, {1}), 0, index, reshape(source, {-1}), alpha), {}));
  Shape expected = x.sizes();
  expected[d] = index.numel();
  if (source.sizes() != expected)
    throw ShapeError(detail::text({"[index_add] a source of ", source.sizes(), " for ", index.numel(),
                                   " indices into dimension ", d, " of ", x.sizes()}));
  const Tensor order = raw::contiguous(checked("index_add", flatten(index.detach()), x.sizes()[d]));
  Tensor out = empty(x.sizes(), x.dtype());
  out.copy_(x.detach());
  const Tensor from = raw::contiguous(source);
  dispatch(x.dtype(), "index_add", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const std::span<const std::int64_t> numbers(order.data<std::int64_t>(), static_cast<std::size_t>(order.numel()));
    add_rows_to(out.data<T>(), Rows(x.sizes(), d), numbers, from.data<T>(), alpha);
  });
  if (needs_grad({&x, &source}))
    record(out, {&x, &source},
           make_node("index_add", [d, order = Saved(order), alpha](const Tensor& grad, Grads grads, Node& node) {
             grads[0] = grad;
             if (!node.needs(1)) return;
             const Tensor picked = index_select(grad, d, order.get("index_add"));
             grads[1] = alpha == 1.0 ? picked : picked * alpha;
           }));
  return scope.result(std::move(out));
}

Tensor gather(const Tensor& x, std::int64_t dim, const Tensor& index) {
  OpScope scope("gather", {&x, &index});
  const std::int64_t d = dim_of("gather", x, dim);
  scope.setting("dim", {d});
  check_index("gather", x, d, index, x.sizes(), false);
  const Tensor numbers = checked("gather", index.detach(), x.dim() == 0 ? 1 : x.sizes()[d]);
  Tensor out = empty(index.sizes(), x.dtype());
  by_size(x.dtype(), [&](auto item) {
    using Item = decltype(item);
    auto* to = static_cast<Item*>(out.data());
    const auto* from = static_cast<const Item*>(x.data());
    for_each_indexed(out.strides(), x, d, numbers,
                     [&](std::int64_t mine, std::int64_t theirs) { to[mine] = from[theirs]; });
  });
  if (needs_grad({&x}))
    record(out, {&x},
           make_node("gather", [whole = x.sizes(), d, index = Saved(numbers)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = scatter_add(zeros(whole, grad.dtype()), d, index.get("gather"), grad);
           }));
  return scope.result(std::move(out));
}

namespace {

// For each element of the source: whether scatter wrote it and no later element overwrote it.
Tensor survivors(const Shape& whole, std::int64_t d, const Tensor& index) {
  const Tensor ids = reshape(arange(index.numel()), index.sizes());
  return eq(gather(scatter(full(whole, -1.0, DType::int64), d, index, ids), d, index), ids);
}

}  // namespace

Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source) {
  OpScope scope("scatter", {&x, &index, &source});
  const std::int64_t d = dim_of("scatter", x, dim);
  check_index("scatter", x, d, index, x.sizes(), false);
  check_index("scatter", x, d, index, source.sizes(), true);
  check_source("scatter", x, source);
  const Tensor numbers = checked("scatter", index.detach(), x.dim() == 0 ? 1 : x.sizes()[d]);
  const Tensor from = used_part(source, index.sizes());
  Tensor out = empty(x.sizes(), x.dtype());
  out.copy_(x.detach());
  by_size(x.dtype(), [&](auto item) {
    using Item = decltype(item);
    auto* to = static_cast<Item*>(out.data());
    const auto* values = static_cast<const Item*>(from.data());
    for_each_indexed(from.strides(), out, d, numbers,
                     [&](std::int64_t mine, std::int64_t theirs) { to[theirs] = values[mine]; });
  });
  if (needs_grad({&x, &from}))
    record(out, {&x, &from},
           make_node("scatter", [d, index = Saved(numbers)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor& where_to = index.get("scatter");
             if (node.needs(0)) grads[0] = scatter(grad, d, where_to, 0.0);
             if (node.needs(1))
               grads[1] =
                   where(survivors(grad.sizes(), d, where_to), gather(grad, d, where_to), zeros({}, grad.dtype()));
           }));
  return scope.result(std::move(out));
}

Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, Scalar value) {
  return scatter(x, dim, index, raw::expand(full({}, value, x.dtype()), index.sizes()));
}

Tensor scatter_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source) {
  OpScope scope("scatter_add", {&x, &index, &source});
  const std::int64_t d = dim_of("scatter_add", x, dim);
  check_index("scatter_add", x, d, index, x.sizes(), false);
  check_index("scatter_add", x, d, index, source.sizes(), true);
  check_source("scatter_add", x, source);
  const Tensor numbers = checked("scatter_add", index.detach(), x.dim() == 0 ? 1 : x.sizes()[d]);
  const Tensor from = used_part(source, index.sizes());
  Tensor out = empty(x.sizes(), x.dtype());
  out.copy_(x.detach());
  dispatch(x.dtype(), "scatter_add", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    T* to = out.data<T>();
    const T* values = from.data<T>();
    const auto add_to = [&](auto* totals) {
      for_each_indexed(from.strides(), out, d, numbers, [&](std::int64_t mine, std::int64_t theirs) {
        totals[theirs] = static_cast<TotalOf<T>>(totals[theirs] + values[mine]);
      });
    };
    if constexpr (std::is_same_v<TotalOf<T>, T>) {
      add_to(to);
    } else {
      std::vector<TotalOf<T>> totals(to, to + out.numel());
      add_to(totals.data());
      std::transform(totals.begin(), totals.end(), to, [](TotalOf<T> total) { return static_cast<T>(total); });
    }
  });
  if (needs_grad({&x, &from}))
    record(out, {&x, &from},
           make_node("scatter_add", [d, index = Saved(numbers)](const Tensor& grad, Grads grads, Node& node) {
             grads[0] = grad;
             if (node.needs(1)) grads[1] = gather(grad, d, index.get("scatter_add"));
           }));
  return scope.result(std::move(out));
}

Tensor nonzero(const Tensor& x) {
  OpScope scope("nonzero", {&x});
  std::vector<std::int64_t> found;
  dispatch(x.dtype(), "nonzero", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for_each_offset<1>(x.sizes(), {x.strides()}, [&](std::int64_t i, std::int64_t at) {
      if (x.data<T>()[at] != T(0)) found.push_back(i);
    });
  });
  const std::int64_t rank = x.dim();
  const Tensor out = empty({static_cast<std::int64_t>(found.size()), rank}, DType::int64);
  std::int64_t* row = out.data<std::int64_t>();
  for (std::int64_t i : found) {
    for (std::int64_t d = rank - 1; d >= 0; --d) {
      row[d] = i % x.sizes()[d];
      i /= x.sizes()[d];
    }
    row += rank;
  }
  return scope.result(std::move(out));
}

Tensor one_hot(const Tensor& classes, std::int64_t num_classes) {
  if (classes.dtype() != DType::int64 && classes.dtype() != DType::int32)
    throw DTypeError(detail::text({"[one_hot] classes are int64, not ", classes.dtype()}));
  OpScope scope("one_hot", {&classes});
  const Tensor list = raw::contiguous(to(classes, DType::int64));
  const std::int64_t* label = list.data<std::int64_t>();
  std::int64_t largest = -1;
  for (std::int64_t i = 0; i < list.numel(); ++i) largest = std::max(largest, label[i]);
  if (num_classes == -1) {
    if (list.numel() == 0) throw ValueError("[one_hot] without a class the number of classes must be given");
    num_classes = largest + 1;
  }
  Shape sizes = list.sizes();
  sizes.push_back(num_classes);
  const Tensor out = zeros(sizes, DType::int64);
  for (std::int64_t i = 0; i < list.numel(); ++i) {
    if (label[i] < 0 || label[i] >= num_classes)
      throw IndexError(detail::text({"[one_hot] class ", label[i], " is outside 0..", num_classes - 1}));
    out.data<std::int64_t>()[i * num_classes + label[i]] = 1;
  }
  return scope.result(std::move(out));
}

Tensor indexing::detail::wrapped(const Tensor& index, std::int64_t dim, const Shape& sizes) {
  if (index.dtype() != DType::int64 && index.dtype() != DType::int32)
    throw DTypeError(tinytorch::detail::text({"[index] a tensor of indices is int64 or boolean, not ", index.dtype()}));
  Tensor numbers = to(index, DType::int64).clone();
  const std::int64_t size = sizes[dim];
  std::int64_t* number = numbers.data<std::int64_t>();
  for (std::int64_t i = 0; i < numbers.numel(); ++i) {
    if (number[i] < -size || number[i] >= size)
      throw IndexError(tinytorch::detail::text(
          {"[index] index ", number[i], " is out of range for dimension ", dim, " of ", sizes}));
    if (number[i] < 0) number[i] += size;
  }
  return numbers;
}

}  // namespace tinytorch

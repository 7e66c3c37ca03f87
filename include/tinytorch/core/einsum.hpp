#pragma once

#include "tinytorch/core/linalg.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/views.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Einstein's summation. "bij,bjk->bik" is a batched product of matrices, "ii->i" a diagonal, "ij->" a sum.
namespace tinytorch {
namespace detail::einsum {

/// A tensor whose dimensions have names. Those under an ellipsis are called '0', '1', ... from the right.
struct Named {
  Tensor x;
  std::string names;

  std::int64_t find(char name) const {
    const std::size_t at = names.find(name);
    return at == std::string::npos ? -1 : static_cast<std::int64_t>(at);
  }
  bool has(char name) const { return names.find(name) != std::string::npos; }
};

/// "b...ij" for five dimensions -> "b10ij". Throws ValueError.
inline std::string expanded(std::string_view term, std::int64_t under_ellipsis) {
  std::string names;
  bool seen = false;
  for (std::size_t i = 0; i < term.size(); ++i) {
    const char c = term[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      names += c;
    } else if (!seen && term.substr(i, 3) == "...") {
      for (std::int64_t d = under_ellipsis; d > 0; --d) names += static_cast<char>('0' + d - 1);
      seen = true;
      i += 2;
    } else if (c != ' ') {
      throw ValueError(text({"[einsum] '", term, "' is not made of letters and one ellipsis"}));
    }
  }
  return names;
}

inline std::int64_t letters_in(std::string_view term) {
  return std::count_if(term.begin(), term.end(), [](char c) { return c != '.' && c != ' '; });
}

/// The operand with its dimensions named. If a name comes twice, the diagonal of the two dimensions is taken.
inline Named named(const Tensor& x, std::string_view term, std::size_t number) {
  const bool ellipsis = term.find("...") != std::string_view::npos;
  const std::int64_t letters = letters_in(term);
  if (ellipsis ? letters > x.dim() : letters != x.dim())
    throw ShapeError(
        text({"[einsum] '", term, "' names ", letters, " dimensions, operand ", number, " is ", x.sizes()}));
  Named result{x, expanded(term, x.dim() - letters)};
  for (std::size_t i = 0; i < result.names.size();) {
    const std::size_t again = result.names.find(result.names[i], i + 1);
    if (again == std::string::npos) {
      ++i;
      continue;
    }
    const auto a = static_cast<std::int64_t>(i), b = static_cast<std::int64_t>(again);
    if (result.x.size(a) != result.x.size(b))
      throw ShapeError(text({"[einsum] '", result.names[i], "' is ", result.x.size(a), " and ", result.x.size(b),
                             " in operand ", number}));
    result.x = movedim(diagonal(result.x, 0, a, b), -1, a);
    result.names.erase(again, 1);
  }
  return result;
}

/// Without an arrow: the dimensions under ellipses, then the names that come once, in alphabetical order.
inline std::string implied(const std::vector<std::string>& terms, std::int64_t under_ellipsis) {
  std::string all, once;
  for (const std::string& names : terms) all += names;
  for (const char c : all)
    if (c > '9' && std::count(all.begin(), all.end(), c) == 1) once += c;
  std::sort(once.begin(), once.end());
  return expanded("...", under_ellipsis) + once;
}

/// Summed over every dimension whose name is not in `keep`.
inline Named summed(Named a, const std::string& keep) {
  Shape dims;
  std::string left;
  for (std::size_t i = 0; i < a.names.size(); ++i) {
    if (keep.find(a.names[i]) == std::string::npos)
      dims.push_back(static_cast<std::int64_t>(i));
    else
      left += a.names[i];
  }
  if (dims.empty()) return a;
  return {sum(a.x, dims), left};
}

/// The dimensions in the order of `names`; a missing dimension gets size 1.
inline Tensor arranged(const Named& a, const std::string& names) {
  Tensor x = a.x;
  std::string have = a.names;
  Shape order;
  for (const char name : names) {
    std::size_t at = have.find(name);
    if (at == std::string::npos) {
      at = have.size();
      x = unsqueeze(x, -1);
      have += name;
    }
    order.push_back(static_cast<std::int64_t>(at));
  }
  return permute(x, order);
}

/// Removes a dimension of size 1 where the other operand's size is larger: it is broadcast.
inline Named without_ones(Named a, const Named& b) {
  for (std::size_t i = a.names.size(); i-- > 0;) {
    const std::int64_t other = b.find(a.names[i]);
    const auto d = static_cast<std::int64_t>(i);
    if (other < 0 || a.x.size(d) != 1 || b.x.size(other) == 1) continue;
    a.x = squeeze(a.x, d);
    a.names.erase(i, 1);
  }
  return a;
}

inline Shape sizes_of(const Named& a, const Named& b, const std::string& names) {
  Shape sizes;
  for (const char name : names) sizes.push_back(a.has(name) ? a.x.size(a.find(name)) : b.x.size(b.find(name)));
  return sizes;
}

/// The product of two operands, summed over the names that are not in `later`.
inline Named contracted(Named a, Named b, const std::string& later) {
  for (const char name : a.names)
    if (b.has(name) && a.x.size(a.find(name)) != b.x.size(b.find(name)) && a.x.size(a.find(name)) != 1 &&
        b.x.size(b.find(name)) != 1)
      throw ShapeError(text({"[einsum] '", name, "' is ", a.x.size(a.find(name)), " and ", b.x.size(b.find(name))}));
  a = without_ones(std::move(a), b);
  b = without_ones(std::move(b), a);
  a = summed(std::move(a), later + b.names);
  b = summed(std::move(b), later + a.names);
  std::string batch, left, right, inner;
  for (const char name : a.names) {
    if (!b.has(name))
      left += name;
    else if (later.find(name) != std::string::npos)
      batch += name;
    else
      inner += name;
  }
  for (const char name : b.names)
    if (!a.has(name)) right += name;
  if (inner.empty() ||
      (left.empty() && right.empty() && !batch.empty())) {  // no product of matrices: element by element
    const std::string all = batch + left + right + inner;
    return summed({mul(arranged(a, all), arranged(b, all)), all}, batch + left + right);
  }
  const Shape outer_sizes = sizes_of(a, b, batch + left + right);
  const std::int64_t rows = numel(sizes_of(a, b, left)), columns = numel(sizes_of(a, b, right));
  const std::int64_t depth = numel(sizes_of(a, b, inner)), count = numel(sizes_of(a, b, batch));
  const Tensor x = arranged(a, batch + left + inner), y = arranged(b, batch + inner + right);
  const Tensor product = batch.empty() ? mm(reshape(x, {rows, depth}), reshape(y, {depth, columns}))
                                       : bmm(reshape(x, {count, rows, depth}), reshape(y, {count, depth, columns}));
  return {reshape(product, outer_sizes), batch + left + right};
}

inline std::vector<std::string_view> terms_of(std::string_view inputs) {
  std::vector<std::string_view> terms;
  for (std::size_t start = 0;;) {
    const std::size_t comma = inputs.find(',', start);
    terms.push_back(inputs.substr(start, comma - start));
    if (comma == std::string_view::npos) return terms;
    start = comma + 1;
  }
}

inline void check_output(const std::string& output, const std::vector<Named>& operands, std::string_view equation) {
  for (const char name : output) {
    if (std::count(output.begin(), output.end(), name) != 1)
      throw ValueError(text({"[einsum] '", name, "' comes twice after the arrow of '", equation, "'"}));
    if (std::none_of(operands.begin(), operands.end(), [name](const Named& a) { return a.has(name); }))
      throw ValueError(text({"[einsum] '", name, "' comes only after the arrow of '", equation, "'"}));
  }
}

}  // namespace detail::einsum

/// The sum, over every index that the output does not name, of the product of the operands' elements. Each operand's
/// dimensions are named by letters, "..." names the rest, which broadcast. Without "->" the output has the letters that
/// come once, in alphabetical order. Operands are multiplied from left to right, by gemm where a letter is summed over.
/// Throws ValueError for a malformed equation, ShapeError for operands that do not fit it.
inline Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  using namespace detail::einsum;  // NOLINT(google-build-using-namespace): our own private shorthand
  const std::size_t arrow = equation.find("->");
  const std::vector<std::string_view> terms = terms_of(equation.substr(0, arrow));
  if (operands.empty()) throw ValueError("[einsum] needs at least one operand");
  if (terms.size() != operands.size())
    throw ValueError(
        detail::text({"[einsum] '", equation, "' is for ", terms.size(), " operands, not ", operands.size()}));
  std::vector<Named> rest;
  std::vector<std::string> written;
  std::int64_t under_ellipsis = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    rest.push_back(named(operands[i], terms[i], i));
    const std::int64_t whole = operands[i].dim() - letters_in(terms[i]);
    written.push_back(expanded(terms[i], whole));
    under_ellipsis = std::max(under_ellipsis, whole);
  }
  const std::string output = arrow == std::string_view::npos ? implied(written, under_ellipsis)
                                                             : expanded(equation.substr(arrow + 2), under_ellipsis);
  check_output(output, rest, equation);
  Named result = rest[0];
  for (std::size_t i = 1; i < rest.size(); ++i) {
    std::string later = output;
    for (std::size_t j = i + 1; j < rest.size(); ++j) later += rest[j].names;
    result = contracted(std::move(result), rest[i], later);
  }
  return arranged(summed(std::move(result), output), output);
}
inline Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span<const Tensor>(operands.begin(), operands.size()));
}

}  // namespace tinytorch

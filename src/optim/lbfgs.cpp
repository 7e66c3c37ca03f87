#include "tinytorch/optim/lbfgs.hpp"

#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch::optim {

using tinytorch::detail::text;

namespace {

double inner_product(const Tensor& a, const Tensor& b) { return dot(a, b).item<double>(); }
double largest(const Tensor& x) { return amax(abs(x)).item<double>(); }

// The rows of (n, elements).
std::vector<Tensor> rows_of_history(const Tensor& table) {
  std::vector<Tensor> rows;
  for (const Tensor& row : unbind(table, 0)) rows.push_back(row.clone());
  return rows;
}

}  // namespace

LBFGS::LBFGS(std::vector<Tensor> parameters, const LBFGSOptions& options)
    : Optimizer(std::vector<std::vector<Tensor>>{std::move(parameters)}), options_(options) {
  detail::check_not_negative("lbfgs", {{"lr", options.lr},
                                       {"tolerance_grad", options.gradient_tolerance},
                                       {"tolerance_change", options.change_tolerance}});
  if (options.iterations < 1 || options.history < 1)
    throw ValueError(
        text({"[lbfgs] max_iter ", options.iterations, " and history_size ", options.history, " are 1 or more"}));
  for (const Tensor& parameter : this->parameters()) count_ += parameter.numel();
}

Tensor LBFGS::flat_gradient() const {
  std::vector<Tensor> parts;
  for (const Tensor& parameter : parameters()) {
    const Tensor gradient = parameter.grad();
    parts.push_back(gradient.defined() ? to(reshape(gradient.detach(), {-1}), DType::float64)
                                       : zeros({parameter.numel()}, DType::float64));
  }
  return cat(parts, 0);
}

void LBFGS::move(const Tensor& change) {
  std::int64_t begin = 0;
  for (const Tensor& parameter : parameters()) {
    const Tensor part = reshape(narrow(change, 0, begin, parameter.numel()), parameter.sizes());
    parameter.detach().add_(to(part, parameter.dtype()));
    begin += parameter.numel();
  }
}

// The two loops of the source: the product of the approximate inverse with the gradient, negated.
Tensor LBFGS::direction(const Tensor& gradient) const {
  Tensor q = gradient.clone();
  std::vector<double> factors(steps_.size());
  for (std::size_t i = steps_.size(); i-- > 0;) {
    factors[i] = inner_product(steps_[i], q) / inner_product(changes_[i], steps_[i]);
    q.add_(changes_[i], -factors[i]);
  }
  if (!steps_.empty())
    q.mul_(inner_product(changes_.back(), steps_.back()) / inner_product(changes_.back(), changes_.back()));
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const double factor = inner_product(changes_[i], q) / inner_product(changes_[i], steps_[i]);
    q.add_(steps_[i], factors[i] - factor);
  }
  return neg(q);
}

Tensor LBFGS::step(FunctionRef<Tensor()> closure) {
  const auto evaluate = [&] {
    const EnableGrad recording;
    return closure();
  };
  const Tensor first = evaluate();
  const NoGrad no_grad;
  double loss = first.item<double>();
  if (!std::isfinite(loss)) throw ValueError(text({"[lbfgs] the loss is ", loss}));
  Tensor gradient = flat_gradient();
  for (std::int64_t i = 0; i < options_.iterations && largest(gradient) > options_.gradient_tolerance; ++i) {
    if (last_gradient_.defined()) {
      const Tensor change = gradient - last_gradient_;
      // Else the inverse would not stay positive definite.
      if (inner_product(change, last_step_) > 1e-10) {
        steps_.push_back(last_step_);
        changes_.push_back(change);
        if (static_cast<std::int64_t>(steps_.size()) > options_.history) {
          steps_.erase(steps_.begin());
          changes_.erase(changes_.begin());
        }
      }
    }
    const Tensor towards = direction(gradient);
    const double slope = inner_product(gradient, towards);
    if (slope > -options_.change_tolerance) break;
    double length =
        last_gradient_.defined() ? options_.lr : std::min(1.0, 1.0 / abs(gradient).sum().item<double>()) * options_.lr;
    move(towards * length);
    double now = evaluate().item<double>();
    for (int halved = 0; options_.search && halved < 25 && !(now <= loss + 1e-4 * length * slope); ++halved) {
      move(towards * (-length / 2.0));
      length /= 2.0;
      now = evaluate().item<double>();
    }
    last_gradient_ = gradient;
    last_step_ = towards * length;
    gradient = flat_gradient();
    const double difference = std::abs(now - loss);
    loss = now;
    if (!std::isfinite(loss) || largest(last_step_) <= options_.change_tolerance ||
        difference < options_.change_tolerance)
      break;
  }
  return first;
}

void LBFGS::update(Tensor&, const Tensor&, std::size_t, std::size_t) {
  throw ValueError("[lbfgs] a step needs a function that computes the loss: step(closure)");
}
double LBFGS::lr(std::size_t group) const {
  detail::checked(group, group_count(), "group");
  return options_.lr;
}
void LBFGS::set_lr(std::size_t group, double lr) {
  detail::checked(group, group_count(), "group");
  detail::check_not_negative("lbfgs", {{"lr", lr}});
  options_.lr = lr;
}
double LBFGS::momentum(std::size_t) const { throw ValueError("[lbfgs] there is no momentum"); }
void LBFGS::set_momentum(std::size_t, double) { throw ValueError("[lbfgs] there is no momentum"); }

StateDict LBFGS::state_dict() const {
  StateDict state{{"groups.0.lr", scalar(options_.lr, DType::float64)}};
  if (!last_gradient_.defined()) return state;
  state.push_back({"gradient", last_gradient_});
  state.push_back({"step", last_step_});
  state.push_back({"steps", steps_.empty() ? empty({0, count_}, DType::float64) : stack(steps_)});
  state.push_back({"changes", changes_.empty() ? empty({0, count_}, DType::float64) : stack(changes_)});
  return state;
}

void LBFGS::load_state_dict(const StateDict& state) {
  detail::StateReader reader(state, "optimizer");
  const double lr = reader.number("groups.0.lr");
  Tensor gradient, step;
  std::vector<Tensor> steps, changes;
  if (reader.has("gradient")) {
    gradient = reader.tensor("gradient", {count_}, DType::float64).clone();
    step = reader.tensor("step", {count_}, DType::float64).clone();
    const Tensor all = reader.tensor("steps");
    if (all.dim() != 2) throw ShapeError(text({"[lbfgs] 'steps' is (history, elements), not ", all.sizes()}));
    steps = rows_of_history(reader.tensor("steps", {all.size(0), count_}, DType::float64));
    changes = rows_of_history(reader.tensor("changes", {all.size(0), count_}, DType::float64));
  }
  reader.finish();
  detail::check_not_negative("lbfgs", {{"lr", lr}});
  options_.lr = lr;
  last_gradient_ = gradient;
  last_step_ = step;
  steps_ = std::move(steps);
  changes_ = std::move(changes);
}

}  // namespace tinytorch::optim

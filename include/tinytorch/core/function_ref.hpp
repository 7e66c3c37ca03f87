#pragma once

#include <type_traits>
#include <utility>

namespace tinytorch {

template <class Signature>
class FunctionRef;

/// A borrowed callable: two pointers, no allocation. It must not outlive the callable it was made from, so it serves as
/// a parameter and not as a member.
///     void for_each_row(const Tensor& x, FunctionRef<void(const Tensor&)> use);
///     for_each_row(x, [&](const Tensor& row) { total += sum(row); });
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& f)  // NOLINT(google-explicit-constructor): a lambda is passed as it is
      : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace tinytorch

// Matchers: expressions that look like the pattern they match.
//
//   using namespace mil::match;
//   Value *x;
//   // gelu by a sigmoid: x · sigmoid(1.702 · x)
//   if (!matches(op, m_op("mul", m_value(x), m_once("sigmoid", m_mul(m_same(x), m_near(1.702, 0.01)))).commutative()))
//     return false;
//
// A matcher is applied to an operand, which is bound to a value or a literal. `m_op` matches a result of an operation of a type; its
// matchers are applied to the arguments x and y, or, wrapped in `m_arg`, to arguments of other names. `m_once` also requires that the
// result has exactly one use, by an operation. Captures are set while matching; after a failed match their content is undefined. A
// commutative op is tried with both orders of its arguments, its first matcher first each time, so that `m_same` can refer to a capture of
// an earlier matcher; a nested matcher that has matched is not tried again.
//
// Matching costs the size of the pattern; checking for single uses and block outputs is O(1).
#pragma once

#include "mil/IR/Block.h"
#include <cmath>
#include <tuple>

namespace mil::match {

/// Whether the value has exactly one use, by an operation.
inline bool usedOnce(const Value *value) { return value->hasOneUse() && value->firstUse()->user(); }

// ---- Leaves -----------------------------------------------------------------

/// See m_any.
struct Anything {
  bool match(const Operand &) const { return true; }
};
/// Any operand.
inline Anything m_any() { return {}; }

/// See m_value.
struct CaptureValue {
  Value *&value;
  bool match(const Operand &operand) const { return (value = operand.value()) != nullptr; }
};
/// Captures any value.
inline CaptureValue m_value(Value *&value) { return {value}; }

/// See m_same.
struct SameValue {
  Value *const &value;
  bool match(const Operand &operand) const { return operand.value() && operand.value() == value; }
};
/// Matches the value that was captured before.
inline SameValue m_same(Value *const &value) { return {value}; }

/// See m_const.
struct CaptureConstant {
  const Literal *&literal;
  bool match(const Operand &operand) const { return (literal = constantOf(operand)) != nullptr; }
};
/// Captures a constant: a literal or the result of `const`, not of constexpr_*.
inline CaptureConstant m_const(const Literal *&literal) { return {literal}; }

/// See m_const.
struct IsConstant {
  bool match(const Operand &operand) const { return constantOf(operand) != nullptr; }
};
/// Matches any constant.
inline IsConstant m_const() { return {}; }

/// See m_notConst.
struct NotConstant {
  bool match(const Operand &operand) const { return !constantOf(operand); }
};
/// Matches everything but a constant.
inline NotConstant m_notConst() { return {}; }

/// See m_scalar, m_exactly and m_near.
struct ScalarConstant {
  double *capture;
  double value, tolerance;
  bool match(const Operand &operand) const {
    const Literal *literal = constantOf(operand);
    std::optional<double> found = literal ? literal->asDouble() : std::nullopt;
    if (found && capture)
      *capture = *found;
    return found && (capture || std::abs(*found - value) <= tolerance);
  }
};
/// Captures a constant of one element, of any shape.
inline ScalarConstant m_scalar(double &value) { return {&value, 0, 0}; }
/// A constant of one element that equals `value`.
inline ScalarConstant m_exactly(double value) { return {nullptr, value, 0}; }
/// A constant of one element, at most `tolerance` away from `value`.
inline ScalarConstant m_near(double value, double tolerance = 1e-3) { return {nullptr, value, tolerance}; }

/// See m_string.
struct StringConstant {
  llvm::StringRef text;
  bool match(const Operand &operand) const {
    const Literal *literal = constantOf(operand);
    return literal && literal->asString() == text;
  }
};
/// A constant string that equals `text`.
inline StringConstant m_string(llvm::StringRef text) { return {text}; }

/// See m_if.
template <typename F> struct Condition {
  F holds;
  bool match(const Operand &operand) const { return holds(operand); }
};
/// Any condition: `m_if([](const Operand &operand) { … })`.
template <typename F> Condition<F> m_if(F holds) { return {std::move(holds)}; }

/// See m_all.
template <typename... M> struct AllOf {
  std::tuple<M...> matchers;
  bool match(const Operand &operand) const {
    return std::apply([&](const M &...each) { return (each.match(operand) && ...); }, matchers);
  }
};
/// Matches if all of several matchers match, tried from left to right.
template <typename... M> AllOf<M...> m_all(M... matchers) { return {{matchers...}}; }
/// See m_either.
template <typename... M> struct AnyOf {
  std::tuple<M...> matchers;
  bool match(const Operand &operand) const {
    return std::apply([&](const M &...each) { return (each.match(operand) || ...); }, matchers);
  }
};
/// Matches if one of several matchers matches, tried from left to right.
template <typename... M> AnyOf<M...> m_either(M... matchers) { return {{matchers...}}; }

// ---- Operations -------------------------------------------------------------

/// See m_arg.
template <typename M> struct ArgumentMatcher {
  llvm::StringRef name;
  M matcher;
  bool match(const Operation &op) const {
    const Operand *operand = op.operand(name);
    return operand && matcher.match(*operand);
  }
};
/// In m_op and m_once: matches the argument with this name.
template <typename M> ArgumentMatcher<M> m_arg(llvm::StringRef name, M matcher) { return {name, std::move(matcher)}; }

/// See m_op and m_once.
template <typename... Args> class OperationMatcher {
public:
  OperationMatcher(llvm::StringRef type, bool once, Args... args) : type(type), args(std::move(args)...), single(once) {}

  /// The arguments x and y may be exchanged.
  OperationMatcher commutative() const {
    return with([](OperationMatcher &m) { m.commutes = true; });
  }
  /// Captures the operation.
  OperationMatcher as(Operation *&op) const {
    return with([&](OperationMatcher &m) { m.captured = &op; });
  }

  bool match(const Operand &operand) const {
    Value *value = operand.value();
    Operation *op = value ? value->definingOp() : nullptr;
    return op && (!single || usedOnce(value)) && match(*op);
  }
  bool match(Operation &op) const {
    if (op.type() != type)
      return false;
    if (!matchArguments(op, "x", "y") && !(commutes && matchArguments(op, "y", "x")))
      return false;
    if (captured)
      *captured = &op;
    return true;
  }

private:
  template <typename F> OperationMatcher with(F change) const {
    OperationMatcher copy = *this;
    change(copy);
    return copy;
  }
  bool matchArguments(Operation &op, llvm::StringRef first, llvm::StringRef second) const {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return (matchArgument(op, std::get<I>(args), I == 0 ? first : second) && ...);
    }(std::index_sequence_for<Args...>());
  }
  template <typename M> static bool matchArgument(Operation &op, const M &matcher, llvm::StringRef name) {
    const Operand *operand = op.operand(name);
    return operand && matcher.match(*operand);
  }
  template <typename M> static bool matchArgument(Operation &op, const ArgumentMatcher<M> &matcher, llvm::StringRef) {
    return matcher.match(op);
  }

  llvm::StringRef type;
  std::tuple<Args...> args;
  Operation **captured = nullptr;
  bool single, commutes = false;
};

/// Matches a result of an operation of this type whose arguments match: x and y, or those named by m_arg.
template <typename... Args> OperationMatcher<Args...> m_op(llvm::StringRef type, Args... args) { return {type, false, std::move(args)...}; }
/// The same for a result with exactly one use, by an operation.
template <typename... Args> OperationMatcher<Args...> m_once(llvm::StringRef type, Args... args) {
  return {type, true, std::move(args)...};
}

// The commutative operations add and mul, each with exactly one use.
template <typename A, typename B> OperationMatcher<A, B> m_add(A a, B b) { return m_once("add", std::move(a), std::move(b)).commutative(); }
template <typename A, typename B> OperationMatcher<A, B> m_mul(A a, B b) { return m_once("mul", std::move(a), std::move(b)).commutative(); }

/// Whether a pattern that ends at `op` matches.
template <typename M> bool matches(Operation &op, const M &matcher) { return matcher.match(op); }
/// Whether an argument of an operation matches.
template <typename M> bool matches(Operation &op, llvm::StringRef argument, const M &matcher) {
  const Operand *operand = op.operand(argument);
  return operand && matcher.match(*operand);
}

} // namespace mil::match

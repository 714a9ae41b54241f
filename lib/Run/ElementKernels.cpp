// What works element by element on other types than floats: select, comparisons, logic, integer arithmetic, casts.
#include "Chain.h"
#include "FastKernels.h"
#include "Lines.h"
#include "mil/Tensor/ElementSize.h"
#include "llvm/ADT/StringSwitch.h"
#include <atomic>
#include <functional>

namespace mil::fast {

namespace {

template <typename E> const E *elementsOf(const Tensor &tensor) { return reinterpret_cast<const E *>(tensor.bytes().data()); }
template <typename E> E *elementsOf(Tensor &tensor) { return reinterpret_cast<E *>(tensor.bytes().data()); }

llvm::ArrayRef<int64_t> dimsOf(const KernelCall &call, llvm::StringRef parameter) { return (*call.args)[parameter].dims(); }

// ---- select -----------------------------------------------------------------

class SelectKernel : public Kernel {
public:
  explicit SelectKernel(Lines<3> lines) : lines(std::move(lines)) {}
  bool run(const Run &run) override {
    return withElementOfSize(run.results[0].elementSize(), [&](auto element) { return choose<decltype(element)>(run); });
  }

private:
  template <typename E> bool choose(const Run &run) const {
    const uint8_t *cond = run.inputs[0]->bytes().data();
    const E *a = elementsOf<E>(*run.inputs[1]), *b = elementsOf<E>(*run.inputs[2]);
    E *out = elementsOf<E>(run.results[0]);
    lines.forEach(run.threads, [=](const Lines<3>::Line &line) {
      for (int64_t i = 0; i < line.count; ++i) {
        E whereTrue = a[line.from[1] + i * line.step[1]], whereFalse = b[line.from[2] + i * line.step[2]];
        out[line.at + i] = cond[line.from[0] + i * line.step[0]] ? whereTrue : whereFalse;
      }
    });
    return true;
  }
  Lines<3> lines;
};

// ---- Two operands -----------------------------------------------------------

/// `F` of two values of `In` as an `Out`.
template <typename In, typename Out, typename F> class PairKernel : public Kernel {
public:
  explicit PairKernel(Lines<2> lines) : lines(std::move(lines)) {}
  bool run(const Run &run) override {
    const In *x = elementsOf<In>(*run.inputs[0]), *y = elementsOf<In>(*run.inputs[1]);
    Out *out = elementsOf<Out>(run.results[0]);
    lines.forEach(run.threads, [=](const Lines<2>::Line &line) {
      const In *left = x + line.from[0], *right = y + line.from[1];
      for (int64_t i = 0; i < line.count; ++i)
        out[line.at + i] = Out(F()(left[i * line.step[0]], right[i * line.step[1]]));
    });
    return true;
  }

private:
  Lines<2> lines;
};

/// A comparison of numbers, of fp16 by their values.
template <typename F> struct Compared {
  template <typename T> bool operator()(T x, T y) const {
    if constexpr (std::is_same_v<T, Half>)
      return F()(toFloat(x), toFloat(y));
    else
      return F()(x, y);
  }
};
/// Integers wrap around: computed without sign.
template <typename F> struct Wrapping {
  uint32_t operator()(int32_t x, int32_t y) const { return F()(uint32_t(x), uint32_t(y)); }
};
struct Greater {
  int32_t operator()(int32_t x, int32_t y) const { return std::max(x, y); }
};
struct Smaller {
  int32_t operator()(int32_t x, int32_t y) const { return std::min(x, y); }
};

using MakePair = std::unique_ptr<Kernel> (*)(Lines<2> lines);
template <typename In, typename Out, typename F> std::unique_ptr<Kernel> makePair(Lines<2> lines) {
  return std::make_unique<PairKernel<In, Out, F>>(std::move(lines));
}

template <typename F> MakePair comparison(DType type) {
  switch (type) {
  case DType::Float32:
    return makePair<float, uint8_t, Compared<F>>;
  case DType::Float16:
    return makePair<Half, uint8_t, Compared<F>>;
  case DType::Int32:
    return makePair<int32_t, uint8_t, Compared<F>>;
  case DType::Bool:
    return makePair<uint8_t, uint8_t, Compared<F>>;
  default:
    return nullptr;
  }
}

MakePair binaryNamed(llvm::StringRef op, DType type) {
  if (type == DType::Int32) {
    MakePair arithmetic = llvm::StringSwitch<MakePair>(op)
                              .Case("add", makePair<int32_t, int32_t, Wrapping<std::plus<uint32_t>>>)
                              .Case("sub", makePair<int32_t, int32_t, Wrapping<std::minus<uint32_t>>>)
                              .Case("mul", makePair<int32_t, int32_t, Wrapping<std::multiplies<uint32_t>>>)
                              .Case("maximum", makePair<int32_t, int32_t, Greater>)
                              .Case("minimum", makePair<int32_t, int32_t, Smaller>)
                              .Default(nullptr);
    if (arithmetic)
      return arithmetic;
  }
  if (type == DType::Bool) {
    MakePair logic = llvm::StringSwitch<MakePair>(op)
                         .Case("logical_and", makePair<uint8_t, uint8_t, std::bit_and<uint8_t>>)
                         .Case("logical_or", makePair<uint8_t, uint8_t, std::bit_or<uint8_t>>)
                         .Case("logical_xor", makePair<uint8_t, uint8_t, std::bit_xor<uint8_t>>)
                         .Default(nullptr);
    if (logic)
      return logic;
  }
  if (op == "equal")
    return comparison<std::equal_to<>>(type);
  if (op == "not_equal")
    return comparison<std::not_equal_to<>>(type);
  if (op == "less")
    return comparison<std::less<>>(type);
  if (op == "less_equal")
    return comparison<std::less_equal<>>(type);
  if (op == "greater")
    return comparison<std::greater<>>(type);
  return op == "greater_equal" ? comparison<std::greater_equal<>>(type) : nullptr;
}

// ---- cast -------------------------------------------------------------------

/// One element; false where a float isn't in the integers' range, which is left to the reference kernel.
template <typename In, typename Out> bool castElement(In x, Out &out) {
  if constexpr (std::is_same_v<In, Half>) {
    return castElement(toFloat(x), out);
  } else if constexpr (std::is_same_v<Out, Half>) {
    out = toHalf(float(x));
  } else if constexpr (std::is_same_v<Out, bool>) {
    out = x != In(0);
  } else if constexpr (std::is_floating_point_v<In> && std::is_integral_v<Out>) {
    constexpr auto least = float(std::numeric_limits<Out>::min()), most = float(std::numeric_limits<Out>::max());
    if (!(x > least - 1 && x < most + 1))
      return false;
    out = Out(x);
  } else {
    out = Out(+x); // a number, also of 8 bits
  }
  return true;
}

template <typename In, typename Out> class CastKernel : public Kernel {
public:
  bool run(const Run &run) override {
    const In *x = elementsOf<In>(*run.inputs[0]);
    Out *out = elementsOf<Out>(run.results[0]);
    int64_t count = run.results[0].count();
    constexpr int64_t piece = 1 << 14;
    std::atomic<bool> defined = true;
    run.threads.parallel(size_t((count + piece - 1) / piece), [&](size_t part) {
      bool all = true;
      for (int64_t i = int64_t(part) * piece; i < std::min(count, (int64_t(part) + 1) * piece); ++i)
        all &= castElement(x[i], out[i]);
      if (!all)
        defined = false;
    });
    return defined;
  }
};

template <typename In> std::unique_ptr<Kernel> castFrom(DType to) {
  switch (to) {
  case DType::Float32:
    return std::make_unique<CastKernel<In, float>>();
  case DType::Float16:
    return std::make_unique<CastKernel<In, Half>>();
  case DType::Int32:
    return std::make_unique<CastKernel<In, int32_t>>();
  case DType::Int16:
    return std::make_unique<CastKernel<In, int16_t>>();
  case DType::UInt16:
    return std::make_unique<CastKernel<In, uint16_t>>();
  case DType::Int8:
    return std::make_unique<CastKernel<In, int8_t>>();
  case DType::UInt8:
    return std::make_unique<CastKernel<In, uint8_t>>();
  case DType::Bool:
    return std::make_unique<CastKernel<In, bool>>();
  default:
    return nullptr;
  }
}

std::unique_ptr<Kernel> castKernel(DType from, DType to) {
  switch (from) {
  case DType::Float32:
    return castFrom<float>(to);
  case DType::Float16:
    return castFrom<Half>(to);
  case DType::Int32:
    return castFrom<int32_t>(to);
  case DType::Int16:
    return castFrom<int16_t>(to);
  case DType::UInt16:
    return castFrom<uint16_t>(to);
  case DType::Int8:
    return castFrom<int8_t>(to);
  case DType::Bool:
  case DType::UInt8:
    return castFrom<uint8_t>(to);
  default:
    return nullptr;
  }
}

} // namespace

KernelChoice chooseSelect(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  KernelChoice choice;
  if (call.held("a") != call.heldResult() || call.held("b") != call.heldResult() || bitWidth(call.heldResult()) < 8)
    return {};
  choice.inputs = {{0, "cond"}, {0, "a"}, {0, "b"}};
  choice.kernel =
      std::make_unique<SelectKernel>(Lines<3>(call.results[0].dims(), {dimsOf(call, "cond"), dimsOf(call, "a"), dimsOf(call, "b")}));
  return choice;
}

KernelChoice chooseBinary(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  MakePair make = call.held("x") == call.held("y") ? binaryNamed(call.op->type().str(), call.held("x")) : nullptr;
  KernelChoice choice;
  if (!make || (call.heldResult() != DType::Bool && call.heldResult() != call.held("x")))
    return choice;
  choice.inputs = {{0, "x"}, {0, "y"}};
  choice.kernel = make(Lines<2>(call.results[0].dims(), {dimsOf(call, "x"), dimsOf(call, "y")}));
  return choice;
}

KernelChoice chooseCast(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  KernelChoice choice;
  choice.kernel = castKernel(call.held("x"), call.heldResult());
  choice.inputs = {{0, "x"}};
  return choice;
}

} // namespace mil::fast

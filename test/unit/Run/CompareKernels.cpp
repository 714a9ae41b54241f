#include "CompareKernels.h"
#include "mil/Run/Executable.h"
#include "mil/Text/Printer.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

/// Values that a type holds: mostly between -2 and 2, now and then what arithmetic stumbles over.
Tensor randomTensor(Type type, Dice &dice, bool extremes) {
  Tensor::Dims dims;
  for (int64_t dim : type.dims())
    dims.push_back(dim == Type::unknown ? 2 : dim);
  Tensor tensor(type.dtype(), dims);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    if (!isFloat(type.dtype())) {
      tensor.write(i, llvm::ArrayRef<int64_t>{int64_t(dice.below(2))});
      continue;
    }
    double value = (double(dice.below(4001)) - 2000) / 1000;
    if (extremes && dice.oneIn(8))
      value = dice.pick({-0.0, 0.0, double(NAN), double(INFINITY), -double(INFINITY), 65504.0, 6e-8, -1e-6, 30.0, -90.0});
    tensor.write(i, llvm::ArrayRef<double>{value});
  }
  return tensor;
}

struct Outcome {
  std::optional<NamedValues> outputs;
  size_t fastSteps = 0;
};

Outcome runFunction(const Function &function, const NamedValues &inputs, RunOptions options) {
  DiagnosticEngine diags;
  Outcome outcome;
  Result<std::unique_ptr<Executable>> executable = Executable::make(function, diags, options);
  if (!executable)
    return outcome;
  States states = (*executable)->newStates();
  RunCosts costs;
  Result<NamedValues> outputs = (*executable)->run(inputs, states, diags, nullptr, &costs);
  if (!outputs)
    return outcome;
  outcome.outputs = std::move(*outputs);
  for (const RunCosts::Step &step : costs.steps)
    outcome.fastSteps += step.fast;
  return outcome;
}

double magnitudeOf(const Tensor &tensor) {
  double most = 0;
  for (int64_t i = 0; i < tensor.count(); ++i)
    if (double value = std::abs(tensor.number(i)); std::isfinite(value))
      most = std::max(most, value);
  return most;
}

/// One unit in the last place of fp16 at this magnitude.
double halfUnit(double magnitude) { return std::ldexp(1, std::max(-24, std::ilogb(std::max(magnitude, 1e-30)) - 10)); }

void expectClose(const Tensor &fast, const Tensor &reference, const Program &program, bool signsOfZeros, double units) {
  ASSERT_EQ(fast.dtype(), reference.dtype());
  ASSERT_EQ(fast.dims(), reference.dims());
  double most = std::max(1.0, magnitudeOf(reference));
  for (int64_t i = 0; i < fast.count(); ++i) {
    double x = fast.number(i), y = reference.number(i);
    if (std::isnan(x) && std::isnan(y))
      continue;
    double allowed = units * std::ldexp(most, -24) + (fast.dtype() == DType::Float16 ? 2 * halfUnit(std::abs(y)) : 0);
    bool close = x == y || std::abs(x - y) <= allowed;
    ASSERT_TRUE(close) << "element " << i << ": " << x << " is not " << y << '\n' << programText(program);
    if (signsOfZeros && y == 0 && x == 0)
      ASSERT_EQ(std::signbit(x), std::signbit(y)) << "element " << i << '\n' << programText(program);
  }
}

void expectSame(const NamedValues &first, const NamedValues &second) {
  for (const auto &[name, value] : first)
    ASSERT_EQ(value.tensor()->bytes(), second.find(name)->second.tensor()->bytes()) << name;
}

} // namespace

bool mil::test::compareKernels(const Program &program, Dice &dice, bool extremes, double units) {
  const Function &function = *program.functions().front();
  NamedValues inputs;
  for (const Value *input : function.inputs())
    inputs[input->name().str().str()] = randomTensor(input->type(), dice, extremes);
  RunOptions slow;
  slow.fastKernels = false;
  slow.threads = 1;
  Outcome reference = runFunction(function, inputs, slow);
  if (!reference.outputs)
    return false;
  std::optional<Outcome> first;
  for (unsigned threads : {1, 2, 7}) {
    RunOptions options;
    options.threads = threads;
    Outcome fast = runFunction(function, inputs, options);
    EXPECT_TRUE(fast.outputs) << programText(program);
    if (!fast.outputs)
      return false;
    if (first) {
      expectSame(*first->outputs, *fast.outputs);
      continue;
    }
    for (const auto &[name, value] : *reference.outputs)
      if (const Tensor *tensor = value.tensor())
        expectClose(*fast.outputs->find(name)->second.tensor(), *tensor, program, extremes, units);
    first = std::move(fast);
  }
  return first->fastSteps != 0;
}

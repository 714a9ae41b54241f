#include "mil/Run/Inputs.h"
#include "Memory.h"
#include "ValueRequirements.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/Random.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/xxhash.h"
#include <cmath>

using namespace mil;

static Tensor filled(const RunPort &port, llvm::ArrayRef<int64_t> dims, FillKind kind, uint64_t seed) {
  Tensor result(port.type.dtype(), dims);
  if (kind == FillKind::Zeros)
    return result;
  Random random(llvm::xxh3_64bits(port.name) ^ seed * seedStep);
  bool isImage = port.feature && port.feature->type && port.feature->type->as<ImageFeature>();
  int64_t table = port.value && !result.isFloat() ? indexLimit(port.value) : 0;
  int64_t limit = isImage ? 256 : result.dtype() == DType::Bool ? 2 : table ? table : 4;
  double least = port.value && mustNotBeNegative(port.value) ? 0 : -1;
  auto draw = [&]() -> double {
    if (kind == FillKind::Ones)
      return 1;
    return result.isFloat() && !isImage ? least + random.uniform() * (1 - least) : double(random.below(limit));
  };
  std::vector<double> part;
  constexpr int64_t window = 4096;
  for (int64_t at = 0; at < result.count(); at += int64_t(part.size())) {
    part.resize(size_t(std::min(window, result.count() - at)));
    for (double &value : part)
      value = draw();
    result.write(at, llvm::ArrayRef<double>(part));
  }
  return result;
}

Result<Tensor> mil::makeInput(const ModelRunner &runner, const RunPort &port, llvm::ArrayRef<int64_t> dims, FillKind kind, uint64_t seed,
                              DiagnosticEngine &diags) {
  Type type = Type::tensor(runner.context(), port.type.dtype(), dims);
  if (uint64_t bytes = heldBytes(type, Precision::Declared); bytes > runner.memoryLimit())
    return diags.report({}, diag::InterfaceTooLarge, runner.function().name().str(), bytes, runner.memoryLimit());
  return filled(port, dims, kind, seed);
}

Result<NamedValues> mil::randomInputs(const ModelRunner &runner, uint64_t seed, DiagnosticEngine &diags) {
  NamedValues inputs;
  for (const RunPort &port : runner.inputs()) {
    Type type = port.defaultType(runner.context());
    if (!type.isTensor() || !type.hasStaticShape())
      return diags.report({}, diag::MissingInput, runner.function().name().str(), port.name, port.type.str());
    Result<Tensor> made = makeInput(runner, port, type.dims(), FillKind::Random, seed, diags);
    if (!made)
      return failure();
    inputs[port.name] = std::move(*made);
  }
  return inputs;
}

// ---- JSON -------------------------------------------------------------------

namespace {

/// Reads nested lists into numbers in order, and the shape that they have.
struct NestedNumbers {
  static constexpr size_t mostDims = 8;
  std::vector<double> values;
  Tensor::Dims dims;
  std::string why;

  bool read(const llvm::json::Value &json, size_t depth = 0) {
    if (const llvm::json::Array *list = json.getAsArray()) {
      if (depth == mostDims)
        return wrong("its lists are nested more than 8 deep");
      if (depth == dims.size() && values.empty())
        dims.push_back(int64_t(list->size()));
      else if (depth >= dims.size() || dims[depth] != int64_t(list->size()))
        return wrong("its lists have different lengths");
      for (const llvm::json::Value &element : *list)
        if (!read(element, depth + 1))
          return false;
      return true;
    }
    if (depth != dims.size())
      return wrong("its lists have different lengths");
    if (std::optional<bool> flag = json.getAsBoolean())
      values.push_back(*flag);
    else if (std::optional<double> number = json.getAsNumber())
      values.push_back(*number);
    else
      return wrong("it contains something other than numbers, true and false");
    return std::isfinite(values.back()) || wrong("it contains a number that is too large");
  }
  bool wrong(const char *what) {
    why = what;
    return false;
  }
};

} // namespace

std::optional<Tensor> mil::parseInput(llvm::StringRef text, Type type, std::string &why) {
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json) {
    llvm::consumeError(json.takeError());
    why = "it is not JSON";
    return std::nullopt;
  }
  NestedNumbers numbers;
  if (!numbers.read(*json)) {
    why = numbers.why;
    return std::nullopt;
  }
  if (numbers.dims.empty() && type.hasStaticShape() && type.elementCount()) {
    Tensor filled(type.dtype(), type.dims());
    std::vector<double> all(size_t(filled.count()), numbers.values[0]);
    filled.write(0, llvm::ArrayRef<double>(all));
    if (filled.count() && (filled.isFloat() ? std::isinf(filled.number(0)) : filled.number(0) != numbers.values[0])) {
      why = "the type can't represent this number";
      return std::nullopt;
    }
    return filled;
  }
  Tensor tensor(DType::Float64, numbers.dims);
  tensor.write(0, llvm::ArrayRef<double>(numbers.values));
  return tensor;
}

#include "Interpreter.h"
#include "mil/IR/Cloning.h"
#include "mil/Ops/Elements.h"
#include "mil/Ops/Fold.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace mil::test {

namespace {

constexpr uint64_t mostElements = 1 << 20;
constexpr unsigned mostRounds = 64; ///< of a loop

/// one_hot, which isn't folded.
const Literal *oneHot(const Operation &op, Type type) {
  const Literal *indices = op.constant("indices"), *size = op.constant("one_hot_vector_size"), *axis = op.constant("axis");
  const Literal *on = op.constant("on_value"), *off = op.constant("off_value");
  if (!indices || !indices->isTensor() || !size || !axis || !on || !off)
    return nullptr;
  Tensor::Dims dims(indices->type().dims().begin(), indices->type().dims().end());
  int64_t at = *axis->asInt() < 0 ? *axis->asInt() + int64_t(dims.size()) + 1 : *axis->asInt();
  int64_t inner = 1;
  for (int64_t dim : llvm::ArrayRef(dims).drop_front(size_t(at)))
    inner *= dim;
  dims.insert(dims.begin() + at, *size->asInt());
  Tensor result(type.dtype(), dims);
  for (int64_t i = 0; i < result.count(); ++i) {
    int64_t step = i / inner % *size->asInt(), place = i / inner / *size->asInt() * inner + i % inner;
    bool chosen = indices->elementAsInt(size_t(place)) == step;
    result.write(i, llvm::ArrayRef<double>(*(chosen ? on : off)->asDouble()));
  }
  return result.toLiteral(op.program().context(), type.withDims(op.program().context(), dims));
}

/// silu and pixel_shuffle, which aren't either.
const Literal *silu(const Operation &op) {
  const Literal *x = op.constant("x");
  Tensor result(x->type().dtype(), x->type().dims());
  for (int64_t i = 0; i < result.count(); ++i) {
    double value = x->elementAsDouble(size_t(i));
    result.write(i, llvm::ArrayRef<double>{value / (1 + std::exp(-value))});
  }
  return result.toLiteral(op.program().context(), x->type());
}

const Literal *shuffled(const Operation &op) {
  const Literal *x = op.constant("x");
  int64_t factor = *op.constant("upscale_factor")->asInt();
  llvm::ArrayRef<int64_t> dims = x->type().dims();
  Tensor::Dims larger{dims[0], dims[1] / factor / factor, dims[2] * factor, dims[3] * factor};
  Tensor result(x->type().dtype(), larger);
  for (int64_t i = 0; i < result.count(); ++i) {
    int64_t column = i % larger[3], row = i / larger[3] % larger[2], channel = i / larger[3] / larger[2];
    channel = channel * factor * factor + row % factor * factor + column % factor;
    result.write(i, llvm::ArrayRef<double>{x->elementAsDouble(size_t((channel * dims[2] + row / factor) * dims[3] + column / factor))});
  }
  return result.toLiteral(op.program().context(), x->type().withDims(op.program().context(), larger));
}

} // namespace

Interpreter::Interpreter(Context &context, DiagnosticEngine &diags, Watch watch)
    : context(context), diags(diags), watch(std::move(watch)), scratch(context),
      calls(&scratch.addFunction(context.intern("f"), context.intern(protoName(Opset::IOS18)))->body()) {}
Interpreter::~Interpreter() = default;

const Literal *Interpreter::get(const Operand &operand) const { return operand.value() ? get(operand.value()) : operand.literal(); }

bool Interpreter::run(const Function &function) {
  calls =
      &scratch.addFunction(context.intern("g" + std::to_string(scratch.functions().size())), context.intern(function.opsetName()))->body();
  Constants outputs;
  return runBlock(function.body(), outputs);
}

bool Interpreter::runBlock(const Block &block, Constants &outputs) {
  for (const Operation &op : block) {
    Constants results = call(op);
    if (!reason.empty())
      return false;
    if (results.size() != op.resultCount()) {
      reason = "cannot evaluate " + op.describe();
      return false;
    }
    for (auto [result, literal] : llvm::zip(const_cast<Operation &>(op).results(), results))
      values[&result] = watch ? watch(op, literal) : literal;
  }
  for (const Operand &output : const_cast<Block &>(block).outputs())
    outputs.push_back(get(output));
  return true;
}

bool Interpreter::runLoop(const Operation &op, Constants &results) {
  for (const Operand &variable : op.argument("loop_vars")->bindings())
    results.push_back(get(variable));
  for (unsigned round = 0; round < mostRounds; ++round) {
    for (Block *block : op.blocks()) {
      for (auto [input, literal] : llvm::zip(block->inputs(), results))
        values[input] = literal;
      Constants outputs;
      if (!runBlock(*block, outputs))
        return false;
      if (block == op.blocks()[1])
        results = outputs;
      else if (!outputs[0]->elementAsInt(0))
        return true;
    }
  }
  reason = "a loop that doesn't end";
  return false;
}

Interpreter::Constants Interpreter::call(const Operation &op) {
  if (const Literal *constant = op.constantValue()) {
    std::optional<Tensor> read = constant->isBlob() ? Tensor::fromLiteral(*constant, mostElements, &diags) : std::nullopt;
    return {read ? read->toLiteral(context, constant->type()) : constant};
  }
  Constants results;
  if (op.is("cond")) {
    runBlock(*op.blocks()[get(*op.operand("pred"))->elementAsInt(0) ? 0 : 1], results);
    return results;
  }
  if (op.is("while_loop")) {
    runLoop(op, results);
    return results;
  }
  if (op.is("read_state"))
    return {get(*op.operand("input"))};
  if (op.is("write_state")) {
    values[op.input("input")] = get(*op.operand("data"));
    return {};
  }
  // The same call on constants, in a function of its own.
  ValueMap map;
  op.forEachOperand([&](const Operand &operand) {
    if (!operand.value() || map.contains(operand.value()))
      return;
    const Literal *literal = get(operand);
    Operation *constant = Operation::create(scratch, context.intern("const"), Operation::ResultSpec{context.intern("c"), literal->type()});
    constant->setAttribute(context.intern("val"), literal);
    calls->append(constant);
    map[operand.value()] = constant->result();
  });
  Operation *copy = cloneOperation(op, scratch, map);
  calls->append(copy);
  for (const Literal *literal : foldOperation(*copy, diags))
    results.push_back(literal);
  if (!results.empty())
    return results;
  if (op.is("silu"))
    return {silu(*copy)};
  if (op.is("pixel_shuffle"))
    return {shuffled(*copy)};
  if (op.is("one_hot"))
    if (const Literal *literal = oneHot(*copy, op.result()->type()))
      return {literal};
  if (std::unique_ptr<ElementReader> elements = op.resultCount() == 1 ? elementsOf(*copy->result()) : nullptr)
    if (std::optional<Tensor> tensor = readAll(*elements, mostElements, diags))
      return {tensor->toLiteral(context, Type::tensor(context, tensor->dtype(), tensor->dims()))};
  return {};
}

} // namespace mil::test

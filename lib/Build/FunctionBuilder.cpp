#include "mil/Build/FunctionBuilder.h"
#include "CallBuilder.h"
#include "mil/Build/DiagnosticKinds.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

Context &FunctionBuilder::context() const { return model.context(); }

// ---- Interface --------------------------------------------------------------

Value *FunctionBuilder::input(llvm::StringRef name, DType type, llvm::ArrayRef<int64_t> dims) {
  return function_->body().addInput(names.fresh(sanitizedIdentifier(name)), Type::tensor(context(), type, dims));
}

Value *FunctionBuilder::state(llvm::StringRef name, DType type, llvm::ArrayRef<int64_t> dims) {
  Type held = Type::tensor(context(), type, dims);
  return function_->body().addInput(names.fresh(sanitizedIdentifier(name)), Type::state(context(), held));
}

void FunctionBuilder::output(Value *value, llvm::StringRef name) {
  if (!value || !model.ok())
    return;
  // An input that is returned under another name, and a value that is returned twice, need an operation to carry the name.
  if (!name.empty() && value->name() != name && (value->inputOf() || value->isBlockOutput()))
    value = op("identity", {{"x", value}}, name);
  else if (!name.empty() && value->name() != name)
    value->setName(names.fresh(sanitizedIdentifier(name)));
  if (!value)
    return;
  llvm::SmallVector<Value *, 4> outputs;
  for (Operand &output : function_->outputs())
    outputs.push_back(output.value());
  outputs.push_back(value);
  function_->body().setOutputs(outputs);
}

// ---- Constants --------------------------------------------------------------

Value *FunctionBuilder::constant(llvm::StringRef name, const Literal *literal) {
  return model.ok() ? place().constant(names.fresh(sanitizedIdentifier(name)), literal) : nullptr;
}

Value *FunctionBuilder::constant(llvm::StringRef name, DType type, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<uint8_t> borrowed) {
  Type tensor = Type::tensor(context(), type, dims);
  std::optional<int64_t> count = tensor.elementCount();
  std::optional<uint64_t> size = count ? packedSize(type, uint64_t(*count)) : std::nullopt;
  if (type != DType::String && size == borrowed.size())
    return constant(name, Literal::tensorOver(context(), tensor, borrowed));
  DiagnosticEngine diags;
  diags.report(Location(), diag::ConstantBytes, name, tensor.str(), size ? std::to_string(*size) : std::string("an unknown number of"),
               borrowed.size());
  model.fail(diags.diagnostics().front());
  return nullptr;
}

Value *FunctionBuilder::constant(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, std::shared_ptr<const Blob> blob) {
  if (!blob)
    return nullptr;
  Type tensor = Type::tensor(context(), fromBlobDType(blob->dtype()), dims);
  std::optional<int64_t> count = tensor.elementCount();
  if (!count || uint64_t(*count) != blob->elementCount()) {
    DiagnosticEngine diags;
    diags.report(Location(), diag::LiteralCount, tensor.str(), count.value_or(-1), blob->elementCount());
    model.fail(diags.diagnostics().front());
    return nullptr;
  }
  context().keepAlive(blob);
  return constant(name, Literal::blob(context(), tensor, blob.get(), "@model_path/weights/weight.bin", 0));
}

// ---- Operations -------------------------------------------------------------

Value *FunctionBuilder::op(llvm::StringRef type, llvm::ArrayRef<GivenArgument> arguments, llvm::StringRef name, Type expected) {
  Operation *made = CallBuilder(*this, type, name).make(arguments, expected);
  return made && made->resultCount() ? made->result() : nullptr;
}

llvm::SmallVector<Value *, 2> FunctionBuilder::results(llvm::StringRef type, llvm::ArrayRef<GivenArgument> arguments,
                                                       llvm::StringRef name) {
  llvm::SmallVector<Value *, 2> values;
  if (Operation *made = CallBuilder(*this, type, name).make(arguments, Type()))
    for (Value &result : made->results())
      values.push_back(&result);
  return values;
}

static llvm::SmallVector<Value *, 2> resultsOf(Operation *op) {
  llvm::SmallVector<Value *, 2> values;
  if (op)
    for (Value &result : op->results())
      values.push_back(&result);
  return values;
}

/// Gives an operation whose blocks are built its results, of the types that the first block's outputs (cond) or the loop's variables have,
/// and checks it as the verifier would.
Operation *FunctionBuilder::finishBlocks(Operation *draft, llvm::StringRef name) {
  if (!model.ok())
    return nullptr;
  llvm::SmallVector<Operation::ResultSpec, 2> specs;
  std::string base = sanitizedIdentifier(name.empty() ? draft->type().str().str() + "_0" : name.str());
  auto outputs = draft->blocks().back()->outputs();
  for (size_t i = 0; i < outputs.size(); ++i)
    specs.push_back({names.fresh(outputs.size() == 1 ? base : base + "_" + std::to_string(i)), outputs[i].type()});
  Operation *op = Operation::create(function_->program(), draft->type(), specs);
  for (const Argument &argument : draft->arguments()) {
    llvm::SmallVector<Binding, 4> bindings;
    for (Operand &operand : argument.bindings())
      bindings.push_back(operand.value());
    op->setArgument(argument.name, bindings);
  }
  op->takeBlocks(*draft);
  op->setAttribute(context().intern("name"), Literal::string(context(), name.empty() ? llvm::StringRef(base) : name));
  draft->erase();
  place().insert(op);
  DiagnosticEngine diags;
  Inferred inferred = inferTypes(*op, &diags);
  if (diags.hadError()) {
    Diagnostic first = diags.diagnostics().front();
    first.context = op->describe();
    model.fail(std::move(first));
    return nullptr;
  }
  for (size_t i = 0; i < std::min<size_t>(op->resultCount(), inferred.types.size()); ++i)
    op->result(i)->setType(inferred.types[i]);
  return op;
}

llvm::SmallVector<Value *, 2> FunctionBuilder::cond(Value *predicate, Branch whenTrue, Branch whenFalse, llvm::StringRef name) {
  if (!predicate || !model.ok())
    return {};
  Operation *draft = Operation::create(function_->program(), context().intern("cond"), {});
  draft->setArgument(context().intern("pred"), Binding(predicate));
  for (Branch branch : {whenTrue, whenFalse}) {
    FunctionBuilder inner(model, *function_, *draft->addBlock(), names);
    llvm::SmallVector<Value *, 2> outputs = branch(inner);
    if (!model.ok() || llvm::is_contained(outputs, nullptr))
      return {};
    inner.block->setOutputs(outputs);
  }
  return resultsOf(finishBlocks(draft, name));
}

llvm::SmallVector<Value *, 2> FunctionBuilder::whileLoop(llvm::ArrayRef<Value *> variables, LoopCondition condition, LoopBody body,
                                                         llvm::StringRef name) {
  if (llvm::is_contained(variables, nullptr) || !model.ok())
    return {};
  Operation *draft = Operation::create(function_->program(), context().intern("while_loop"), {});
  draft->setArgument(context().intern("loop_vars"), llvm::SmallVector<Binding, 4>(variables.begin(), variables.end()));
  for (bool isBody : {false, true}) {
    FunctionBuilder inner(model, *function_, *draft->addBlock(), names);
    for (Value *variable : variables)
      inner.block->addInput(names.fresh(variable->name().str().str() + "_x"), variable->type());
    llvm::SmallVector<Value *, 2> outputs;
    if (isBody)
      outputs = body(inner, inner.block->inputs());
    else
      outputs.push_back(condition(inner, inner.block->inputs()));
    if (!model.ok() || llvm::is_contained(outputs, nullptr))
      return {};
    inner.block->setOutputs(outputs);
  }
  return resultsOf(finishBlocks(draft, name));
}

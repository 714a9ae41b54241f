// materialize_symbolic_shape_program: a function for inputs of any size gets one for inputs of given sizes.
//
//   func main(tensor<fp32, [?, 4]> x) { y = relu(x) } -> (y)
//     =>   func main(…) …  func fixed(tensor<fp32, [2, 4]> x) { tensor<fp32, [2, 4]> y = relu(x) } -> (y)
//
// `inputs=x:2x4,…` gives the sizes, all dimensions of each input; those that are known must stay. The function `function_name` is a copy of
// `source_function_name`; the same name, or none, changes that function itself. Types are inferred again from the inputs on, those that
// follow from sizes that are computed, too; const_elimination then folds what was computed of sizes. Sizes must be among those that the
// description allows; the description then gets those of the named inputs, and of the outputs that follow from them, and is unchanged
// otherwise. Weights are shared.
//
// Source: coremltools' common::materialize_symbolic_shape_program.
#include "mil/IR/Cloning.h"
#include "mil/IR/Names.h"
#include "mil/Ops/Fold.h"
#include "mil/Ops/Infer.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Pass.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct MaterializeSymbolicShapeProgram : Pass {
  Option<std::vector<std::string>> inputs{*this, "inputs", "Inputs with their sizes, as NAME:2x3; empty sizes for a scalar"};
  Option<std::string> source{*this, "source_function_name", "The function with flexible sizes", "main"};
  Option<std::string> target{*this, "function_name", "The name of the new function; empty: it replaces the original function"};

  PassResult run(PassRun &run) override {
    Function *from = run.program.function(*source);
    auto refuse = [&](const std::string &why) {
      run.diags.report({}, diag::PassRefused, "materialize_symbolic_shape_program", *source, why);
      return PassResult::Failed;
    };
    if (inputs->empty())
      return PassResult::Unchanged;
    if (!from)
      return refuse("the function does not exist");
    bool isCopy = !target->empty() && *target != *source;
    if (isCopy && !isIdentifier(*target))
      return refuse("'" + *target + "' can't be the name of a function");
    if (isCopy && run.program.function(*target))
      return refuse("a function '" + *target + "' already exists");
    std::vector<std::pair<unsigned, Type>> types;
    for (llvm::StringRef each : *inputs)
      if (std::string why = readInput(*from, each, types); !why.empty())
        return refuse(why);
    if (std::string why = refusedByDescription(*from, run.model, types); !why.empty())
      return refuse(why);
    bool changes = isCopy || llvm::any_of(types, [&](auto &each) { return from->inputs()[each.first]->type() != each.second; });
    if (!changes)
      return PassResult::Unchanged;

    Function *into = isCopy ? cloneFunction(*from, run.program, run.program.context().intern(*target)) : from;
    for (auto [index, type] : types)
      into->inputs()[index]->setType(type);
    into->removeAttribute("FlexibleShapeInformation");
    if (!inferFunction(*into, run.diags))
      return PassResult::Failed;
    inferFromComputedSizes(*into);
    if (run.model && run.model->description)
      describe(*from, *into, types, *run.model);
    run.count("functions created");
    return PassResult::Changed;
  }

  /// Where sizes are computed (`shape`, `gather`, `concat`, …) and argue what is cut or reshaped, types follow from values. A copy in which
  /// these are folded shows them; the function itself keeps its operations.
  static void inferFromComputedSizes(Function &function) {
    constexpr int mostRounds = 16;       // of a size that follows from a shape that follows from a size
    constexpr int64_t mostElements = 64; // of a shape, or of bounds
    Context &context = function.program().context();
    Program scratch(context);
    Function *copy = cloneFunction(function, scratch, function.name());
    std::vector<Operation *> ops, copies;
    function.body().walk([&](Operation &op) { ops.push_back(&op); });
    copy->body().walk([&](Operation &op) { copies.push_back(&op); });
    DiagnosticEngine quiet;
    PassRun run(scratch, nullptr, quiet);
    Rewriter rewriter(*copy, run);
    llvm::DenseSet<const Operation *> folded;
    auto mayFold = [&](const Operation &op) {
      Type type = op.resultCount() == 1 ? op.result()->type() : Type();
      bool isSmall = type.isTensor() && (isInteger(type.dtype()) || type.dtype() == DType::Bool) &&
                     type.elementCount().value_or(mostElements + 1) <= mostElements;
      return isSmall && !op.is("const") && !op.isConstexpr() && !folded.contains(&op);
    };
    for (int round = 0; round < mostRounds; ++round) {
      for (Operation *op : copies) {
        if (!mayFold(*op))
          continue;
        llvm::SmallVector<const Literal *, 1> literals = foldOperation(*op, quiet, {});
        if (literals.empty())
          continue;
        folded.insert(op);
        rewriter.setInsertionPoint(op);
        op->result()->replaceAllUsesWith(rewriter.constant(literals[0], op->result()->name()));
      }
      Result<size_t> changed = inferFunction(*copy, quiet);
      if (!changed || *changed == 0)
        break;
    }
    for (auto [op, known] : llvm::zip(ops, copies)) {
      if (!op->blocks().empty() || op->block()->parentOp())
        continue; // types of blocks and of the operation around them go together
      for (auto [result, other] : llvm::zip(op->results(), known->results()))
        if (result.type() != other.type() && agrees(result.type(), other.type()))
          result.setType(merged(context, result.type(), other.type()));
    }
  }

  /// Reads NAME:2x3; what is wrong with it, or "".
  static std::string readInput(Function &function, llvm::StringRef text, std::vector<std::pair<unsigned, Type>> &types) {
    auto [name, sizes] = text.rsplit(':');
    Value *input = function.body().input(name);
    if (!input || !input->type().isTensor() || !input->type().hasRank())
      return "no tensor input named '" + name.str() + "'";
    if (llvm::any_of(types, [&](const auto &each) { return each.first == input->index(); }))
      return "input '" + name.str() + "' is given twice";
    llvm::SmallVector<llvm::StringRef, 6> parts;
    sizes.split(parts, 'x', -1, /*KeepEmpty=*/false);
    llvm::ArrayRef<int64_t> old = input->type().dims();
    llvm::SmallVector<int64_t, 6> dims;
    for (llvm::StringRef part : parts) {
      int64_t size = 0;
      if (part.getAsInteger(10, size) || size < 1)
        return "'" + part.str() + "' of '" + text.str() + "' is not a size";
      dims.push_back(size);
    }
    bool agrees = dims.size() == old.size();
    for (size_t i = 0; agrees && i < dims.size(); ++i)
      agrees = old[i] < 0 || old[i] == dims[i];
    if (!agrees)
      return "input '" + name.str() + "' is " + input->type().str() + ", which doesn't match the sizes " + sizes.str();
    types.push_back({input->index(), input->type().withDims(function.program().context(), dims)});
    return "";
  }

  /// The reason why an input can't have a size by its description; "" if it can.
  std::string refusedByDescription(const Function &function, Model *model, llvm::ArrayRef<std::pair<unsigned, Type>> types) const {
    FunctionDescription *description = descriptionOf(function, model);
    for (auto [index, type] : types) {
      std::string name = function.inputs()[index]->name().str().str();
      FeatureDescription *feature = description ? findFeature(description->inputs, name) : nullptr;
      if (feature && !allowsShape(*feature, type.dims()))
        return "the description doesn't allow input '" + name + "' to be " + type.str();
    }
    return "";
  }

  /// Edits the description: the inputs that were named and the outputs whose sizes follow are of those sizes; all else stays.
  void describe(const Function &from, const Function &into, llvm::ArrayRef<std::pair<unsigned, Type>> types, Model &model) const {
    ModelDescription &description = *model.description;
    FunctionDescription *old = description.function(from.name());
    if (!old)
      return;
    FunctionDescription made = *old;
    for (auto [index, type] : types)
      if (FeatureDescription *feature = findFeature(made.inputs, into.inputs()[index]->name()))
        fixShape(*feature, type.dims());
    for (const Operand &output : into.outputs()) {
      FeatureDescription *feature = output.value() ? findFeature(made.outputs, output.value()->name()) : nullptr;
      if (feature && output.type().isTensor() && output.type().hasStaticShape() && output.type().rank() != 0)
        fixShape(*feature, output.type().dims());
    }
    if (&from == &into) {
      *old = std::move(made);
      return;
    }
    if (description.functions.empty()) {
      description.functions.push_back(std::move(description.main));
      description.functions.back().name = from.name().str().str();
      description.main = {};
      description.defaultFunctionName = from.name().str().str();
    }
    made.name = into.name().str().str();
    description.functions.push_back(std::move(made));
    model.specificationVersion = std::max(model.specificationVersion, requiredSpecificationVersion(model));
  }
};
} // namespace

MIL_PASS(materialize_symbolic_shape_program, MaterializeSymbolicShapeProgram,
         "The sizes are an option in text form, for one function per run. It is an error if a function with the new name "
         "already exists (it is not replaced), or if the description doesn't allow the sizes. Descriptions of other "
         "inputs are not changed.")

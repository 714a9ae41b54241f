// io_to_state: an input that comes back changed as an output becomes a state.
//
//   func main(tensor<fp16, [1, 8]> cache, …) { …;  new = slice_update(x = cache, update = k, …);  … } -> (y, new)
//     =>   func main(state<tensor<fp16, [1, 8]>> cache, …) { r = read_state(input = cache);  …
//                    new = slice_update(x = r, update = k, …);  write_state(data = new, input = cache);  … } -> (y)
//
// So a cache of keys and values stays where it is from one prediction to the next, and is written in place. A pair is found by its form:
// the output is the input with slices of it updated, or the last part of the input with something appended (slice of a concat), and neither
// is part of another pair. Or pairs are named, `pairs=cache:new,…`, where `*` stands for the same text on both sides; one that is named and
// can't be a state, or names no input at all, is an error. The state has the name of the input and starts as zeros.
//
// The types must be the same, of static shape, and fp16, which is all that Core ML holds in states; the opset iOS18 or later; an output
// must be left. canonicalize_inplace_pattern and prefer_state_in_downstream do the rest.
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mil;

namespace {
struct IoToState : Pass {
  Option<std::vector<std::string>> named{*this, "pairs",
                                         "Inputs and the outputs that are their next values, as INPUT:OUTPUT; * stands for any text"};

  struct Pair {
    Value *input;
    unsigned output;
  };

  PassResult run(PassRun &run) override {
    uint64_t made = 0;
    llvm::StringSet<> met;
    for (Function *function : run.program.functions()) {
      llvm::SmallVector<Pair, 8> pairs;
      if (named->empty())
        findPairs(*function, pairs);
      else if (!namedPairs(*function, run.diags, met, pairs))
        return PassResult::Failed;
      if (!pairs.empty())
        apply(*function, pairs, run);
      made += pairs.size();
    }
    for (const std::string &each : *named)
      if (!met.contains(each)) {
        (void)run.diags.report({}, diag::PassNamesNothing, each, "io_to_state");
        return PassResult::Failed;
      }
    if (made)
      run.count("states made", made);
    return changedIf(made != 0);
  }

  // ---- Finding -----------------------------------------------------------------------------------------------------------------------

  /// The input of which a value is an updated form; null for none.
  static Value *updated(Value *value) {
    while (Operation *op = value->definingOp()) {
      Value *before = op->is("slice_update") ? op->input("x") : appendedTo(*op);
      if (!before)
        return nullptr;
      value = before;
    }
    return value;
  }

  /// Of a slice of a concat: what something is appended to.
  static Value *appendedTo(Operation &op) {
    Value *whole = op.is("slice_by_index") || op.is("slice_by_size") ? op.input("x") : nullptr;
    Operation *concat = whole ? whole->definingOp() : nullptr;
    const Argument *values = concat && concat->is("concat") ? concat->argument("values") : nullptr;
    Value *first = values && values->count > 1 ? values->operands[0].value() : nullptr;
    return first && first->type() == op.result()->type() ? first : nullptr;
  }

  static bool canBeState(Type type) { return type.isTensor() && type.hasStaticShape() && type.dtype() == DType::Float16; }

  static void findPairs(Function &function, llvm::SmallVectorImpl<Pair> &pairs) {
    if (function.opset() < Opset::IOS18)
      return;
    llvm::DenseSet<const Value *> taken;
    for (unsigned i = 0; i < function.outputs().size(); ++i) {
      Value *output = function.outputs()[i].value();
      if (!output || !output->definingOp() || output->block() != &function.body() || !canBeState(output->type()))
        continue;
      Value *input = updated(output);
      if (input && input->inputOf() == &function.body() && input->type() == output->type() && !functionOutput(input) &&
          taken.insert(input).second && taken.insert(output).second)
        pairs.push_back({input, i});
    }
    if (pairs.size() == function.outputs().size())
      pairs.clear();
  }

  // ---- Named pairs -------------------------------------------------------------------------------------------------------------------

  /// What `*` stands for in `pattern` to give `name`; nullopt when it can't.
  static std::optional<llvm::StringRef> matchPattern(llvm::StringRef pattern, llvm::StringRef name) {
    auto [before, after] = pattern.split('*');
    if (!pattern.contains('*'))
      return pattern == name ? std::optional<llvm::StringRef>("") : std::nullopt;
    if (name.size() < before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
      return std::nullopt;
    return name.slice(before.size(), name.size() - after.size());
  }

  /// The pairs that are named; `met` gathers those that name an input of some function.
  Status namedPairs(Function &function, DiagnosticEngine &diags, llvm::StringSet<> &met, llvm::SmallVectorImpl<Pair> &pairs) const {
    for (llvm::StringRef each : *named) {
      auto [inputs, outputs] = each.split(':');
      if (inputs.empty() || outputs.empty())
        return diags.report({}, diag::BadPassOption, "pairs", "io_to_state", "INPUT:OUTPUT", each);
      for (Value *input : function.inputs()) {
        std::optional<llvm::StringRef> text = matchPattern(inputs, input->name());
        if (!text || !input->type().isTensor())
          continue;
        met.insert(each);
        auto [before, after] = outputs.split('*');
        std::string output = outputs.contains('*') ? before.str() + text->str() + after.str() : outputs.str();
        if (!addNamed(function, *input, output, diags, pairs))
          return failure();
      }
    }
    return success();
  }

  Status addNamed(Function &function, Value &input, llvm::StringRef output, DiagnosticEngine &diags,
                  llvm::SmallVectorImpl<Pair> &pairs) const {
    auto refuse = [&](const std::string &why) {
      return diags.report(function.location(), diag::PassRefused, "io_to_state", function.name().str(), why);
    };
    std::string names = "input '" + input.name().str().str() + "' and output '" + output.str() + "'";
    auto outputs = function.outputs();
    auto *found = llvm::find_if(outputs, [&](const Operand &each) { return each.value() && each.value()->name() == output; });
    if (found == outputs.end())
      return refuse("there is no output '" + output.str() + "'");
    unsigned index = unsigned(found - outputs.begin());
    if (function.opset() < Opset::IOS18)
      return refuse("states are there from opset ios18 on");
    if (input.type() != found->value()->type())
      return refuse(names + " have different types");
    if (!canBeState(input.type()))
      return refuse(names + " are no fp16 tensors of static shape");
    if (!found->value()->definingOp() || functionOutput(&input))
      return refuse(names + " are given back as they are");
    if (llvm::any_of(pairs, [&](const Pair &pair) { return pair.input == &input || pair.output == index; }))
      return refuse(names + " are part of another pair, too");
    if (pairs.size() + 1 == outputs.size())
      return refuse("no output would be left");
    pairs.push_back({&input, index});
    return success();
  }

  // ---- Changing ----------------------------------------------------------------------------------------------------------------------

  static void apply(Function &function, llvm::ArrayRef<Pair> pairs, PassRun &run) {
    Context &context = function.program().context();
    Rewriter rewriter(function, run);
    Operation *first = &function.body().front();
    llvm::DenseSet<unsigned> gone;
    for (const Pair &pair : pairs) {
      gone.insert(pair.output);
      Type type = pair.input->type();
      rewriter.setInsertionPoint(first);
      Operation *read = rewriter.createTyped("read_state", type, {});
      rename(*read, pair.input->name().str().str() + "_read", rewriter);
      pair.input->replaceAllUsesWith(read->result());
      pair.input->setType(Type::state(context, type));
      read->setArgument(context.intern("input"), Binding(pair.input));
      Value *output = function.outputs()[pair.output].value();
      rewriter.setInsertionPointAfter(output->definingOp());
      Operation *write = rewriter.createTyped("write_state", {}, {{"input", pair.input}, {"data", output}});
      write->setAttribute(context.intern("name"), Literal::string(context, rewriter.fresh(pair.input->name().str().str() + "_write")));
      describe(function, run.model, pair.input->name(), output->name());
    }
    llvm::SmallVector<Value *, 8> left;
    for (unsigned i = 0; i < function.outputs().size(); ++i)
      if (!gone.contains(i))
        left.push_back(function.outputs()[i].value());
    function.body().setOutputs(left);
    if (run.model)
      run.model->specificationVersion = std::max(run.model->specificationVersion, requiredSpecificationVersion(*run.model));
  }

  static void rename(Operation &op, llvm::StringRef name, Rewriter &rewriter) {
    op.result()->setName(rewriter.fresh(name));
    op.setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), op.result()->name()));
  }

  static void describe(Function &function, Model *model, llvm::StringRef input, llvm::StringRef output) {
    FunctionDescription *description = descriptionOf(function, model);
    if (!description)
      return;
    FeatureDescription *feature = findFeature(description->inputs, input);
    FeatureDescription state{input.str(), feature ? feature->shortDescription : "", {}, {}};
    StateFeature held;
    if (const MultiArrayFeature *array = feature && feature->type ? feature->type->as<MultiArrayFeature>() : nullptr)
      held.array = *array;
    held.array.flexibility = {};
    held.array.defaultValue = {};
    Type type = function.body().input(input)->type().element();
    held.array.shape.assign(type.dims().begin(), type.dims().end());
    held.array.dataType = ArrayDataType::Float16;
    state.type = FeatureType{held, false, {}};
    description->states.push_back(state);
    llvm::erase_if(description->inputs, [&](const FeatureDescription &each) { return each.name == input; });
    llvm::erase_if(description->outputs, [&](const FeatureDescription &each) { return each.name == output; });
  }
};
} // namespace

MIL_PASS(io_to_state, IoToState)

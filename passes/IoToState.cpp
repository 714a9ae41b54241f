// io_to_state: an input that comes back changed as an output becomes a state.
//
//   func main(tensor<fp16, [1, 8]> cache, …) { …;  new = slice_update(x = cache, update = k, …);  … } -> (y, new)
//     =>   func main(state<tensor<fp16, [1, 8]>> cache, …) { r = read_state(input = cache);  …
//                    new = slice_update(x = r, update = k, …);  write_state(data = new, input = cache);  … } -> (y)
//
// So a cache of keys and values stays where it is from one prediction to the next, and is written in place. A pair is found by its form:
// the output is the input with slices of it updated, or the last part of the input with something appended (slice of a concat), and neither
// is part of another pair. Or pairs are named, `pairs=cache:new,…`, where `*` matches the same text on both sides. One that is named
// without `*` and can't be a state is an error, and so are names that match no pair at all. The state has the name of the input and
// starts as zeros.
//
// The types must be the same and of static shape; an output must be left. Core ML holds states in fp16. A pair of fp32 whose output is a
// cast from fp16 becomes a state of what is cast, with casts where it is read, which cast_optimization removes; one that is computed in
// fp32 only with `round`. The opset must be iOS18 or later; `target` allows to raise it, where all functions are legal there.
// canonicalize_inplace_pattern and prefer_state_in_downstream do the rest.
//
// Exact, but for what `round` rounds.
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/OpsetRaise.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mil;

namespace {
struct IoToState : Pass {
  Option<std::vector<std::string>> named{*this, "pairs",
                                         "Inputs with the outputs that are their next values, as INPUT:OUTPUT; * matches any text"};

  TargetOption target{*this, "target", "Raise the opset of all functions to this one if a state needs it"};
  Option<bool> round{*this, "round", "Also make fp16 states of values that are computed in fp32", false};

  struct Pair {
    Value *input;
    unsigned output;
  };
  using Pairs = llvm::SmallVector<Pair, 8>;

  PassResult run(PassRun &run) override {
    std::vector<std::pair<Function *, Pairs>> found;
    llvm::StringSet<> met;
    for (Function *function : run.program.functions()) {
      Pairs pairs;
      if (named->empty())
        findPairs(*function, pairs);
      else if (!namedPairs(*function, run.diags, met, pairs))
        return PassResult::Failed;
      if (!pairs.empty())
        found.emplace_back(function, std::move(pairs));
    }
    for (const std::string &each : *named)
      if (!met.contains(each)) {
        (void)run.diags.report({}, diag::PassNamesNothing, each, "io_to_state");
        return PassResult::Failed;
      }
    if (found.empty())
      return PassResult::Unchanged;
    if (!target->empty() && !raiseOpset(run))
      return PassResult::Failed;
    for (auto &[function, pairs] : found) {
      apply(*function, pairs, run);
      run.count("states made", pairs.size());
    }
    return PassResult::Changed;
  }

  Status raiseOpset(PassRun &run) const {
    OpsetRaise raise(run.program, opsetFromName(*target));
    if (!raise.isLegal())
      return refuse(*run.program.functions().front(), run.diags, "not all operations are valid in opset " + *target);
    raise.keep(run.model);
    return success();
  }

  static Status refuse(Function &function, DiagnosticEngine &diags, const std::string &why) {
    return diags.report(function.location(), diag::PassRefused, "io_to_state", function.name().str(), why);
  }

  // ---- Finding --------------------------------------------------------------

  bool mayHaveStates(Function &function) const { return function.opset() >= Opset::IOS18 || !target->empty(); }

  /// Of a cast from fp16 to fp32, what is cast; else the value.
  static Value *uncast(Value *value) {
    Operation *op = value->definingOp();
    Value *x = op && op->is("cast") && value->type().dtype() == DType::Float32 ? op->input("x") : nullptr;
    return x && x->type().isTensor() && x->type().dtype() == DType::Float16 ? x : value;
  }

  /// What the state is to hold: the output, or what it is cast from. Null when a state can't hold it.
  Value *next(Value *output) const {
    Value *held = uncast(output);
    Type type = held->type();
    bool fits = type.isTensor() && type.hasStaticShape() && (type.dtype() == DType::Float16 || (type.dtype() == DType::Float32 && *round));
    return fits && held->definingOp() ? held : nullptr;
  }

  /// The input of which a value is an updated form; null for none, or when it is only cast.
  static Value *updated(Value *value) {
    bool isUpdated = false;
    while (Operation *op = value->definingOp()) {
      bool isCast = op->is("cast") && isFloat(op->result()->type().dtype());
      Value *before = isCast || op->is("slice_update") ? op->input("x") : appendedTo(*op);
      if (!before)
        return nullptr;
      isUpdated |= !isCast;
      value = before;
    }
    return isUpdated ? value : nullptr;
  }

  /// Of a slice of a concat: what something is appended to.
  static Value *appendedTo(Operation &op) {
    Value *whole = op.is("slice_by_index") || op.is("slice_by_size") ? op.input("x") : nullptr;
    Operation *concat = whole ? whole->definingOp() : nullptr;
    const Argument *values = concat && concat->is("concat") ? concat->argument("values") : nullptr;
    Value *first = values && values->count > 1 ? values->operands[0].value() : nullptr;
    return first && first->type() == op.result()->type() ? first : nullptr;
  }

  void findPairs(Function &function, Pairs &pairs) const {
    if (!mayHaveStates(function))
      return;
    llvm::DenseSet<const Value *> taken;
    for (unsigned i = 0; i < function.outputs().size(); ++i) {
      Value *output = function.outputs()[i].value();
      if (!output || output->block() != &function.body() || !next(output) || uncast(output)->block() != &function.body())
        continue;
      Value *input = updated(uncast(output));
      if (input && input->inputOf() == &function.body() && input->type() == output->type() && !functionOutput(input) &&
          taken.insert(input).second && taken.insert(output).second)
        pairs.push_back({input, i});
    }
    if (pairs.size() == function.outputs().size())
      pairs.clear();
  }

  // ---- Named pairs ----------------------------------------------------------

  /// The text that `*` in `pattern` matches in `name`; nullopt if the pattern doesn't match.
  static std::optional<llvm::StringRef> matchPattern(llvm::StringRef pattern, llvm::StringRef name) {
    auto [before, after] = pattern.split('*');
    if (!pattern.contains('*'))
      return pattern == name ? std::optional<llvm::StringRef>("") : std::nullopt;
    if (name.size() < before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
      return std::nullopt;
    return name.slice(before.size(), name.size() - after.size());
  }

  /// The pairs that are named; `met` gathers what names some.
  Status namedPairs(Function &function, DiagnosticEngine &diags, llvm::StringSet<> &met, Pairs &pairs) const {
    for (llvm::StringRef each : *named) {
      auto [inputs, outputs] = each.split(':');
      if (inputs.empty() || outputs.empty())
        return diags.report({}, diag::BadPassOption, "pairs", "io_to_state", "INPUT:OUTPUT", each);
      bool isPattern = inputs.contains('*');
      for (Value *input : function.inputs()) {
        std::optional<llvm::StringRef> text = matchPattern(inputs, input->name());
        if (!text || !input->type().isTensor())
          continue;
        auto [before, after] = outputs.split('*');
        std::string output = outputs.contains('*') ? before.str() + text->str() + after.str() : outputs.str();
        std::string why = addNamed(function, *input, output, pairs);
        if (why.empty())
          met.insert(each);
        else if (!isPattern)
          return refuse(function, diags, why);
      }
    }
    return success();
  }

  /// The reason why a pair can't be a state; "" if it can, then it is added.
  std::string addNamed(Function &function, Value &input, llvm::StringRef output, Pairs &pairs) const {
    std::string names = "input '" + input.name().str().str() + "' and output '" + output.str() + "'";
    auto outputs = function.outputs();
    auto *found = llvm::find_if(outputs, [&](const Operand &each) { return each.value() && each.value()->name() == output; });
    if (found == outputs.end())
      return "no output named '" + output.str() + "'";
    unsigned index = unsigned(found - outputs.begin());
    Value *value = found->value();
    if (!mayHaveStates(function))
      return "states need opset ios18, to which 'target' may raise it";
    if (input.type() != value->type())
      return names + " have different types";
    if (!value->definingOp() || functionOutput(&input))
      return names + " are the same value";
    if (!next(value))
      return names + (value->type().dtype() == DType::Float32 && value->type().hasStaticShape()
                          ? " are computed in fp32; use 'round' to round them"
                          : " are not tensors of fp16 or fp32 with static shape");
    if (llvm::any_of(pairs, [&](const Pair &pair) { return pair.input == &input || pair.output == index; }))
      return names + " are also part of another pair";
    if (pairs.size() + 1 == outputs.size())
      return "no output would be left";
    pairs.push_back({&input, index});
    return "";
  }

  // ---- Changing -------------------------------------------------------------

  void apply(Function &function, llvm::ArrayRef<Pair> pairs, PassRun &run) const {
    Rewriter rewriter(function, run);
    Operation *first = &function.body().front();
    llvm::DenseSet<unsigned> gone;
    for (const Pair &pair : pairs) {
      gone.insert(pair.output);
      rewriter.setInsertionPoint(first);
      read(*pair.input, rewriter);
      Value *output = function.outputs()[pair.output].value();
      write(*pair.input, *next(output), rewriter);
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

  /// Makes a state of an input; its users get the value read from the state, cast to the old type.
  static void read(Value &input, Rewriter &rewriter) {
    Context &context = rewriter.context();
    Type old = input.type(), held = old.withDType(context, DType::Float16);
    Operation *read = rewriter.createTyped("read_state", held, {});
    rename(*read, input.name().str().str() + "_read", rewriter);
    Value *value = read->result();
    if (held != old)
      value = cast(*value, old, rewriter);
    input.replaceAllUsesWith(value);
    input.setType(Type::state(context, held));
    read->setArgument(context.intern("input"), Binding(&input));
  }

  static Value *cast(Value &value, Type type, Rewriter &rewriter) {
    Operation *cast = rewriter.createTyped("cast", type, {{"x", &value}, {"dtype", rewriter.string(name(type.dtype()))}});
    rename(*cast, value.name().str().str() + "_to_" + name(type.dtype()).str(), rewriter);
    return cast->result();
  }

  static void write(Value &state, Value &next, Rewriter &rewriter) {
    rewriter.setInsertionPointAfter(next.definingOp());
    Value *data = &next;
    if (next.type().dtype() != DType::Float16)
      data = cast(next, next.type().withDType(rewriter.context(), DType::Float16), rewriter);
    Operation *write = rewriter.createTyped("write_state", {}, {{"input", &state}, {"data", data}});
    write->setAttribute(rewriter.context().intern("name"),
                        Literal::string(rewriter.context(), rewriter.fresh(state.name().str().str() + "_write")));
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

// merge_functions: finds and reports what functions have in common, and stores it once.
//
//   func a(x) { w = const(val = [1, 2, …]);    y = mul(x, w) } -> (y)
//   func b(v) { k = const(val = BLOBFILE(…));  z = mul(v, k) } -> (z),   of equal bytes
//     =>   both read the blob;  note: function 'b' is 'a' but for names
//
// A note reports each function whose body equals that of an earlier one: but for names, or but for names and weights (numbers of
// `weight_elements` elements and more, of the same types). Constants of that many elements that are equal bit for bit, of any shapes,
// refer to the file if one function holds them in the program and another in a file. Functions stay: MIL has no calls, and
// their interfaces are the model's.
//
// Linear in the program; files are read where constants have the same size and element type.
#include "mil/IR/Walk.h"
#include "mil/IR/WeightRule.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Equivalence.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {

/// A text that functions of the same body share, with or without their weights.
class BodyText {
public:
  BodyText(const ConstantEquivalence &identity, int64_t weightElements) : identity(identity), weightElements(weightElements) {}

  std::string of(Function &function, bool withWeights) {
    text.clear();
    numbers.clear();
    exact = withWeights;
    add(function.opsetName().pointer());
    add(function.body());
    return std::move(text);
  }

private:
  void add(const void *pointer) { text.append(reinterpret_cast<const char *>(&pointer), sizeof pointer); }
  void add(uint64_t number) { text.append(reinterpret_cast<const char *>(&number), sizeof number); }

  void add(const Literal &literal) {
    std::optional<int64_t> count = literal.type().isTensor() ? literal.type().elementCount() : std::nullopt;
    bool isWeight = count && *count >= weightElements && (literal.isTensor() || literal.isBlob());
    add(literal.type().pointer());
    add(isWeight && !exact ? nullptr : static_cast<const void *>(identity.representative(&literal)));
  }
  void add(const Operand &operand) {
    if (operand.value())
      add(uint64_t(numbers.lookup(operand.value())));
    else if (operand.literal())
      add(*operand.literal());
  }
  void define(const Value &value) {
    numbers[&value] = numbers.size() + 1;
    add(value.type().pointer());
  }

  /// Recursive on blocks, whose nesting is bounded.
  void add(Block &block) {
    add(uint64_t(block.inputs().size()));
    for (Value *input : block.inputs())
      define(*input);
    for (Operation &op : block) {
      add(op.type().pointer());
      add(op.opsetTag().pointer());
      for (const Argument &argument : op.arguments()) {
        add(argument.name.pointer());
        add(uint64_t(argument.count));
        for (Operand &operand : argument.bindings())
          add(operand);
      }
      for (const Attribute &attribute : op.attributes())
        if (attribute.name != "name") {
          add(attribute.name.pointer());
          add(*attribute.value);
        }
      for (Value &result : op.results())
        define(result);
      add(uint64_t(op.blocks().size()));
      for (Block *inner : op.blocks())
        add(*inner);
    }
    add(uint64_t(block.outputs().size()));
    for (Operand &output : block.outputs())
      add(output);
  }

  const ConstantEquivalence &identity;
  int64_t weightElements;
  bool exact = false;
  std::string text;
  llvm::DenseMap<const Value *, uint64_t> numbers;
};

struct MergeFunctions : Pass {
  Option<int64_t> weightElements{*this, "weight_elements", "Constants with at least this many elements are weights", leastWeightElements};

  PassResult run(PassRun &run) override {
    if (run.program.functions().size() < 2)
      return PassResult::Unchanged;
    ConstantEquivalence identity;
    llvm::DenseMap<const Literal *, const Literal *> blobs; // by representative: the first blob of that content
    std::vector<const Literal *> stored;
    forEachLiteral(run.program, [&](const Literal &literal, const LiteralPlace &place) {
      if (!place.operation || (!place.isArgument && place.name == "name"))
        return;
      identity.add(&literal);
      if (literal.isBlob() && literal.blob())
        stored.push_back(&literal);
    });
    if (!identity.unify(run.diags))
      return PassResult::Failed;
    for (const Literal *blob : stored)
      blobs.try_emplace(identity.representative(blob), blob);

    report(run, identity);
    uint64_t shared = 0;
    Context &context = run.program.context();
    auto sharedBlob = [&](const Literal &literal, const LiteralPlace &place) -> const Literal * {
      bool movable = place.allowsBlob() && literal.isTensor() && isWeight(literal);
      const Literal *blob = movable ? blobs.lookup(identity.representative(&literal)) : nullptr;
      if (!blob)
        return nullptr;
      ++shared;
      return blob->withType(context, literal.type())->withExtras(context, literal.docString(), literal.protoExtra());
    };
    forEachOperation(run.program, [&](Operation &op) { replaceLiterals(op, sharedBlob); });
    if (shared)
      run.count("constants shared", shared);
    return changedIf(shared != 0);
  }

  bool isWeight(const Literal &literal) const {
    std::optional<int64_t> count = literal.type().isTensor() ? literal.type().elementCount() : std::nullopt;
    return count && *count >= std::max<int64_t>(weightElements, 1);
  }

  void report(PassRun &run, const ConstantEquivalence &identity) const {
    BodyText body(identity, std::max<int64_t>(weightElements, 1));
    llvm::StringMap<Function *> exact, alike;
    uint64_t found = 0;
    for (Function *function : run.program.functions()) {
      auto [same, isNew] = exact.try_emplace(body.of(*function, true), function);
      auto [similar, isFirst] = alike.try_emplace(body.of(*function, false), function);
      Function *other = !isNew ? same->second : !isFirst ? similar->second : nullptr;
      if (!other)
        continue;
      run.diags.report(function->location(), diag::FunctionsAlike, function->name().str(), other->name().str(),
                       isNew ? "names and weights" : "names");
      ++found;
    }
    if (found)
      run.count("functions equal to another", found);
  }
};
} // namespace

MIL_PASS(merge_functions, MergeFunctions)

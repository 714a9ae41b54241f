#include "FunctionDiff.h"
#include "CompareConstants.h"
#include "Matching.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

namespace {

std::string text(Name name) { return name.str().str(); }
std::string orNone(Name name) { return name ? text(name) : "(no name)"; }

/// `linear(bias, weight, x)`: a call in short.
std::string callText(const Operation &op) {
  std::string call;
  for (const Value &result : op.results())
    call += (call.empty() ? "" : ", ") + result.type().str();
  call += (call.empty() ? "" : " = ") + text(op.type()) + "(";
  bool first = true;
  for (const Argument &argument : op.arguments())
    for (const Operand &operand : argument.bindings()) {
      const Literal *literal = constantOf(operand);
      bool isSmall = literal && !literal->isBlob() && (!literal->isTensor() || literal->elementCount() <= 8);
      call += (first ? "" : ", ") + text(argument.name) + " = " +
              (isSmall           ? shortText(*literal)
               : operand.value() ? text(operand.value()->name())
                                 : "…");
      first = false;
    }
  return call + ")";
}

std::string opsetText(const Function &function) {
  llvm::StringRef known = textName(function.opset());
  return known.empty() ? text(function.opsetName()) : known.str();
}

class FunctionComparison {
public:
  FunctionComparison(const Function &before, const FunctionDescription &describedBefore, const Function &after,
                     const FunctionDescription &describedAfter, DiffState &state)
      : before(before), after(after), describedBefore(describedBefore), describedAfter(describedAfter), state(state),
        matching(state.fingerprints) {}

  Result<FunctionDifference> run() {
    result.name = text(before.name());
    result.operationCount = countOperations(before);
    if (!matching.match(before, after, state.diags))
      return failure();
    compareInterface();
    compareFunctionOutputs();
    compareStateOrder();
    if (!compareBlocks())
      return failure();
    return std::move(result);
  }

private:
  void compareInterface();
  void compareFunctionOutputs();
  void compareStateOrder();
  Status compareBlocks();
  Status compareOperations(const Operation &from, const Operation &to);
  void compareResults(const Operation &from, const Operation &to);
  Status compareArguments(const Operation &from, const Operation &to);
  Status compareAttributes(const Operation &from, const Operation &to);
  Status compareLiterals(const Literal &from, const Literal &to, const Operation &op, const std::string &what, Name constantName);
  void compareNested(const Operation &from, const Operation &to);
  bool isSame(const Operand &from, const Operand &to) const;
  void reportWhole(Change change, const Operation &op);
  void detail(std::string what, std::string was, std::string is) {
    addDifference(current.details, std::move(what), std::move(was), std::move(is));
  }

  const Function &before, &after;
  const FunctionDescription &describedBefore, &describedAfter;
  DiffState &state;
  Matching matching;
  FunctionDifference result;
  OperationDifference current;
  llvm::DenseSet<std::pair<const Literal *, const Literal *>> compared;
};

void FunctionComparison::compareInterface() {
  std::vector<Difference> &list = result.interface;
  addDifference(list, "name", text(before.name()), text(after.name()));
  addDifference(list, "opset", opsetText(before), opsetText(after));
  diffFeatures(list, "input", describedBefore.inputs, describedAfter.inputs, &before, &after);
  diffFeatures(list, "state", describedBefore.states, describedAfter.states, &before, &after);
  diffFeatures(list, "output", describedBefore.outputs, describedAfter.outputs, &before, &after);
  addDifference(list, "predicted feature", describedBefore.predictedFeatureName, describedAfter.predictedFeatureName);
  addDifference(list, "predicted probabilities", describedBefore.predictedProbabilitiesName, describedAfter.predictedProbabilitiesName);
  auto attributes = [](const Function &function) {
    llvm::MapVector<llvm::StringRef, const Literal *> found;
    for (const Attribute &attribute : function.attributes())
      if (attribute.name != "FlexibleShapeInformation") // it repeats the description
        found[attribute.name] = attribute.value;
    return found;
  };
  auto was = attributes(before), is = attributes(after);
  for (auto [name, value] : was)
    if (const Literal *other = is.lookup(name); !other || !value->equals(*other))
      addDifference(list, "attribute " + name.str(), shortText(*value), other ? shortText(*other) : "");
  for (auto [name, value] : is)
    if (!was.contains(name))
      addDifference(list, "attribute " + name.str(), "", shortText(*value));
  if (before.program().protoExtra(&before) != after.program().protoExtra(&after) || describedBefore.protoExtra != describedAfter.protoExtra)
    list.push_back({Change::Changed, "fields unknown to milc", "", ""});
}

/// Outputs of one name must be of operations that are the same.
void FunctionComparison::compareFunctionOutputs() {
  llvm::DenseMap<Name, const Operand *> named;
  for (const Operand &output : after.outputs())
    if (output.value())
      named[output.value()->name()] = &output;
  for (const Operand &output : before.outputs()) {
    const Operand *other = output.value() ? named.lookup(output.value()->name()) : nullptr;
    if (!other || isConst(output.value()) || isSame(output, *other))
      continue;
    auto giver = [](const Operand &operand) {
      const Operation *op = operand.value() ? operand.value()->definingOp() : nullptr;
      return op ? "a " + text(op->type()) : "an input";
    };
    addDifference(result.interface, "output " + text(output.value()->name()) + ", what gives it", giver(output),
                  "another, " + giver(*other));
  }
}

/// Operations on one state have an order that means something.
void FunctionComparison::compareStateOrder() {
  llvm::MapVector<const Value *, std::vector<const Operation *>> was, is;
  auto collect = [](const Function &function, auto &orders) {
    const_cast<const Block &>(function.body()).walk([&](const Operation &op) {
      op.forEachOperand([&](const Operand &operand) {
        if (operand.value() && operand.value()->type().isState())
          orders[operand.value()].push_back(&op);
      });
    });
  };
  collect(before, was);
  collect(after, is);
  llvm::DenseMap<const Operation *, size_t> places;
  for (const auto &[value, ops] : is)
    for (size_t i = 0; i < ops.size(); ++i)
      places[ops[i]] = i;
  for (const auto &[value, ops] : was) {
    std::optional<size_t> last;
    for (const Operation *op : ops) {
      const Operation *partner = matching.after(op);
      auto place = partner ? places.find(partner) : places.end();
      if (place == places.end())
        continue;
      if (last && place->second < *last) {
        result.interface.push_back({Change::Changed, "order of the operations on state " + text(value->name()), "", ""});
        break;
      }
      last = place->second;
    }
  }
}

/// Whether two operands are the same value; constants are compared elsewhere.
bool FunctionComparison::isSame(const Operand &from, const Operand &to) const {
  if (constantOf(from) || constantOf(to))
    return constantOf(from) && constantOf(to);
  // A const without a value is matched with nothing.
  if (from.value() && to.value() && isConst(from.value()) && isConst(to.value()))
    return from.value()->name() == to.value()->name() && from.value()->type() == to.value()->type();
  return from.value() && to.value() && matching.after(from.value()) == to.value();
}

/// In the order of the program before, nested blocks behind their operation; what was added comes behind what is in front of it now.
Status FunctionComparison::compareBlocks() {
  struct Frame {
    const Block *from, *to;
    Block::OpList::const_iterator op, next; ///< not compared yet, not passed yet
  };
  llvm::SmallVector<Frame> stack;
  auto enter = [&](const Block &from, const Block &to) { stack.push_back({&from, &to, from.begin(), to.begin()}); };
  auto reportAdded = [&](Frame &frame, const Operation *until) {
    for (; frame.next != frame.to->end() && &*frame.next != until; ++frame.next)
      if (!frame.next->is("const") && !matching.before(&*frame.next))
        reportWhole(Change::Added, *frame.next);
  };
  enter(before.body(), after.body());
  while (!stack.empty()) {
    Frame &frame = stack.back();
    if (frame.op == frame.from->end()) {
      reportAdded(frame, nullptr);
      stack.pop_back();
      continue;
    }
    const Operation &op = *frame.op++;
    if (op.is("const"))
      continue;
    const Operation *partner = matching.after(&op);
    if (!partner) {
      reportWhole(Change::Removed, op);
      continue;
    }
    // Operations that changed places don't make the walk go back, or to the end.
    if (frame.next != frame.to->end() && (&*frame.next == partner || frame.next->isBefore(partner)))
      reportAdded(frame, partner);
    if (!compareOperations(op, *partner))
      return failure();
    for (auto [nested, other] : llvm::reverse(llvm::zip_equal(op.blocks(), partner->blocks())))
      enter(*nested, *other);
  }
  return success();
}

void FunctionComparison::reportWhole(Change change, const Operation &op) {
  result.operations.push_back({change, orNone(nameOf(op)), text(op.type()), callText(op), {}});
}

Status FunctionComparison::compareOperations(const Operation &from, const Operation &to) {
  current = {Change::Changed, orNone(nameOf(from)), text(from.type()), "", {}};
  if (from.type() != to.type()) {
    detail("replaced", callText(from), callText(to));
    compareResults(from, to);
    result.operations.push_back(std::move(current));
    return success();
  }
  detail("opset", text(from.opsetTag()), text(to.opsetTag()));
  compareResults(from, to);
  if (!compareArguments(from, to) || !compareAttributes(from, to))
    return failure();
  compareNested(from, to);
  if (from.program().protoExtra(&from) != to.program().protoExtra(&to))
    current.details.push_back({Change::Changed, "fields unknown to milc", "", ""});
  if (!current.details.empty())
    result.operations.push_back(std::move(current));
  return success();
}

void FunctionComparison::compareResults(const Operation &from, const Operation &to) {
  if (!state.options.ignoreNames) {
    if (from.resultCount() == 0)
      detail("name", from.opName().str(), to.opName().str());
    for (auto [mine, theirs] : llvm::zip(from.results(), to.results()))
      detail("name", text(mine.name()), text(theirs.name()));
  }
  if (from.resultCount() != to.resultCount())
    detail("number of results", std::to_string(from.resultCount()), std::to_string(to.resultCount()));
  for (auto [mine, theirs] : llvm::zip(from.results(), to.results()))
    detail(from.resultCount() > 1 ? "result " + text(mine.name()) : "result", mine.type().str(), theirs.type().str());
}

/// What an argument is bound to, as a text.
std::string bindingText(const Operand &operand) {
  if (const Literal *literal = constantOf(operand))
    return shortText(*literal);
  return operand.value() ? text(operand.value()->name()) : "nothing";
}

std::string bindingsText(const Argument &argument) {
  std::string all;
  for (const Operand &operand : argument.bindings())
    all += (all.empty() ? "" : ", ") + bindingText(operand);
  return argument.count == 1 ? all : "(" + all + ")";
}

Status FunctionComparison::compareArguments(const Operation &from, const Operation &to) {
  for (const Argument &argument : from.arguments()) {
    const Argument *other = to.argument(argument.name);
    std::string what = "argument " + text(argument.name);
    if (!other || other->count != argument.count) {
      detail(what, bindingsText(argument), other ? bindingsText(*other) : "");
      continue;
    }
    for (size_t i = 0; i < argument.count; ++i) {
      const Operand &mine = argument.operands[i], &theirs = other->operands[i];
      std::string place = argument.count == 1 ? what : what + " " + std::to_string(i + 1);
      if (!isSame(mine, theirs)) {
        std::string was = bindingText(mine), is = bindingText(theirs);
        detail(place, was == is ? was + " (another one)" : was, is);
      } else if (const Literal *literal = constantOf(mine)) {
        if (!compareLiterals(*literal, *constantOf(theirs), from, place, mine.value() ? mine.value()->name() : Name()))
          return failure();
      }
    }
  }
  for (const Argument &argument : to.arguments())
    if (!from.argument(argument.name))
      detail("argument " + text(argument.name), "", bindingsText(argument));
  return success();
}

Status FunctionComparison::compareAttributes(const Operation &from, const Operation &to) {
  for (const Attribute &attribute : from.attributes()) {
    if (attribute.name == "name")
      continue;
    std::string what = "attribute " + text(attribute.name);
    const Literal *other = to.attribute(attribute.name);
    if (!other)
      detail(what, shortText(*attribute.value), "");
    else if (!compareLiterals(*attribute.value, *other, from, what, Name()))
      return failure();
  }
  for (const Attribute &attribute : to.attributes())
    if (attribute.name != "name" && !from.attribute(attribute.name))
      detail("attribute " + text(attribute.name), "", shortText(*attribute.value));
  return success();
}

Status FunctionComparison::compareLiterals(const Literal &from, const Literal &to, const Operation &op, const std::string &what,
                                           Name constantName) {
  constexpr uint64_t mostShown = 8; // elements of a constant that is shown completely
  auto isSmall = [](const Literal &literal) { return !literal.isBlob() && (!literal.isTensor() || literal.elementCount() <= mostShown); };
  bool tellsWhole = isSmall(from) && isSmall(to);
  if (&from == &to || (!tellsWhole && !compared.insert({&from, &to}).second))
    return success();
  Result<ConstantComparison> content = compareConstants(from, to, state.diags);
  if (!content)
    return failure();
  result.uncompared += !content->atHand && content->equal;
  if (content->equal)
    return success();
  if (tellsWhole) {
    std::string was = shortText(from), is = shortText(to);
    detail(what, was == is ? was + " (other bits)" : was, is);
    return success();
  }
  result.constants.push_back({constantName ? text(constantName) : orNone(nameOf(op)) + "." + what.substr(what.find(' ') + 1),
                              orNone(nameOf(op)), what, from.type().str(), to.type().str(), byteSize(from), byteSize(to), content->compared,
                              content->elements, content->differing, content->largest, content->nanAppears});
  return success();
}

/// What the blocks of a cond or while_loop take and give; their operations are compared on their own.
void FunctionComparison::compareNested(const Operation &from, const Operation &to) {
  if (from.blocks().size() != to.blocks().size())
    return detail("number of blocks", std::to_string(from.blocks().size()), std::to_string(to.blocks().size()));
  for (size_t i = 0; i < from.blocks().size(); ++i) {
    Block &mine = *from.blocks()[i], &theirs = *to.blocks()[i];
    std::string what = "block " + std::to_string(i + 1);
    if (mine.inputs().size() != theirs.inputs().size())
      detail(what + ", number of inputs", std::to_string(mine.inputs().size()), std::to_string(theirs.inputs().size()));
    for (auto [input, other] : llvm::zip(mine.inputs(), theirs.inputs()))
      detail(what + ", input " + text(input->name()), input->type().str(), other->type().str());
    if (mine.outputs().size() != theirs.outputs().size())
      detail(what + ", number of outputs", std::to_string(mine.outputs().size()), std::to_string(theirs.outputs().size()));
    for (auto [output, other] : llvm::zip(mine.outputs(), theirs.outputs()))
      if (!isSame(output, other) || (constantOf(output) && !constantOf(output)->equals(*constantOf(other))))
        detail(what + ", output", bindingText(output),
               bindingText(other) + (bindingText(output) == bindingText(other) ? " (another one)" : ""));
  }
}

} // namespace

size_t countOperations(const Function &function) {
  size_t count = 0;
  const_cast<const Block &>(function.body()).walk([&](const Operation &op) { count += !op.is("const"); });
  return count;
}

Result<FunctionDifference> diffFunctions(const Function &before, const FunctionDescription &describedBefore, const Function &after,
                                         const FunctionDescription &describedAfter, DiffState &state) {
  return FunctionComparison(before, describedBefore, after, describedAfter, state).run();
}

} // namespace mil

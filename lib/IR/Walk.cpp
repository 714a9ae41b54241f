#include "mil/IR/Walk.h"
#include "mil/IR/Model.h"

using namespace llvm;

namespace mil {

bool LiteralPlace::allowsBlob() const {
  if (!operation || !isWhole)
    return false;
  if (operation->is("const"))
    return !isArgument && name == "val";
  return operation->isConstexpr() && (isArgument || name != "name");
}

// ---- Programs and operations ------------------------------------------------

void forEachProgram(const Model &model, function_ref<void(Program &, const Model &)> visit) {
  if (model.program)
    visit(*model.program, model);
  if (model.pipeline)
    for (const std::unique_ptr<Model> &part : model.pipeline->models)
      forEachProgram(*part, visit);
}

template <typename ProgramType, typename Visitor> static void visitOperations(ProgramType &program, Visitor visit) {
  for (auto *function : program.functions()) {
    function->body().walk(visit);
    for (const Function::Specialization &other : function->specializations())
      other.block->walk(visit);
  }
}

void forEachOperation(const Program &program, function_ref<void(const Operation &)> visit) {
  forEachOperation(const_cast<Program &>(program), [&](Operation &op) { visit(op); });
}
void forEachOperation(Program &program, function_ref<void(Operation &)> visit) { visitOperations(program, visit); }

// ---- Literals ---------------------------------------------------------------

// Readers bound how deep literals nest.
static void visitLiteral(const Literal &literal, const LiteralPlace &place, LiteralVisitor visit) {
  visit(literal, place);
  if (literal.kind() != Literal::Kind::List && literal.kind() != Literal::Kind::Tuple && literal.kind() != Literal::Kind::Dict)
    return;
  LiteralPlace inside = place;
  inside.isWhole = false;
  for (const Literal *element : literal.elements())
    visitLiteral(*element, inside, visit);
}

static void visitAttributes(ArrayRef<Attribute> attributes, const Operation *op, LiteralVisitor visit) {
  for (const Attribute &attribute : attributes)
    visitLiteral(*attribute.value, {op, attribute.name.str()}, visit);
}

void forEachLiteral(const Operation &op, LiteralVisitor visit) {
  for (const Argument &argument : op.arguments())
    for (const Operand &operand : argument.bindings())
      if (operand.literal())
        visitLiteral(*operand.literal(), {&op, argument.name.str(), true, argument.count == 1}, visit);
  visitAttributes(op.attributes(), &op, visit);
  for (const Block *nested : op.blocks())
    visitAttributes(nested->attributes(), nullptr, visit);
}

void forEachLiteral(const Block &block, LiteralVisitor visit) {
  visitAttributes(block.attributes(), nullptr, visit);
  block.walk([&](const Operation &op) { forEachLiteral(op, visit); });
}

void forEachLiteral(const Program &program, LiteralVisitor visit) {
  visitAttributes(program.attributes(), nullptr, visit);
  for (const Function *function : program.functions()) {
    visitAttributes(function->attributes(), nullptr, visit);
    forEachLiteral(function->body(), visit);
    for (const Function::Specialization &other : function->specializations())
      forEachLiteral(*other.block, visit);
  }
}

void replaceLiterals(Operation &op, function_ref<const Literal *(const Literal &, const LiteralPlace &)> replacement) {
  for (const Attribute &attribute : op.attributes())
    if (const Literal *literal = replacement(*attribute.value, {&op, attribute.name.str()}))
      op.setAttribute(attribute.name, literal);
  for (const Argument &argument : op.arguments())
    for (Operand &operand : argument.bindings())
      if (operand.literal())
        if (const Literal *literal = replacement(*operand.literal(), {&op, argument.name.str(), true, argument.count == 1}))
          operand.set(literal);
}

// ---- Blobs ------------------------------------------------------------------

void forEachBlob(const Operation &op, function_ref<void(const Literal &)> visit) {
  forEachLiteral(op, [&](const Literal &literal, const LiteralPlace &) {
    if (literal.isBlob())
      visit(literal);
  });
}

void forEachBlob(const Program &program, function_ref<void(const Literal &)> visit) {
  forEachLiteral(program, [&](const Literal &literal, const LiteralPlace &) {
    if (literal.isBlob())
      visit(literal);
  });
}

} // namespace mil

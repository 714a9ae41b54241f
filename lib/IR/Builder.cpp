#include "mil/IR/Builder.h"

namespace mil {

Builder Builder::atEnd(Block &block) {
  Builder builder(block.program());
  builder.setInsertionPointToEnd(block);
  return builder;
}

Builder Builder::before(Operation *op) {
  Builder builder(op->program());
  builder.setInsertionPoint(op);
  return builder;
}

Builder Builder::after(Operation *op) {
  Builder builder(op->program());
  builder.block_ = op->block();
  builder.point = std::next(op->getIterator());
  return builder;
}

Operation *Builder::create(llvm::StringRef type, llvm::ArrayRef<Operation::ResultSpec> results, llvm::ArrayRef<NamedBinding> arguments) {
  Operation *op = Operation::create(program_, context().intern(type), results, where);
  for (const NamedBinding &argument : arguments)
    op->setArgument(context().intern(argument.name), argument.bindings);
  if (!results.empty())
    op->setAttribute(context().intern("name"), Literal::string(context(), results.front().name));
  insert(op);
  return op;
}

Value *Builder::constant(Name name, const Literal *value) {
  Operation *op = create("const", Operation::ResultSpec{name, value->type()}, {});
  op->setAttribute(context().intern("val"), value);
  return op->result();
}

} // namespace mil

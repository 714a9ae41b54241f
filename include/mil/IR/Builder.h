// The IR builder: creates operations at an insertion point, without checking them.
//
// Converters use mil/Build/FunctionBuilder.h instead, which checks arguments against the catalogue, infers types and fills in defaults;
// passes use both. Names given here are taken as they are.
#pragma once

#include "mil/IR/Program.h"

namespace mil {

/// Creates operations at an insertion point, which is a block and an operation in it, or its end.
class Builder {
public:
  explicit Builder(Program &program) : program_(program) {}
  /// Inserts at the end of `block`.
  static Builder atEnd(Block &block);
  /// Inserts before `op`.
  static Builder before(Operation *op);
  static Builder after(Operation *op);

  void setInsertionPointToEnd(Block &block) { block_ = &block, point = block.end(); }
  void setInsertionPoint(Operation *before) { block_ = before->block(), point = before->getIterator(); }
  Block *block() const { return block_; }
  Program &program() const { return program_; }
  Context &context() const { return program_.context(); }
  /// Given to the operations made from now on.
  void setLocation(Location location) { where = location; }

  struct NamedBinding {
    llvm::StringRef name;
    llvm::ArrayRef<Binding> bindings;
    NamedBinding(llvm::StringRef name, const Binding &binding) : name(name), bindings(binding) {}
    NamedBinding(llvm::StringRef name, llvm::ArrayRef<Binding> bindings) : name(name), bindings(bindings) {}
  };
  /// Makes an operation; its `name` attribute is the name of its first result.
  Operation *create(llvm::StringRef type, llvm::ArrayRef<Operation::ResultSpec> results, llvm::ArrayRef<NamedBinding> arguments);
  /// Makes `const` for a literal; the result has the literal's type.
  Value *constant(Name name, const Literal *value);
  /// Inserts an operation made elsewhere.
  void insert(Operation *op) { block_->insert(point, op); }

private:
  Program &program_;
  Block *block_ = nullptr;
  Block::iterator point;
  Location where;
};

} // namespace mil

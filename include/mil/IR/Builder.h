// The IR builder: creates operations at an insertion point, without checking them.
//
//   Builder builder = Builder::before(&op);
//   Operation *relu = builder.create("relu", {{context.intern("y"), x->type()}}, {{"x", x}});
//
// Converters use mil/Build/FunctionBuilder.h instead, which checks arguments against the catalogue, infers types and fills in defaults;
// passes use both. It uses the given names unchanged.
#pragma once

#include "mil/IR/Program.h"

namespace mil {

/// Creates operations at an insertion point: before an operation of a block, or at the end of the block.
class Builder {
public:
  explicit Builder(Program &program) : program_(program) {}
  /// Inserts at the end of `block`.
  static Builder atEnd(Block &block);
  /// Inserts before `op`.
  static Builder before(Operation *op);
  /// Inserts after `op`.
  static Builder after(Operation *op);

  void setInsertionPointToEnd(Block &block) { block_ = &block, point = block.end(); }
  void setInsertionPoint(Operation *before) { block_ = before->block(), point = before->getIterator(); }
  Block *block() const { return block_; }
  Program &program() const { return program_; }
  Context &context() const { return program_.context(); }
  /// Sets the location of the operations that are created from now on.
  void setLocation(Location location) { where = location; }

  /// An argument: a name with one or several bindings, which are borrowed.
  struct NamedBinding {
    llvm::StringRef name;
    llvm::ArrayRef<Binding> bindings;
    NamedBinding(llvm::StringRef name, const Binding &binding) : name(name), bindings(binding) {}
    NamedBinding(llvm::StringRef name, llvm::ArrayRef<Binding> bindings) : name(name), bindings(bindings) {}
  };
  /// Creates and inserts an operation; its `name` attribute is the name of its first result.
  Operation *create(llvm::StringRef type, llvm::ArrayRef<Operation::ResultSpec> results, llvm::ArrayRef<NamedBinding> arguments);
  /// Creates a `const` operation for a literal; the result has the type of the literal.
  Value *constant(Name name, const Literal *value);
  /// Inserts an existing operation that is in no block.
  void insert(Operation *op) { block_->insert(point, op); }

private:
  Program &program_;
  Block *block_ = nullptr;
  Block::iterator point;
  Location where;
};

} // namespace mil

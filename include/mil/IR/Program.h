// Programs and functions: the top of the IR.
//
//   program(1.3)[buildInfo = …] { func main<ios18>(…) { … } -> (…); func … }
//
// A Program owns its operations, blocks and values, which are allocated in its arena. Literals, types and names are owned by the Context.
// Functions are kept in the order in which they were added; text prints them sorted by name.
#pragma once

#include "mil/IR/Block.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// A version of the operation set: the `<ios17>` of a function.
enum class Opset : uint8_t { Unknown, IOS13, IOS14, IOS15, IOS16, IOS17, IOS18, IOS26 };

/// The opset with a name in MIL text ("ios17") or in MIL.proto ("CoreML7"); Unknown for other names.
Opset opsetFromName(llvm::StringRef name);
/// "ios17", the name in text; "" for Unknown.
llvm::StringRef textName(Opset opset);
/// "CoreML7", the name in MIL.proto; "" for Unknown.
llvm::StringRef protoName(Opset opset);
/// The lowest specification version with that opset (ios15: 6, …, ios26: 10).
int specificationVersion(Opset opset);

/// A function: its name, opset and body.
class Function : public Attributed<Function> {
public:
  Name name() const { return id; }
  void setName(Name name) { id = name; }
  /// The opset as it was written, in MIL.proto's spelling ("CoreML7"), or any unknown text.
  Name opsetName() const { return opset_; }
  void setOpsetName(Name name) { opset_ = name; }
  Opset opset() const { return opsetFromName(opset_); }
  Program &program() const { return *owner; }
  Location location() const { return where; }
  void setLocation(Location location) { where = location; }

  Block &body() const { return *body_; }
  llvm::ArrayRef<Value *> inputs() const { return body_->inputs(); }
  llvm::MutableArrayRef<Operand> outputs() const { return body_->outputs(); }

  /// Blocks for other opsets than that of the function (MIL.proto's block_specializations). They use the inputs of `body`. No known model
  /// has any.
  struct Specialization {
    Name opset;
    Block *block;
  };
  llvm::ArrayRef<Specialization> specializations() const { return others; }
  /// Adds an empty block for an opset.
  Block *addSpecialization(Name opset);

private:
  friend class Program;
  explicit Function(Program &program) : owner(&program) {}
  Program *owner;
  Name id, opset_;
  Location where;
  Block *body_ = nullptr;
  ArenaVector<Specialization> others;
};

/// A program: its functions, and the arena in which their operations, blocks and values are allocated.
class Program : public Attributed<Program> { // `buildInfo`, mostly
public:
  explicit Program(Context &context);
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  Context &context() const { return ctx; }
  llvm::BumpPtrAllocator &arena() { return allocator; }

  llvm::ArrayRef<Function *> functions() const { return funcs; }
  /// The function with this name, or null.
  Function *function(llvm::StringRef name) const;
  /// Appends a function with an empty body. The name must be new (checked by the verifier, not here).
  Function *addFunction(Name name, Name opset);
  /// Deletes a function with everything in it.
  void eraseFunction(Function *function);
  /// Reorders the functions; `order` is a permutation of `functions()`.
  void reorderFunctions(llvm::ArrayRef<Function *> order);

  /// The field Program.version of MIL.proto, which is 1.
  int64_t version() const { return protoVersion; }
  void setVersion(int64_t version) { protoVersion = version; }
  /// Whether MIL text writes scalars and strings in the dialect of `program(1.3)`, not in that of 1.0. Depends on the specification version
  /// of the model (1.3 from version 9 on); a program read from text keeps its own.
  bool dialect13() const { return newDialect; }
  void setDialect13(bool on) { newDialect = on; }
  llvm::StringRef docString() const { return doc; }
  void setDocString(llvm::StringRef text) { doc = text.str(); }

  /// Unknown fields of MIL.proto's messages, in serialised form, by the Program, Function, Block or Operation that has them, or by the
  /// Value whose declaration has them. Rare.
  llvm::StringRef protoExtra(const void *entity) const;
  void setProtoExtra(const void *entity, llvm::StringRef bytes);

  /// Number of operations of all functions, nested ones included. Linear.
  size_t operationCount() const;

private:
  friend class Function;
  friend class Operation;
  Block *makeBlock();
  Context &ctx;
  llvm::BumpPtrAllocator allocator;
  std::vector<Function *> funcs;
  int64_t protoVersion = 1;
  bool newDialect = true;
  std::string doc;
  llvm::DenseMap<const void *, std::string> extras;
};

} // namespace mil

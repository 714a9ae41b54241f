// Programs and functions: the top of the IR.
//
//   program(1.3)[buildInfo = …] { func main<ios18>(…) { … } -> (…); func … }
//
// A Program owns everything below it: operations, blocks and values live in its arena and go with it. Literals, types and names live in the
// Context. Functions are held in the order in which they were added; text prints them sorted by name.
#pragma once

#include "mil/IR/Block.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// A generation of operations: what a function's `<ios17>` says.
enum class Opset : uint8_t { Unknown, IOS13, IOS14, IOS15, IOS16, IOS17, IOS18, IOS26 };

/// From MIL text ("ios17"; also the proto's names) or MIL.proto ("CoreML7").
Opset opsetFromName(llvm::StringRef name);
/// "ios17", the name in text; "" for Unknown.
llvm::StringRef textName(Opset opset);
/// "CoreML7", the name in MIL.proto; "" for Unknown.
llvm::StringRef protoName(Opset opset);
/// The lowest specification version with that opset (ios15: 6, …, ios26: 10).
int specificationVersion(Opset opset);

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

  /// Blocks for other opsets than the function's own (MIL.proto's block_specializations). They read the inputs of `body`. Real files have
  /// none.
  struct Specialization {
    Name opset;
    Block *block;
  };
  llvm::ArrayRef<Specialization> specializations() const { return others; }
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

class Program : public Attributed<Program> { // `buildInfo`, mostly
public:
  explicit Program(Context &context);
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  Context &context() const { return ctx; }
  llvm::BumpPtrAllocator &arena() { return allocator; }

  llvm::ArrayRef<Function *> functions() const { return funcs; }
  Function *function(llvm::StringRef name) const;
  /// Appends a function with an empty body. The name must be new (checked by the verifier, not here).
  Function *addFunction(Name name, Name opset);
  /// Removes a function and all in it.
  void eraseFunction(Function *function);
  /// Puts functions in the order given, a permutation of `functions()`.
  void reorderFunctions(llvm::ArrayRef<Function *> order);

  /// MIL.proto's Program.version: 1.
  int64_t version() const { return protoVersion; }
  void setVersion(int64_t version) { protoVersion = version; }
  /// Whether text spells scalars and strings as `program(1.3)` does, or as 1.0. Follows the specification version of the model (9 and
  /// later: 1.3); a program read from text keeps what it had.
  bool dialect13() const { return newDialect; }
  void setDialect13(bool on) { newDialect = on; }
  llvm::StringRef docString() const { return doc; }
  void setDocString(llvm::StringRef text) { doc = text.str(); }

  /// Bytes of MIL.proto's messages that milc has no field for, by the Program, Function, Block or Operation that carried them, or by the
  /// Value whose declaration did. Rare.
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

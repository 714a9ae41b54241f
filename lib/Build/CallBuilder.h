// One call of the frontend builder: creates an operation in a block from the given arguments. Private to the Build library.
#pragma once

#include "mil/Build/FunctionBuilder.h"
#include "mil/Ops/Args.h"

namespace mil {

class CallBuilder {
public:
  CallBuilder(FunctionBuilder &builder, llvm::StringRef type, llvm::StringRef name) : builder(builder), type(type), name(name) {}
  /// Creates the operation; null on an error, which the builder of the model has recorded.
  Operation *make(llvm::ArrayRef<GivenArgument> arguments, Type expected);

private:
  bool findVersion();
  bool takeArguments(llvm::ArrayRef<GivenArgument> arguments);
  /// The literal of a given constant; null (reported) if the parameter can't represent it.
  const Literal *literalFor(const Parameter &parameter, const Given &given);
  /// The element type of numbers that are given for a parameter: that of other arguments with the same type variable, else the only or the
  /// default type of the parameter.
  DType dtypeFor(const Parameter &parameter, bool whole) const;
  void addDefaults(const Args &args);
  const Literal *defaultLiteral(const Parameter &parameter, const Args &args) const;
  Operation *insert(llvm::ArrayRef<Type> results);
  Value *constantFor(llvm::StringRef parameter, const Literal *literal, llvm::StringRef result);
  template <typename... Arguments> void fail(DiagKind kind, const Arguments &...arguments) {
    DiagnosticEngine diags;
    diags.report(Location(), kind, arguments...);
    keepFirst(diags);
  }
  void keepFirst(DiagnosticEngine &diags);
  std::string context() const;

  FunctionBuilder &builder;
  llvm::StringRef type, name;
  const OpVersion *version = nullptr;
  struct Bound {
    llvm::StringRef parameter;
    llvm::SmallVector<Binding, 2> bindings;
  };
  static const Literal *asAttribute(const Bound &argument, const Parameter *known);
  llvm::SmallVector<Bound, 8> bound;
};

} // namespace mil

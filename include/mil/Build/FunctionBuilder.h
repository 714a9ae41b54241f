// The frontend builder: how converters write MIL.
//
//   ModelBuilder model(context, Opset::IOS18);
//   FunctionBuilder f = model.function("main");
//   Value *x = f.input("x", DType::Float16, {1, 8, 64});
//   Value *w = f.constant("w", DType::Float16, {64, 64}, borrowed);
//   Value *y = f.op("linear", {{"x", x}, {"weight", w}}, "y");
//   Value *z = f.op("mul", {{"x", y}, {"y", 0.125}});
//   f.output(f.op("softmax", {{"x", z}, {"axis", -1}}, "probs"));
//
// Every call is checked against the catalogue immediately: the op and its arguments exist, constants are constant, element types and shapes
// match. The type of the result is inferred (and compared with the type that the caller expects, if given). Scalars and lists become
// constants whose element type follows from the other arguments. Defaults are written out, because runtimes reject programs without them.
//
// The first error is kept (ModelBuilder::error) with the op's signature; after it, calls return null and do nothing, so that a converter
// only needs to check once, at the end. No argument makes the builder throw or abort.
//
// Valid and unused names are kept, others are changed (mil/IR/Names.h); the `name` attribute of an operation keeps the given text. Values,
// functions and builders live as long as the model.
#pragma once

#include "mil/IR/Builder.h"
#include "mil/IR/Model.h"
#include "mil/IR/Names.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <initializer_list>
#include <variant>
#include <vector>

namespace mil {

class ModelBuilder;

/// The value of an argument: one or several values of the program, or a constant.
class Given {
public:
  Given(Value *value) : what(Values{value}) {}
  /// Several values for one argument, such as `values` of concat.
  Given(llvm::ArrayRef<Value *> values) : what(Values(values.begin(), values.end())) {}
  Given(std::initializer_list<Value *> values) : what(Values(values)) {}
  Given(const std::vector<Value *> &values) : Given(llvm::ArrayRef(values)) {}
  /// An existing constant.
  Given(const Literal *literal) : what(literal) {}
  Given(bool value) : what(value) {}
  Given(const char *text) : what(std::string(text)) {}
  Given(llvm::StringRef text) : what(text.str()) {}
  Given(std::string text) : what(std::move(text)) {}
  /// A scalar, of the element type that the op requires.
  template <typename I>
    requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
  Given(I value) : what(Numbers{{double(value)}, true, true}) {}
  Given(double value) : what(Numbers{{value}, true, false}) {}
  /// A vector.
  Given(std::initializer_list<int> values) : what(Numbers{{values.begin(), values.end()}, false, true}) {}
  Given(llvm::ArrayRef<int64_t> values) : what(Numbers{{values.begin(), values.end()}, false, true}) {}
  Given(const std::vector<int64_t> &values) : Given(llvm::ArrayRef(values)) {}
  Given(std::initializer_list<double> values) : what(Numbers{{values.begin(), values.end()}, false, false}) {}
  Given(std::initializer_list<bool> values) : what(std::vector<bool>(values)) {}
  /// Numbers: a scalar (exactly one) or a vector; with `whole` of an integer type, unless the op requires another one.
  static Given numbers(std::vector<double> values, bool scalar, bool whole) { return Given(Numbers{std::move(values), scalar, whole}); }
  /// A vector of bools.
  static Given bools(std::vector<bool> values) { return Given(std::move(values)); }

private:
  friend class FunctionBuilder;
  friend class CallBuilder;
  using Values = llvm::SmallVector<Value *, 2>;
  struct Numbers {
    std::vector<double> values;
    bool scalar, whole;
  };
  explicit Given(Numbers numbers) : what(std::move(numbers)) {}
  explicit Given(std::vector<bool> values) : what(std::move(values)) {}
  std::variant<Values, const Literal *, bool, std::vector<bool>, std::string, Numbers> what;
};

/// A named argument.
struct GivenArgument {
  llvm::StringRef name;
  Given value;
};

/// Builds one function; nested blocks are built by other builders, which are passed to the callbacks of `cond` and `whileLoop`.
class FunctionBuilder {
public:
  // ---- Interface ------------------------------------------------------------
  /// Adds a parameter; `dims` are sizes or Type::unknown. Its description is derived from its type; see ModelBuilder::describe.
  Value *input(llvm::StringRef name, DType type, llvm::ArrayRef<int64_t> dims);
  /// Adds a state of the model, which `read_state` reads and `write_state` writes.
  Value *state(llvm::StringRef name, DType type, llvm::ArrayRef<int64_t> dims);
  /// Makes a value an output of the function. `name`, if given, renames the value, because an output has the name of its value.
  void output(Value *value, llvm::StringRef name = {});

  // ---- Constants ------------------------------------------------------------
  // Elements are little-endian, row-major, sub-byte ones packed, bool a byte. Large constants are written to the weight file of a package.
  /// A constant over bytes that the caller keeps alive until the model has been saved; they are not copied.
  Value *constant(llvm::StringRef name, DType type, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<uint8_t> borrowed);
  /// A constant of any size from a blob: owned bytes, a range of a file, or a callback that streams (mil/Weights/Blob.h).
  Value *constant(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, std::shared_ptr<const Blob> blob);
  /// A constant from a literal.
  Value *constant(llvm::StringRef name, const Literal *literal);

  /// Inserts new operations before an operation, in its block, instead of at the end of the builder's block.
  void setInsertionPoint(Operation *before) { block = before->block(), before_ = before; }

  // ---- Operations -----------------------------------------------------------
  /// Creates an operation and returns its first result; null on error, or if it has no result (write_state). `expected`, if given, is
  /// compared with the inferred type.
  Value *op(llvm::StringRef type, llvm::ArrayRef<GivenArgument> arguments, llvm::StringRef name = {}, Type expected = {});
  Value *op(llvm::StringRef type, std::initializer_list<GivenArgument> arguments, llvm::StringRef name = {}, Type expected = {}) {
    return op(type, llvm::ArrayRef(arguments.begin(), arguments.size()), name, expected);
  }
  /// Creates an operation with several results (split, topk, lstm) and returns them; empty on error.
  llvm::SmallVector<Value *, 2> results(llvm::StringRef type, llvm::ArrayRef<GivenArgument> arguments, llvm::StringRef name = {});

  using Branch = llvm::function_ref<llvm::SmallVector<Value *, 2>(FunctionBuilder &)>;
  /// `cond`: both branches return values of the same types.
  llvm::SmallVector<Value *, 2> cond(Value *predicate, Branch whenTrue, Branch whenFalse, llvm::StringRef name = {});
  using LoopCondition = llvm::function_ref<Value *(FunctionBuilder &, llvm::ArrayRef<Value *> variables)>;
  using LoopBody = llvm::function_ref<llvm::SmallVector<Value *, 2>(FunctionBuilder &, llvm::ArrayRef<Value *> variables)>;
  /// `while_loop`: runs the body while the condition holds; the body returns the next values of the variables.
  llvm::SmallVector<Value *, 2> whileLoop(llvm::ArrayRef<Value *> variables, LoopCondition condition, LoopBody body,
                                          llvm::StringRef name = {});

  Function &function() const { return *function_; }
  Context &context() const;

private:
  friend class CallBuilder;
  friend class ModelBuilder;
  FunctionBuilder(ModelBuilder &model, Function &function, Block &block, NameScope &names)
      : model(model), function_(&function), block(&block), names(names) {}
  Operation *finishBlocks(Operation *op, llvm::StringRef name);
  /// The insertion point of the next operation.
  Builder place() const { return before_ ? Builder::before(before_) : Builder::atEnd(*block); }

  ModelBuilder &model;
  Function *function_;
  Block *block;
  Operation *before_ = nullptr;
  NameScope &names;
};

/// Builds a model of one or several functions.
class ModelBuilder {
public:
  /// Ops are checked against `opset`; the specification version is the lowest that supports the features used.
  ModelBuilder(Context &context, Opset opset);
  ~ModelBuilder();

  /// Adds a function. Several, or one under another name than "main", make a multifunction model (specification version 9).
  FunctionBuilder function(llvm::StringRef name);
  /// A builder for an existing function of another program: it adds operations to the end of its body, or at the insertion point. `opset`
  /// of this model builder must be that of the function; `finish` ignores the function.
  FunctionBuilder edit(Function &function);
  /// Replaces the feature that describes an input, output or state of a function: an image, ranges or enumerated shapes, an optional input
  /// with its default, labels. It is selected by the feature's `name`.
  void describe(llvm::StringRef function, FeatureDescription feature);
  /// The predicted label and probabilities of a classifier function.
  void describeClassifier(llvm::StringRef function, llvm::StringRef predictedFeature, llvm::StringRef probabilities);
  /// Sets the texts about the model, and the default function.
  void setMetadata(Metadata metadata);
  void setDefaultFunction(llvm::StringRef name);

  /// Whether no call has failed so far.
  bool ok() const { return !firstError; }
  /// The first error, as the command line would print it without the location; "" if there is none.
  std::string error() const;
  /// Reports the first error, if there is one.
  void report(DiagnosticEngine &diags) const;
  /// Verifies the model (structure, operations, interface) and returns it. Fails if a call failed before (the error is reported to
  /// `diags`).
  Result<std::unique_ptr<Model>> finish(DiagnosticEngine &diags);

  Context &context() const { return context_; }
  Opset opset() const { return opset_; }

private:
  friend class CallBuilder;
  friend class FunctionBuilder;
  void fail(Diagnostic diagnostic);

  Context &context_;
  Opset opset_;
  std::unique_ptr<Program> program;
  std::optional<Diagnostic> firstError;
  struct Interface;
  std::vector<std::unique_ptr<Interface>> interfaces;
  std::vector<std::unique_ptr<NameScope>> edited; ///< names of the functions that are edited
  std::optional<Metadata> metadata;
  std::string defaultFunction;
};

/// The lowest opset that a program needs, and the operation that requires it.
struct Requirement {
  Opset opset = Opset::IOS15;
  const Operation *forcedBy = nullptr; ///< the first operation that needs it; null if all operations are in the first opset
};
/// The lowest opset that has every op of the function with its arguments and element types.
Requirement requiredOpset(const Function &function);

/// Whether an op accepts an element type for an argument in an opset: "" if it does, else the reason ("conv: 'x' takes fp16, fp32 in
/// ios17").
std::string whyNot(llvm::StringRef op, llvm::StringRef argument, DType type, Opset opset);

} // namespace mil

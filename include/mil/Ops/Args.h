// A call as type rules and folders see it: the arguments by their parameter's name, with their types and, where known, their constants.
//
//   Inferred inferGather(const Args &a) {
//     std::optional<int64_t> axis = a.axis("axis", a["x"].rank());
//     if (!axis)
//       return a.failed();
//     …
//     return a.tensor(a["x"].dtype(), dims);
//   }
//
// Rules run only on calls that satisfy the signature (`bind`): every required argument is there, of an allowed type, and constant where
// that is required; defaults have been filled in. So a rule reads what it needs without checks, and checks only what the signature can't
// say. A rule fails by telling why, once, with `fail` and its kin; it gives up without a complaint with `unknown()` when something that it
// needs is not known here (the bytes of a missing weight file).
//
// An operation of the program and a call that a builder is about to make look the same here. So does one that runs: its arguments have
// values (`Arg::held`), constant or not, and the types that these values have; what a rule reads with `integer`, `number`, `tensor` and
// their kin comes from there. Evaluation and folding are thus the same function.
#pragma once

#include "mil/IR/Builder.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Tensor/RuntimeValue.h"

namespace mil {

/// What one parameter is bound to: nothing, one value or literal, or several.
class Arg {
public:
  struct Bound {
    Type type;
    const Literal *constant = nullptr;  ///< when it is a literal, or the result of a const operation
    const Value *value = nullptr;       ///< when it is a value
    const RuntimeValue *held = nullptr; ///< what it holds, when that is known: while running; of constants, before
  };

  /// Whether the call binds it. Absent parameters with a default are not present: ask Args for their values.
  bool present() const { return !bound.empty(); }
  explicit operator bool() const { return present(); }
  size_t size() const { return bound.size(); }
  Arg operator[](size_t i) const { return Arg(parameter, bound.slice(i, 1)); }
  llvm::StringRef name() const { return parameter->name; }

  // Of one binding.
  Type type() const { return bound[0].type; }
  /// The element type and shape of a tensor; for a state, those of the tensor that it holds.
  DType dtype() const { return tensorType().dtype(); }
  llvm::ArrayRef<int64_t> dims() const { return tensorType().dims(); }
  size_t rank() const { return dims().size(); }
  int64_t dim(int i) const { return tensorType().dim(i); }
  const Literal *constant() const { return bound[0].constant; }
  const Value *value() const { return bound[0].value; }
  const RuntimeValue *held() const { return bound[0].held; }
  /// The one element of a bool or integer, constant or held.
  std::optional<int64_t> integer() const;
  /// Whether all bindings are known before run time, as parameters that must be constant are; `constant` may still be null.
  bool isConstant() const;

private:
  friend class Args;
  Arg(const Parameter *parameter, llvm::ArrayRef<Bound> bound) : parameter(parameter), bound(bound) {}
  Type tensorType() const { return type().isState() ? type().element() : type(); }
  const Parameter *parameter;
  llvm::ArrayRef<Bound> bound;
};

/// A rule that failed, having said why. Converts to whatever the rule returns.
struct Failed {
  template <typename T> operator std::optional<T>() const { return std::nullopt; }
};

/// What a type rule says: the types of the results, or that it failed, or that it can't tell.
class Inferred {
public:
  enum class Outcome : uint8_t { Known, Failed, Unknown };
  Inferred(Type type) : types{type} {}
  Inferred(llvm::SmallVector<Type, 1> types) : types(std::move(types)) {}
  Inferred(std::initializer_list<Type> types) : types(types) {}
  Inferred(Failed) : outcome(Outcome::Failed) {}
  static Inferred unknown() {
    Inferred result{Failed()};
    result.outcome = Outcome::Unknown;
    return result;
  }

  Outcome outcome = Outcome::Known;
  llvm::SmallVector<Type, 1> types;
};

/// What evaluation gives: the values of the results, or nothing when it can't tell.
class Folded {
public:
  Folded() = default;
  Folded(Failed) {}
  Folded(RuntimeValue value) { values.push_back(std::move(value)); }
  Folded(Tensor value) : Folded(RuntimeValue(std::move(value))) {}
  Folded(std::optional<Tensor> value) {
    if (value)
      values.push_back(RuntimeValue(std::move(*value)));
  }
  Folded(llvm::SmallVector<Tensor, 1> tensors) {
    for (Tensor &tensor : tensors)
      values.push_back(RuntimeValue(std::move(tensor)));
  }
  explicit operator bool() const { return !values.empty(); }
  llvm::SmallVector<RuntimeValue, 1> values;
};

class Args {
public:
  /// Where complaints go; quiet when `diags` is null.
  struct Report {
    DiagnosticEngine *diags = nullptr;
    Location location;
    std::string (*describe)(const void *) = nullptr; ///< names the operation where the location can't
    const void *subject = nullptr;
  };

  // ---- Arguments ------------------------------------------------------------
  Arg operator[](llvm::StringRef parameter) const;
  const OpVersion &version() const { return *definition; }
  Opset opset() const { return definition->since; }
  Context &context() const { return *ctx; }
  /// Nested blocks of the operation.
  llvm::ArrayRef<Block *> blocks() const { return nested; }
  /// The element type that a type variable ("T") stands for in this call; Invalid when no argument binds it.
  DType variable(llvm::StringRef name) const;

  // ---- Constants ------------------------------------------------------------
  // The value that an argument is bound to, or its default. nullopt: absent and without default, not constant, or its bytes are not there.
  std::optional<int64_t> integer(llvm::StringRef parameter) const;
  std::optional<Dims> integers(llvm::StringRef parameter) const;
  std::optional<double> number(llvm::StringRef parameter) const;
  std::optional<llvm::StringRef> string(llvm::StringRef parameter) const;
  /// An absent one without default is false.
  bool flag(llvm::StringRef parameter) const;
  /// One flag an element; empty when absent.
  llvm::SmallVector<bool, 6> flags(llvm::StringRef parameter) const;
  /// A constant axis, negative ones counted from the end; complains unless it is in [-rank, rank).
  std::optional<int64_t> axis(llvm::StringRef parameter, size_t rank) const;
  /// Constant axes, normalised; complains when one is out of range or there twice.
  std::optional<Dims> axes(llvm::StringRef parameter, size_t rank) const;
  /// The constant itself, for folding: nullopt when there is none or it has more elements than the fold's limit.
  std::optional<Tensor> tensor(llvm::StringRef parameter) const { return tensor((*this)[parameter]); }
  std::optional<Tensor> tensor(const Arg &arg) const;
  /// The list that an argument holds; null when that isn't known.
  const TensorList *list(llvm::StringRef parameter) const;

  /// The element type of a parameter's default in this call.
  DType defaultDType(const Parameter &parameter) const;

  // ---- Results --------------------------------------------------------------
  Type tensor(DType type, llvm::ArrayRef<int64_t> dims) const { return Type::tensor(*ctx, type, dims); }
  Type scalar(DType type) const { return Type::scalar(*ctx, type); }
  /// In folders: the inferred type of a result.
  Type resultType(size_t i = 0) const { return resultTypes[i]; }
  size_t resultCount() const { return resultTypes.size(); }
  /// In evaluation: the element type of a result, wider than its type's where nothing is rounded in between.
  DType resultDType(size_t i = 0) const { return widened(resultTypes[i].dtype()); }
  /// In evaluation: the element type in which values of a type are held.
  DType widened(DType type) const { return floatType != DType::Invalid && mil::isFloat(type) ? floatType : type; }
  /// In evaluation: the most elements that any tensor may have.
  uint64_t maxElements() const { return elementLimit; }
  /// In evaluation: the most multiplications to spend on a call; folding has better things to do than to run a network.
  double maxProducts() const { return running ? std::numeric_limits<double>::infinity() : double(int64_t(1) << 27); }
  /// In evaluation: where random numbers start, when the call itself doesn't say.
  uint64_t seed() const { return drawSeed; }

  // ---- Complaints -----------------------------------------------------------
  // Each names the op and the argument, what was expected and what was found.
  Failed fail(DiagKind kind, llvm::StringRef parameter, const DiagArg &expected, const DiagArg &found) const;
  /// A shape that is not as the other arguments want it. `found` is the argument's own.
  Failed failShape(llvm::StringRef parameter, const DiagArg &expected) const;
  Failed failRank(llvm::StringRef parameter, const DiagArg &expected) const;
  /// A constant out of range. `found` is the argument's own.
  Failed failValue(llvm::StringRef parameter, const DiagArg &expected) const;
  /// Two arguments whose shapes don't broadcast.
  Failed failBroadcast(llvm::StringRef first, llvm::StringRef second) const;
  /// A size or dimension beyond 63 bits.
  Failed failOverflow() const;
  /// After a helper has complained.
  Failed failed() const { return {}; }
  Inferred unknown() const { return Inferred::unknown(); }
  /// After axis() or axes() of a parameter gave nothing: failed if it has complained, unknown if the constant isn't known here.
  Inferred failedOn(llvm::StringRef parameter) const;

  // ---- Making one -----------------------------------------------------------
  /// Binds an operation's arguments to a version's parameters and checks them against the signature. Reports every violation; nullopt
  /// when there was one.
  static std::optional<Args> bind(const Operation &op, const OpVersion &version, DiagnosticEngine *diags);
  /// The same for a call to be.
  static std::optional<Args> bind(llvm::ArrayRef<Builder::NamedBinding> bindings, const OpVersion &version, Context &context,
                                  const Report &report);
  /// For the folder.
  void setResultTypes(llvm::ArrayRef<Type> types) { resultTypes.assign(types.begin(), types.end()); }
  void setFoldLimit(uint64_t maxElements, DiagnosticEngine *readErrors) { elementLimit = maxElements, readDiags = readErrors; }
  /// For running: values of any size; floats are computed as `floats` where that isn't Invalid, whatever their type.
  void setRunning(DType floats, uint64_t maxElements, DiagnosticEngine *diags) {
    running = true, floatType = floats, elementLimit = maxElements, readDiags = report.diags = diags;
  }
  void setSeed(uint64_t seed) { drawSeed = seed; }
  /// Everything that is bound, in the order of the parameters.
  llvm::MutableArrayRef<Arg::Bound> bindings() { return bounds; }
  llvm::ArrayRef<Arg::Bound> bindings() const { return bounds; }
  /// Where the bindings of a parameter begin in `bindings()`.
  size_t indexOf(llvm::StringRef parameter) const;
  /// Whether every tensor that the call binds is constant.
  bool allConstant() const;
  /// Whether the shape of every tensor that the call binds has a known rank.
  bool allRanked() const;

private:
  friend class Binder;
  Args(const OpVersion &version, Context &context, const Report &report) : definition(&version), ctx(&context), report(report) {}
  const Literal *constantOrNull(llvm::StringRef parameter) const;
  const Tensor *heldTensor(const Arg &arg) const;
  const Parameter &parameterNamed(llvm::StringRef name) const;

  const OpVersion *definition;
  Context *ctx;
  Report report;
  llvm::SmallVector<Arg::Bound, 8> bounds;
  struct Range {
    uint32_t begin = 0, count = 0;
    bool given = false; ///< also with no binding at all, as an empty list is
  };
  llvm::SmallVector<Range, 8> ranges; ///< of `bounds`, one a parameter
  llvm::SmallVector<DType, 4> variables;
  llvm::ArrayRef<Block *> nested;
  llvm::SmallVector<Type, 1> resultTypes;
  uint64_t elementLimit = 0;
  DiagnosticEngine *readDiags = nullptr;
  bool running = false;
  DType floatType = DType::Invalid;
  uint64_t drawSeed = 0;
};

/// "[1, ?, 64]", as types print it; "tensor of unknown rank" for none.
std::string printDims(llvm::ArrayRef<int64_t> dims);
/// "0.5", "1e-05", "2.0".
std::string printNumber(double value);

} // namespace mil

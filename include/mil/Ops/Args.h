// The arguments of a call, for type rules and evaluation: by parameter name, with their types and, if known, their constant values.
//
//   Inferred inferGather(const Args &a) {
//     std::optional<int64_t> axis = a.axis("axis", a["x"].rank());
//     if (!axis)
//       return a.failed();
//     …
//     return a.tensor(a["x"].dtype(), dims);
//   }
//
// Rules only run on calls that satisfy the signature (`bind`): every required argument is given, has an allowed type, and is constant if
// required; defaults are filled in. So a rule reads arguments without checking them, and only checks what the signature can't express. A
// rule reports one error with `fail` or a similar function; it returns `unknown()` without an error if it needs something that is not
// known (the bytes of a missing weight file).
//
// An operation of the program and a call that a builder is about to make are represented in the same way. So is an operation that runs: its
// arguments have values (`Arg::held`), constant or not, and the types of these values; `integer`, `number`, `tensor` and similar functions
// return them. So evaluation and constant folding are the same function.
#pragma once

#include "mil/IR/Builder.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Tensor/RuntimeValue.h"

namespace mil {

/// The bindings of one parameter: none, one value or literal, or several.
class Arg {
public:
  struct Bound {
    Type type;
    const Literal *constant = nullptr;  ///< if it is a literal or the result of a const operation
    const Value *value = nullptr;       ///< if it is a value
    const RuntimeValue *held = nullptr; ///< its content, if known: at run time, and for constants before
  };

  /// Whether the call binds the parameter. A parameter with its default value is not present; the functions of Args return the default.
  bool present() const { return !bound.empty(); }
  explicit operator bool() const { return present(); }
  size_t size() const { return bound.size(); }
  Arg operator[](size_t i) const { return Arg(parameter, bound.slice(i, 1)); }
  llvm::StringRef name() const { return parameter->name; }

  // The following functions are for a parameter with one binding.
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

/// The result of a rule that failed and reported the reason. Converts to the return type of the rule.
struct Failed {
  template <typename T> operator std::optional<T>() const { return std::nullopt; }
};

/// The result of a type rule: the types of the results, failure, or unknown.
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

/// The result of an evaluation: the values of the results, or nothing if they are unknown.
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

/// The arguments of a call that satisfies its signature.
class Args {
public:
  /// The engine and the place for reporting errors; they are not reported if `diags` is null.
  struct Report {
    DiagnosticEngine *diags = nullptr;
    Location location;
    std::string (*describe)(const void *) = nullptr; ///< names the operation if the location is unknown
    const void *subject = nullptr;
  };

  // ---- Arguments ------------------------------------------------------------
  /// The bindings of a parameter.
  Arg operator[](llvm::StringRef parameter) const;
  const OpVersion &version() const { return *definition; }
  Opset opset() const { return definition->since; }
  Context &context() const { return *ctx; }
  /// Nested blocks of the operation.
  llvm::ArrayRef<Block *> blocks() const { return nested; }
  /// The element type that a type variable ("T") has in this call; Invalid if no argument binds it.
  DType variable(llvm::StringRef name) const;

  // ---- Constants ------------------------------------------------------------
  // The constant value of an argument, or its default. nullopt: absent and without default, not constant, or its bytes are missing.
  std::optional<int64_t> integer(llvm::StringRef parameter) const;
  std::optional<Dims> integers(llvm::StringRef parameter) const;
  std::optional<double> number(llvm::StringRef parameter) const;
  std::optional<llvm::StringRef> string(llvm::StringRef parameter) const;
  /// False if the argument is absent and has no default.
  bool flag(llvm::StringRef parameter) const;
  /// One flag per element; empty if absent.
  llvm::SmallVector<bool, 6> flags(llvm::StringRef parameter) const;
  /// A constant axis, counted from the front; reports an error unless it is in [-rank, rank).
  std::optional<int64_t> axis(llvm::StringRef parameter, size_t rank) const;
  /// Constant axes, counted from the front; reports an error if one is out of range or occurs twice.
  std::optional<Dims> axes(llvm::StringRef parameter, size_t rank) const;
  /// The constant or value of a tensor: nullopt if it is unknown or has more elements than the limit for folding.
  std::optional<Tensor> tensor(llvm::StringRef parameter) const { return tensor((*this)[parameter]); }
  std::optional<Tensor> tensor(const Arg &arg) const;
  /// The content of an argument that is a list; null if it is unknown.
  const TensorList *list(llvm::StringRef parameter) const;

  /// The element type of a parameter's default in this call.
  DType defaultDType(const Parameter &parameter) const;

  // ---- Results --------------------------------------------------------------
  Type tensor(DType type, llvm::ArrayRef<int64_t> dims) const { return Type::tensor(*ctx, type, dims); }
  Type scalar(DType type) const { return Type::scalar(*ctx, type); }
  /// In evaluation: the inferred type of a result.
  Type resultType(size_t i = 0) const { return resultTypes[i]; }
  size_t resultCount() const { return resultTypes.size(); }
  /// In evaluation: the element type of a result, which is wider than declared if intermediate values aren't rounded.
  DType resultDType(size_t i = 0) const { return widened(resultTypes[i].dtype()); }
  /// In evaluation: the element type in which values of a type are held.
  DType widened(DType type) const { return floatType != DType::Invalid && mil::isFloat(type) ? floatType : type; }
  /// In evaluation: the largest number of elements of any tensor.
  uint64_t maxElements() const { return elementLimit; }
  /// In evaluation: the largest number of multiplications for a call, because folding must not run a whole network.
  double maxProducts() const { return running ? std::numeric_limits<double>::infinity() : double(int64_t(1) << 27); }
  /// In evaluation: the seed of random numbers, if the call itself has none.
  uint64_t seed() const { return drawSeed; }

  // ---- Errors ---------------------------------------------------------------
  // Each names the op and the argument, what was expected and what was found.
  Failed fail(DiagKind kind, llvm::StringRef parameter, const DiagArg &expected, const DiagArg &found) const;
  /// A shape that doesn't match the other arguments. `found` is the shape of the argument.
  Failed failShape(llvm::StringRef parameter, const DiagArg &expected) const;
  Failed failRank(llvm::StringRef parameter, const DiagArg &expected) const;
  /// A constant out of range. `found` is the value of the argument.
  Failed failValue(llvm::StringRef parameter, const DiagArg &expected) const;
  /// Two arguments whose shapes can't be broadcast.
  Failed failBroadcast(llvm::StringRef first, llvm::StringRef second) const;
  /// A size or dimension beyond 63 bits.
  Failed failOverflow() const;
  /// After a called function has reported an error.
  Failed failed() const { return {}; }
  Inferred unknown() const { return Inferred::unknown(); }
  /// After axis() or axes() returned nothing: failed if it has reported an error, unknown if the constant isn't known.
  Inferred failedOn(llvm::StringRef parameter) const;

  // ---- Creation -------------------------------------------------------------
  /// Binds an operation's arguments to a version's parameters and checks them against the signature. Reports every violation; nullopt
  /// if there was one.
  static std::optional<Args> bind(const Operation &op, const OpVersion &version, DiagnosticEngine *diags);
  /// The same for a call that has not been created yet.
  static std::optional<Args> bind(llvm::ArrayRef<Builder::NamedBinding> bindings, const OpVersion &version, Context &context,
                                  const Report &report);
  /// For constant folding: the inferred types of the results, and the limit of elements of a tensor.
  void setResultTypes(llvm::ArrayRef<Type> types) { resultTypes.assign(types.begin(), types.end()); }
  void setFoldLimit(uint64_t maxElements, DiagnosticEngine *readErrors) { elementLimit = maxElements, readDiags = readErrors; }
  /// For running: values of any size; all floats are computed as `floats`, unless it is Invalid.
  void setRunning(DType floats, uint64_t maxElements, DiagnosticEngine *diags) {
    running = true, floatType = floats, elementLimit = maxElements, readDiags = report.diags = diags;
  }
  void setSeed(uint64_t seed) { drawSeed = seed; }
  /// All bindings, in the order of the parameters.
  llvm::MutableArrayRef<Arg::Bound> bindings() { return bounds; }
  llvm::ArrayRef<Arg::Bound> bindings() const { return bounds; }
  /// The index of the first binding of a parameter in `bindings()`.
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
    bool given = false; ///< true for an empty list, too, which has no bindings
  };
  llvm::SmallVector<Range, 8> ranges; ///< of `bounds`, one per parameter
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

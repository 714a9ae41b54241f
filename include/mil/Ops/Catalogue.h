// The op catalogue: the definitions of all MIL operations, as data.
//
//   const OpVersion *conv = Catalogue::get().lookup("conv", Opset::IOS17);
//   for (const Parameter &parameter : conv->parameters)
//     …
//
// An op is a list of versions; a version is valid from its opset up to the next version. A version describes the inputs (types, constants,
// defaults, choices), the results and the nested blocks, and has two functions: `infer`, the type rule, and `evaluate`, which computes the
// results of a call with known arguments, for constant folding and for running programs. Everything else in milc that depends on ops is
// derived from the catalogue: the verifier, the checks and defaults of the builder, `milc ops`, docs/ops.md, constant folding.
//
// The definitions are in lib/Ops, one file per family, and are written with the functions of lib/Ops/Definition.h.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Ops/DTypeSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

namespace mil {

class Args;
class Inferred;
class Folded;
class CompressedCall;
class ElementReader;
using Dims = llvm::SmallVector<int64_t, 6>;

/// The default value of an optional parameter.
struct DefaultValue {
  enum class Kind : uint8_t {
    None,     ///< the parameter has no value
    Integer,  ///< `number`, of the type variable's type, else int32
    Float,    ///< `number`, of the type variable's type, else that of the call's first argument if it is a float, else fp32
    Boolean,  ///< `number`
    String,   ///< `text`
    Computed, ///< `compute`, a vector of int32; `text` describes it
  } kind = Kind::None;
  double number = 0;
  llvm::StringRef text;
  /// nullopt if the other arguments don't determine it.
  std::function<std::optional<Dims>(const Args &)> compute;
};

/// A parameter of an op.
struct Parameter {
  enum class Kind : uint8_t {
    Tensor, ///< a tensor or scalar
    List,   ///< a MIL list
    State,  ///< a state
    Any,    ///< any of them
  };
  llvm::StringRef name;
  Kind kind = Kind::Tensor;
  bool optional = false; ///< may be absent; `defaultValue` is used then
  bool constant = false; ///< must be known before run time: `const`, `constexpr_*`, or computed from them
  bool variadic = false; ///< accepts any number of bindings
  bool scalar = false;   ///< a scalar, or a tensor of one element
  int variable = -1;     ///< index of its type variable in OpVersion::variables; parameters with the same variable have one element type
  DTypeSet types;        ///< allowed element types, if it has no type variable; empty: any
  DefaultValue defaultValue;
  llvm::SmallVector<llvm::StringRef, 0> choices; ///< allowed values of a string
  bool choicesIgnoreCase = false;
};

/// A type variable with its domain ("T: fp16, fp32").
struct TypeVariableDomain {
  llvm::StringRef name;
  DTypeSet types;
};

/// The definition of an op from one opset on.
struct OpVersion {
  llvm::StringRef op;
  Opset since = Opset::Unknown;
  llvm::SmallVector<Parameter, 0> parameters; ///< in the order in which they are documented
  llvm::SmallVector<TypeVariableDomain, 2> variables;
  /// Names of the results, for documentation; usually one result without a name. The number of results of `variadicResults` ops is that of
  /// `infer`.
  llvm::SmallVector<llvm::StringRef, 1> results;
  bool variadicResults = false;
  llvm::SmallVector<llvm::StringRef, 2> blocks; ///< names of its nested blocks: "true", "false"
  /// Parameters are written as attributes of the operation, not as arguments (`const`, and constexpr ops before iOS18). Arguments are
  /// accepted too, because some writers use them.
  bool parametersAreAttributes = false;
  /// Arguments and attributes beyond the signature are allowed (custom_layer).
  bool open = false;
  /// The operation has effects: it reads or writes a state, or two calls give different values. Never folded or merged.
  bool effects = false;

  /// The types of the results. Called with arguments that satisfy the signature. Never null.
  std::function<Inferred(const Args &)> infer;
  /// Computes the values of the results. Called after `infer` succeeded, with all arguments known unless `foldsWithoutValues`. Null for
  /// ops that don't only depend on their arguments: const, control flow, states, and ops whose computation is unknown.
  std::function<Folded(const Args &)> evaluate;
  /// Calls with constant arguments may be replaced by their results. False for random numbers, and for decompression, because folding it
  /// would undo the compression.
  bool folds = false;
  bool foldsWithoutValues = false;
  /// Results consist of unchanged elements of the first argument, so they can be held in the same type as that argument.
  bool movesElements = false;

  /// The parameter with this name, or null.
  const Parameter *parameter(llvm::StringRef name) const;
  /// The index of a parameter, or -1.
  int indexOf(llvm::StringRef name) const;
  /// The element types that a parameter accepts.
  DTypeSet typesOf(const Parameter &parameter) const;
};

/// An op with its versions, oldest first.
struct OpDefinition {
  llvm::StringRef name;
  llvm::StringRef family;  ///< "conv", "elementwise_unary", …
  llvm::StringRef summary; ///< what it computes, in one sentence
  std::vector<std::unique_ptr<OpVersion>> versions;
  /// Creates a reader of the elements of a result, in windows, if all arguments are constant (mil/Ops/Elements.h), for constexpr_*
  /// operations and dequantize. Null for other ops.
  std::function<std::unique_ptr<ElementReader>(const CompressedCall &call, size_t result)> elements;

  /// The version that is valid in an opset: the latest one up to it. Null if the op was introduced later. iOS13 and iOS14 count as iOS15,
  /// Unknown as the newest.
  const OpVersion *at(Opset opset) const;
  const OpVersion &newest() const { return *versions.back(); }
};

/// The definitions of all operations that milc supports, by name.
class Catalogue {
public:
  /// The catalogue, created by the first call. Thread-safe.
  static const Catalogue &get();
  Catalogue(const Catalogue &) = delete;

  /// The definition of an op; null if it is unknown.
  const OpDefinition *find(llvm::StringRef name) const { return byName.lookup(name); }
  /// The version of an op that is valid in an opset, or null.
  const OpVersion *lookup(llvm::StringRef name, Opset opset) const {
    const OpDefinition *op = find(name);
    return op ? op->at(opset) : nullptr;
  }
  /// All ops, sorted by name.
  llvm::ArrayRef<const OpDefinition *> ops() const { return sorted; }
  /// The families, sorted by name.
  llvm::ArrayRef<llvm::StringRef> families() const { return familyNames; }

private:
  friend class OpFamily;
  Catalogue();
  OpDefinition &define(llvm::StringRef name, llvm::StringRef family);
  std::vector<std::unique_ptr<OpDefinition>> definitions;
  llvm::StringMap<const OpDefinition *> byName;
  std::vector<const OpDefinition *> sorted;
  std::vector<llvm::StringRef> familyNames;
};

/// The opset that determines the version of `op`: its own tag, else the opset of its function; may be Unknown.
Opset opsetOf(const Operation &op);
/// The version of the definition of `op` that is valid in its opset; null if the op is unknown or not available there.
const OpVersion *versionOf(const Operation &op);

/// "conv(x: T, weight: U, bias?: U, strides: const int32 = ones, …) where T: fp16, fp32; U: fp16, fp32", on one line.
std::string signature(const OpVersion &version);
/// A default as shown in signatures ("1", "\"valid\"", "a 1 for each spatial dimension of x"); "" if there is none.
std::string describeDefault(const Parameter &parameter);
/// The type of a parameter: "const T", "list", "state", "int32".
std::string describeDomain(const OpVersion &version, const Parameter &parameter);

} // namespace mil

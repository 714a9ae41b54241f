// The op catalogue: what is known of every operation of MIL, as data.
//
// An op is a list of versions; a version is in force from its opset on until the next one. A version says its inputs (types, constants,
// defaults, choices), its results, its nested blocks, and holds two functions: `infer`, the type rule, and `evaluate`, the values of a
// call whose arguments are known: what folding constants and running a program compute. Everything else that milc knows of ops is derived
// from here: the verifier, the builder's checks and defaults, `milc ops`, docs/ops.md, the folder.
//
// Definitions are written in lib/Ops, one file a family, with the words of lib/Ops/Definition.h.
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

/// The value that an optional parameter has when it is absent.
struct DefaultValue {
  enum class Kind : uint8_t {
    None,     ///< stays absent
    Integer,  ///< `number`, int32 unless its type variable is bound otherwise
    Float,    ///< `number`; of the type variable's type, else that of the call's first argument if it is a float, else fp32
    Boolean,  ///< `number`
    String,   ///< `text`
    Computed, ///< `compute`, a vector of int32; `text` says it in words
  } kind = Kind::None;
  double number = 0;
  llvm::StringRef text;
  /// nullopt when the other arguments don't determine it.
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
  bool optional = false; ///< may be left out; `defaultValue` then holds
  bool constant = false; ///< must be known before run time: `const`, `constexpr_*`, or computed from them
  bool variadic = false; ///< takes any number of bindings
  bool scalar = false;   ///< one element: a scalar, or a tensor of one
  int variable = -1;     ///< index of its type variable in OpVersion::variables; all that share one have the same element type
  DTypeSet types;        ///< element types allowed, when it has no type variable; none: any
  DefaultValue defaultValue;
  llvm::SmallVector<llvm::StringRef, 0> choices; ///< of a string: what it may be
  bool choicesIgnoreCase = false;
};

/// A type variable with its domain ("T: fp16, fp32").
struct TypeVariableDomain {
  llvm::StringRef name;
  DTypeSet types;
};

/// An op as it is from one opset on.
struct OpVersion {
  llvm::StringRef op;
  Opset since = Opset::Unknown;
  llvm::SmallVector<Parameter, 0> parameters; ///< in the order in which they are documented
  llvm::SmallVector<TypeVariableDomain, 2> variables;
  /// Names of the results, for reading; one result without a name mostly. Ops of `variadicResults` have as many as `infer` says.
  llvm::SmallVector<llvm::StringRef, 1> results;
  bool variadicResults = false;
  llvm::SmallVector<llvm::StringRef, 2> blocks; ///< what its nested blocks are: "true", "false"
  /// Parameters are written as attributes of the operation, not as arguments (`const`, and constexpr ops before iOS18). Arguments are
  /// understood too: some writers use them.
  bool parametersAreAttributes = false;
  /// Arguments and attributes beyond the signature are allowed (custom_layer).
  bool open = false;
  /// It does more than compute its results: it reads or writes a state, or two calls give different values. Never folded or merged.
  bool effects = false;

  /// The types of the results. Called with arguments that satisfy the signature. Never null.
  std::function<Inferred(const Args &)> infer;
  /// The values of the results. Called once `infer` succeeded, with all arguments known unless `foldsWithoutValues`. Null for what is
  /// more than its arguments: const, control flow, states, and what nothing is known of.
  std::function<Folded(const Args &)> evaluate;
  /// Calls whose arguments are all constant may be replaced by their values. Not so for random numbers, and for decompression, which that
  /// would undo.
  bool folds = false;
  bool foldsWithoutValues = false;
  /// Results consist of elements of the first argument, unchanged: they can be held in any type that this one is held in.
  bool movesElements = false;

  const Parameter *parameter(llvm::StringRef name) const;
  /// The position of a parameter, -1 for none.
  int indexOf(llvm::StringRef name) const;
  /// The element types that a parameter accepts.
  DTypeSet typesOf(const Parameter &parameter) const;
};

/// An op with its versions, oldest first.
struct OpDefinition {
  llvm::StringRef name;
  llvm::StringRef family;  ///< "conv", "elementwise_unary", …
  llvm::StringRef summary; ///< what it computes, in a sentence
  std::vector<std::unique_ptr<OpVersion>> versions;
  /// How the elements of a result are read in windows when all arguments are constant (mil/Ops/Elements.h): of constexpr_* operations and
  /// dequantize. Null for others.
  std::function<std::unique_ptr<ElementReader>(const CompressedCall &call, size_t result)> elements;

  /// The version in force at an opset: the newest that is not newer. Null when the op came later. iOS13 and iOS14 count as iOS15, Unknown
  /// as the newest.
  const OpVersion *at(Opset opset) const;
  const OpVersion &newest() const { return *versions.back(); }
};

class Catalogue {
public:
  /// The one catalogue, made at the first call. Thread-safe.
  static const Catalogue &get();
  Catalogue(const Catalogue &) = delete;

  /// Null for an op that isn't known.
  const OpDefinition *find(llvm::StringRef name) const { return byName.lookup(name); }
  /// The version of an op in force at an opset; null when there is none.
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

/// The opset that decides which version of `op` is in force: its own tag, else that of its function; Unknown when that is not known.
Opset opsetOf(const Operation &op);
/// The version of `op`'s definition in force where it stands; null when it is not known or not available there.
const OpVersion *versionOf(const Operation &op);

/// "conv(x: T, weight: U, bias?: U, strides: const int32 = ones, …) where T: fp16, fp32; U: fp16, fp32", on one line.
std::string signature(const OpVersion &version);
/// A default as the signature shows it ("1", "\"valid\"", "a 1 each spatial dimension of x"); "" for none.
std::string describeDefault(const Parameter &parameter);
/// What a parameter takes: "const T", "list", "state", "int32".
std::string describeDomain(const OpVersion &version, const Parameter &parameter);

} // namespace mil

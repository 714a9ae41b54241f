// The words in which ops are defined. A family file reads like this, whole:
//
//   void mil::ops::defineActivation(Catalogue &catalogue) {
//     OpFamily op(catalogue, "activation");
//
//     op("gelu", iOS15)
//         .summary("x · Φ(x), exactly or by an approximation")
//         .in("x", T)
//         .in("mode", string, constant, dflt("EXACT"), oneOf("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"))
//         .where(T, {fp16, fp32})
//         .infer(sameAs("x"))
//         .fold(foldGelu, tensorOf("x"), stringOf("mode"));   // calls foldGelu(a, x, mode), if both are known
//
//     op("topk", iOS15)
//         …
//         .from(iOS16)   // from here on: a copy of the version above, in which
//         .in("sort", boolean, constant, dflt(true))    // a parameter is added (or, if the name exists, replaced in its place),
//         .drop("other")                                // or removed,
//         .where(T, {fp16, fp32, int32})                // a domain is replaced,
//         .infer(…).fold(…);                            // or a rule
//
// `in` takes a name, a domain (a type variable, element types, `anything`, `aList`, `aState`) and any of the traits below. A parameter is
// required unless it is `optional` (stays absent) or has a default. A new family is declared and listed in Families.h.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Tensor/Shapes.h"

namespace mil {

inline constexpr Opset iOS15 = Opset::IOS15, iOS16 = Opset::IOS16, iOS17 = Opset::IOS17, iOS18 = Opset::IOS18;

// ---- Domains ----------------------------------------------------------------

inline constexpr DTypeSet fp16 = DType::Float16, fp32 = DType::Float32, fp64 = DType::Float64, int8 = DType::Int8, int16 = DType::Int16,
                          int32 = DType::Int32, int64 = DType::Int64, int4 = DType::Int4, uint8 = DType::UInt8, uint16 = DType::UInt16,
                          uint32 = DType::UInt32, uint1 = DType::UInt1, uint2 = DType::UInt2, uint3 = DType::UInt3, uint4 = DType::UInt4,
                          uint6 = DType::UInt6, boolean = DType::Bool, string = DType::String;
/// What most operations that move elements take, before iOS17 and from it on.
inline constexpr DTypeSet basicTypes{fp16, fp32, int32, boolean};
inline constexpr DTypeSet typesFromIOS17{fp16, fp32, int8, int16, int32, uint8, uint16, boolean};

/// A type variable: all arguments that have it as domain have the same element type, one of those given by `where`.
struct TypeVariable {
  const char *name;
};
inline constexpr TypeVariable T{"T"}, U{"U"}, K{"K"}, I{"I"}, M{"M"};

struct Domain {
  Domain(TypeVariable variable) : variable(variable.name) {}
  Domain(DTypeSet types) : types(types) {}
  Domain(std::initializer_list<DTypeSet> types) : types(types) {}
  Domain(Parameter::Kind kind) : kind(kind) {}
  const char *variable = nullptr;
  DTypeSet types;
  Parameter::Kind kind = Parameter::Kind::Tensor;
};
/// A tensor of any element type.
inline constexpr Parameter::Kind anyTensor = Parameter::Kind::Tensor;
inline constexpr Parameter::Kind aList = Parameter::Kind::List, aState = Parameter::Kind::State, anything = Parameter::Kind::Any;

// ---- Traits -----------------------------------------------------------------

using Trait = std::function<void(Parameter &)>;
/// Must be known before run time.
inline constexpr auto constant = [](Parameter &p) { p.constant = true; };
/// May be absent, and then has no value.
inline constexpr auto optional = [](Parameter &p) { p.optional = true; };
/// Has one element. Parameters with a default that is one, and those with choices, are so without a word.
inline constexpr auto scalar = [](Parameter &p) { p.scalar = true; };
/// Takes any number of bindings.
inline constexpr auto variadic = [](Parameter &p) { p.variadic = true; };
/// May be absent; the value that it then has. An integer is an int32, a float has the type of its variable, or of the first argument.
Trait dflt(int value);
Trait dflt(bool value);
Trait dflt(double value);
Trait dflt(const char *value);
/// A vector of int32 that depends on the other arguments, and how to say it in words.
Trait dflt(const char *words, std::function<std::optional<Dims>(const Args &)> compute);
/// A 1 for every spatial dimension of x ([N, C, D…]): strides, dilations; and two zeros for each: pads.
Trait onesPerSpatialDim();
Trait zeroPadsPerSpatialDim();
/// What a string may be.
template <typename... Choices> Trait oneOf(Choices... choices) {
  return [=](Parameter &p) { p.choices = {choices...}, p.scalar = true; };
}
template <typename... Choices> Trait oneOfIgnoringCase(Choices... choices) {
  return [=](Parameter &p) { p.choices = {choices...}, p.scalar = p.choicesIgnoreCase = true; };
}

// ---- Evaluation -------------------------------------------------------------

using InferFn = std::function<Inferred(const Args &)>;
using ElementsFn = std::function<std::unique_ptr<ElementReader>(const CompressedCall &, size_t)>;
using FoldFn = std::function<Folded(const Args &)>;

// Readers: what a function that evaluates an op needs from a call. Any function of a call that returns an optional or a pointer is one.
inline auto tensorOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.tensor(parameter); };
}
/// Reads an optional tensor: without a value if the argument is absent.
inline auto tensorIfGiven(llvm::StringRef parameter) {
  return [parameter](const Args &a) -> std::optional<std::optional<Tensor>> {
    std::optional<Tensor> tensor = a.tensor(parameter);
    return tensor || !a[parameter] ? std::optional(std::move(tensor)) : std::nullopt;
  };
}
inline auto listOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.list(parameter); };
}
inline auto numberOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.number(parameter); };
}
inline auto integerOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.integer(parameter); };
}
inline auto integersOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.integers(parameter); };
}
inline auto stringOf(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.string(parameter); };
}
/// Reads an axis of the tensor `of`, counted from the front.
inline auto axisOf(llvm::StringRef parameter, llvm::StringRef of) {
  return [=](const Args &a) { return a.axis(parameter, a[of].rank()); };
}
inline auto axisOfResult(llvm::StringRef parameter) {
  return [parameter](const Args &a) { return a.axis(parameter, a.resultType().dims().size()); };
}

/// Evaluates by rule(a, values…), with a value from each reader. The result is unknown if a reader returns none.
template <typename F, typename... Readers> FoldFn ifKnown(F rule, Readers... readers) {
  return [=](const Args &a) -> Folded {
    std::tuple<decltype(readers(a))...> read{readers(a)...}; // in this order
    return std::apply([&](auto &...value) -> Folded { return (... && value) ? Folded(rule(a, std::move(*value)...)) : Folded(); }, read);
  };
}

// ---- Ops --------------------------------------------------------------------

/// An op under definition: each word changes its newest version.
class Op {
public:
  explicit Op(OpDefinition &definition) : definition(definition) {}
  /// What it computes, in a sentence without its name.
  Op &summary(llvm::StringRef sentence);
  /// Starts the next version as a copy of this one.
  Op &from(Opset opset);
  /// Adds a parameter, or replaces the one of that name.
  template <typename... Traits> Op &in(llvm::StringRef name, Domain domain, const Traits &...traits) {
    Parameter &parameter = declare(name, domain);
    (traits(parameter), ...);
    return *this;
  }
  Op &drop(llvm::StringRef parameter);
  /// Removes all parameters, to define them again.
  Op &dropAll();
  /// The element types that a type variable may be.
  Op &where(TypeVariable variable, DTypeSet types);
  Op &where(TypeVariable variable, std::initializer_list<DTypeSet> types) { return where(variable, DTypeSet(types)); }
  /// Names of the results; ops without it have one.
  Op &results(std::initializer_list<llvm::StringRef> names);
  /// The number of results depends on the call; `what` describes them.
  Op &resultsVary(llvm::StringRef what);
  Op &infer(InferFn rule);
  /// The values of the results, of a call whose tensors are all known and whose types have been inferred.
  Op &fold(FoldFn rule);
  /// The same for an op whose constant calls aren't folded.
  Op &evaluate(FoldFn rule);
  /// The same by rule(a, values…), with a value from each reader; the results are unknown if a reader returns none.
  template <typename F, typename Reader, typename... Readers> Op &fold(F rule, Reader reader, Readers... readers) {
    return fold(ifKnown(rule, reader, readers...));
  }
  template <typename F, typename Reader, typename... Readers> Op &evaluate(F rule, Reader reader, Readers... readers) {
    return evaluate(ifKnown(rule, reader, readers...));
  }
  /// The same for a rule that may know the results of a call whose tensors aren't all known.
  Op &foldWithoutValues(FoldFn rule);
  /// Results consist of elements of the first argument.
  Op &movesElements();
  /// How elements of results are read in windows, without holding them all: of compressed constants.
  Op &elements(ElementsFn rule);
  /// Nested blocks, by what they are for.
  Op &blocks(std::initializer_list<llvm::StringRef> names);
  /// Parameters are the operation's attributes.
  Op &parametersAreAttributes(bool on = true);
  /// Arguments and attributes of any name are allowed besides.
  Op &open();
  /// Does more than compute its results: writes a state, draws a random number.
  Op &hasEffects();

private:
  OpVersion &version() { return *definition.versions.back(); }
  Parameter &declare(llvm::StringRef name, const Domain &domain);
  OpDefinition &definition;
};

/// Defines the ops of a family.
class OpFamily {
public:
  OpFamily(Catalogue &catalogue, llvm::StringRef name) : catalogue(catalogue), name(name) {}
  /// A new op, available from an opset on.
  Op operator()(llvm::StringRef op, Opset since);

private:
  Catalogue &catalogue;
  llvm::StringRef name;
};

// ---- Rules that many ops share ----------------------------------------------

/// One result of the type of an argument.
InferFn sameAs(llvm::StringRef parameter);
/// One result: the shapes of two arguments broadcast, of the element type of the first.
InferFn broadcastOf(llvm::StringRef x, llvm::StringRef y);
/// The same with an element type of its own.
InferFn broadcastOf(llvm::StringRef x, llvm::StringRef y, DType result);
/// A tensor whose sizes an argument holds, a vector: all unknown where it isn't constant.
Inferred tensorOfSizes(const Args &a, llvm::StringRef sizes, DType type);
/// The length of an argument that must be a vector; nullopt after complaining when it isn't one.
std::optional<int64_t> vectorLength(const Args &a, llvm::StringRef parameter);
/// The axes of x that the argument axes names; all if it is absent, nullopt after an error for bad ones.
std::optional<Dims> axesOrAll(const Args &a);
/// The element type of an argument, or of its default.
DType dtypeOrDefault(const Args &a, llvm::StringRef parameter);
/// Folds by f of every element of x: f(double) and f(int64_t).
template <typename F> FoldFn elementwise(F f) {
  return ifKnown([f](const Args &, const Tensor &x) { return map(x, f); }, tensorOf("x"));
}
/// Folds by f of every pair of elements of x and y, broadcast to the result's type.
template <typename F> FoldFn pairwise(F f) {
  auto rule = [f](const Args &a, const Tensor &x, const Tensor &y) { return mapPairs(x, y, a.resultType().dims(), a.resultDType(), f); };
  return ifKnown(rule, tensorOf("x"), tensorOf("y"));
}

} // namespace mil

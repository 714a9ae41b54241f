// The functions by which ops are defined. A complete family file looks like this:
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
/// The element types of most operations that move elements, before iOS17 and since iOS17.
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
/// The argument must be known before run time.
inline constexpr auto constant = [](Parameter &p) { p.constant = true; };
/// The argument may be absent, and then has no value.
inline constexpr auto optional = [](Parameter &p) { p.optional = true; };
/// The argument has one element. Parameters with a scalar default or with choices don't need this trait.
inline constexpr auto scalar = [](Parameter &p) { p.scalar = true; };
/// The parameter accepts any number of bindings.
inline constexpr auto variadic = [](Parameter &p) { p.variadic = true; };
/// The argument may be absent, and then has this value. An integer is an int32; a float has the type of its type variable, or of the first
/// argument.
Trait dflt(int value);
Trait dflt(bool value);
Trait dflt(double value);
Trait dflt(const char *value);
/// The default is a vector of int32 that depends on the other arguments; `words` describes it.
Trait dflt(const char *words, std::function<std::optional<Dims>(const Args &)> compute);
/// The default is a 1 for every spatial dimension of x ([N, C, D…]), for strides and dilations; or two zeros for each, for pads.
Trait onesPerSpatialDim();
Trait zeroPadsPerSpatialDim();
/// The allowed values of a string.
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

// Readers get from a call the values that an evaluation function needs. Any function of a call that returns an optional or a pointer is a
// reader.
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

/// An op that is being defined: each function changes its newest version.
class Op {
public:
  explicit Op(OpDefinition &definition) : definition(definition) {}
  /// Sets the summary: what the op computes, in a sentence without its name.
  Op &summary(llvm::StringRef sentence);
  /// Starts the next version as a copy of this one.
  Op &from(Opset opset);
  /// Adds a parameter, or replaces the one with this name.
  template <typename... Traits> Op &in(llvm::StringRef name, Domain domain, const Traits &...traits) {
    Parameter &parameter = declare(name, domain);
    (traits(parameter), ...);
    return *this;
  }
  Op &drop(llvm::StringRef parameter);
  /// Removes all parameters, to define them again.
  Op &dropAll();
  /// Sets the element types that a type variable allows.
  Op &where(TypeVariable variable, DTypeSet types);
  Op &where(TypeVariable variable, std::initializer_list<DTypeSet> types) { return where(variable, DTypeSet(types)); }
  /// Sets the names of the results; ops without this call have one result.
  Op &results(std::initializer_list<llvm::StringRef> names);
  /// The number of results depends on the call; `what` describes them.
  Op &resultsVary(llvm::StringRef what);
  Op &infer(InferFn rule);
  /// Sets the function that computes the values of the results, for calls whose tensors are all known and whose types have been inferred.
  Op &fold(FoldFn rule);
  /// The same for an op whose constant calls aren't folded.
  Op &evaluate(FoldFn rule);
  /// The same for rule(a, values…), with a value from each reader; the results are unknown if a reader returns none.
  template <typename F, typename Reader, typename... Readers> Op &fold(F rule, Reader reader, Readers... readers) {
    return fold(ifKnown(rule, reader, readers...));
  }
  template <typename F, typename Reader, typename... Readers> Op &evaluate(F rule, Reader reader, Readers... readers) {
    return evaluate(ifKnown(rule, reader, readers...));
  }
  /// The same for a rule that can determine the results of some calls whose tensors aren't all known.
  Op &foldWithoutValues(FoldFn rule);
  /// Declares that results consist of elements of the first argument.
  Op &movesElements();
  /// Sets the function that reads the elements of results in windows, for compressed constants.
  Op &elements(ElementsFn rule);
  /// Sets the names of the nested blocks.
  Op &blocks(std::initializer_list<llvm::StringRef> names);
  /// Declares that parameters are attributes of the operation.
  Op &parametersAreAttributes(bool on = true);
  /// Allows further arguments and attributes with any name.
  Op &open();
  /// Declares that the op has effects: it writes a state, or draws a random number.
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
  /// Starts the definition of an op that is available since an opset.
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
/// The same with another element type.
InferFn broadcastOf(llvm::StringRef x, llvm::StringRef y, DType result);
/// One result: a tensor whose sizes are the elements of an argument, a vector; all sizes are unknown if it isn't constant.
Inferred tensorOfSizes(const Args &a, llvm::StringRef sizes, DType type);
/// The length of an argument that must be a vector; nullopt, after reporting an error, if it isn't one.
std::optional<int64_t> vectorLength(const Args &a, llvm::StringRef parameter);
/// The axes of x in the argument `axes`; all axes if it is absent, nullopt after an error.
std::optional<Dims> axesOrAll(const Args &a);
/// The element type of an argument, or of its default.
DType dtypeOrDefault(const Args &a, llvm::StringRef parameter);
/// Evaluates by applying f to every element of x: f(double) and f(int64_t).
template <typename F> FoldFn elementwise(F f) {
  return ifKnown([f](const Args &, const Tensor &x) { return map(x, f); }, tensorOf("x"));
}
/// Evaluates by applying f to every pair of elements of x and y, broadcast to the type of the result.
template <typename F> FoldFn pairwise(F f) {
  auto rule = [f](const Args &a, const Tensor &x, const Tensor &y) { return mapPairs(x, y, a.resultType().dims(), a.resultDType(), f); };
  return ifKnown(rule, tensorOf("x"), tensorOf("y"));
}

} // namespace mil

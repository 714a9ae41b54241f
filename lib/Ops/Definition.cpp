#include "Definition.h"
#include <numeric>

namespace mil {

static Trait defaultOf(const DefaultValue &value) {
  return [value](Parameter &p) {
    p.optional = true;
    p.scalar = value.kind != DefaultValue::Kind::Computed;
    p.defaultValue = value;
  };
}

Trait dflt(int value) { return defaultOf({DefaultValue::Kind::Integer, double(value), {}, {}}); }
Trait dflt(bool value) { return defaultOf({DefaultValue::Kind::Boolean, double(value), {}, {}}); }
Trait dflt(double value) { return defaultOf({DefaultValue::Kind::Float, value, {}, {}}); }
Trait dflt(const char *value) { return defaultOf({DefaultValue::Kind::String, 0, value, {}}); }
Trait dflt(const char *words, std::function<std::optional<Dims>(const Args &)> compute) {
  return defaultOf({DefaultValue::Kind::Computed, 0, words, std::move(compute)});
}

/// `value`, `each` times for every dimension of x but the first two.
static std::function<std::optional<Dims>(const Args &)> perSpatialDim(size_t each, int64_t value) {
  return [=](const Args &a) -> std::optional<Dims> {
    Arg x = a["x"];
    if (!x.present() || !x.type().isTensor() || !x.type().hasRank() || x.rank() < 2)
      return std::nullopt;
    return Dims(each * (x.rank() - 2), value);
  };
}

Trait onesPerSpatialDim() { return dflt("a 1 for each spatial dimension of x", perSpatialDim(1, 1)); }
Trait zeroPadsPerSpatialDim() { return dflt("two 0s for each spatial dimension of x", perSpatialDim(2, 0)); }

Op OpFamily::operator()(llvm::StringRef op, Opset since) {
  OpDefinition &definition = catalogue.define(op, name);
  auto version = std::make_unique<OpVersion>();
  version->op = op;
  version->since = since;
  version->results = {""};
  definition.versions.push_back(std::move(version));
  return Op(definition);
}

Op &Op::summary(llvm::StringRef sentence) {
  definition.summary = sentence;
  return *this;
}

Op &Op::from(Opset opset) {
  assert(opset > version().since && "versions are defined in order");
  auto next = std::make_unique<OpVersion>(version());
  next->since = opset;
  definition.versions.push_back(std::move(next));
  return *this;
}

Parameter &Op::declare(llvm::StringRef name, const Domain &domain) {
  OpVersion &v = version();
  Parameter parameter;
  parameter.name = name;
  parameter.kind = domain.kind;
  parameter.types = domain.types;
  if (domain.variable) {
    auto it = llvm::find_if(v.variables, [&](const TypeVariableDomain &d) { return d.name == domain.variable; });
    if (it == v.variables.end())
      it = v.variables.insert(v.variables.end(), {domain.variable, {}});
    parameter.variable = int(it - v.variables.begin());
  }
  int at = v.indexOf(name);
  if (at >= 0)
    return v.parameters[size_t(at)] = std::move(parameter);
  v.parameters.push_back(std::move(parameter));
  return v.parameters.back();
}

Op &Op::drop(llvm::StringRef parameter) {
  int at = version().indexOf(parameter);
  assert(at >= 0 && "drops what is there");
  version().parameters.erase(version().parameters.begin() + at);
  return *this;
}

Op &Op::dropAll() {
  version().parameters.clear();
  version().variables.clear();
  return *this;
}

Op &Op::where(TypeVariable variable, DTypeSet types) {
  for (TypeVariableDomain &domain : version().variables)
    if (domain.name == variable.name) {
      domain.types = types;
      return *this;
    }
  assert(false && "a domain for a type variable that no parameter has");
  return *this;
}

Op &Op::results(std::initializer_list<llvm::StringRef> names) {
  version().results = names;
  return *this;
}
Op &Op::resultsVary(llvm::StringRef what) {
  version().results = {what};
  version().variadicResults = true;
  return *this;
}
Op &Op::infer(InferFn rule) {
  version().infer = std::move(rule);
  return *this;
}
Op &Op::elements(ElementsFn rule) {
  definition.elements = std::move(rule);
  return *this;
}

Op &Op::fold(FoldFn rule) {
  version().folds = true;
  return evaluate(std::move(rule));
}
Op &Op::evaluate(FoldFn rule) {
  version().evaluate = std::move(rule);
  return *this;
}
Op &Op::movesElements() {
  version().movesElements = true;
  return *this;
}
Op &Op::foldWithoutValues(FoldFn rule) {
  version().foldsWithoutValues = true;
  return fold(std::move(rule));
}
Op &Op::blocks(std::initializer_list<llvm::StringRef> names) {
  version().blocks = names;
  return *this;
}
Op &Op::parametersAreAttributes(bool on) {
  version().parametersAreAttributes = on;
  return *this;
}
Op &Op::open() {
  version().open = true;
  return *this;
}
Op &Op::hasEffects() {
  version().effects = true;
  return *this;
}

InferFn sameAs(llvm::StringRef parameter) {
  return [=](const Args &a) -> Inferred { return a[parameter].type(); };
}

InferFn broadcastOf(llvm::StringRef x, llvm::StringRef y) { return broadcastOf(x, y, DType::Invalid); }

InferFn broadcastOf(llvm::StringRef x, llvm::StringRef y, DType result) {
  return [=](const Args &a) -> Inferred {
    std::optional<Dims> dims = shapes::broadcast(a[x].dims(), a[y].dims());
    if (!dims)
      return a.failBroadcast(x, y);
    return a.tensor(result == DType::Invalid ? a[x].dtype() : result, *dims);
  };
}

std::optional<int64_t> vectorLength(const Args &a, llvm::StringRef parameter) {
  if (a[parameter].rank() != 1)
    return a.failRank(parameter, 1);
  return a[parameter].dim(0);
}

Inferred tensorOfSizes(const Args &a, llvm::StringRef sizes, DType type) {
  std::optional<int64_t> rank = vectorLength(a, sizes);
  if (!rank)
    return a.failed();
  if (std::optional<Dims> dims = a.integers(sizes)) {
    if (llvm::any_of(*dims, [](int64_t dim) { return dim < 0; }))
      return a.failValue(sizes, "sizes that are not negative");
    return a.tensor(type, *dims);
  }
  if (*rank > int64_t(shapes::maxRank))
    return a.failShape(sizes, "at most " + std::to_string(shapes::maxRank) + " sizes");
  return *rank == shapes::unknown ? a.unknown() : Inferred(a.tensor(type, Dims(size_t(*rank), shapes::unknown)));
}

std::optional<Dims> axesOrAll(const Args &a) {
  if (a["axes"].present())
    return a.axes("axes", a["x"].rank());
  Dims all(a["x"].rank());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

DType dtypeOrDefault(const Args &a, llvm::StringRef parameter) {
  return a[parameter].present() ? a[parameter].dtype() : a.defaultDType(*a.version().parameter(parameter));
}

} // namespace mil

#include "mil/Ops/Args.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Tensor/Shapes.h"

using namespace mil;

// ---- Looking things up ------------------------------------------------------

const Parameter &Args::parameterNamed(llvm::StringRef name) const {
  const Parameter *parameter = definition->parameter(name);
  assert(parameter && "a rule asks for a parameter that its op doesn't have");
  return *parameter;
}

Arg Args::operator[](llvm::StringRef parameter) const {
  int i = definition->indexOf(parameter);
  assert(i >= 0 && "a rule asks for a parameter that its op doesn't have");
  Range range = ranges[size_t(i)];
  return Arg(&definition->parameters[size_t(i)], llvm::ArrayRef(bounds).slice(range.begin, range.count));
}

DType Args::variable(llvm::StringRef name) const {
  for (size_t i = 0; i < definition->variables.size(); ++i)
    if (definition->variables[i].name == name)
      return variables[i];
  assert(false && "a rule asks for a type variable that its op doesn't have");
  return DType::Invalid;
}

bool Args::allConstant() const {
  return llvm::all_of(bounds, [](const Arg::Bound &bound) { return bound.constant != nullptr; });
}

bool Args::allRanked() const {
  return llvm::all_of(bounds, [](const Arg::Bound &bound) {
    Type type = bound.type.isState() ? bound.type.element() : bound.type;
    return !type.isTensor() || type.hasRank();
  });
}

// ---- Constants --------------------------------------------------------------

/// Parameters are small: no list of axes, pads or sizes comes near this many elements.
static constexpr uint64_t maxParameterElements = 1 << 16;

const Literal *Args::constantOrNull(llvm::StringRef parameter) const {
  Arg arg = (*this)[parameter];
  return arg.size() == 1 ? arg.constant() : nullptr;
}

size_t Args::indexOf(llvm::StringRef parameter) const { return ranges[size_t(definition->indexOf(parameter))].begin; }

const Tensor *Args::heldTensor(const Arg &arg) const { return arg.size() == 1 && arg.held() ? arg.held()->tensor() : nullptr; }

const TensorList *Args::list(llvm::StringRef parameter) const {
  Arg arg = (*this)[parameter];
  return arg.size() == 1 && arg.held() ? arg.held()->list() : nullptr;
}

std::optional<int64_t> Arg::integer() const {
  if (const Tensor *tensor = held() ? held()->tensor() : nullptr)
    return tensor->count() == 1 && !tensor->isFloat() ? std::optional(tensor->integer(0)) : std::nullopt;
  return constant() ? constant()->asInt() : std::nullopt;
}

/// The number that a constant has in a weight file; nothing for other constants.
static std::optional<Tensor> storedNumber(const Literal *literal, DiagnosticEngine *diags) {
  bool isStored = literal && literal->isBlob() && literal->type().elementCount() == 1;
  return isStored ? Tensor::fromLiteral(*literal, 1, diags) : std::nullopt;
}

std::optional<int64_t> Args::integer(llvm::StringRef parameter) const {
  if (Arg arg = (*this)[parameter]) {
    if (arg.size() != 1)
      return std::nullopt;
    if (std::optional<Tensor> stored = storedNumber(arg.constant(), report.diags); stored && !stored->isFloat())
      return stored->integer(0);
    return arg.integer();
  }
  const DefaultValue &value = parameterNamed(parameter).defaultValue;
  if (value.kind == DefaultValue::Kind::Integer)
    return int64_t(value.number);
  return std::nullopt;
}

std::optional<Dims> Args::integers(llvm::StringRef parameter) const {
  Arg arg = (*this)[parameter];
  if (!arg.present()) {
    const DefaultValue &value = parameterNamed(parameter).defaultValue;
    return value.kind == DefaultValue::Kind::Computed ? value.compute(*this) : std::nullopt;
  }
  Dims result;
  for (size_t i = 0; i < arg.size(); ++i) {
    const Literal *literal = arg[i].constant();
    std::optional<Tensor> values;
    if (const Tensor *held = heldTensor(arg[i]); held && uint64_t(held->count()) <= maxParameterElements)
      values = *held;
    else if (!held && literal && literal->type().isTensor())
      values = Tensor::fromLiteral(*literal, maxParameterElements, report.diags);
    if (!values || values->isFloat())
      return std::nullopt;
    size_t at = result.size();
    result.resize(at + size_t(values->count()));
    values->read(0, llvm::MutableArrayRef<int64_t>(result).drop_front(at));
  }
  return result;
}

std::optional<double> Args::number(llvm::StringRef parameter) const {
  if (Arg arg = (*this)[parameter]) {
    if (const Tensor *held = heldTensor(arg))
      return held->count() == 1 ? std::optional(held->number(0)) : std::nullopt;
    const Literal *literal = constantOrNull(parameter);
    if (std::optional<Tensor> stored = storedNumber(literal, report.diags))
      return stored->number(0);
    return literal ? literal->asDouble() : std::nullopt;
  }
  const DefaultValue &value = parameterNamed(parameter).defaultValue;
  if (value.kind == DefaultValue::Kind::Integer)
    return value.number;
  if (value.kind != DefaultValue::Kind::Float)
    return std::nullopt;
  // The default is a constant of the op's element type, and rounded to it: 1e-45 is 0 for fp16.
  DType type = defaultDType(parameterNamed(parameter));
  return Tensor::scalar(type, value.number).number(0);
}

DType Args::defaultDType(const Parameter &parameter) const {
  switch (parameter.defaultValue.kind) {
  case DefaultValue::Kind::Boolean:
    return DType::Bool;
  case DefaultValue::Kind::String:
    return DType::String;
  case DefaultValue::Kind::Computed:
    return DType::Int32;
  default:
    break;
  }
  if (parameter.variable >= 0 && variables[size_t(parameter.variable)] != DType::Invalid)
    return variables[size_t(parameter.variable)];
  if (parameter.defaultValue.kind == DefaultValue::Kind::Integer)
    return DType::Int32;
  if (!bounds.empty() && ranges[0].count) {
    DType first = (*this)[definition->parameters[0].name].dtype();
    if (mil::isFloat(first) && definition->typesOf(parameter).contains(first))
      return first;
  }
  return DType::Float32;
}

std::optional<llvm::StringRef> Args::string(llvm::StringRef parameter) const {
  if ((*this)[parameter].present()) {
    const Literal *literal = constantOrNull(parameter);
    return literal ? literal->asString() : std::nullopt;
  }
  const DefaultValue &value = parameterNamed(parameter).defaultValue;
  if (value.kind == DefaultValue::Kind::String)
    return value.text;
  return std::nullopt;
}

bool Args::flag(llvm::StringRef parameter) const {
  if (Arg arg = (*this)[parameter]) {
    if (const Tensor *held = heldTensor(arg))
      return held->count() == 1 && held->integer(0) != 0;
    const Literal *literal = constantOrNull(parameter);
    return literal && literal->asBool().value_or(false);
  }
  return parameterNamed(parameter).defaultValue.number != 0;
}

llvm::SmallVector<bool, 6> Args::flags(llvm::StringRef parameter) const {
  llvm::SmallVector<bool, 6> result;
  if (std::optional<Dims> values = integers(parameter))
    for (int64_t value : *values)
      result.push_back(value != 0);
  return result;
}

std::optional<int64_t> Args::axis(llvm::StringRef parameter, size_t rank) const {
  std::optional<int64_t> value = integer(parameter);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> axis = shapes::normalizeAxis(*value, rank);
  if (!axis)
    return fail(diag::AxisOutOfRange, parameter, "an axis of rank " + std::to_string(rank), *value);
  return axis;
}

/// "[1, 2, 3]", cut short where it is long.
template <typename F> static std::string printList(llvm::ArrayRef<int64_t> values, F print) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i == 16) {
      text += ", …";
      break;
    }
    text += (i ? ", " : "") + print(values[i]);
  }
  return text + "]";
}

static std::string printIntegers(llvm::ArrayRef<int64_t> values) {
  return printList(values, [](int64_t value) { return std::to_string(value); });
}

std::optional<Dims> Args::axes(llvm::StringRef parameter, size_t rank) const {
  std::optional<Dims> values = integers(parameter);
  if (!values)
    return std::nullopt;
  llvm::SmallVector<bool, 8> seen(rank, false);
  for (int64_t &value : *values) {
    std::optional<int64_t> axis = shapes::normalizeAxis(value, rank);
    if (!axis)
      return fail(diag::AxisOutOfRange, parameter, "axes of rank " + std::to_string(rank), value);
    if (seen[size_t(*axis)])
      return fail(diag::AxisTwice, parameter, "axes that differ", printIntegers(*values));
    seen[size_t(*axis)] = true;
    value = *axis;
  }
  return values;
}

std::optional<Tensor> Args::tensor(const Arg &arg) const {
  if (const Tensor *held = heldTensor(arg)) {
    bool widens = held->dtype() != widened(held->dtype()) && !definition->movesElements;
    return widens ? convert(*held, widened(held->dtype())) : *held;
  }
  if (arg.size() != 1 || !arg.constant())
    return std::nullopt;
  return Tensor::fromLiteral(*arg.constant(), elementLimit, readDiags);
}

// ---- Complaints -------------------------------------------------------------

Failed Args::fail(DiagKind kind, llvm::StringRef parameter, const DiagArg &expected, const DiagArg &found) const {
  if (report.diags) {
    auto diagnostic = report.diags->report(report.location, kind, definition->op, parameter, expected.str(), found.str());
    if (report.describe)
      std::move(diagnostic).in(report.describe(report.subject));
  }
  return {};
}

Failed Args::failShape(llvm::StringRef parameter, const DiagArg &expected) const {
  Type type = (*this)[parameter].type();
  return fail(diag::ArgumentShape, parameter, expected, type.isTensor() ? printDims(type.dims()) : type.str());
}

Failed Args::failRank(llvm::StringRef parameter, const DiagArg &expected) const {
  return fail(diag::ArgumentRank, parameter, "rank " + expected.str(), "rank " + std::to_string((*this)[parameter].rank()));
}

/// A small constant as a person reads it.
static std::string printValue(const Args &args, llvm::StringRef parameter) {
  if (std::optional<llvm::StringRef> text = args.string(parameter))
    return "\"" + text->str() + "\"";
  if (std::optional<int64_t> value = args.integer(parameter))
    return args[parameter] && args[parameter].dtype() == DType::Bool ? (*value ? "true" : "false") : std::to_string(*value);
  if (std::optional<Dims> values = args.integers(parameter))
    return printIntegers(*values);
  if (std::optional<double> value = args.number(parameter))
    return printNumber(*value);
  return "a value that is not known";
}

Failed Args::failValue(llvm::StringRef parameter, const DiagArg &expected) const {
  if (!report.diags)
    return {};
  return fail(diag::ArgumentValue, parameter, expected, printValue(*this, parameter));
}

Inferred Args::failedOn(llvm::StringRef parameter) const { return integers(parameter) ? Inferred(Failed()) : Inferred::unknown(); }

Failed Args::failBroadcast(llvm::StringRef first, llvm::StringRef second) const {
  return fail(diag::BroadcastMismatch, second, "a shape that broadcasts with " + printDims((*this)[first].dims()),
              printDims((*this)[second].dims()));
}

Failed Args::failOverflow() const {
  return fail(diag::ShapeOverflow, definition->parameters.empty() ? "" : definition->parameters[0].name,
              "sizes with which the result has less than 2^63 elements", "");
}

std::string mil::printDims(llvm::ArrayRef<int64_t> dims) {
  return printList(dims, [](int64_t dim) { return dim == Type::unknown ? "?" : dim == Type::variadic ? "..." : std::to_string(dim); });
}

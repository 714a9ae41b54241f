#include "CallBuilder.h"
#include "mil/Build/DiagnosticKinds.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>

using namespace mil;

/// Whether a number is one of the type's: integers within range and whole, anything for floats.
static bool fits(DType type, double value) {
  if (isFloat(type))
    return true;
  if (!isInteger(type) || std::trunc(value) != value)
    return false;
  bool isSigned = isSignedInteger(type);
  double limit = std::ldexp(1.0, int(bitWidth(type)) - int(isSigned));
  return value < limit && value >= (isSigned ? -limit : 0);
}

std::string CallBuilder::context() const {
  std::string text = "function '" + builder.function().name().str().str() + "', operation ";
  return text + (name.empty() ? "" : "'" + name.str() + "' ") + "(" + type.str() + ")";
}

void CallBuilder::keepFirst(DiagnosticEngine &diags) {
  for (const Diagnostic &diagnostic : diags.diagnostics()) {
    if (diagnostic.severity != Severity::Error)
      continue;
    DiagnosticEngine noting;
    if (version)
      noting.report(Location(), diag::OpSignature, signature(*version));
    Diagnostic first = diagnostic;
    first.context = context();
    first.notes.insert(first.notes.end(), noting.diagnostics().begin(), noting.diagnostics().end());
    return builder.model.fail(std::move(first));
  }
}

bool CallBuilder::findVersion() {
  const OpDefinition *definition = Catalogue::get().find(type);
  if (!definition) {
    fail(diag::UnknownOperationStrict, type);
    return false;
  }
  Opset opset = builder.model.opset();
  version = definition->at(opset);
  if (!version)
    fail(diag::OperationNotInOpset, type, textName(definition->versions.front()->since), textName(opset));
  return version != nullptr;
}

DType CallBuilder::dtypeFor(const Parameter &parameter, bool whole) const {
  if (parameter.variable >= 0)
    for (const Bound &other : bound) {
      const Parameter *tied = version->parameter(other.parameter);
      if (!tied || tied->variable != parameter.variable)
        continue;
      for (const Binding &binding : other.bindings)
        if (binding.value())
          return binding.value()->type().dtype();
    }
  DTypeSet allowed = version->typesOf(parameter);
  // Parameters such as epsilon may have another type; runtimes support that of the op's data best.
  if (!whole || !allowed.contains(DType::Int32))
    for (const Bound &other : bound)
      for (const Binding &binding : other.bindings)
        if (DType data = binding.value() ? binding.value()->type().dtype() : DType::Invalid; isFloat(data) && allowed.contains(data))
          return data;
  DType natural = whole ? DType::Int32 : DType::Float32;
  if (allowed.empty() || allowed.contains(natural))
    return natural;
  DType first = DType::Invalid;
  allowed.forEach([&](DType type) {
    if (first == DType::Invalid && type != DType::Bool && type != DType::String)
      first = type;
  });
  return first;
}

const Literal *CallBuilder::literalFor(const Parameter &parameter, const Given &given) {
  Context &context = builder.context();
  if (const auto *literal = std::get_if<const Literal *>(&given.what))
    return *literal;
  if (const auto *flag = std::get_if<bool>(&given.what))
    return Literal::boolean(context, *flag);
  if (const auto *text = std::get_if<std::string>(&given.what))
    return Literal::string(context, *text);
  if (const auto *flags = std::get_if<std::vector<bool>>(&given.what)) {
    Tensor tensor(DType::Bool, int64_t(flags->size()));
    for (size_t i = 0; i < flags->size(); ++i)
      tensor.write(int64_t(i), llvm::ArrayRef<int64_t>{int64_t((*flags)[i])});
    return tensor.toLiteral(context, Type::tensor(context, DType::Bool, tensor.dims()));
  }
  const auto &numbers = std::get<Given::Numbers>(given.what);
  DType dtype = dtypeFor(parameter, numbers.whole);
  if (dtype == DType::Invalid || !llvm::all_of(numbers.values, [&](double value) { return fits(dtype, value); })) {
    fail(diag::ConstantDoesNotFit, type, parameter.name,
         dtype == DType::Invalid ? describeDomain(*version, parameter) : mil::name(dtype).str());
    return nullptr;
  }
  if (numbers.scalar)
    return Literal::number(context, dtype, numbers.values.front());
  Tensor tensor(dtype, int64_t(numbers.values.size()));
  tensor.write(0, numbers.values);
  return tensor.toLiteral(context, Type::tensor(context, dtype, tensor.dims()));
}

bool CallBuilder::takeArguments(llvm::ArrayRef<GivenArgument> arguments) {
  // Values first: constants given in place take the element type of the values they go with.
  for (const GivenArgument &argument : arguments) {
    const auto *values = std::get_if<Given::Values>(&argument.value.what);
    if (!values)
      continue;
    Bound &made = bound.emplace_back();
    made.parameter = argument.name;
    for (Value *value : *values) {
      if (!value)
        return false; // of a call that failed, which is known
      made.bindings.push_back(value);
    }
  }
  for (const GivenArgument &argument : arguments) {
    if (std::holds_alternative<Given::Values>(argument.value.what))
      continue;
    const Parameter *parameter = version->parameter(argument.name);
    if (!parameter) {
      if (version->open && std::holds_alternative<const Literal *>(argument.value.what)) {
        bound.push_back({argument.name, {std::get<const Literal *>(argument.value.what)}});
        continue;
      }
      fail(diag::UnknownArgument, type, argument.name, signature(*version));
      return false;
    }
    const Literal *literal = literalFor(*parameter, argument.value);
    if (!literal)
      return false;
    bound.push_back({argument.name, {literal}});
  }
  return true;
}

const Literal *CallBuilder::defaultLiteral(const Parameter &parameter, const Args &args) const {
  const DefaultValue &value = parameter.defaultValue;
  Context &context = builder.context();
  switch (value.kind) {
  case DefaultValue::Kind::None:
    return nullptr;
  case DefaultValue::Kind::Boolean:
    return Literal::boolean(context, value.number != 0);
  case DefaultValue::Kind::String:
    return Literal::string(context, value.text);
  case DefaultValue::Kind::Computed: {
    std::optional<Dims> values = value.compute(args);
    if (!values)
      return nullptr;
    Tensor tensor = Tensor::vector(args.defaultDType(parameter), *values);
    return tensor.toLiteral(context, Type::tensor(context, tensor.dtype(), tensor.dims()));
  }
  case DefaultValue::Kind::Integer:
  case DefaultValue::Kind::Float:
    return Literal::number(context, args.defaultDType(parameter), value.number);
  }
  return nullptr;
}

void CallBuilder::addDefaults(const Args &args) {
  for (const Parameter &parameter : version->parameters)
    if (parameter.optional && !args[parameter.name].present())
      if (const Literal *literal = defaultLiteral(parameter, args))
        bound.push_back({parameter.name, {literal}});
}

Value *CallBuilder::constantFor(llvm::StringRef parameter, const Literal *literal, llvm::StringRef result) {
  Builder at = builder.place();
  return at.constant(builder.names.fresh((llvm::Twine(result) + "_" + parameter + "_0").str()), literal);
}

/// What an op whose parameters are attributes has as one; null for what must stay an argument: values of an open op, computed constants.
const Literal *CallBuilder::asAttribute(const Bound &argument, const Parameter *known) {
  if (argument.bindings.size() != 1)
    return nullptr;
  const Binding &binding = argument.bindings[0];
  if (binding.literal())
    return binding.literal();
  return known ? constantOf(binding.value()) : nullptr;
}

Operation *CallBuilder::insert(llvm::ArrayRef<Type> results) {
  Context &context = builder.context();
  std::string base = sanitizedIdentifier(name.empty() ? type.str() + "_0" : name.str());
  llvm::SmallVector<Operation::ResultSpec, 2> specs;
  for (size_t i = 0; i < results.size(); ++i)
    specs.push_back({builder.names.fresh(results.size() == 1 ? base : base + "_" + std::to_string(i)), results[i]});
  std::string named = specs.empty() ? base : results.size() == 1 ? specs[0].name.str().str() : base;

  Operation *op = Operation::create(builder.function().program(), context.intern(type), specs);
  for (Bound &argument : bound) {
    Name parameter = context.intern(argument.parameter);
    const Parameter *known = version->parameter(argument.parameter);
    if (const Literal *attribute = version->parametersAreAttributes ? asAttribute(argument, known) : nullptr) {
      op->setAttribute(parameter, attribute);
      continue;
    }
    // Constants are operations of their own, as every reader expects; lists of literals stay in place.
    for (Binding &binding : argument.bindings)
      if (binding.literal() && known && known->kind == Parameter::Kind::Tensor && !(known->variadic && argument.bindings.size() > 1))
        binding = constantFor(argument.parameter, binding.literal(), named);
    op->setArgument(parameter, argument.bindings);
  }
  op->setAttribute(context.intern("name"), Literal::string(context, name.empty() ? llvm::StringRef(named) : name));
  builder.place().insert(op);
  return op;
}

Operation *CallBuilder::make(llvm::ArrayRef<GivenArgument> arguments, Type expected) {
  if (!builder.model.ok() || !findVersion() || !takeArguments(arguments))
    return nullptr;
  DiagnosticEngine diags;
  llvm::SmallVector<Builder::NamedBinding, 8> bindings;
  for (const Bound &argument : bound)
    bindings.push_back(Builder::NamedBinding(argument.parameter, llvm::ArrayRef<Binding>(argument.bindings)));
  Args::Report report;
  report.diags = &diags;
  std::optional<Args> args = Args::bind(bindings, *version, builder.context(), report);
  if (!args) {
    keepFirst(diags);
    return nullptr;
  }
  Inferred inferred = mil::inferTypes(*args);
  llvm::SmallVector<Type, 2> types(inferred.types.begin(), inferred.types.end());
  if (inferred.outcome == Inferred::Outcome::Unknown && expected)
    types.assign({expected});
  else if (inferred.outcome != Inferred::Outcome::Known) {
    keepFirst(diags);
    if (builder.model.ok())
      fail(diag::ResultNotInferred, type);
    return nullptr;
  }
  if (expected && (types.empty() || !agrees(expected, types[0]))) {
    fail(diag::ResultType, type, name, types.empty() ? std::string("no result") : types[0].str(), expected.str());
    return nullptr;
  }
  if (expected)
    types[0] = merged(builder.context(), expected, types[0]);
  addDefaults(*args);
  return insert(types);
}

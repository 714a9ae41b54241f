// Binding: the arguments of a call matched with its op's signature, and everything that the signature forbids reported.

#include "mil/Ops/Args.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mil;

/// How far the search for the origin of a computed constant goes, in operations.
static constexpr unsigned maxOriginSearch = 256;

/// Whether a value is known before run time though it isn't the result of a const: made by constexpr ops or dequantize, or computed from
/// such and constants alone, or from constants by ops that fold.
static bool isComputedConstant(const Value *value) {
  llvm::SmallVector<const Value *, 8> pending{value};
  llvm::SmallPtrSet<const Operation *, 8> seen;
  bool decompressed = false, folds = true;
  while (!pending.empty()) {
    const Operation *op = pending.pop_back_val()->definingOp();
    if (!op || !op->blocks().empty() || seen.size() > maxOriginSearch)
      return false;
    if (op->is("const") || !seen.insert(op).second)
      continue;
    const OpVersion *version = versionOf(*op);
    if (!version || version->effects)
      return false;
    folds &= version->folds;
    decompressed |= op->isConstexpr() || op->is("dequantize");
    op->forEachOperand([&](const Operand &operand) {
      if (operand.value())
        pending.push_back(operand.value());
    });
  }
  return decompressed || folds;
}

bool Arg::isConstant() const {
  return llvm::all_of(bound, [](const Bound &b) { return b.constant || (b.value && isComputedConstant(b.value)); });
}

namespace mil {

/// What a parameter takes, in words: "a constant of fp16, fp32", "a state".
static std::string expected(const OpVersion &version, const Parameter &parameter) {
  switch (parameter.kind) {
  case Parameter::Kind::Any:
    return "a value";
  case Parameter::Kind::List:
    return "a list";
  case Parameter::Kind::State:
    return "a state";
  case Parameter::Kind::Tensor:
    break;
  }
  if (!parameter.choices.empty())
    return "\"" + llvm::join(parameter.choices, "\" or \"") + "\"";
  DTypeSet types = version.typesOf(parameter);
  std::string of = types.empty() ? "" : " of " + types.str();
  if (parameter.variadic)
    return "tensors" + of;
  return (parameter.constant ? "a constant" : "a tensor") + of;
}

/// Fills an Args from bindings and checks them, one complaint a violation.
class Binder {
public:
  Binder(const OpVersion &version, Context &context, const Args::Report &report) : version(version), args(version, context, report) {
    args.ranges.resize(version.parameters.size());
    args.variables.resize(version.variables.size(), DType::Invalid);
  }

  void bind(llvm::StringRef name, llvm::ArrayRef<Arg::Bound> bindings) {
    int i = version.indexOf(name);
    if (i < 0) {
      if (!version.open)
        complain(diag::UnknownArgument, name, signature(version));
      return;
    }
    Args::Range &range = args.ranges[size_t(i)];
    if (range.given) {
      complain(diag::ArgumentTwice, name);
      return;
    }
    range = {uint32_t(args.bounds.size()), uint32_t(bindings.size()), true};
    args.bounds.append(bindings.begin(), bindings.end());
  }

  void bindBlocks(llvm::ArrayRef<Block *> blocks) {
    args.nested = blocks;
    if (blocks.size() != version.blocks.size())
      complain(diag::BlockCount, std::to_string(version.blocks.size()), std::to_string(blocks.size()));
  }

  std::optional<Args> finish() {
    for (size_t i = 0; i < version.parameters.size(); ++i)
      check(version.parameters[i], args.ranges[i]);
    if (failed)
      return std::nullopt;
    return std::move(args);
  }

private:
  template <typename... Rest> void complain(DiagKind kind, const Rest &...rest) {
    failed = true;
    if (!args.report.diags)
      return;
    auto diagnostic = args.report.diags->report(args.report.location, kind, version.op, rest...);
    if (args.report.describe)
      std::move(diagnostic).in(args.report.describe(args.report.subject));
  }

  void check(const Parameter &parameter, Args::Range range) {
    if (range.count == 0) {
      if (!parameter.optional && !(range.given && parameter.variadic))
        complain(diag::MissingArgument, parameter.name, expected(version, parameter));
      return;
    }
    if (range.count > 1 && !parameter.variadic)
      return complain(diag::ArgumentCount, parameter.name, "one value", std::to_string(range.count));
    for (const Arg::Bound &bound : llvm::ArrayRef(args.bounds).slice(range.begin, range.count))
      check(parameter, bound);
  }

  void check(const Parameter &parameter, const Arg::Bound &bound) {
    if (!checkKind(parameter, bound.type))
      return;
    if (parameter.kind == Parameter::Kind::Tensor)
      checkDType(parameter, bound.type.dtype());
    if (parameter.scalar && bound.type.isTensor() && bound.type.hasRank() && bound.type.elementCount() != 1)
      return complain(diag::ArgumentShape, parameter.name, "a scalar", printDims(bound.type.dims()));
    if (parameter.constant && !bound.constant && !(bound.value && isComputedConstant(bound.value)))
      complain(diag::ArgumentNotConstant, parameter.name, origin(*bound.value));
    if (!parameter.choices.empty() && bound.constant)
      checkChoice(parameter, *bound.constant);
  }

  bool checkKind(const Parameter &parameter, Type type) {
    bool fits = parameter.kind == Parameter::Kind::Any || (parameter.kind == Parameter::Kind::Tensor && type.isTensor()) ||
                (parameter.kind == Parameter::Kind::List && type.isList()) || (parameter.kind == Parameter::Kind::State && type.isState());
    if (fits && parameter.kind == Parameter::Kind::Any && type.isState()) {
      complain(diag::StateUse, parameter.name, type.str());
      return false;
    }
    if (!fits)
      complain(diag::ArgumentKind, parameter.name, expected(version, parameter), type ? type.str() : std::string("of no type"));
    return fits;
  }

  void checkDType(const Parameter &parameter, DType type) {
    DTypeSet allowed = version.typesOf(parameter);
    if (!allowed.empty() && !allowed.contains(type)) {
      complain(diag::ArgumentDType, parameter.name, allowed.str(), name(type));
      return;
    }
    if (parameter.variable < 0)
      return;
    DType &tied = args.variables[size_t(parameter.variable)];
    if (tied == DType::Invalid)
      tied = type;
    else if (tied != type)
      complain(diag::DTypesDiffer, parameter.name, name(tied).str() + ", the element type of the other arguments", name(type));
  }

  void checkChoice(const Parameter &parameter, const Literal &literal) {
    std::optional<llvm::StringRef> text = literal.asString();
    bool fits = text && llvm::any_of(parameter.choices, [&](llvm::StringRef choice) {
                  return parameter.choicesIgnoreCase ? choice.equals_insensitive(*text) : choice == *text;
                });
    if (!fits)
      complain(diag::ArgumentChoice, parameter.name, expected(version, parameter),
               text ? "\"" + text->str() + "\"" : std::string("not a string"));
  }

  static std::string origin(const Value &value) {
    const Operation *op = value.definingOp();
    return "'" + value.name().str().str() + "', " + (op ? "the result of " + op->type().str().str() : "a parameter");
  }

  const OpVersion &version;
  Args args;
  bool failed = false;
};

} // namespace mil

static Arg::Bound boundOf(const Operand &operand) { return {operand.type(), constantOf(operand), operand.value()}; }

static Arg::Bound boundOf(const Binding &binding) {
  if (const Value *value = binding.value())
    return {value->type(), constantOf(value), value};
  return {binding.literal()->type(), binding.literal(), nullptr};
}

template <typename Bindings> static llvm::SmallVector<Arg::Bound, 4> boundsOf(const Bindings &bindings) {
  llvm::SmallVector<Arg::Bound, 4> bounds;
  for (const auto &binding : bindings)
    bounds.push_back(boundOf(binding));
  return bounds;
}

std::optional<Args> Args::bind(const Operation &op, const OpVersion &version, DiagnosticEngine *diags) {
  Report report{diags, op.location(), [](const void *op) { return static_cast<const Operation *>(op)->describe(); }, &op};
  Binder binder(version, op.program().context(), report);
  for (const Argument &argument : op.arguments())
    binder.bind(argument.name, boundsOf(argument.bindings()));
  if (version.parametersAreAttributes)
    for (const Attribute &attribute : op.attributes())
      if (version.indexOf(attribute.name) >= 0)
        binder.bind(attribute.name, Arg::Bound{attribute.value->type(), attribute.value, nullptr});
  binder.bindBlocks(op.blocks());
  return binder.finish();
}

std::optional<Args> Args::bind(llvm::ArrayRef<Builder::NamedBinding> bindings, const OpVersion &version, Context &context,
                               const Report &report) {
  Binder binder(version, context, report);
  for (const Builder::NamedBinding &binding : bindings)
    binder.bind(binding.name, boundsOf(binding.bindings));
  return binder.finish();
}

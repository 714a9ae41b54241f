#include "Masks.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"
#include "mil/Tensor/Shapes.h"
#include "mil/Verify/DiagnosticKinds.h"
#include "mil/Verify/Verify.h"

using namespace mil;

namespace {

/// Reports about one operation.
class OperationCheck {
public:
  OperationCheck(const Operation &op, DiagnosticEngine &diags, const VerifyOptions &options) : op(op), diags(diags), options(options) {}

  bool run() {
    const OpDefinition *definition = Catalogue::get().find(op.type());
    if (!definition)
      return unknownOperation();
    Opset opset = opsetOf(op);
    const OpVersion *version = definition->at(opset);
    if (!version) {
      complain(diag::OperationNotInOpset, textName(definition->versions.front()->since), textName(opset));
      return false;
    }
    std::optional<Args> args = Args::bind(op, *version, &diags);
    if (!args)
      return false;
    Inferred inferred = inferTypes(*args);
    if (inferred.outcome == Inferred::Outcome::Failed)
      return false;
    if (inferred.outcome == Inferred::Outcome::Known)
      checkResults(inferred.types);
    checkRanks();
    return (!options.strict || checkMaskInFile(op, diags)) && !failed;
  }

private:
  template <typename... Rest> void complain(DiagKind kind, const Rest &...rest) {
    failed |= kind.severity() == Severity::Error;
    diags.report(op.location(), kind, op.type().str(), rest...).in(op.describe());
  }

  bool unknownOperation() {
    if (!options.strict) {
      complain(diag::UnknownOperation);
      return true;
    }
    complain(diag::UnknownOperationStrict);
    return false;
  }

  void checkResults(llvm::ArrayRef<Type> inferred) {
    if (op.resultCount() != inferred.size())
      return complain(diag::ResultCount, inferred.size(), op.resultCount());
    for (size_t i = 0; i < inferred.size(); ++i)
      if (!agrees(op.result(i)->type(), inferred[i]))
        complain(diag::ResultType, op.result(i)->name().str(), inferred[i].str(), op.result(i)->type().str());
  }

  /// Constants, and the tables of compressed ones, may have more dimensions.
  void checkRanks() {
    if (op.is("const") || op.isConstexpr())
      return;
    for (const Value &result : op.results())
      if (Type type = result.type(); type.isTensor() && type.hasRank() && type.rank() > shapes::maxRank)
        complain(diag::ResultRank, result.name().str(), shapes::maxRank, type.rank());
  }

  const Operation &op;
  DiagnosticEngine &diags;
  const VerifyOptions &options;
  bool failed = false;
};

} // namespace

Status mil::verifyOperation(const Operation &op, DiagnosticEngine &diags, const VerifyOptions &options) {
  return OperationCheck(op, diags, options).run() ? success() : failure();
}

/// No block gives a state away: states are the function's parameters, and stay so.
static bool checkStateOutputs(const Function &function, const Block &block, DiagnosticEngine &diags) {
  bool ok = true;
  for (const Operand &output : const_cast<Block &>(block).outputs())
    if (output.type() && output.type().isState()) {
      Location location = block.parentOp() ? block.parentOp()->location() : function.location();
      diags.report(location, diag::StateOutput, output.value() ? output.value()->name().str() : llvm::StringRef(), function.name().str());
      ok = false;
    }
  return ok;
}

/// Types that aren't known ride along, by a name in text, by their bytes in a message.
static bool checkTypes(const Operation &op, DiagnosticEngine &diags, const VerifyOptions &options) {
  bool ok = true;
  for (const Value &result : op.results()) {
    if (!result.type() || result.type().kind() != Type::Kind::Opaque)
      continue;
    bool refused = options.strict || result.type().opaqueText() == "unknown_type";
    DiagKind kind = refused ? DiagKind(diag::UnknownTypeStrict) : DiagKind(diag::UnknownType);
    diags.report(op.location(), kind, result.name().str(), result.type().str()).in(op.describe());
    ok &= !refused;
  }
  return ok;
}

Status mil::verifyOperations(const Function &function, DiagnosticEngine &diags, const VerifyOptions &options) {
  bool ok = true;
  if (function.opset() == Opset::Unknown)
    diags.report(function.location(), diag::UnknownOpset, function.name().str(), function.opsetName().str(), textName(Opset::IOS26));
  auto check = [&](const Block &block) {
    ok &= checkStateOutputs(function, block, diags);
    block.walk([&](const Operation &op) {
      ok &= checkTypes(op, diags, options);
      ok &= bool(verifyOperation(op, diags, options));
      for (const Block *nested : op.blocks())
        ok &= checkStateOutputs(function, *nested, diags);
    });
  };
  check(function.body());
  for (const Function::Specialization &other : function.specializations())
    check(*other.block);
  return ok ? success() : failure();
}

Status mil::verifyOperations(const Program &program, DiagnosticEngine &diags, const VerifyOptions &options) {
  bool ok = true;
  for (const Function *function : program.functions())
    ok &= bool(verifyOperations(*function, diags, options));
  return ok ? success() : failure();
}

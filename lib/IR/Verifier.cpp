#include "mil/IR/Verifier.h"
#include "mil/IR/DiagnosticKinds.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/Twine.h"

namespace mil {

namespace {

/// Verifies literals, within the operation that holds them or a function.
class LiteralVerifier {
public:
  explicit LiteralVerifier(DiagnosticEngine &diags) : diags(diags) {}

  void verify(const Literal &literal, const Operation *holder) {
    // The same literal is shared by many operations: once is enough, unless it is wrong.
    if (sound.contains(&literal))
      return;
    size_t before = diags.errorCount();
    check(literal, holder, 0);
    if (diags.errorCount() == before)
      sound.insert(&literal);
  }

private:
  template <typename... Args> void report(const Operation *holder, DiagKind kind, const Args &...args) {
    if (holder)
      reportOn(*holder, diags, kind, args...);
    else
      diags.report(Location(), kind, args...);
  }

  void check(const Literal &literal, const Operation *holder, unsigned depth) { // recursive on lists within lists
    Type type = literal.type();
    if (!type)
      return report(holder, diag::MissingType, "a constant");
    if (depth > maxNesting)
      return report(holder, diag::TooDeep, maxNesting);
    switch (literal.kind()) {
    case Literal::Kind::Tensor:
      return checkTensor(literal, holder);
    case Literal::Kind::Strings:
      return checkStrings(literal, holder);
    case Literal::Kind::Blob:
      return checkBlob(literal, holder);
    case Literal::Kind::Opaque:
      return;
    case Literal::Kind::List:
      if (!type.isList())
        return report(holder, diag::LiteralKind, type.str());
      if (type.length() >= 0 && uint64_t(type.length()) != literal.elements().size())
        report(holder, diag::LiteralCount, type.str(), type.length(), literal.elements().size());
      break;
    case Literal::Kind::Tuple:
      if (type.kind() != Type::Kind::Tuple)
        return report(holder, diag::LiteralKind, type.str());
      if (type.elements().size() != literal.elements().size())
        report(holder, diag::LiteralCount, type.str(), type.elements().size(), literal.elements().size());
      break;
    case Literal::Kind::Dict:
      if (type.kind() != Type::Kind::Dict)
        return report(holder, diag::LiteralKind, type.str());
      break;
    }
    for (const Literal *element : literal.elements())
      check(*element, holder, depth + 1);
  }

  void checkTensor(const Literal &literal, const Operation *holder) {
    Type type = literal.type();
    if (!type.isTensor() || type.dtype() == DType::String)
      return report(holder, diag::LiteralKind, type.str());
    if (!type.hasStaticShape())
      return; // `tensor<int32, [?]>` of FlexibleShapeInformation: the value has the size it has
    auto size = tensorSize(type);
    if (!size)
      return report(holder, diag::LiteralShape, type.str());
    if (*size != literal.bytes().size())
      report(holder, diag::LiteralSize, type.str(), *size, literal.bytes().size());
  }

  void checkStrings(const Literal &literal, const Operation *holder) {
    Type type = literal.type();
    if (type.dtype() != DType::String)
      return report(holder, diag::LiteralKind, type.str());
    auto count = type.elementCount();
    if (type.hasStaticShape() && (!count || uint64_t(*count) != literal.strings().size()))
      report(holder, diag::LiteralCount, type.str(), count.value_or(-1), literal.strings().size());
  }

  void checkBlob(const Literal &literal, const Operation *holder) {
    Type type = literal.type();
    if (!type.isTensor())
      return report(holder, diag::LiteralKind, type.str());
    auto size = tensorSize(type);
    if (!size)
      return report(holder, diag::LiteralShape, type.str());
    const Blob *blob = literal.blob();
    if (!blob)
      return; // its file is missing, which the reader has reported
    if (toBlobDType(type.dtype()) != blob->dtype())
      report(holder, diag::BlobType, literal.blobOffset(), name(blob->dtype()), type.str());
    else if (*size != blob->size())
      report(holder, diag::BlobSize, literal.blobOffset(), blob->size(), type.str(), *size);
  }

  static std::optional<uint64_t> tensorSize(Type type) {
    auto count = type.elementCount();
    return count ? packedSize(type.dtype(), uint64_t(*count)) : std::nullopt;
  }

  DiagnosticEngine &diags;
  llvm::DenseSet<const Literal *> sound;
};

/// Verifies one function. Values in scope are known by name, so that a redefinition in an inner block is seen, and by identity, so that a
/// read out of scope is. Recursive on blocks, no deeper than maxNesting.
class FunctionVerifier {
public:
  FunctionVerifier(const Function &function, DiagnosticEngine &diags, LiteralVerifier &literals)
      : function(function), diags(diags), literals(literals) {}

  void verify() {
    if (function.name().str().empty())
      diags.report(function.location(), diag::EmptyName, "a function");
    if (function.opsetName().str().empty())
      report(nullptr, diag::EmptyName, "the opset of a function");
    verifyAttributes(function.attributes(), nullptr);
    verifyBlock(function.body(), 0);
    for (const Function::Specialization &other : function.specializations()) {
      if (other.opset.str().empty())
        report(nullptr, diag::EmptyName, "the opset of a block");
      for (Value *input : function.inputs())
        define(input, nullptr);
      verifyBlock(*other.block, 0);
      closeScope(0);
    }
    verifyUses();
  }

private:
  template <typename... Args> void report(const Operation *op, DiagKind kind, const Args &...args) {
    if (op)
      reportOn(*op, diags, kind, args...);
    else
      diags.report(function.location(), kind, args...).in("function '" + function.name().str().str() + "'");
  }

  void verifyAttributes(llvm::ArrayRef<Attribute> attributes, const Operation *holder) {
    for (const Attribute &attribute : attributes) {
      if (attribute.name.str().empty())
        report(holder, diag::EmptyName, "an attribute");
      literals.verify(*attribute.value, holder);
    }
  }

  void verifyBlock(Block &block, unsigned depth) {
    const Operation *holder = block.parentOp();
    if (depth > maxNesting)
      return report(holder, diag::TooDeep, maxNesting);
    size_t scopeBegin = scope.size();
    for (Value *input : block.inputs())
      define(input, holder);
    verifyAttributes(block.attributes(), holder);
    for (Operation &op : block)
      verifyOperation(op, depth);
    for (Operand &output : block.outputs()) {
      if (output.literal())
        report(holder, diag::LiteralOutput);
      else
        verifyRead(output, holder, Name());
    }
    closeScope(scopeBegin);
  }

  void verifyOperation(Operation &op, unsigned depth) {
    if (op.type().str().empty())
      report(&op, diag::EmptyName, "an operation's type");
    if (op.is("const") && !op.arguments().empty())
      report(&op, diag::ConstArgument, op.arguments().front().name.str());
    for (const Argument &argument : op.arguments()) {
      if (argument.name.str().empty())
        report(&op, diag::EmptyName, "an argument");
      for (Operand &operand : argument.bindings()) {
        if (operand.literal())
          literals.verify(*operand.literal(), &op);
        else
          verifyRead(operand, &op, argument.name);
      }
    }
    verifyAttributes(op.attributes(), &op);
    // Results are defined after the blocks within: they can't be read there.
    for (Block *block : op.blocks())
      verifyBlock(*block, depth + 1);
    for (Value &result : op.results())
      define(&result, &op);
  }

  void define(Value *value, const Operation *op) {
    if (value->name().str().empty())
      report(op, diag::EmptyName, "a value");
    if (!value->type())
      report(op, diag::MissingType, ("'" + llvm::Twine(value->name().str()) + "'").str());
    auto [entry, isNew] = byName.try_emplace(value->name(), value);
    if (!isNew) {
      Operation *earlier = entry->second->definingOp();
      Location where = op ? op->location() : function.location();
      auto diagnostic = diags.report(where, diag::DuplicateValue, value->name().str());
      if (earlier && earlier->location().hasOffset())
        std::move(diagnostic).note(earlier->location(), diag::EarlierDefinition, value->name().str());
      else if (op && !where.hasOffset())
        std::move(diagnostic).in(op->describe());
    }
    inScope.insert(value);
    scope.push_back(value);
    all.push_back(value);
  }

  void closeScope(size_t begin) {
    while (scope.size() > begin) {
      Value *value = scope.pop_back_val();
      inScope.erase(value);
      auto entry = byName.find(value->name());
      if (entry != byName.end() && entry->second == value)
        byName.erase(entry);
    }
  }

  /// `argument`: which one reads; null for an output of a block.
  void verifyRead(Operand &operand, const Operation *op, Name argument) {
    Value *value = operand.value();
    if (!value)
      return report(op, diag::UnboundOperand, argument ? ("argument '" + llvm::Twine(argument.str()) + "'").str() : "an output");
    if (!inScope.contains(value))
      report(op, diag::NotDominated, value->name().str());
    ++reads[value];
  }

  void verifyUses() {
    for (Value *value : all)
      if (value->useCount() != reads.lookup(value))
        report(value->definingOp(), diag::BrokenUseList, value->name().str());
  }

  const Function &function;
  DiagnosticEngine &diags;
  LiteralVerifier &literals;
  llvm::SmallVector<Value *, 0> scope; ///< in order of definition, so that leaving a block undoes its part
  llvm::SmallVector<Value *, 0> all;
  llvm::DenseMap<Name, Value *> byName;
  llvm::DenseSet<Value *> inScope;
  llvm::DenseMap<Value *, size_t> reads;
};

} // namespace

Status verifyStructure(const Function &function, DiagnosticEngine &diags) {
  size_t before = diags.errorCount();
  LiteralVerifier literals(diags);
  FunctionVerifier(function, diags, literals).verify();
  return diags.errorCount() == before ? success() : failure();
}

Status verifyStructure(const Program &program, DiagnosticEngine &diags) {
  size_t before = diags.errorCount();
  LiteralVerifier literals(diags);
  for (const Attribute &attribute : program.attributes()) {
    if (attribute.name.str().empty())
      diags.report({}, diag::EmptyName, "an attribute of the program");
    literals.verify(*attribute.value, nullptr);
  }
  llvm::DenseMap<Name, Function *> names;
  for (Function *function : program.functions()) {
    auto [entry, isNew] = names.try_emplace(function->name(), function);
    if (!isNew)
      diags.report(function->location(), diag::DuplicateFunction, function->name().str())
          .note(entry->second->location(), diag::EarlierDefinition, function->name().str());
    FunctionVerifier(*function, diags, literals).verify();
  }
  return diags.errorCount() == before ? success() : failure();
}

} // namespace mil

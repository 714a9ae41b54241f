#include "Constants.h"

using namespace llvm;

namespace mil {

void forEachProgram(const Model &model, function_ref<void(Program &, const Model &)> visit) {
  if (model.program)
    visit(*model.program, model);
  if (model.pipeline)
    for (const std::unique_ptr<Model> &part : model.pipeline->models)
      forEachProgram(*part, visit);
}

namespace {

/// Visits the literals of one program.
class LiteralWalk {
public:
  using Visit = function_ref<void(const Literal &, bool, int)>;
  LiteralWalk(int specificationVersion, Visit visit) : specificationVersion(specificationVersion), visit(visit) {}

  void program(const Program &program) {
    attributes(program.attributes());
    for (const Function *function : program.functions()) {
      attributes(function->attributes());
      block(function->body());
      for (const Function::Specialization &other : function->specializations())
        block(*other.block);
    }
  }

private:
  // Readers bound how deep literals nest.
  void literal(const Literal &value, bool movable) {
    visit(value, movable, specificationVersion);
    if (value.kind() == Literal::Kind::List || value.kind() == Literal::Kind::Tuple || value.kind() == Literal::Kind::Dict)
      for (const Literal *element : value.elements())
        literal(*element, false);
  }

  void attributes(ArrayRef<Attribute> list) {
    for (const Attribute &attribute : list)
      literal(*attribute.value, false);
  }

  void block(const Block &body) {
    attributes(body.attributes());
    body.walk([this](const Operation &op) {
      bool isConst = op.is("const"), isConstexpr = op.type().str().starts_with("constexpr_");
      for (const Argument &argument : op.arguments())
        for (const Operand &operand : argument.bindings())
          if (operand.literal())
            literal(*operand.literal(), isConstexpr && argument.count == 1);
      for (const Attribute &attribute : op.attributes())
        literal(*attribute.value, isConst ? attribute.name == "val" : isConstexpr && !(attribute.name == "name"));
      for (const Block *nested : op.blocks())
        attributes(nested->attributes());
    });
  }

  int specificationVersion;
  Visit visit;
};

/// The element types that the reference moves to weight files.
bool isStorable(DType type, int specificationVersion) {
  switch (type) {
  case DType::Float16:
  case DType::Float32:
  case DType::Int8:
  case DType::UInt8:
    return true;
  case DType::Int16:
  case DType::UInt16:
  case DType::Int32:
  case DType::UInt32:
    return specificationVersion >= 9;
  default:
    return isSubByte(type);
  }
}

} // namespace

void forEachLiteral(const Model &model, function_ref<void(const Literal &, bool, int)> visit) {
  forEachProgram(model, [&](Program &program, const Model &part) { LiteralWalk(part.specificationVersion, visit).program(program); });
}

Constants collectConstants(const Model &model, uint64_t moveFrom) {
  struct Use {
    uint64_t count = 0;
    bool movable = true;
  };
  Constants constants;
  DenseMap<const Literal *, Use> uses;
  forEachLiteral(model, [&](const Literal &literal, bool movable, int specificationVersion) {
    if (literal.isBlob() && !literal.blob()) {
      if (constants.missing++ == 0)
        constants.missingPath = literal.blobPath().str();
      return;
    }
    bool large = literal.isTensor() && moveFrom != 0 && literal.elementCount() >= moveFrom;
    if (!literal.isBlob() && !large)
      return;
    auto [use, isNew] = uses.try_emplace(&literal);
    if (isNew)
      constants.stored.push_back(&literal);
    ++use->second.count;
    use->second.movable &= literal.isBlob() || (movable && isStorable(literal.type().dtype(), specificationVersion));
  });
  erase_if(constants.stored, [&](const Literal *literal) { return !uses[literal].movable; });
  for (const Literal *literal : constants.stored)
    constants.referencedBytes += uses[literal].count * (literal->isBlob() ? literal->blob()->size() : literal->bytes().size());
  return constants;
}

} // namespace mil

#include "TextLosses.h"
#include "DescriptionJson.h"
#include "Descriptions.h"
#include "mil/IR/Walk.h"
#include <fmt/format.h>

using namespace llvm;

namespace mil {

namespace {

class LossCounter {
public:
  explicit LossCounter(const Model &model) : program(*model.program) {
    unknown(model.protoExtra);
    unknown(program.protoExtra(&program));
    documented(program.docString());
    versions += program.version() != 1;
    for (const Function *function : program.functions()) {
      unknown(program.protoExtra(function));
      specializations += function->specializations().size();
      block(function->body());
      unordered += !keepsOrder(*function, model.description);
    }
    forEachLiteral(program, [this](const Literal &literal, const LiteralPlace &) {
      documented(literal.docString());
      unknown(literal.protoExtra());
      unknown(literal.type() ? literal.type().protoExtra() : StringRef());
    });
    if (model.description)
      fields += unknownFieldsOf(*model.description);
  }

  std::string list() const {
    std::string text;
    auto add = [&](size_t count, const char *one, const char *many) {
      if (count)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == 1 ? one : many);
    };
    add(fields, "set of unknown protobuf fields", "sets of unknown protobuf fields");
    add(docStrings, "doc string", "doc strings");
    add(specializations, "block for another opset", "blocks for other opsets");
    add(unordered, "order of a function's inputs", "orders of functions' inputs");
    add(versions, "program version other than 1", "");
    return text;
  }

private:
  void unknown(StringRef bytes) { fields += !bytes.empty(); }
  void documented(StringRef text) { docStrings += !text.empty(); }

  void value(const Value &value) {
    unknown(program.protoExtra(&value));
    unknown(value.type() ? value.type().protoExtra() : StringRef());
  }
  void blockItself(const Block &block) {
    unknown(program.protoExtra(&block));
    for (const Value *input : block.inputs())
      value(*input);
  }
  void block(const Block &body) {
    blockItself(body);
    body.walk([this](const Operation &op) {
      unknown(program.protoExtra(&op));
      for (const Value &result : op.results())
        value(result);
      for (const Block *nested : op.blocks())
        blockItself(*nested);
    });
  }

  /// Whether reading the function's text gives its inputs in their order: they are sorted, or the description tells.
  static bool keepsOrder(const Function &function, const std::optional<ModelDescription> &description) {
    auto byName = [](const Value *a, const Value *b) { return a->name() < b->name(); };
    if (is_sorted(function.inputs(), byName))
      return true;
    const FunctionDescription *described = description ? description->function(function.name()) : nullptr;
    return described && inputOrder(function, *described);
  }

  const Program &program;
  size_t fields = 0, docStrings = 0, specializations = 0, unordered = 0, versions = 0;
};

} // namespace

static bool isUnnamed(Type type) { return type && !type.isTensor() && llvm::StringRef(type.str()).contains("unknown_type"); }

bool hasUnnamedTypes(const Model &model) {
  bool found = false;
  auto look = [&](const Block &block) {
    for (const Value *input : block.inputs())
      found |= isUnnamed(input->type());
  };
  forEachLiteral(*model.program, [&](const Literal &literal, LiteralPlace) { found |= isUnnamed(literal.type()); });
  for (const Function *function : model.program->functions()) {
    look(function->body());
    function->body().walk([&](const Operation &op) {
      for (const Value &result : op.results())
        found |= isUnnamed(result.type());
      for (const Block *block : op.blocks())
        look(*block);
    });
  }
  return found;
}

std::string textLosses(const Model &model) { return LossCounter(model).list(); }

} // namespace mil

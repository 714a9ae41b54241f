#include "RandomProgram.h"
#include "mil/IR/Builder.h"
#include "llvm/ADT/Twine.h"

namespace mil::test {
namespace {

class Generator {
public:
  Generator(Context &context, std::minstd_rand &random) : context(context), random(random) {}

  size_t below(size_t n) { return random() % n; }
  bool oneIn(size_t n) { return below(n) == 0; }

  DType dtype() {
    constexpr DType types[] = {DType::Bool,   DType::String, DType::Float16,      DType::Float32,   DType::Float64, DType::BFloat16,
                               DType::Int8,   DType::Int16,  DType::Int32,        DType::Int64,     DType::Int4,    DType::UInt8,
                               DType::UInt1,  DType::UInt2,  DType::UInt3,        DType::UInt4,     DType::UInt6,   DType::UInt16,
                               DType::UInt32, DType::UInt64, DType::Float8E4M3FN, DType::Float8E5M2};
    return types[below(std::size(types))];
  }

  /// Of a constant: sizes known.
  Type staticTensor() {
    llvm::SmallVector<int64_t, 4> dims;
    for (size_t rank = below(4); rank != 0; --rank)
      dims.push_back(int64_t(oneIn(12) ? 0 : 1 + below(3)));
    return Type::tensor(context, dtype(), dims);
  }

  Type anyType(unsigned depth = 0) {
    size_t kind = below(depth < 3 ? 10 : 5);
    switch (kind) {
    case 5:
      return Type::list(context, anyType(depth + 1), oneIn(2) ? Type::unknown : int64_t(below(5)));
    case 6: {
      llvm::SmallVector<Type, 3> elements;
      for (size_t i = below(4); i != 0; --i)
        elements.push_back(anyType(depth + 1));
      return Type::tuple(context, elements);
    }
    case 7:
      return Type::dict(context, Type::scalar(context, DType::String), anyType(depth + 1));
    case 8:
      return Type::state(context, staticTensor());
    case 9:
      return Type::opaque(context, "tensor_buffer<fp16, shape=[16, 1], strides=[1, 1]>");
    case 0:
      return Type::unrankedTensor(context, dtype());
    case 1:
      return Type::tensor(context, dtype(), {Type::unknown, 3, Type::unknown});
    case 2:
      return Type::tensor(context, dtype(), {2, Type::variadic});
    default:
      return staticTensor();
    }
  }

  std::string text() {
    const char *pieces[] = {
        "a",    "B_9",  " ", "\"", "\\", "\n", "\r", "\t", "\x01", "\x7f", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x8E\xB5",
        "\xFF", "\xC3", "`", "(",  ")",  "//", "/*", ";",  "{",    "\\u",  "'"};
    std::string result;
    for (size_t i = below(6); i != 0; --i)
      result += pieces[below(std::size(pieces))];
    return result;
  }

  const Literal *tensor(Type type) {
    uint64_t count = uint64_t(*type.elementCount());
    if (type.dtype() == DType::String) {
      std::vector<std::string> texts(count);
      for (std::string &each : texts)
        each = text();
      return Literal::strings(context, type, llvm::SmallVector<llvm::StringRef, 8>(texts.begin(), texts.end()));
    }
    llvm::SmallVector<uint8_t, 32> bytes(*packedSize(type.dtype(), count));
    for (uint8_t &byte : bytes)
      byte = uint8_t(type.dtype() == DType::Bool ? below(2) : below(256));
    // Bits behind the last element are zero.
    if (unsigned rest = unsigned(count * bitWidth(type.dtype()) % 8))
      bytes.back() &= uint8_t((1u << rest) - 1);
    return Literal::tensor(context, type, bytes);
  }

  const Literal *literal(unsigned depth = 0) {
    switch (below(depth < 3 ? 8 : 4)) {
    case 0:
      return Literal::blob(context, Type::tensor(context, DType::Float16, {4, 4}), nullptr, "@model_path/weights/" + text(), random());
    case 4: {
      const Literal *first = literal(depth + 1);
      llvm::SmallVector<const Literal *, 4> elements(below(3) + 1, first);
      return Literal::list(context, Type::list(context, first->type(), oneIn(2) ? Type::unknown : int64_t(elements.size())), elements);
    }
    case 5: {
      llvm::SmallVector<const Literal *, 4> elements;
      llvm::SmallVector<Type, 4> types;
      for (size_t i = below(4); i != 0; --i) {
        elements.push_back(literal(depth + 1));
        types.push_back(elements.back()->type());
      }
      return Literal::tuple(context, Type::tuple(context, types), elements);
    }
    case 6: {
      Type keyType = Type::scalar(context, DType::String), valueType = staticTensor();
      llvm::SmallVector<const Literal *, 4> entries;
      for (size_t i = below(3); i != 0; --i) {
        entries.push_back(tensor(keyType));
        entries.push_back(tensor(valueType));
      }
      return Literal::dict(context, Type::dict(context, keyType, valueType), entries);
    }
    case 7:
      if (depth == 0)
        return Literal::opaque(context, Type::opaque(context, "blob_ref<fp16, at=[1]>"), "key = \"a)b\", 3");
      return tensor(staticTensor());
    default:
      return tensor(staticTensor());
    }
  }

  Name freshName() {
    const char *stems[] = {"x", "var_", "a.b", "state", "9lives", "fp16", "_", "a b", "in`ner", "true", "long_name_of_a_value_"};
    return context.intern(
        (llvm::StringRef(stems[below(std::size(stems))]) + llvm::Twine(oneIn(3) ? "" : "n") + llvm::Twine(counter++)).str());
  }

  Value *anyValue() { return visible.empty() ? nullptr : visible[below(visible.size())]; }

  void attributes(llvm::function_ref<void(Name, const Literal *)> set) {
    const char *names[] = {"name", "val", "func", "string", "a-b"};
    for (const char *each : names)
      if (oneIn(4))
        set(context.intern(each), literal());
  }

  void operation(Program &program, Block &block, unsigned depth) {
    llvm::SmallVector<Operation::ResultSpec, 3> results;
    for (size_t i = below(4); i != 0; --i)
      results.push_back({freshName(), anyType()});
    const char *types[] = {"add", "const", "while_loop", "my.op", "bool", "conv"};
    Operation *op = Operation::create(program, context.intern(types[below(std::size(types))]), results);
    if (oneIn(8))
      op->setOpsetTag(context.intern("ios17"));
    const char *names[] = {"x", "y", "state", "tensor", "values", "program"};
    for (const char *each : names) {
      if (!oneIn(3) || op->is("const")) // a const has its value as an attribute
        continue;
      llvm::SmallVector<Binding, 4> bindings;
      for (size_t i = oneIn(3) ? below(4) : 1; i != 0; --i)
        if (Value *value = anyValue(); value && !oneIn(3))
          bindings.push_back(value);
        else
          bindings.push_back(literal());
      op->setArgument(context.intern(each), bindings);
    }
    attributes([&](Name name, const Literal *value) { op->setAttribute(name, value); });
    block.append(op);
    if (depth < 4 && oneIn(6))
      for (size_t i = 1 + below(2); i != 0; --i)
        fill(program, *op->addBlock(), depth + 1);
    for (Value &result : op->results())
      visible.push_back(&result);
  }

  void fill(Program &program, Block &block, unsigned depth) {
    size_t outside = visible.size();
    for (size_t i = below(3); i != 0; --i)
      visible.push_back(block.addInput(freshName(), anyType()));
    for (size_t i = below(depth == 0 ? 12 : 4); i != 0; --i)
      operation(program, block, depth);
    llvm::SmallVector<Value *, 3> outputs;
    for (size_t i = below(3); i != 0; --i)
      if (Value *value = anyValue())
        outputs.push_back(value);
    block.setOutputs(outputs);
    if (depth != 0)
      attributes([&](Name name, const Literal *value) { block.setAttribute(name, value); });
    visible.resize(outside);
  }

  Context &context;
  std::minstd_rand &random;
  std::vector<Value *> visible;
  unsigned counter = 0;
};

} // namespace

std::unique_ptr<Program> randomProgram(Context &context, unsigned seed) {
  std::minstd_rand random(seed * 2 + 1);
  random.discard(10);
  Generator generator(context, random);
  auto program = std::make_unique<Program>(context);
  program->setDialect13(!generator.oneIn(2));
  generator.attributes([&](Name name, const Literal *value) { program->setAttribute(name, value); });
  const char *opsets[] = {"CoreML6", "CoreML9", "ios99", "my opset"};
  for (size_t i = 1 + generator.below(3); i != 0; --i) {
    Function *function = program->addFunction(generator.freshName(), context.intern(opsets[generator.below(std::size(opsets))]));
    generator.attributes([&](Name name, const Literal *value) { function->setAttribute(name, value); });
    generator.fill(*program, function->body(), 0);
  }
  return program;
}

const Literal *randomLiteral(Context &context, std::minstd_rand &random) { return Generator(context, random).literal(); }

} // namespace mil::test

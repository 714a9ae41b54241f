// Importing programs: see Wire.h for how messages are taken apart.
//
// Names are resolved while operations are read, in order: one table holds the values in scope, and a block forgets its own when it ends.
// Blocks within blocks are read on a stack of our own.

#include "Import.h"
#include "MessageArena.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/IR/Verifier.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "llvm/ADT/Twine.h"

namespace mil {

std::string Importing::place() const {
  if (operation && !message)
    return operation->describe();
  std::string text;
  if (!functionName.empty())
    text = ("function '" + functionName + "'").str();
  if (!message)
    return text;
  llvm::StringRef name;
  if (message->outputs_size())
    name = message->outputs(0).name();
  else
    for (const milspec::AttributeEntry &entry : message->attributes())
      if (entry.key() == "name" && entry.value().immediatevalue().tensor().strings().values_size() == 1)
        name = entry.value().immediatevalue().tensor().strings().values(0);
  return (llvm::Twine(text) + (text.empty() ? "" : ", ") + "operation '" + name + "' (" + message->type() + ")").str();
}

namespace {

class ProgramImporter {
public:
  ProgramImporter(Importing &at, int specificationVersion) : at(at), program(std::make_unique<Program>(*at.context)) {
    program->setDialect13(specificationVersion >= specificationVersionOfDialect13);
  }
  std::unique_ptr<Program> import(llvm::StringRef bytes);

private:
  static constexpr int specificationVersionOfDialect13 = 9;

  /// A block being read.
  struct Frame {
    Block *block = nullptr;
    std::unique_ptr<wire::Split> split; ///< its operations; the rest has been read
    size_t nextOperation = 0;
    std::vector<std::string> outputs;
    size_t scopeStart = 0;     ///< where its names begin in `defined`
    Operation *open = nullptr; ///< the operation whose blocks are being read
    llvm::SmallVector<llvm::StringRef, 2> openBlocks;
    size_t nextBlock = 0;
  };

  Name intern(const std::string &text) { return at.context->intern(text); }
  bool importFunction(llvm::StringRef name, llvm::StringRef bytes);
  bool importFunctionBlocks(Function &function, llvm::ArrayRef<llvm::StringRef> entries);
  bool importBody(Block &block, llvm::StringRef bytes);
  bool beginBlock(Block &block, llvm::StringRef bytes);
  bool endBlock();
  bool importOperation(Frame &frame, llvm::StringRef bytes);
  bool isDroppedDuplicate(const Frame &frame, const milspec::Operation &message, llvm::ArrayRef<Operation::ResultSpec> results);
  bool importArgument(Operation &op, const milspec::Operation::InputEntry &entry);
  bool endOperation(Operation &op);
  bool checkLoopVariables(const Operation &op);
  void keepExtras(const Operation &op, const milspec::Operation &message);
  bool importDeclaration(const milspec::NamedValueType &message, Operation::ResultSpec &result);
  bool define(Value *value);
  template <typename Owner> bool importAttributes(Owner &owner, const google::protobuf::RepeatedPtrField<milspec::AttributeEntry> &entries);

  Importing &at;
  std::unique_ptr<Program> program;
  MessageArena arena;
  std::vector<Frame> frames;
  llvm::DenseMap<Name, Value *> scope;
  std::vector<Name> defined; ///< the names in `scope`, in order
  /// Names of second constants that were left out, with the types they had.
  llvm::DenseMap<Name, Type> dropped;
};

template <typename Owner>
bool ProgramImporter::importAttributes(Owner &owner, const google::protobuf::RepeatedPtrField<milspec::AttributeEntry> &entries) {
  for (const milspec::AttributeEntry &entry : entries) {
    if (entry.key().empty())
      return at.report(diag::EmptyName, "an attribute"), false;
    if (owner.attribute(entry.key()))
      return at.report(diag::DuplicateAttribute, entry.key()), false;
    const Literal *value = importLiteral(at, entry.value());
    if (!value)
      return false;
    owner.setAttribute(intern(entry.key()), value);
  }
  return true;
}

bool ProgramImporter::define(Value *value) {
  if (!scope.try_emplace(value->name(), value).second)
    return at.report(diag::DuplicateValue, value->name().str()), false;
  defined.push_back(value->name());
  return true;
}

bool ProgramImporter::importDeclaration(const milspec::NamedValueType &message, Operation::ResultSpec &result) {
  if (message.name().empty())
    return at.report(diag::EmptyName, "a value"), false;
  if (!message.has_type())
    return at.report(diag::MissingType, "'" + message.name() + "'"), false;
  result = {intern(message.name()), importType(at, message.type())};
  return bool(result.type);
}

std::unique_ptr<Program> ProgramImporter::import(llvm::StringRef bytes) {
  wire::Split split(bytes, milspec::Program::kFunctionsFieldNumber);
  milspec::Program shell;
  if (!split.ok || !wire::parse(split.rest, shell))
    return at.malformed("the program"), nullptr;
  if (shell.version() != 1)
    return at.report(diag::UnknownProgramVersion, shell.version()), nullptr;
  program->setVersion(shell.version());
  program->setDocString(shell.docstring());
  program->setProtoExtra(program.get(), wire::unknown(shell));
  if (!importAttributes(*program, shell.attributes()))
    return nullptr;

  // A map: the order of its entries depends on the writer, and must not make equal programs differ.
  std::vector<wire::Entry> functions(split.parts.size());
  for (auto [entry, part] : llvm::zip(functions, split.parts))
    if (!wire::readEntry(part, entry))
      return at.malformed("a function"), nullptr;
  llvm::sort(functions, [](const wire::Entry &a, const wire::Entry &b) { return a.key < b.key; });
  for (size_t i = 0; i < functions.size(); ++i) {
    if (i && functions[i].key == functions[i - 1].key)
      return at.report(diag::DuplicateFunction, functions[i].key), nullptr;
    if (!importFunction(functions[i].key, functions[i].value.bytes()))
      return nullptr;
  }
  return std::move(program);
}

bool ProgramImporter::importFunction(llvm::StringRef name, llvm::StringRef bytes) {
  at.functionName = name;
  if (name.empty())
    return at.report(diag::EmptyName, "a function"), false;
  wire::Split split(bytes, milspec::Function::kBlockSpecializationsFieldNumber);
  milspec::Function shell;
  if (!split.ok || !wire::parse(split.rest, shell))
    return at.malformed("the function"), false;
  if (shell.opset().empty())
    return at.report(diag::EmptyName, "the opset of a function"), false;
  Function *function = program->addFunction(at.context->intern(name), intern(shell.opset()));
  function->setLocation(at.location());
  program->setProtoExtra(function, wire::unknown(shell));
  for (const milspec::NamedValueType &message : shell.inputs()) {
    Operation::ResultSpec input;
    if (!importDeclaration(message, input))
      return false;
    Value *value = function->body().addInput(input.name, input.type);
    program->setProtoExtra(value, wire::unknown(message));
  }
  if (!importAttributes(*function, shell.attributes()) || !importFunctionBlocks(*function, split.parts))
    return false;
  at.functionName = {};
  return true;
}

bool ProgramImporter::importFunctionBlocks(Function &function, llvm::ArrayRef<llvm::StringRef> parts) {
  bool found = false;
  for (llvm::StringRef part : parts) {
    wire::Entry entry;
    if (!wire::readEntry(part, entry))
      return at.malformed("a block"), false;
    if (entry.key.empty())
      return at.report(diag::EmptyName, "the opset of a block"), false;
    bool isBody = function.opsetName() == entry.key;
    bool isSecond = isBody ? found : llvm::any_of(function.specializations(), [&](auto &other) { return other.opset == entry.key; });
    if (isSecond)
      return at.report(diag::DuplicateBlock, function.name().str(), entry.key), false;
    found |= isBody;
    Block *block = isBody ? &function.body() : function.addSpecialization(at.context->intern(entry.key));
    scope.clear(), defined.clear(), dropped.clear();
    for (Value *input : function.inputs())
      if (!define(input))
        return false;
    if (!importBody(*block, entry.value.bytes()))
      return false;
  }
  return found || (at.report(diag::MissingBlock, function.name().str(), function.opsetName().str()), false);
}

bool ProgramImporter::importBody(Block &block, llvm::StringRef bytes) {
  frames.clear();
  if (!beginBlock(block, bytes))
    return false;
  while (!frames.empty()) {
    Frame &frame = frames.back();
    bool ok = true;
    if (frame.open && frame.nextBlock < frame.openBlocks.size())
      ok = beginBlock(*frame.open->addBlock(), frame.openBlocks[frame.nextBlock++]);
    else if (Operation *op = std::exchange(frame.open, nullptr))
      ok = endOperation(*op);
    else if (frame.nextOperation < frame.split->parts.size())
      ok = importOperation(frame, frame.split->parts[frame.nextOperation++]);
    else
      ok = endBlock();
    if (!ok)
      return false;
  }
  return true;
}

bool ProgramImporter::beginBlock(Block &block, llvm::StringRef bytes) {
  at.operation = block.parentOp();
  if (frames.size() > maxNesting)
    return at.report(diag::TooDeep, maxNesting), false;
  Frame frame;
  frame.block = &block;
  frame.split = std::make_unique<wire::Split>(bytes, milspec::Block::kOperationsFieldNumber);
  frame.scopeStart = defined.size();
  auto *shell = arena.make<milspec::Block>();
  if (!frame.split->ok || !wire::parse(frame.split->rest, *shell))
    return at.malformed("a block"), false;
  if (!block.parentOp() && shell->inputs_size())
    return at.report(diag::FunctionBlockInputs, at.functionName), false;
  for (const milspec::NamedValueType &message : shell->inputs()) {
    Operation::ResultSpec input;
    if (!importDeclaration(message, input))
      return false;
    Value *value = block.addInput(input.name, input.type);
    program->setProtoExtra(value, wire::unknown(message));
    if (!define(value))
      return false;
  }
  program->setProtoExtra(&block, wire::unknown(*shell));
  if (!importAttributes(block, shell->attributes()))
    return false;
  frame.outputs.assign(shell->outputs().begin(), shell->outputs().end());
  frames.push_back(std::move(frame));
  arena.reset();
  return true;
}

bool ProgramImporter::endBlock() {
  Frame &frame = frames.back();
  at.operation = frame.block->parentOp();
  llvm::SmallVector<Value *, 4> outputs;
  for (const std::string &name : frame.outputs) {
    outputs.push_back(scope.lookup(at.context->find(name)));
    if (!outputs.back())
      return at.report(diag::UndefinedValue, name), false;
  }
  frame.block->setOutputs(outputs);
  for (; defined.size() > frame.scopeStart; defined.pop_back())
    scope.erase(defined.back());
  frames.pop_back();
  at.operation = nullptr;
  return true;
}

bool ProgramImporter::isDroppedDuplicate(const Frame &frame, const milspec::Operation &message,
                                         llvm::ArrayRef<Operation::ResultSpec> results) {
  if (message.type() != "const" || results.size() != 1)
    return false;
  Value *first = scope.lookup(results[0].name);
  Operation *op = first ? first->definingOp() : nullptr;
  return op && op->is("const") && op->block() == frame.block;
}

bool ProgramImporter::importOperation(Frame &frame, llvm::StringRef bytes) {
  wire::Split split(bytes, milspec::Operation::kBlocksFieldNumber);
  auto *message = arena.make<milspec::Operation>();
  if (!split.ok || !wire::parse(split.rest, *message))
    return at.malformed("an operation"), false;
  at.message = message;
  at.correction = {};
  if (message->type().empty())
    return at.report(diag::EmptyName, "an operation's type"), false;
  llvm::SmallVector<Operation::ResultSpec, 4> results(size_t(message->outputs_size()));
  for (auto [result, output] : llvm::zip(results, message->outputs()))
    if (!importDeclaration(output, result))
      return false;
  if (isDroppedDuplicate(frame, *message, results)) {
    at.report(diag::DroppedDuplicate, results[0].name.str());
    dropped[results[0].name] = results[0].type;
    at.message = nullptr;
    arena.reset();
    return true;
  }

  Operation *op = Operation::create(*program, intern(message->type()), results, at.location());
  frame.block->append(op);
  for (const milspec::Operation::InputEntry &entry : message->inputs())
    if (!importArgument(*op, entry))
      return false;
  if (!importAttributes(*op, message->attributes()))
    return false;
  if (at.correction.first && op->is("const"))
    for (Value &result : op->results())
      if (result.type() == at.correction.first)
        result.setType(at.correction.second);
  keepExtras(*op, *message);
  at.message = nullptr;
  arena.reset();
  if (split.parts.empty())
    return endOperation(*op);
  frame.open = op;
  frame.openBlocks.assign(split.parts.begin(), split.parts.end());
  frame.nextBlock = 0;
  return true;
}

bool ProgramImporter::importArgument(Operation &op, const milspec::Operation::InputEntry &entry) {
  if (entry.key().empty())
    return at.report(diag::EmptyName, "an argument"), false;
  if (op.argument(entry.key()))
    return at.report(diag::DuplicateArgument, entry.key()), false;
  llvm::SmallVector<Binding, 4> bindings;
  for (const milspec::Argument::Binding &message : entry.value().arguments()) {
    if (message.has_name()) {
      Value *value = scope.lookup(at.context->find(message.name()));
      if (!value)
        return at.report(diag::UndefinedValue, message.name()), false;
      bindings.push_back(value);
    } else if (message.has_value()) {
      const Literal *literal = importLiteral(at, message.value());
      if (!literal)
        return false;
      bindings.push_back(literal);
    } else {
      return at.report(diag::EmptyBinding, entry.key()), false;
    }
  }
  op.setArgument(intern(entry.key()), bindings);
  return true;
}

/// The results of an operation are not visible in its own blocks.
bool ProgramImporter::endOperation(Operation &op) {
  at.operation = &op;
  if (!dropped.empty() && !checkLoopVariables(op))
    return false;
  for (Value &result : op.results())
    if (!define(&result))
      return false;
  at.operation = nullptr;
  return true;
}

/// The reference's loader makes up constants for the inputs of a loop's blocks, and a save after a load emits them beside the model's own
/// of the same name. Readers take the first; the type of the block's input tells whether that is the one that is meant.
bool ProgramImporter::checkLoopVariables(const Operation &op) {
  for (const Argument &argument : op.arguments())
    for (Block *block : op.blocks()) {
      if (block->inputs().size() != argument.count)
        continue;
      for (auto [binding, input] : llvm::zip(argument.bindings(), block->inputs())) {
        Value *value = binding.value();
        if (!value || value->type() == input->type())
          continue;
        auto second = dropped.find(value->name());
        if (second != dropped.end() && second->second == input->type())
          return at.report(diag::AmbiguousDuplicate, value->name().str(), value->type().str(), input->type().str()), false;
      }
    }
  return true;
}

/// Unknown fields of an operation's message and of its arguments and bindings, as an Operation with nothing else.
void ProgramImporter::keepExtras(const Operation &op, const milspec::Operation &message) {
  for (auto [result, output] : llvm::zip(op.results(), message.outputs()))
    program->setProtoExtra(&result, wire::unknown(output));
  std::string extra = wire::unknown(message);
  for (const milspec::Operation::InputEntry &entry : message.inputs()) {
    const auto &bindings = entry.value().arguments();
    if (!wire::hasUnknown(entry.value()) && llvm::none_of(bindings, [](const auto &binding) { return wire::hasUnknown(binding); }))
      continue;
    milspec::Operation shell;
    milspec::Operation::InputEntry *kept = shell.add_inputs();
    kept->set_key(entry.key());
    wire::mutableUnknown(*kept->mutable_value()) = wire::unknown(entry.value());
    for (const milspec::Argument::Binding &binding : bindings)
      wire::mutableUnknown(*kept->mutable_value()->add_arguments()) = wire::unknown(binding);
    extra += wire::serialize(shell);
  }
  program->setProtoExtra(&op, extra);
}

} // namespace

std::unique_ptr<Program> importProgram(Importing &at, llvm::StringRef bytes, int specificationVersion) {
  return ProgramImporter(at, specificationVersion).import(bytes);
}

} // namespace mil

// Exporting programs: operation by operation, each through a separate message, into buffers of serialised bytes. Only operations with
// nested blocks become one message as a whole.

#include "Export.h"
#include "mil/IR/DiagnosticKinds.h"
#include <google/protobuf/arena.h>

namespace mil {

namespace {

class ProgramExporter {
public:
  ProgramExporter(Exporting &at, const Program &program) : at(at), program(program) {}

  void exportTo(wire::Buffer &out) {
    milspec::Program shell;
    restore(program.protoExtra(&program), shell);
    shell.set_version(program.version());
    shell.set_docstring(at.text(program.docString()));
    exportAttributes(at, program.attributes(), *shell.mutable_attributes());
    append(out, "the program", shell);
    for (const Function *function : program.functions()) {
      wire::Buffer entry, body;
      entry.field(1, at.text(function->name()));
      exportFunction(*function, body);
      if (at.failed || !at.fits("function '" + function->name().str().str() + "'", body.size()))
        return;
      entry.field(2, std::move(body));
      out.field(milspec::Program::kFunctionsFieldNumber, std::move(entry));
    }
    at.function = nullptr;
  }

private:
  template <typename Message> void restore(llvm::StringRef extra, Message &message) {
    if (!extra.empty() && !wire::parse(extra, message))
      message.Clear();
  }

  template <typename Message> void append(wire::Buffer &out, llvm::StringRef what, const Message &message) {
    if (!at.failed && at.fits(what, message.ByteSizeLong()))
      out.append(wire::serialize(message));
  }

  void exportDeclaration(const Value &value, milspec::NamedValueType &message) {
    restore(program.protoExtra(&value), message);
    message.set_name(at.text(value.name()));
    exportType(at, value.type(), *message.mutable_type());
  }

  void exportFunction(const Function &function, wire::Buffer &out) {
    at.function = &function;
    milspec::Function shell;
    restore(program.protoExtra(&function), shell);
    for (const Value *input : function.inputs())
      exportDeclaration(*input, *shell.add_inputs());
    shell.set_opset(at.text(function.opsetName()));
    exportAttributes(at, function.attributes(), *shell.mutable_attributes());
    append(out, "the function's head", shell);
    // A map: the function's own block and the others, by opset.
    llvm::SmallVector<Function::Specialization, 2> blocks(function.specializations());
    blocks.push_back({function.opsetName(), &function.body()});
    llvm::sort(blocks, [](const auto &a, const auto &b) { return a.opset < b.opset; });
    for (const auto &[opset, block] : blocks) {
      wire::Buffer entry, body;
      entry.field(1, at.text(opset));
      exportTopBlock(*block, body);
      if (at.failed)
        return;
      entry.field(2, std::move(body));
      out.field(milspec::Function::kBlockSpecializationsFieldNumber, std::move(entry));
    }
  }

  void exportTopBlock(const Block &block, wire::Buffer &out) {
    milspec::Block shell;
    exportBlockHead(block, shell, false);
    append(out, "the block's head", shell);
    std::vector<char> first(size_t(1) << 16);
    google::protobuf::ArenaOptions options;
    options.initial_block = first.data();
    options.initial_block_size = first.size();
    options.max_block_size = size_t(1) << 20;
    google::protobuf::Arena arena(options);
    for (const Operation &op : block) {
      auto *message = google::protobuf::Arena::CreateMessage<milspec::Operation>(&arena);
      exportOperation(op, *message, 1);
      at.operation = &op;
      size_t size = at.failed ? 0 : message->ByteSizeLong();
      if (at.failed || !at.fits("an operation", size))
        return;
      out.field(milspec::Block::kOperationsFieldNumber, *message, size);
      arena.Reset();
    }
    at.operation = nullptr;
  }

  void exportBlockHead(const Block &block, milspec::Block &message, bool withInputs) {
    restore(program.protoExtra(&block), message);
    if (withInputs)
      for (const Value *input : block.inputs())
        exportDeclaration(*input, *message.add_inputs());
    for (const Operand &output : block.outputs()) {
      if (output.value())
        message.add_outputs(at.text(output.value()->name()));
      else
        at.report(diag::LiteralOutput);
    }
    exportAttributes(at, block.attributes(), *message.mutable_attributes());
  }

  /// Recursive on nested blocks, no deeper than maxNesting.
  void exportOperation(const Operation &op, milspec::Operation &message, unsigned depth) {
    at.operation = &op;
    if (depth > maxNesting)
      return at.report(diag::TooDeep, maxNesting);
    exportHead(op, message);
    for (const Block *block : op.blocks()) {
      milspec::Block &nested = *message.add_blocks();
      exportBlockHead(*block, nested, true);
      for (const Operation &inner : *block) {
        if (at.failed)
          return;
        exportOperation(inner, *nested.add_operations(), depth + 1);
      }
      at.operation = &op;
    }
  }

  void exportHead(const Operation &op, milspec::Operation &message) {
    llvm::StringRef extra = program.protoExtra(&op);
    restore(extra, message);
    // The entries that carry unknown fields of arguments find their arguments by name.
    auto kept = std::move(*message.mutable_inputs());
    message.mutable_inputs()->Clear();
    message.set_type(at.text(op.type()));
    for (const Argument &argument : op.arguments()) {
      milspec::Operation::InputEntry &entry = *message.add_inputs();
      auto found = llvm::find_if(kept, [&](const auto &each) { return argument.name == llvm::StringRef(each.key()); });
      if (found != kept.end())
        entry = *found;
      exportArgument(argument, entry);
    }
    for (const Value &result : op.results())
      exportDeclaration(result, *message.add_outputs());
    exportAttributes(at, op.attributes(), *message.mutable_attributes());
  }

  void exportArgument(const Argument &argument, milspec::Operation::InputEntry &entry) {
    entry.set_key(at.text(argument.name));
    milspec::Argument &message = *entry.mutable_value();
    while (message.arguments_size() > int(argument.count))
      message.mutable_arguments()->RemoveLast();
    for (auto [i, binding] : llvm::enumerate(argument.bindings())) {
      milspec::Argument::Binding &out = int(i) < message.arguments_size() ? *message.mutable_arguments(int(i)) : *message.add_arguments();
      if (binding.value())
        out.set_name(at.text(binding.value()->name()));
      else if (binding.literal())
        exportLiteral(at, *binding.literal(), *out.mutable_value());
      else
        at.report(diag::UnboundOperand, "argument '" + argument.name.str().str() + "'");
    }
  }

  Exporting &at;
  const Program &program;
};

} // namespace

void exportProgram(Exporting &at, const Program &program, wire::Buffer &out) { ProgramExporter(at, program).exportTo(out); }

} // namespace mil

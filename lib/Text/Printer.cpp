#include "mil/Text/Printer.h"
#include "LiteralPrinter.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

namespace text {

namespace {

class Printer {
public:
  Printer(llvm::raw_ostream &stream, const PrintOptions &options, bool dialect13)
      : options(options), dialect13(dialect13), out(stream), literals(out, options, dialect13) {}

  void program(const Program &program) {
    out << (dialect13 ? "program(1.3)\n" : "program(1.0)\n");
    if (!program.attributes().empty()) {
      attributes(program.attributes());
      out << '\n';
    }
    out << "{\n";
    llvm::SmallVector<const Function *, 4> functions(program.functions());
    if (!options.keepOrder)
      llvm::sort(functions, [](const Function *a, const Function *b) { return a->name() < b->name(); });
    for (const Function *each : functions) {
      function(*each);
      out << '\n';
    }
    out << '}';
  }

  void function(const Function &function) {
    out << "    func ";
    literals.name(function.name());
    out << '<';
    opset(function);
    out << ">(";
    llvm::SmallVector<Value *, 8> sorted(function.inputs());
    if (!options.keepOrder)
      llvm::sort(sorted, [](const Value *a, const Value *b) { return a->name() < b->name(); });
    inputs(sorted);
    out << ')';
    if (!function.attributes().empty()) {
      out << ' ';
      attributes(function.attributes());
    }
    out << " {\n";
    block(function.body(), 12);
    out.blanks(8);
    closing(function.body());
    out << ';';
  }

  /// One operation whose line is indented by `indent`; that of its nested blocks follows from it.
  void operation(const Operation &op, size_t indent) {
    declarations(op);
    literals.name(op.type());
    if (op.opsetTag())
      out << '<' << op.opsetTag().str() << '>';
    out << '(';
    for (auto [i, argument] : llvm::enumerate(op.arguments())) {
      if (i)
        out << ", ";
      literals.name(argument.name);
      out << " = ";
      bindings(argument);
    }
    out << ')';
    if (!op.attributes().empty())
      attributes(op.attributes());
    for (auto [i, nested] : llvm::enumerate(op.blocks())) {
      out << (i ? ", " : " ");
      if (!nested->inputs().empty()) {
        out << '(';
        inputs(nested->inputs());
        out << ") ";
      }
      out << "{\n";
      // Recursive as blocks are, whose nesting every reader bounds.
      block(*nested, indent + 8);
      out.blanks(indent + 4);
      closing(*nested);
    }
    out << ';';
    out.flushIfFull();
  }

  void literal(const Literal &literal) { literals.value(literal); }

private:
  void block(const Block &block, size_t indent) {
    for (const Operation &op : block) {
      out.blanks(indent);
      operation(op, indent);
      out << '\n';
    }
  }

  /// `} -> (a, b)`
  void closing(const Block &block) {
    out << '}';
    if (!block.attributes().empty())
      attributes(block.attributes());
    out << " -> (";
    for (auto [i, output] : llvm::enumerate(const_cast<Block &>(block).outputs())) {
      if (i)
        out << ", ";
      operand(output);
    }
    out << ')';
  }

  void opset(const Function &function) {
    if (function.opsetName() == "ios19") // as the compiler writes it, if that was requested
      out << "ios19";
    else if (Opset known = function.opset(); known != Opset::Unknown)
      out << textName(known);
    else
      literals.name(function.opsetName());
  }

  void inputs(llvm::ArrayRef<Value *> values) {
    for (auto [i, value] : llvm::enumerate(values))
      declaration(*value, i);
  }

  void declarations(const Operation &op) {
    for (auto [i, result] : llvm::enumerate(op.results()))
      declaration(result, i);
    if (op.resultCount() != 0)
      out << " = ";
  }

  void declaration(const Value &value, size_t i) {
    if (i)
      out << ", ";
    literals.type(value.type());
    out << ' ';
    literals.name(value.name());
  }

  /// One binding is printed alone; several, and none, in parentheses.
  void bindings(const Argument &argument) {
    if (argument.count == 1)
      return operand(*argument);
    out << '(';
    for (auto [i, binding] : llvm::enumerate(argument.bindings())) {
      if (i)
        out << ", ";
      operand(binding);
    }
    out << ')';
  }

  void operand(const Operand &operand) {
    if (operand.value())
      literals.name(operand.value()->name());
    else if (operand.literal())
      literals.value(*operand.literal());
  }

  void attributes(llvm::ArrayRef<Attribute> list) {
    out << '[';
    for (auto [i, attribute] : llvm::enumerate(list)) {
      if (i)
        out << ", ";
      literals.name(attribute.name);
      out << " = ";
      literals.value(*attribute.value);
    }
    out << ']';
  }

  const PrintOptions &options;
  bool dialect13;
  PrintBuffer out;
  LiteralPrinter literals;
};

} // namespace

} // namespace text

void printProgram(const Program &program, llvm::raw_ostream &out, const PrintOptions &options) {
  text::Printer(out, options, program.dialect13()).program(program);
}

std::string programText(const Program &program, const PrintOptions &options) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printProgram(program, out, options);
  return text;
}

void printFunction(const Function &function, llvm::raw_ostream &out, const PrintOptions &options) {
  text::Printer(out, options, function.program().dialect13()).function(function);
}

void printOperation(const Operation &op, llvm::raw_ostream &out, const PrintOptions &options) {
  text::Printer(out, options, op.program().dialect13()).operation(op, 0);
}

void printLiteral(const Literal &literal, llvm::raw_ostream &out, bool dialect13, const PrintOptions &options) {
  text::Printer(out, options, dialect13).literal(literal);
}

} // namespace mil

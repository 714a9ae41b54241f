// A converter in small: one function with one operation, made with the builder and printed.

#include "mil/IR/Builder.h"
#include "mil/Text/Printer.h"

int main() {
  mil::Context context;
  mil::Program program(context);
  mil::Function *main = program.addFunction(context.intern("main"), context.intern("CoreML7"));
  mil::Type type = mil::Type::tensor(context, mil::DType::Float32, {2, 3});
  mil::Value *x = main->body().addInput(context.intern("x"), type);
  mil::Builder builder = mil::Builder::atEnd(main->body());
  mil::Operation *relu = builder.create("relu", {{context.intern("y"), type}}, {{"x", mil::Binding(x)}});
  main->body().setOutputs(relu->result());

  std::string text;
  llvm::raw_string_ostream out(text);
  mil::printProgram(program, out);
  llvm::outs() << text;
  return llvm::StringRef(text).contains("relu(x = x)") ? 0 : 1;
}

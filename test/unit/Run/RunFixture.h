// A fixture that plans and runs programs of text.
#pragma once

#include "mil/Run/Executable.h"
#include "mil/Text/Parser.h"
#include <gmock/gmock.h>

namespace mil {

class RunTest : public testing::Test {
protected:
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Program> program;
  std::unique_ptr<Executable> executable;
  States states;
  std::string text;

  /// Plans `main` of a program whose functions are `functions`; false after a complaint.
  bool plan(const std::string &functions, const RunOptions &options = {}) {
    text = "program(1.3)\n{\n" + functions + "\n}\n";
    Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    if (!parsed)
      return false;
    program = std::move(*parsed);
    Result<std::unique_ptr<Executable>> made = Executable::make(*program->function("main"), diags, options);
    if (!made)
      return false;
    executable = std::move(*made);
    states = executable->newStates();
    return true;
  }
  std::vector<double> numbers(const RuntimeValue &value) {
    std::vector<double> result;
    if (const Tensor *tensor = value.tensor()) {
      result.resize(size_t(tensor->count()));
      tensor->read(0, llvm::MutableArrayRef(result));
    }
    return result;
  }
  /// The first output; empty after a complaint.
  std::vector<double> run(const NamedValues &inputs) {
    Result<NamedValues> outputs = executable->run(inputs, states, diags);
    return outputs ? numbers(outputs->begin()->second) : std::vector<double>();
  }
  std::string complaints() {
    std::string all;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      all += diagnostic.message + " [" + diagnostic.kind.slug().str() + "]\n";
    return all;
  }
  static Tensor vector(llvm::ArrayRef<double> values, DType type = DType::Float32) {
    Tensor tensor(type, {int64_t(values.size())});
    tensor.write(0, values);
    return tensor;
  }
};

} // namespace mil

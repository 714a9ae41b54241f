// A tool in small: parses a program and counts its operations.

#include "mil/Text/Parser.h"

static constexpr char source[] = R"(program(1.3)
{
    func main<ios17>(tensor<fp32, [2, 3]> x) {
        tensor<fp32, [2, 3]> y = relu(x = x)[name = string("y")];
    } -> (y);
}
)";

int main() {
  mil::Context context;
  mil::DiagnosticEngine diags(llvm::errs());
  uint32_t file = diags.sources().add("source.mil", source);
  mil::Result<std::unique_ptr<mil::Program>> program = mil::parseProgram(source, file, context, diags);
  return program && (*program)->operationCount() == 1 ? 0 : 1;
}

#include "mil/Text/Parser.h"
#include "ProgramReader.h"

namespace mil {

namespace {
Result<std::unique_ptr<Program>> parse(text::Source source, Context &context, const ParseOptions &options) {
  std::unique_ptr<Program> program = text::ProgramReader(source, context, options).read();
  if (!program)
    return failure();
  return program;
}
} // namespace

Result<std::unique_ptr<Program>> parseProgram(const MappedFile &text, Context &context, DiagnosticEngine &diags,
                                              const ParseOptions &options) {
  return parse({text.bytes(), text.file(), diags, &text}, context, options);
}

Result<std::unique_ptr<Program>> parseProgram(llvm::StringRef text, uint32_t file, Context &context, DiagnosticEngine &diags,
                                              const ParseOptions &options) {
  return parse({text, file, diags}, context, options);
}

} // namespace mil

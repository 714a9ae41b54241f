// Reading MIL text.
//
//   Result<std::unique_ptr<MappedFile>> text = MappedFile::open("model.mil", diags);
//   Result<std::unique_ptr<Program>> program = parseProgram(**text, context, diags);
//
// The language is defined by the grammars in grammar/ and documented in docs/mil-text.md. Both dialects are read, also mixed. Operations
// are parsed one rule call at a time by the ANTLR-generated parser over a token stream that is created directly from the mapped text; each
// distinct text of a type or literal is parsed once. After a syntax error the text is parsed again with ANTLR's default strategy, which
// gives better messages.
//
// All errors of names and values are reported, and a limited number of syntax errors: after each, parsing continues after the operation's
// `;`. No program is returned if there was an error.
//
// Cost: linear. The program takes about 3 bytes of memory per byte of text, the parser some kilobytes; pages of the text are released once
// they are read.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Support/Files.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

/// The limit for nested brackets in a type, or in a list, tuple or dictionary. (Blocks: maxNesting. Tensors: their rank.)
inline constexpr unsigned maxBracketNesting = 256;

/// Options of parsing.
struct ParseOptions {
  /// Finds the files of BLOBFILE values; null leaves them unresolved.
  BlobResolver *blobs = nullptr;
};

/// Parses a whole `program(…)`. Operations are located in `text`'s file.
Result<std::unique_ptr<Program>> parseProgram(const MappedFile &text, Context &context, DiagnosticEngine &diags,
                                              const ParseOptions &options = {});
/// The same from memory, for tests and tools: `file` is the text's number in the engine's sources.
Result<std::unique_ptr<Program>> parseProgram(llvm::StringRef text, uint32_t file, Context &context, DiagnosticEngine &diags,
                                              const ParseOptions &options = {});

} // namespace mil

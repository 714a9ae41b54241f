// Reading MIL text.
//
// The language is defined by the grammars in grammar/ and documented in docs/mil-text.md. Both dialects are read, mixed if need be.
// Operations are parsed one rule call at a time by the ANTLR-generated parser over a token stream that is made directly from the mapped
// text; the insides of types and literals are parsed once a distinct text. On a syntax error the text is parsed again with ANTLR's default
// strategy to report it well.
//
// Errors of names and values are all reported, syntax errors up to a few: after one, reading goes on behind the operation's `;`. Nothing is
// returned when there was any.
//
// Cost: linear. The program takes about 3 bytes of memory a byte of text, reading it some kilobytes; pages of the text that were read are
// given back.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Support/Files.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

/// Brackets of a type, or of a list, tuple or dictionary, deeper than this are refused. (Blocks: maxNesting. Tensors: their rank.)
inline constexpr unsigned maxBracketNesting = 256;

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

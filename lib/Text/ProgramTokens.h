// The tokens of the structure of a program, as specified by grammar/MILLexer.g4.
#pragma once

#include "TokenWindow.h"

namespace mil::text {

class ProgramTokens final : public TokenWindow {
public:
  /// The tokens of a whole text; a byte order mark at its start is skipped.
  explicit ProgramTokens(llvm::StringRef text) : TokenWindow(text, text.starts_with("\xEF\xBB\xBF") ? 3 : 0, text.size()) {}
  /// The offset up to which the text was scanned.
  size_t position() const { return at; }

private:
  void scan(Token &token) override;
  const char *scanWord(Token &token, const char *start, const char *end);
  const char *scanValue(Token &token, const char *start, const char *paren, const char *end);
};

} // namespace mil::text

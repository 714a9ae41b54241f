// The tokens of a program's structure, as grammar/MILLexer.g4 specifies them.
#pragma once

#include "TokenWindow.h"

namespace mil::text {

class ProgramTokens final : public TokenWindow {
public:
  /// The whole of a text; a byte order mark at its start is skipped.
  explicit ProgramTokens(llvm::StringRef text) : TokenWindow(text, text.starts_with("\xEF\xBB\xBF") ? 3 : 0, text.size()) {}
  /// How far the text was scanned.
  size_t position() const { return at; }

private:
  void scan(Token &token) override;
  const char *scanWord(Token &token, const char *start, const char *end);
  const char *scanValue(Token &token, const char *start, const char *paren, const char *end);
};

} // namespace mil::text

// The tokens inside of a type or a value, as grammar/MILValueLexer.g4 specifies them.
#pragma once

#include "TokenWindow.h"

namespace mil::text {

class ValueTokens final : public TokenWindow {
public:
  using TokenWindow::TokenWindow;

private:
  void scan(Token &token) override;
};

/// How deep brackets of any kind nest in [begin, end), strings and comments left out, up to the first place where it is deeper than
/// `limit`, whose offset is returned; nullopt when there is none.
std::optional<size_t> findTooDeep(llvm::StringRef text, size_t begin, size_t end, unsigned limit);

} // namespace mil::text

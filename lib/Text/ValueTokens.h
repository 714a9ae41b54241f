// The tokens inside a type or a value, as specified by grammar/MILValueLexer.g4.
#pragma once

#include "TokenWindow.h"

namespace mil::text {

class ValueTokens final : public TokenWindow {
public:
  using TokenWindow::TokenWindow;

private:
  void scan(Token &token) override;
};

/// The first offset in [begin, end) at which brackets of any kind are nested deeper than `limit`, not counting those in strings and
/// comments; nullopt if there is none.
std::optional<size_t> findTooDeep(llvm::StringRef text, size_t begin, size_t end, unsigned limit);

} // namespace mil::text

// Quoted text: strings in "…" and names in `…`, with the escapes of MIL text.
//
//   \" \\ \n \r \t    and, read only, \` \/ \' \0
//   \xHH              a byte
//   \uXXXX            a character, as UTF-8; two in a row may be a surrogate pair; read only
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace mil::text {

/// Appends `inside`, the text between the quotes, with its escapes replaced. Returns where an unknown escape is, if any.
std::optional<size_t> unquote(llvm::StringRef inside, llvm::SmallVectorImpl<char> &out);

/// Appends `text` between two of `quote`, escaped so that unquote gives it back. Valid UTF-8 stays as it is.
void quote(llvm::StringRef text, char quote, llvm::SmallVectorImpl<char> &out);

} // namespace mil::text

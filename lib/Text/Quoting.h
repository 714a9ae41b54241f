// Quoted text: strings in "…" and names in `…`, with the escapes of MIL text.
//
//   \" \\ \n \r \t    and, only when reading, \` \/ \' \0
//   \xHH              a byte
//   \uXXXX            a character, as UTF-8; two in a row may be a surrogate pair; only when reading
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace mil::text {

/// Appends `inside`, the text between the quotes, with its escapes replaced. Returns the offset of an unknown escape, if there is one.
std::optional<size_t> unquote(llvm::StringRef inside, llvm::SmallVectorImpl<char> &out);

/// Appends `text` between two `quote` characters, escaped so that `unquote` restores it. Valid UTF-8 is not changed.
void quote(llvm::StringRef text, char quote, llvm::SmallVectorImpl<char> &out);

} // namespace mil::text

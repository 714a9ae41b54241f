// Diagnostics of reading MIL text. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(SyntaxError,           Error,   "syntax-error",           "expected {}, found {}")
MIL_DIAG(UnexpectedCharacter,   Error,   "unexpected-character",   "unexpected character {}")
MIL_DIAG(UnclosedBracket,       Error,   "unclosed-bracket",       "'{}' is never closed")
MIL_DIAG(UnclosedString,        Error,   "unclosed-string",        "unterminated string")
MIL_DIAG(UnclosedComment,       Error,   "unclosed-comment",       "'/*' is never closed")
MIL_DIAG(BracketsTooDeep,       Error,   "brackets-too-deep",      "brackets are nested more than {} levels deep")
MIL_DIAG(UnknownEscape,         Error,   "unknown-escape",         "unknown escape sequence '{}'")
MIL_DIAG(UnknownElementType,    Error,   "unknown-element-type",   "unknown type '{}'")
MIL_DIAG(UnsupportedVersion,    Error,   "unsupported-version",    "unsupported program version {}; supported are 1.0 to 1.3")
MIL_DIAG(QuoteTheWord,          Note,    "quote-the-word",         "'{}' is a keyword; write it as `{}` to use it as a name")
MIL_DIAG(DidYouMean,            Note,    "did-you-mean",           "did you mean '{}'?")
MIL_DIAG(DefinedLater,          Note,    "defined-later",          "'{}' is defined here, after its use")
MIL_DIAG(DefinedElsewhere,      Note,    "defined-elsewhere",      "a value with this name is defined in function '{}'")
MIL_DIAG(LiteralDepth,          Error,   "literal-depth",          "the elements of {} need {} levels of brackets, found {}")
MIL_DIAG(LiteralRow,            Error,   "literal-row",            "found a row of {} elements; {} needs {} here")
MIL_DIAG(FlatLiteral,           Warning, "flat-literal",           "flat list of elements for {}; use one level of brackets per dimension")
MIL_DIAG(NotANumber,            Error,   "not-a-number",           "'{}' is not a value of type {}")
MIL_DIAG(IntegerOutOfRange,     Error,   "integer-out-of-range",   "{} is out of the range of {}")
MIL_DIAG(FloatOverflow,         Error,   "float-overflow",         "{} is too large for {}")
MIL_DIAG(BlobFileFields,        Error,   "blobfile-fields",        "BLOBFILE takes 'path' and 'offset', each once")

} // namespace mil::diag
// clang-format on

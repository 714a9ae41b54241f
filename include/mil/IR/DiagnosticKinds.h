// Diagnostics of the structural checks of the IR. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(EarlierDefinition,     Note,    "earlier-definition",     "'{}' is defined here")
MIL_DIAG(DuplicateFunction,     Error,   "duplicate-function",     "two functions are named '{}'")
MIL_DIAG(EmptyName,             Error,   "empty-name",             "{} has no name")
MIL_DIAG(DuplicateValue,        Error,   "duplicate-value",        "'{}' is already defined")
MIL_DIAG(NotDominated,          Error,   "not-dominated",          "'{}' is used before it is defined, or outside the block that defines it")
MIL_DIAG(UnboundOperand,        Error,   "unbound-operand",        "{} has no value")
MIL_DIAG(LiteralOutput,         Error,   "literal-output",         "a block output must be a value, not a constant")
MIL_DIAG(MissingType,           Error,   "missing-type",           "{} has no type")
MIL_DIAG(LiteralSize,           Error,   "literal-size",           "a constant of type {} takes {} bytes, found {}")
MIL_DIAG(LiteralShape,          Error,   "literal-shape",          "a constant can't have type {}: its size is unknown or too large")
MIL_DIAG(LiteralCount,          Error,   "literal-count",          "a constant of type {} has {} elements, found {}")
MIL_DIAG(ElementType,           Error,   "element-type",           "found an element of type {}; expected {}")
MIL_DIAG(LiteralKind,           Error,   "literal-kind",           "a constant of this kind can't have the type {}")
MIL_DIAG(BlobType,              Error,   "blob-type",              "the blob at offset {} holds {}, but its constant is of type {}")
MIL_DIAG(BlobSize,              Error,   "blob-size",              "the blob at offset {} has {} bytes, but its constant of type {} takes {}")
MIL_DIAG(TooDeep,               Error,   "too-deep",               "blocks are nested more than {} levels deep")
MIL_DIAG(BrokenUseList,         Error,   "broken-use-list",        "the uses of '{}' don't agree with the operands that read it")
MIL_DIAG(UndefinedValue,        Error,   "undefined-value",        "use of undefined value '{}'")
MIL_DIAG(DuplicateArgument,     Error,   "duplicate-argument",     "argument '{}' is specified twice")
MIL_DIAG(ConstArgument,         Error,   "const-argument",         "const has an argument '{}', but takes none")
MIL_DIAG(DuplicateAttribute,    Error,   "duplicate-attribute",    "attribute '{}' is specified twice")

} // namespace mil::diag
// clang-format on

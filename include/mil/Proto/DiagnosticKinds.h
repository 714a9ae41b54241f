// Diagnostics of reading and writing the protobuf form. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(MalformedMessage,      Error,   "malformed-message",      "{} is truncated, malformed, or nested more than {} levels deep")
MIL_DIAG(MessageTooLarge,       Error,   "message-too-large",      "{} takes {} bytes, more than protobuf's limit of 2147483647")
MIL_DIAG(NoModelType,           Error,   "no-model-type",          "the model is empty: it has neither a program nor any other type of model")
MIL_DIAG(PipelineTooDeep,       Error,   "pipeline-too-deep",      "pipelines are nested more than {} levels deep")
MIL_DIAG(UnknownProgramVersion, Error,   "unknown-program-version", "unsupported program version {}; the supported version is 1")
MIL_DIAG(MissingBlock,          Error,   "missing-block",          "function '{}' has no block for opset '{}'")
MIL_DIAG(DuplicateBlock,        Error,   "duplicate-block",        "function '{}' has two blocks for opset '{}'")
MIL_DIAG(FunctionBlockInputs,   Error,   "function-block-inputs",  "the block of function '{}' has inputs, which only nested blocks may have")
MIL_DIAG(DroppedDuplicate,      Warning, "dropped-duplicate",      "the second of two constants named '{}' is dropped: nothing uses it")
MIL_DIAG(AmbiguousDuplicate,    Error,   "ambiguous-duplicate",    "two constants are named '{}', and the type {} of the first is not the type {} needed here")
MIL_DIAG(EmptyBinding,          Error,   "empty-binding",          "argument '{}' has a binding that is neither a name nor a value")
MIL_DIAG(UnknownDataType,       Error,   "unknown-data-type",      "unknown element type {}")
MIL_DIAG(MalformedType,         Error,   "malformed-type",         "malformed type: {}")
MIL_DIAG(MalformedValue,        Error,   "malformed-value",        "malformed constant of type {}: {}")
MIL_DIAG(ValueOutOfRange,       Error,   "value-out-of-range",     "{} is out of the range of {}")
MIL_DIAG(PackedElements,        Warning, "packed-elements",        "the {} bytes of this constant are packed elements; its type is changed from {} to {}")
MIL_DIAG(BlobUsedHere,          Note,    "blob-used-here",         "used by the constant at offset {} of '{}'")
MIL_DIAG(NotExportable,         Error,   "not-exportable",         "cannot represent {} in protobuf")
MIL_DIAG(NotUtf8,               Error,   "not-utf8",               "{} is not valid UTF-8, which protobuf requires")

} // namespace mil::diag
// clang-format on

// What reading and writing the protobuf form reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(MalformedMessage,      Error,   "malformed-message",      "{} is truncated, malformed, or nested more than {} levels deep")
MIL_DIAG(MessageTooLarge,       Error,   "message-too-large",      "{} takes {} bytes; protobuf messages end at 2147483647")
MIL_DIAG(NoModelType,           Error,   "no-model-type",          "the model has no content: neither a program nor any other type of model")
MIL_DIAG(PipelineTooDeep,       Error,   "pipeline-too-deep",      "pipelines are nested more than {} deep")
MIL_DIAG(UnknownProgramVersion, Error,   "unknown-program-version", "the program has version {}; version 1 is the one that is known")
MIL_DIAG(MissingBlock,          Error,   "missing-block",          "function '{}' has no block for its opset '{}'")
MIL_DIAG(DuplicateBlock,        Error,   "duplicate-block",        "function '{}' has two blocks for opset '{}'")
MIL_DIAG(FunctionBlockInputs,   Error,   "function-block-inputs",  "the block of function '{}' has inputs of its own")
MIL_DIAG(DroppedDuplicate,      Warning, "dropped-duplicate",      "a second constant is named '{}'; nothing reads it and it is left out")
MIL_DIAG(AmbiguousDuplicate,    Error,   "ambiguous-duplicate",    "two constants are named '{}' and the type {} of the first is not the {} that is wanted here")
MIL_DIAG(EmptyBinding,          Error,   "empty-binding",          "argument '{}' has a binding that is neither a name nor a value")
MIL_DIAG(UnknownDataType,       Error,   "unknown-data-type",      "element type {} is not known")
MIL_DIAG(MalformedType,         Error,   "malformed-type",         "malformed type: {}")
MIL_DIAG(MalformedValue,        Error,   "malformed-value",        "malformed constant of type {}: {}")
MIL_DIAG(ValueOutOfRange,       Error,   "value-out-of-range",     "{} is out of the range of {}")
MIL_DIAG(PackedElements,        Warning, "packed-elements",        "the {} bytes of this constant are packed elements; its type {} is corrected to {}")
MIL_DIAG(BlobUsedHere,          Note,    "blob-used-here",         "by the constant at offset {} of '{}'")
MIL_DIAG(NotExportable,         Error,   "not-exportable",         "{} has no form in protobuf")
MIL_DIAG(NotUtf8,               Error,   "not-utf8",               "{} is not valid UTF-8, which protobuf asks for")

} // namespace mil::diag
// clang-format on

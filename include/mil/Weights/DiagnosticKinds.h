// Diagnostics of reading and writing weight files. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(WeightFileTooShort,    Error,   "weight-file-too-short",  "weight file has {} bytes, fewer than the 64 of its header")
MIL_DIAG(WeightFileVersion,     Error,   "weight-file-version",    "unsupported weight file version {}; the supported version is 2")
MIL_DIAG(WeightFileUntiled,     Error,   "weight-file-untiled",    "the {} blobs of weight file '{}' don't fill it: {}")
MIL_DIAG(WeightFileFull,        Error,   "weight-file-full",       "weight file '{}' cannot hold more than 4294967295 blobs")
MIL_DIAG(MissingWeights,        Error,   "missing-weights",        "weight file '{}' does not exist")
MIL_DIAG(UnresolvedWeights,     Warning, "unresolved-weights",     "weight file '{}' does not exist; its blobs are skipped")
MIL_DIAG(ForeignWeights,        Warning, "foreign-weights",        "weight file '{}' is {}; its blobs are skipped")
MIL_DIAG(WeightPathRefused,     Error,   "weight-path-refused",    "invalid weight file path '{}': {}")
MIL_DIAG(BlobMisaligned,        Error,   "blob-misaligned",        "blob offset {} in weight file '{}' is not a multiple of 64")
MIL_DIAG(BlobOutsideFile,       Error,   "blob-outside-file",      "no blob can start at {} in weight file '{}' of {} bytes")
MIL_DIAG(BlobNoSentinel,        Error,   "blob-no-sentinel",       "no blob starts at {} of weight file '{}': found {} instead of 0xDEADBEEF")
MIL_DIAG(BlobUnknownType,       Error,   "blob-unknown-type",      "the blob at {} of weight file '{}' has the unknown element type code {}")
MIL_DIAG(BlobDataOutsideFile,   Error,   "blob-data-outside-file", "the blob at {} of weight file '{}' claims {} bytes at {}, but the file has {} bytes")
MIL_DIAG(BlobUneven,            Error,   "blob-uneven",            "the blob at {} of weight file '{}' has {} bytes with {} bits of padding, which is not a whole number of {} elements")
MIL_DIAG(BlobNotProduced,       Error,   "blob-not-produced",      "the data of a blob could not be produced")

} // namespace mil::diag
// clang-format on

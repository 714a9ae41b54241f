// Diagnostics of opening and saving models. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(UnknownForm,           Error,   "unknown-form",           "cannot tell which kind of model '{}' is: {}")
MIL_DIAG(UnknownOutputForm,     Error,   "unknown-output-form",    "cannot write '{}': the output's extension must be .mlpackage, .mlmodelc, .mlmodel or .mil (or - for text)")
MIL_DIAG(MalformedManifest,     Error,   "malformed-manifest",     "malformed manifest: {}")
MIL_DIAG(ManifestVersion,       Error,   "manifest-version",       "unsupported manifest version '{}'; the newest supported version is 1.0.0")
MIL_DIAG(ManifestKey,           Error,   "manifest-key",           "manifest: {} {}")
MIL_DIAG(ManifestItemPath,      Error,   "manifest-item-path",     "manifest item '{}' has the path '{}': {}")
MIL_DIAG(MalformedOverlay,      Error,   "malformed-overlay",      "malformed overlay '{}': {}")
MIL_DIAG(CompiledModelType,     Error,   "compiled-model-type",    "'{}' is a compiled {}; only ML programs and pipelines of them can be read")
MIL_DIAG(CompiledModelPart,     Error,   "compiled-model-part",    "compiled model '{}' has no {}")
MIL_DIAG(DescriptionDerived,    Warning, "description-derived",    "'{}' has no description (coremldata.bin); it is derived from the function signatures, and images, labels, metadata and default values are lost")
MIL_DIAG(SkippedItem,           Warning, "skipped-item",           "'{}' is not copied: {}")
MIL_DIAG(OutputWithinInput,     Error,   "output-within-input",    "output '{}' is inside an input, which would be modified")
MIL_DIAG(InputWithin,           Note,    "input-within",           "it contains the input '{}'")
MIL_DIAG(NotInText,             Warning, "not-in-text",            "MIL text can't represent {}, which is lost")
MIL_DIAG(TypesWithoutText,      Error,   "types-without-text",     "cannot write '{}' as text: the model has types that are newer than this version of milc")
MIL_DIAG(NotOnStream,           Warning, "not-on-stream",          "standard output holds only the program; its description is lost: {} (write a .mil file to keep it)")
MIL_DIAG(MalformedDescription,  Error,   "malformed-description",  "malformed description: {}: {}")
MIL_DIAG(DescriptionDisagrees,  Error,   "description-disagrees",  "'{}' doesn't match the program of '{}'")
MIL_DIAG(DescriptionFix,        Note,    "description-fix",        "use the same names and types in both ('milc edit --rename' changes both), or delete that file to derive the description from the function signatures")
MIL_DIAG(NotAProgram,           Error,   "not-a-program",          "cannot write '{}' as text: the model is {}")
MIL_DIAG(NotAPipeline,          Error,   "not-a-pipeline",         "'{}' has no model '{}': it is not a pipeline")
MIL_DIAG(NoSuchModel,           Error,   "no-such-model",          "'{}' has no model '{}'; its models are {}")
MIL_DIAG(ItemsDropped,          Warning, "items-dropped",          "{} other files of the package are dropped: only a package can contain them")
MIL_DIAG(WeightsKeptMissing,    Warning, "weights-kept-missing",   "{} constants refer to missing weight files; the references are kept")
MIL_DIAG(WeightsNotShared,      Error,   "weights-not-shared",     "cannot share weights: weight file '{}' is missing")
MIL_DIAG(WeightsOnStream,       Error,   "weights-on-stream",      "weights can't be written to standard output")
MIL_DIAG(MetadataGuess,         Warning, "metadata-guess",         "metadata.json, which Core ML doesn't read, contains guesses of {}")
MIL_DIAG(InterfaceDerived,      Warning, "interface-derived",      "'{}' has no description file; it is derived from the function signatures, and images, labels, metadata and default values are lost")
MIL_DIAG(BadFeature,            Error,   "bad-feature",            "feature '{}' can't be changed this way: {}")

} // namespace mil::diag
// clang-format on

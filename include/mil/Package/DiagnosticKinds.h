// What opening and saving models reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(UnknownForm,           Error,   "unknown-form",           "cannot tell what kind of model '{}' is: {}")
MIL_DIAG(UnknownOutputForm,     Error,   "unknown-output-form",    "cannot write '{}': the output's extension must be .mlpackage, .mlmodelc, .mlmodel or .mil (or - for text)")
MIL_DIAG(MalformedManifest,     Error,   "malformed-manifest",     "malformed manifest: {}")
MIL_DIAG(ManifestVersion,       Error,   "manifest-version",       "manifest has version '{}'; 1.0.0 is the newest that is known")
MIL_DIAG(ManifestKey,           Error,   "manifest-key",           "manifest: {} {}")
MIL_DIAG(ManifestItemPath,      Error,   "manifest-item-path",     "manifest item '{}' has the path '{}': {}")
MIL_DIAG(MalformedOverlay,      Error,   "malformed-overlay",      "malformed overlay '{}': {}")
MIL_DIAG(CompiledModelType,     Error,   "compiled-model-type",    "'{}' is a compiled {}; ML programs and pipelines of them can be read")
MIL_DIAG(CompiledModelPart,     Error,   "compiled-model-part",    "compiled model '{}' has no {}")
MIL_DIAG(DescriptionDerived,    Warning, "description-derived",    "'{}' has no description (coremldata.bin); it is derived from the signatures of the functions, and images, labels, metadata and default values are not known")
MIL_DIAG(SkippedItem,           Warning, "skipped-item",           "'{}' is not carried over: {}")
MIL_DIAG(OutputWithinInput,     Error,   "output-within-input",    "output '{}' is inside of an input, which would be changed")
MIL_DIAG(InputWithin,           Note,    "input-within",           "it holds the input '{}'")
MIL_DIAG(NotInText,             Warning, "not-in-text",            "text cannot carry {}; that is lost")
MIL_DIAG(TypesWithoutText,      Error,   "types-without-text",     "cannot write '{}' as text: the model has types from after this was written, which text has no name for")
MIL_DIAG(NotOnStream,           Warning, "not-on-stream",          "standard output carries the program alone; lost is what describes it: {} (a file with extension .mil keeps it)")
MIL_DIAG(MalformedDescription,  Error,   "malformed-description",  "malformed description: {}: {}")
MIL_DIAG(DescriptionDisagrees,  Error,   "description-disagrees",  "'{}' doesn't describe the program of '{}'")
MIL_DIAG(DescriptionFix,        Note,    "description-fix",        "give both the same names and types ('milc edit --rename' changes both); without that file, the description follows from the functions' signatures")
MIL_DIAG(NotAProgram,           Error,   "not-a-program",          "cannot write '{}' as text: the model is {}")
MIL_DIAG(NotAPipeline,          Error,   "not-a-pipeline",         "'{}' has no model '{}': it is no pipeline")
MIL_DIAG(NoSuchModel,           Error,   "no-such-model",          "'{}' has no model '{}'; its models are {}")
MIL_DIAG(ItemsDropped,          Warning, "items-dropped",          "{} other files of the package are not written: only a package can hold them")
MIL_DIAG(WeightsKeptMissing,    Warning, "weights-kept-missing",   "{} constants refer to weight files that are missing; the references are kept as they are")
MIL_DIAG(WeightsNotShared,      Error,   "weights-not-shared",     "the weights cannot be shared: weight file '{}' is missing")
MIL_DIAG(WeightsOnStream,       Error,   "weights-on-stream",      "weights cannot be written beside standard output")
MIL_DIAG(MetadataGuess,         Warning, "metadata-guess",         "metadata.json, which is for people and tools only, guesses {}")
MIL_DIAG(InterfaceDerived,      Warning, "interface-derived",      "'{}' has no description beside it; it is derived from the signatures of the functions, and images, labels, metadata and default values are not known")
MIL_DIAG(BadFeature,            Error,   "bad-feature",            "feature '{}' can't be changed so: {}")

} // namespace mil::diag
// clang-format on

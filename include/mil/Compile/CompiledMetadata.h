// metadata.json of a compiled model: what the model is, for people and tools.
//
// An array with one object, in the layout of the system's JSON writer (`"key" : value`, `/` escaped). Nearly all values are texts. Keys are
// in no order there; here they are sorted. Source: the files of released models.
#pragma once

#include "mil/Compile/CompileOptions.h"
#include "mil/Compile/OperationStatistics.h"
#include "mil/IR/Model.h"

namespace mil {

/// The text of the file. What is guessed is added to `guesses`.
std::string printCompiledMetadata(const Model &model, const CompileOptions &options, Guesses &guesses);

/// The labels that a non-maximum suppression model (its serialised message) gives the classes it finds; empty when they are no texts.
std::vector<std::string> classLabelsOf(llvm::StringRef suppression);

} // namespace mil

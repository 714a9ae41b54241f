// metadata.json of a compiled model: a description for people and tools.
//
// An array with one object, in the layout of Apple's JSON writer (`"key" : value`, `/` escaped). Nearly all values are texts. Apple's
// writer does not order the keys; here they are sorted. Source: the files of released models.
#pragma once

#include "mil/Compile/CompileOptions.h"
#include "mil/Compile/OperationStatistics.h"
#include "mil/IR/Model.h"

namespace mil {

/// The text of the file. Guessed values are added to `guesses`.
std::string printCompiledMetadata(const Model &model, const CompileOptions &options, Guesses &guesses);

/// The class labels of a non-maximum suppression model (its serialised message); empty if they aren't strings.
std::vector<std::string> classLabelsOf(llvm::StringRef suppression);

} // namespace mil

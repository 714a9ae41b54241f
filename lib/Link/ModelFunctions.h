// The functions of a model with their interfaces in its description, and models made from some of them.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// The functions of a model in the order of its description; functions that it doesn't list follow in the order of the program.
std::vector<const Function *> functionsInOrder(const Model &model);
/// The interface of a function in the description of the model. A description without a list belongs to the only function, whatever its
/// name; an empty one describes nothing. Null if there is none.
const FunctionDescription *interfaceOf(const Model &model, const Function &function);
/// The names of functions for messages: "'a', 'b'".
std::string quotedNames(llvm::ArrayRef<const Function *> functions);

/// The functions with these names, in this order; without names all functions, or only the default one. Reports an error if the model isn't
/// a program, has no functions, or lacks one of the names.
Result<std::vector<const Function *>> functionsNamed(const OpenedModel &opened, llvm::ArrayRef<std::string> names, bool allByDefault,
                                                     DiagnosticEngine &diags);

/// A model with the properties of `from` (specification version, metadata, attributes, doc strings, unknown fields), without
/// functions.
std::unique_ptr<Model> emptyModelLike(const Model &from, Context &context);

} // namespace mil

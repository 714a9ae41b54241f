// The functions of a model with their interfaces in its description, and models made from some of them.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// The functions of a model in the order in which its description lists them; what it doesn't list follows, as the program has it.
std::vector<const Function *> functionsInOrder(const Model &model);
/// The interface that a model's description gives to a function. A description without a list is that of the only function, whatever
/// its name; an empty one describes nothing. Null for none.
const FunctionDescription *interfaceOf(const Model &model, const Function &function);
/// "'a', 'b'".
std::string quotedNames(llvm::ArrayRef<const Function *> functions);

/// The functions of these names, in that order; without names all, or only the default one. Reports an error if the model isn't a program,
/// has no functions, or none of that name.
Result<std::vector<const Function *>> functionsNamed(const OpenedModel &opened, llvm::ArrayRef<std::string> names, bool allByDefault,
                                                     DiagnosticEngine &diags);

/// A model with the properties of `from` (specification version, metadata, attributes, doc strings, unknown fields), without
/// functions.
std::unique_ptr<Model> emptyModelLike(const Model &from, Context &context);

} // namespace mil

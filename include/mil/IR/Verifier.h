// The structural verifier: rules that every program must satisfy, independent of the meaning of its operations.
//
//   if (!verifyStructure(program, diags))
//     return failure();
//
//  * Names: none is empty; those of functions, arguments and attributes are unique; those of values are unique in their scope and differ
//    from those of outer scopes.
//  * SSA: every value is defined before its uses, in the same block or an enclosing one; block outputs are defined; use lists agree with
//    operands.
//  * Types: every value and literal has one; in-memory literals have as many bytes as their type requires; lists as many elements.
//  * Blobs: element type and size agree with the type of the constant.
//  * Nesting at most `maxNesting` deep.
//
// Signatures and type rules of operations are checked by mil/Verify/Verify.h.
#pragma once

#include "mil/IR/Program.h"

namespace mil {

/// Readers and the verifier report an error for blocks nested deeper than this.
inline constexpr unsigned maxNesting = 1000;

/// Reports every violation, not only the first. Linear in the program.
Status verifyStructure(const Program &program, DiagnosticEngine &diags);
Status verifyStructure(const Function &function, DiagnosticEngine &diags);

} // namespace mil

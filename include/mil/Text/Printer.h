// Writing MIL text. The output is byte-identical to that of Apple's compiler where that is known, and follows docs/mil-text.md elsewhere.
//
//   printProgram(program, llvm::outs());
//
// Functions, parameters, arguments and attributes are sorted by name; operations keep their order. Deterministic. Neither protobuf nor
// ANTLR is needed.
#pragma once

#include "mil/IR/Placement.h"
#include "mil/IR/Program.h"

namespace mil {

/// Options of printing.
struct PrintOptions {
  /// Print functions and their parameters in the order of the program instead of sorted by name.
  bool keepOrder = false;
  /// Print `…` instead of the elements of in-memory tensors with more than this many elements, for display only. 0: never.
  uint64_t elideAbove = 0;
  /// Returns where blobs and in-memory tensors are stored; it is called for each of them. Null: they are printed as they are.
  PlaceFn place;
};

/// Prints a program in its dialect. Blob values are printed with their stored path and offset.
void printProgram(const Program &program, llvm::raw_ostream &out, const PrintOptions &options = {});
/// The same as a string.
std::string programText(const Program &program, const PrintOptions &options = {});
/// Prints one function.
void printFunction(const Function &function, llvm::raw_ostream &out, const PrintOptions &options = {});
/// Prints one operation with its nested blocks, without a line end.
void printOperation(const Operation &op, llvm::raw_ostream &out, const PrintOptions &options = {});
/// Prints a constant as `type(value)`.
void printLiteral(const Literal &literal, llvm::raw_ostream &out, bool dialect13 = true, const PrintOptions &options = {});

} // namespace mil

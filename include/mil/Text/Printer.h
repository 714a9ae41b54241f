// Writing MIL text, byte for byte as Apple's compiler does where it is known, and as docs/mil-text.md defines elsewhere.
//
// Functions, parameters, arguments and attributes are sorted by name; operations keep their order. Deterministic. Neither protobuf nor
// ANTLR is needed.
#pragma once

#include "mil/IR/Placement.h"
#include "mil/IR/Program.h"

namespace mil {

struct PrintOptions {
  /// Functions and their parameters in the program's order instead of sorted by name.
  bool keepOrder = false;
  /// Instead of the bytes of in-memory tensors of more elements than this, print `…`: for reading by people only. 0: never.
  uint64_t elideAbove = 0;
  /// Where blobs and in-memory tensors go in the output instead of being printed as they are; null: nowhere. Asked for every one of them.
  PlaceFn place;
};

/// Prints a program in its dialect. Blob values are printed with the path and offset they carry.
void printProgram(const Program &program, llvm::raw_ostream &out, const PrintOptions &options = {});
void printFunction(const Function &function, llvm::raw_ostream &out, const PrintOptions &options = {});
/// One operation (with its nested blocks), without a line end.
void printOperation(const Operation &op, llvm::raw_ostream &out, const PrintOptions &options = {});
/// `type(value)`.
void printLiteral(const Literal &literal, llvm::raw_ostream &out, bool dialect13 = true, const PrintOptions &options = {});

} // namespace mil

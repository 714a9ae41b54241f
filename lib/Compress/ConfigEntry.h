// Entries of a configuration: the scheme that a class of the reference's configurations describes with the given keys.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil::config {

constexpr llvm::StringRef quantizer = "OpLinearQuantizerConfig", palettizer = "OpPalettizerConfig", threshold = "OpThresholdPrunerConfig",
                          magnitude = "OpMagnitudePrunerConfig", activation = "OpActivationLinearQuantizerConfig";
/// All of them.
llvm::ArrayRef<llvm::StringRef> classes();

/// A key of an entry with its value, as it is written.
struct Field {
  std::string key;
  llvm::SmallVector<std::string, 4> values; ///< of a list several
  bool isList = false, isNull = false;
  Location where;
};

/// Reads the fields of an entry of one of the classes for weights; reports what it can't take. `where`: the entry's name.
Result<SchemeEntry> readEntry(llvm::StringRef type, llvm::ArrayRef<Field> fields, Location where, DiagnosticEngine &diags);
/// The threshold of an entry of the class `activation`.
Result<int64_t> readActivationEntry(llvm::ArrayRef<Field> fields, Location where, DiagnosticEngine &diags);

} // namespace mil::config

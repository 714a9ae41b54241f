// Entries of a configuration: converts the keys of one of coremltools' configuration classes to a scheme.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil::config {

constexpr llvm::StringRef quantizer = "OpLinearQuantizerConfig", palettizer = "OpPalettizerConfig", threshold = "OpThresholdPrunerConfig",
                          magnitude = "OpMagnitudePrunerConfig", activation = "OpActivationLinearQuantizerConfig";
/// The names of all configuration classes.
llvm::ArrayRef<llvm::StringRef> classes();

/// A key of an entry with its value, as written in the file.
struct Field {
  std::string key;
  llvm::SmallVector<std::string, 4> values; ///< several for a list
  bool isList = false, isNull = false;
  Location where;
};

/// Reads the fields of an entry of one of the classes for weights; reports unknown keys and invalid values. `where`: the entry's name.
Result<SchemeEntry> readEntry(llvm::StringRef type, llvm::ArrayRef<Field> fields, Location where, DiagnosticEngine &diags);
/// Reads the threshold of an entry of the class `activation`.
Result<int64_t> readActivationEntry(llvm::ArrayRef<Field> fields, Location where, DiagnosticEngine &diags);

} // namespace mil::config

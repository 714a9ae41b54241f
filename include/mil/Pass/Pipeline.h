// Pipelines: lists of passes with their options, given as text or by name.
//
//   const_elimination{skip_const_by_size=1000},dead_code_elimination          a list of passes (`--passes`)
//   default,-fuse_gelu_exact,+cast_optimization,add_fp16_cast{skip_ops_by_type=softmax,layer_norm}   an edited pipeline (`--pipeline`)
//
// In braces, a comma that is not followed by `name=` belongs to the value before it. The named pipelines are those of coremltools, in the
// same order, without the passes that milc doesn't have.
#pragma once

#include "mil/Pass/Registry.h"

namespace mil {

/// The name of a pass to run, with its options as text.
struct PassCall {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;
  bool operator==(const PassCall &) const = default;
};

/// Passes to run, in order.
using PassList = std::vector<PassCall>;

/// A named pipeline.
struct NamedPipeline {
  llvm::StringRef name;
  llvm::StringRef summary;
  llvm::ArrayRef<llvm::StringRef> passes; ///< may contain passes that a registry doesn't have
};
/// All named pipelines.
llvm::ArrayRef<NamedPipeline> namedPipelines();
/// The pipeline with this name, or null.
const NamedPipeline *findPipeline(llvm::StringRef name);
/// The passes of a named pipeline that `registry` has.
PassList expand(const NamedPipeline &pipeline, const PassRegistry &registry);

/// Reads a list of passes: `a,b{option=value,option=value},c`. Fails (reported) on syntax errors and unknown passes.
Result<PassList> parsePasses(llvm::StringRef text, const PassRegistry &registry, DiagnosticEngine &diags);

/// Reads named pipelines and edits of them, from left to right:
///   NAME            appends a named pipeline
///   PASS{o=v}       sets options of every occurrence of a pass so far
///   +PASS, +PASS{…} appends a pass
///   +PASS@OTHER     inserts a pass before the first occurrence of OTHER
///   -PASS           removes every occurrence of a pass
Result<PassList> parsePipeline(llvm::StringRef text, const PassRegistry &registry, DiagnosticEngine &diags);

/// A list of passes as text that `parsePasses` reads.
std::string print(const PassList &pipeline);

} // namespace mil

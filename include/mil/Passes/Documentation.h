// Documentation of passes and pipelines, generated from the registry: lists, a page for each pass, and docs/passes.md.
#pragma once

#include "mil/Pass/Pipeline.h"

namespace mil {

/// All passes by theme with their summaries, and the pipelines.
void listPasses(const PassRegistry &registry, llvm::raw_ostream &out);
/// One pass: its summary, its options, how it differs from coremltools, the pipelines that run it.
void describePass(const PassInfo &pass, llvm::raw_ostream &out);
/// One pipeline: its passes in order.
void describePipeline(const NamedPipeline &pipeline, const PassRegistry &registry, llvm::raw_ostream &out);
/// {"passes": [{"name", "summary", "theme", "differs", "options": [{"name", "kind", "default", "summary"}]}], "pipelines": [{"name",
/// "summary", "passes"}]}, for bindings and tools.
void passesAsJson(const PassRegistry &registry, llvm::raw_ostream &out);
/// docs/passes.md: the hand-written introduction (passes/Introduction.md), the passes, the pipelines, and the passes of coremltools that
/// milc doesn't have, with the reasons (passes/LeftOut.def).
void writePassManual(const PassRegistry &registry, llvm::raw_ostream &out);

} // namespace mil

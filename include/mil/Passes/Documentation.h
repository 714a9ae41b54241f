// What the registry says of passes and pipelines, for people: lists, the page of one pass, and the manual docs/passes.md.
#pragma once

#include "mil/Pass/Pipeline.h"

namespace mil {

/// All passes by theme with their sentences, and the pipelines.
void listPasses(const PassRegistry &registry, llvm::raw_ostream &out);
/// One pass: what it does, its options, where it differs from coremltools', the pipelines that run it.
void describePass(const PassInfo &pass, llvm::raw_ostream &out);
/// One pipeline: its passes in order.
void describePipeline(const NamedPipeline &pipeline, const PassRegistry &registry, llvm::raw_ostream &out);
/// {"passes": [{"name", "summary", "theme", "differs", "options": [{"name", "kind", "default", "summary"}]}], "pipelines": [{"name", "summary",
/// "passes"}]}, for bindings and tools.
void passesAsJson(const PassRegistry &registry, llvm::raw_ostream &out);
/// The manual as markdown: the hand-written introduction (passes/Introduction.md), the passes, the pipelines, and the passes of coremltools
/// that are left out, with the reasons (passes/LeftOut.def).
void writePassManual(const PassRegistry &registry, llvm::raw_ostream &out);

} // namespace mil

#include "mil/Passes/Documentation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

namespace mil {

namespace {

struct LeftOut {
  llvm::StringRef names, reason;
};
const LeftOut leftOut[] = {
#define LEFT_OUT(NAMES, REASON) {NAMES, REASON},
#include "LeftOut.def"
};

const char introduction[] = {
#include "Introduction.inc"
};

std::vector<llvm::StringRef> pipelinesOf(const PassInfo &pass) {
  std::vector<llvm::StringRef> names;
  for (const NamedPipeline &pipeline : namedPipelines())
    if (llvm::is_contained(pipeline.passes, pass.name))
      names.push_back(pipeline.name);
  return names;
}

void optionLines(const PassInfo &info, llvm::raw_ostream &out, llvm::StringRef bullet, llvm::StringRef quote) {
  std::unique_ptr<Pass> pass = info.make();
  for (PassOptionBase *option : pass->options()) {
    std::string value = option->text();
    out << bullet << quote << option->name() << quote << " (" << option->kind() << (value.empty() ? "" : ", default " + value)
        << "): " << option->summary() << ".\n";
  }
}

} // namespace

void listPasses(const PassRegistry &registry, llvm::raw_ostream &out) {
  llvm::StringRef theme;
  size_t width = 0;
  for (const PassInfo &pass : registry.passes())
    width = std::max(width, pass.name.size());
  for (const PassInfo &pass : registry.passes()) {
    if (pass.theme != theme)
      out << (theme.empty() ? "" : "\n") << (theme = pass.theme) << ":\n";
    out << "  " << llvm::left_justify(pass.name, unsigned(width)) << "  " << pass.summary << "\n";
  }
  out << "\nPipelines:\n";
  for (const NamedPipeline &pipeline : namedPipelines())
    out << "  " << llvm::left_justify(pipeline.name, unsigned(width)) << "  " << pipeline.summary << "\n";
}

void describePass(const PassInfo &pass, llvm::raw_ostream &out) {
  out << pass.name << ": " << pass.summary << ".\n";
  if (!pass.differs.empty())
    out << "\nDifference from coremltools: " << pass.differs << "\n";
  if (!pass.make()->options().empty()) {
    out << "\nOptions:\n";
    optionLines(pass, out, "  ", "");
  }
  if (auto names = pipelinesOf(pass); !names.empty()) {
    out << "\nPipelines: ";
    llvm::interleaveComma(names, out);
    out << "\n";
  }
}

void describePipeline(const NamedPipeline &pipeline, const PassRegistry &registry, llvm::raw_ostream &out) {
  out << pipeline.name << ": " << pipeline.summary << ".\n\n";
  for (const PassCall &call : expand(pipeline, registry))
    out << "  " << call.name << "\n";
}

void writePassManual(const PassRegistry &registry, llvm::raw_ostream &out) {
  out << introduction << "\n## Passes\n";
  llvm::StringRef theme;
  for (const PassInfo &pass : registry.passes()) {
    if (pass.theme != theme)
      out << "\n### " << (theme = pass.theme) << "\n\n";
    out << "- **`" << pass.name << "`**: " << pass.summary << ".\n";
    optionLines(pass, out, "  - option ", "`");
    if (!pass.differs.empty())
      out << "  - difference from coremltools: " << pass.differs << "\n";
  }
  out << "\n## Pipelines\n";
  for (const NamedPipeline &pipeline : namedPipelines()) {
    PassList calls = expand(pipeline, registry);
    out << "\n### " << pipeline.name << "\n\n" << pipeline.summary << (calls.empty() ? ".\n" : ":\n\n");
    for (size_t i = 0; i < calls.size(); ++i)
      out << i + 1 << ". `" << calls[i].name << "`\n";
  }
  out << "\n## Passes of coremltools that milc does not have\n\n| pass | why |\n| --- | --- |\n";
  for (const LeftOut &each : leftOut)
    out << "| " << each.names << " | " << each.reason << " |\n";
}

} // namespace mil

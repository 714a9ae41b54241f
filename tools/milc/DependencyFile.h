// `--depfile`: the files that a command has read, as a rule for make, so that a build runs the command again when one has changed.
//
//     milc merge a.mil b.mil -o both.mlpackage --depfile both.d
//
// It appears together with the output.
//
//     both.mlpackage: a.mil weights/a.bin b.mil weights/b.bin
#pragma once

#include "mil/Support/OutputSet.h"

namespace CLI {
class App;
}

namespace milc {

/// Adds `--depfile` and `--depfile-target`. From their parsing on, files that are read are remembered.
void addDependencyOptions(CLI::App &app);
/// Names the output, which is the target of the rule unless the options say otherwise. Fails, reported, when the file can't be written, as
/// far as that is known.
mil::Status checkDependencyFile(llvm::StringRef output, mil::DiagnosticEngine &diags);
/// The requested file; empty without one.
llvm::StringRef dependencyFile();

/// The outputs of a command that takes `--depfile`: from the construction on, all outputs wait for `commit`.
class CommandOutputs {
public:
  /// Writes the requested file, if any, and gives all outputs their names, or none.
  mil::Status commit(mil::DiagnosticEngine &diags);

private:
  mil::OutputSet set;
};

} // namespace milc

// `--depfile`: writes the files that a command has read as a rule for make, so that a build runs the command again if one of them changes.
//
//     milc merge a.mil b.mil -o both.mlpackage --depfile both.d
//
// The rule is written together with the output.
//
//     both.mlpackage: a.mil weights/a.bin b.mil weights/b.bin
#pragma once

#include "mil/Support/OutputSet.h"

namespace CLI {
class App;
}

namespace milc {

/// Adds `--depfile` and `--depfile-target`. After they are parsed, all files that are read are recorded.
void addDependencyOptions(CLI::App &app);
/// Sets the output, which is the target of the rule unless --depfile-target is given. Fails with a diagnostic if it is already known that
/// the file can't be written.
mil::Status checkDependencyFile(llvm::StringRef output, mil::DiagnosticEngine &diags);
/// The path given by --depfile; empty if there is none.
llvm::StringRef dependencyFile();

/// The outputs of a command with `--depfile`: after construction, no output appears before `commit`.
class CommandOutputs {
public:
  /// Writes the requested file, if any, and renames all outputs to their final names, or none of them.
  mil::Status commit(mil::DiagnosticEngine &diags);

private:
  mil::OutputSet set;
};

} // namespace milc

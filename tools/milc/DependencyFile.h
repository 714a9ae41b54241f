// `--depfile`: writes the files that a command has read as a rule for make, so that a build runs the command again if one of them has
// changed.
//
//     milc merge a.mil b.mil -o both.mlpackage --depfile both.d
//
// The file appears together with the output:
//
//     both.mlpackage: a.mil weights/a.bin b.mil weights/b.bin
#pragma once

#include "mil/Support/OutputSet.h"

namespace CLI {
class App;
}

namespace milc {

/// Adds `--depfile` and `--depfile-target`. After they have been parsed, files that are read are recorded.
void addDependencyOptions(CLI::App &app);
/// Sets the output, which is the target of the rule unless `--depfile-target` is given. Fails (reported) if the file can't be written, as
/// far as this can be known in advance.
mil::Status checkDependencyFile(llvm::StringRef output, mil::DiagnosticEngine &diags);
/// The path of the requested file; empty if there is none.
llvm::StringRef dependencyFile();

/// The outputs of a command with `--depfile`: after construction, all outputs wait for `commit`.
class CommandOutputs {
public:
  /// Writes the requested file, if there is one, and gives all outputs their names, or none of them on failure.
  mil::Status commit(mil::DiagnosticEngine &diags);

private:
  mil::OutputSet set;
};

} // namespace milc

// `--depfile`: the files that a command has read, as a rule for make, so that a build runs the command again when one has changed.
//
//     milc merge a.mil b.mil -o both.mlpackage --depfile both.d
//
//     both.mlpackage: a.mil weights/a.bin b.mil weights/b.bin
#pragma once

#include "mil/Support/Diagnostics.h"

namespace CLI {
class App;
}

namespace milc {

/// Adds `--depfile` and `--depfile-target`. From their parsing on, files that are read are remembered.
void addDependencyOptions(CLI::App &app);
/// Names the output, which is the target of the rule unless the options say otherwise. Fails, reported, when the file can't be written, as
/// far as that is known.
mil::Status checkDependencyFile(llvm::StringRef output, mil::DiagnosticEngine &diags);
/// Writes the requested file, if any, after a command that succeeded. Returns the exit status.
int finishDependencyFile(int status);

} // namespace milc

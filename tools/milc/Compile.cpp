// milc compile: compiles a model as Core ML's compiler does, on any machine.
#include "CommandLine.h"
#include "DependencyFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mil;
using llvm::StringRef;

/// The output X.mlmodelc as given, or, in a given folder, under the name of the input.
static std::string outputPath(StringRef input, StringRef output) {
  if (formOfPath(output.empty() ? "." : output) == Form::Compiled)
    return output.str();
  llvm::SmallString<128> path(output);
  StringRef stem = llvm::sys::path::stem(input.rtrim('/'));
  llvm::sys::path::append(path, (input == "-" ? "model" : stem) + ".mlmodelc");
  return std::string(path);
}

int milc::runCompile(int argc, char **argv) {
  CommandLine line(
      "compile",
      "Compile a model to a .mlmodelc folder. The output is byte-identical to that of Core ML's compiler, except for the order "
      "of user-defined metadata and of the keys in metadata.json. Weight files are copied unchanged. Models for which the output "
      "of Core ML's compiler is not known are rejected.",
      "  milc compile model.mlpackage\n"
      "  milc compile model.mlpackage -o build\n"
      "  milc compile model.mil --weights build/weights -o app/Model.mlmodelc --force\n"
      "  milc compile model.mlpackage --coremlc-version=3500.32.1");
  InputOptions input;
  std::string output, version;
  SaveOptions save;
  input.addTo(line.app, "Model: a package, a .mlmodel, MIL text, or -");
  line.app
      .add_option("-o,--output", output, "Write X.mlmodelc, or into a folder under the name of the input (default: the current folder)")
      ->type_name("OUT");
  line.app.add_flag("-f,--force", save.force, "Replace an existing output");
  CLI::Option *versions =
      line.app
          .add_option("--coremlc-version", version,
                      "Write V as the compiler version in the output, or V/M with the version of its MIL component (default: " +
                          save.compile.compilerVersion + "/" + save.compile.milVersion + ")")
          ->type_name("V");
  line.app.add_flag("--best-effort", save.compile.bestEffort,
                    "Write a guess where Core ML's output is not known, and accept missing weight files, with warnings");
  addDependencyOptions(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (!version.empty()) {
    auto [compiler, component] = StringRef(version).split('/');
    save.compile.compilerVersion = compiler.str();
    save.compile.milVersion = component.empty() ? milVersionOf(compiler).str() : component.str();
    if (save.compile.milVersion.empty())
      return line.refuse(*versions,
                         "unknown version of the MIL component of " + compiler.str() + "; give both, as in " + compiler.str() + "/M");
  }

  DiagnosticEngine diags(llvm::errs());
  std::string path = outputPath(input.path, output);
  if (!checkDependencyFile(path, diags) || !checkOutput(path, diags, save))
    return exitBadInput;
  Context context;
  input.open.missingWeights = save.compile.bestEffort ? BlobResolver::Missing::Warn : BlobResolver::Missing::Error;
  Result<OpenedModel> model = input.openIn(context, diags);
  save.progress = terminalProgress();
  CommandOutputs outputs;
  if (!model || !compileModel(*model, path, diags, save) || !outputs.commit(diags))
    return exitBadInput;
  return finish(diags);
}

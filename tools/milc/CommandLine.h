// The command line: the parts shared by all subcommands of milc.
//
// A subcommand is one file: its options (CLI11), one call of a library, printing, the exit status. Diagnostics, progress and warnings go to
// standard error; standard output contains only what was requested. "-" is standard input or output wherever text is accepted.
#pragma once

#include "mil/Package/Package.h"
#include <CLI/CLI.hpp>

namespace milc {

/// Exit statuses, the same for every subcommand.
enum ExitStatus : int {
  exitOk = 0,
  exitBadInput = 1, ///< an input is invalid or an output can't be written; the diagnostics contain the reason
  exitDiffers = 1,  ///< of `milc diff`: the models differ
  exitUsage = 2,    ///< the command line is invalid
};

#define COMMAND(ID, NAME, SUMMARY) int run##ID(int argc, char **argv);
#include "Commands.def"

/// The option parser of one subcommand, with `--help`. Add options to `app`, then call `parse`.
class CommandLine {
public:
  /// `name` is the name of the subcommand, as in Commands.def. Its help starts with `description` and ends with `examples` (indented
  /// lines).
  CommandLine(const char *name, const char *description, const char *examples);

  CLI::App app;
  /// Parses argv[1…] (argv[0] is the subcommand). Returns the exit status if the command ends here: after --help, or for wrong usage.
  std::optional<int> parse(int argc, char **argv);
  /// Prints why an option can't be used; returns the exit status.
  int refuse(const CLI::Option &option, const std::string &why) const;
};

/// Options of a command that writes a model: `-o`, `--force`, `--externalize-from`.
struct OutputOptions {
  std::string path;
  mil::SaveOptions save;
  /// Checks, before the input is opened, whether the output can be written; reports the reason if it can't.
  bool check(mil::DiagnosticEngine &diags) const;
  /// Saves the model with each distinct weight stored once, and shows the progress. After success the output is complete, and standard
  /// output is only for a report, unless it is the output itself.
  mil::Result<mil::SaveResult> saveSharing(const mil::Model &model, llvm::ArrayRef<const mil::OpenedModel *> sources,
                                           mil::DiagnosticEngine &diags);
  /// If `defaultPath` is empty, `-o` is required.
  void addTo(CLI::App &app, const char *defaultPath = "");
};

/// Accepts numbers of at least `least`, but not nan.
CLI::Validator atLeast(double least);

/// Adds an option with a list of names, separated by commas.
void addNames(CLI::App &app, const char *option, std::vector<std::string> &names, const char *help);

/// The help text of the argument for a model.
inline constexpr const char *anyModel = "Model: a package, a .mlmodel, a .mlmodelc folder, MIL text, or -";

/// `--weights-dir`, and `--weights` for short.
inline constexpr const char *longAndShortWeights = "--weights-dir,--weights";

/// Options of a command that reads one model: IN, `--weights-dir`, `--model`.
struct InputOptions {
  std::string path;
  mil::OpenOptions open;
  /// Returns the option IN, which is required; `what` is its help text. `weightsOption` is for commands with another option `--weights`.
  CLI::Option *addTo(CLI::App &app, const char *what = anyModel, const char *weightsOption = longAndShortWeights);
  mil::Result<mil::OpenedModel> openIn(mil::Context &context, mil::DiagnosticEngine &diags) const;
};

/// Adds `--weights-dir` and `--model` to a command that reads several models.
void addInputOptions(CLI::App &app, mil::OpenOptions &options, const char *weightsOption = longAndShortWeights);

/// Adds `--allow-missing-weights`, for commands that don't need the weights.
void addMissingWeightsOption(CLI::App &app, mil::OpenOptions &options);

/// Fails with a diagnostic if two outputs of a command (empty: no output) are the same file, or one is inside another.
mil::Status checkDistinct(llvm::ArrayRef<llvm::StringRef> outputs, mil::DiagnosticEngine &diags);

/// Returns a callback that shows the progress of a long copy on standard error; null if standard error is not a terminal.
mil::ProgressFn terminalProgress();

/// The exit status of a command: an error in `diags` is bad input.
int finish(const mil::DiagnosticEngine &diags);

} // namespace milc

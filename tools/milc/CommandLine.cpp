#include "CommandLine.h"
#include "DependencyFile.h"
#include "Process.h"
#include "Reference.h"
#include "Table.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Paths.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <cmath>
#include <iostream>
#include <sstream>

using namespace mil;

namespace milc {

/// Breaks lines at blanks so that they fit a terminal.
static std::string wrapped(llvm::StringRef text) {
  constexpr size_t width = 100;
  std::string lines;
  for (llvm::StringRef paragraph : llvm::split(text, '\n'))
    while (!paragraph.empty()) {
      size_t end = paragraph.size() <= width ? paragraph.size() : std::min(paragraph.rfind(' ', width), paragraph.size());
      lines += paragraph.take_front(end).str() + "\n";
      paragraph = paragraph.drop_front(end).ltrim(' ');
    }
  return lines;
}

CommandLine::CommandLine(const char *name, const char *description, const char *examples)
    : app(wrapped(description), std::string("milc ") + name) {
  app.footer(std::string("Examples:\n") + examples);
  app.get_formatter()->column_width(32);
}

std::optional<int> CommandLine::parse(int argc, char **argv) {
  if (describing) {
    describe(app, *describing);
    return exitOk;
  }
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError &error) {
    std::ostringstream message; // may contain text from the command line
    int status = app.exit(error, std::cout, message);
    TerminalStream(llvm::errs()) << message.str();
    return status == 0 ? exitOk : exitUsage;
  }
}

int CommandLine::refuse(const CLI::Option &option, const std::string &why) const {
  std::cerr << option.get_name() << ": " << printable(why) << "\nRun with --help for more information.\n";
  return exitUsage;
}

void OutputOptions::addTo(CLI::App &app, const char *defaultPath) {
  path = defaultPath;
  CLI::Option *out =
      app.add_option("-o,--output", path, "Write X.mlpackage, X.mlmodelc, X.mlmodel or X.mil, or - for text on standard output");
  out->type_name("OUT");
  if (path.empty())
    out->required();
  else
    out->capture_default_str();
  app.add_flag("-f,--force", save.force, "Replace an existing output");
  app.add_option("--externalize-from", save.externalizeFrom,
                 "Move constants with at least N elements to the weight file; 0: none (default: 10 for packages, else 0)")
      ->type_name("N");
  addDependencyOptions(app);
}

CLI::Validator atLeast(double least) {
  return CLI::Validator(
      [least](const std::string &text) {
        double value = 0;
        bool fits = CLI::detail::lexical_cast(text, value) && value >= least;
        return fits ? std::string()
                    : "'" + text + "' is not a number" + (std::isfinite(least) ? " of at least " + formatNumber(least) : "");
      },
      "");
}

void addNames(CLI::App &app, const char *option, std::vector<std::string> &names, const char *help) {
  app.add_option(option, names, help)->type_name("NAME,...")->delimiter(',')->allow_extra_args(false);
}

bool OutputOptions::check(DiagnosticEngine &diags) const { return checkDependencyFile(path, diags) && checkOutput(path, diags, save); }

Result<SaveResult> OutputOptions::saveSharing(const Model &model, llvm::ArrayRef<const OpenedModel *> sources, DiagnosticEngine &diags) {
  save.layout = SaveOptions::Layout::Share;
  save.progress = terminalProgress();
  CommandOutputs outputs;
  Result<SaveResult> saved = saveModel(model, path, diags, save, sources);
  if (!saved || !outputs.commit(diags))
    return failure();
  if (!isStandardOutput(path))
    outputIsWritten();
  return saved;
}

CLI::Option *InputOptions::addTo(CLI::App &app, const char *what, const char *weightsOption) {
  CLI::Option *in = app.add_option("IN", path, what)->required()->type_name("");
  addInputOptions(app, open, weightsOption);
  return in;
}

Result<OpenedModel> InputOptions::openIn(Context &context, DiagnosticEngine &diags) const { return openModel(path, context, diags, open); }

void addInputOptions(CLI::App &app, OpenOptions &options, const char *weightsOption) {
  app.add_option(weightsOption, options.weightsDir, "Search weight files in DIR, by file name, instead of the model's folder")
      ->type_name("DIR");
  app.add_option("--model", options.model,
                 "Select a model of a pipeline by its index (from 0) or name; with several inputs, write IN#MODEL instead")
      ->type_name("MODEL");
}

void addMissingWeightsOption(CLI::App &app, OpenOptions &options) {
  app.add_flag_callback(
      "--allow-missing-weights", [&options] { options.missingWeights = BlobResolver::Missing::Warn; },
      "Accept missing weight files with a warning; references to them are kept");
}

/// The path of an output in a form that can be compared before the output exists.
static std::string settledPath(llvm::StringRef path) {
  llvm::SmallString<256> folder;
  if (llvm::sys::fs::real_path(folderOf(withoutTrailingSlash(path)), folder))
    folder = folderOf(withoutTrailingSlash(path));
  llvm::sys::path::append(folder, llvm::sys::path::filename(withoutTrailingSlash(path)));
  return std::string(folder);
}

Status checkDistinct(llvm::ArrayRef<llvm::StringRef> outputs, DiagnosticEngine &diags) {
  auto isNothing = [](llvm::StringRef path) { return path.empty() || isStream(path); };
  auto isWithin = [](llvm::StringRef path, llvm::StringRef folder) {
    return path.consume_front(folder) && (path.empty() || path.front() == '/');
  };
  for (size_t i = 0; i < outputs.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      std::string first = settledPath(outputs[j]), second = settledPath(outputs[i]);
      bool meet = isWithin(first, second) || isWithin(second, first);
      if (meet && !isNothing(outputs[i]) && !isNothing(outputs[j]))
        return diags.report({}, diag::CannotWrite, outputs[i],
                            "'" + outputs[j].str() + "' is written, too, and one would replace the other");
    }
  return success();
}

/// Progress is shown for copies of at least this many bytes.
static constexpr uint64_t longCopy = 100000000;

ProgressFn terminalProgress() {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return nullptr;
  return [](uint64_t done, uint64_t total) {
    if (total < longCopy)
      return;
    llvm::errs() << "\rweights: " << done / 1000000 << " of " << total / 1000000 << " MB";
    if (done == total)
      llvm::errs() << "\r\x1b[K";
  };
}

int finish(const DiagnosticEngine &diags) { return diags.hadError() ? exitBadInput : exitOk; }

} // namespace milc

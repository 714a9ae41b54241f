#include "DependencyFile.h"
#include "CommandLine.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Outputs.h"
#include "mil/Support/ReadLog.h"
#include "llvm/Support/FileSystem.h"

using namespace mil;
using llvm::StringRef;

namespace milc {

namespace {

struct DependencyFile {
  std::string path, target, output;
  std::optional<ReadLog> log;
};

DependencyFile &dependencies() {
  static DependencyFile file;
  return file;
}

/// Escapes a path for a rule of make and Ninja; nothing if the path has a line break, which can't be escaped.
std::optional<std::string> escapedForMake(StringRef path) {
  std::string escaped;
  for (char c : path) {
    if (c == '\n' || c == '\r')
      return std::nullopt;
    if (c == ' ' || c == '#' || c == '\\')
      escaped += '\\';
    if (c == '$')
      escaped += '$';
    escaped += c;
  }
  return escaped;
}

/// Whether a file that was read is an input: neither in the output nor temporary.
bool isInput(StringRef path, StringRef output) {
  StringRef rest = path;
  rest.consume_front("./");
  output.consume_front("./");
  bool isInOutput = rest.consume_front(output.rtrim('/')) && (rest.empty() || rest.front() == '/');
  return !isInOutput && llvm::sys::fs::exists(path);
}

Status writeRule(const DependencyFile &file, DiagnosticEngine &diags) {
  auto out = OutputFile::create(file.path, /*force=*/true, diags);
  if (!out)
    return failure();
  auto add = [&](StringRef path, StringRef before) -> Status {
    std::optional<std::string> escaped = escapedForMake(path);
    if (!escaped)
      return diags.report({}, diag::CannotWrite, file.path, "make can't represent the path '" + path.str() + "'");
    (*out)->stream() << before << *escaped;
    return success();
  };
  if (!add(file.target.empty() ? file.output : file.target, ""))
    return failure();
  (*out)->stream() << ":";
  for (const std::string &path : file.log->paths())
    if (isInput(path, file.output) && !add(path, " \\\n  "))
      return failure();
  (*out)->stream() << "\n";
  return (*out)->commit(diags);
}

} // namespace

void addDependencyOptions(CLI::App &app) {
  app.add_option_function<std::string>(
         "--depfile",
         [](const std::string &path) {
           dependencies().path = path;
           dependencies().log.emplace(path);
         },
         "Write the files that were read to FILE, as a rule for make and Ninja")
      ->type_name("FILE");
  app.add_option("--depfile-target", dependencies().target, "Target of that rule (default: OUT)")->type_name("TARGET")->needs("--depfile");
}

Status checkDependencyFile(StringRef output, DiagnosticEngine &diags) {
  DependencyFile &file = dependencies();
  file.output = output.str();
  if (!file.log)
    return success();
  if (file.target.empty() && isStream(output))
    return diags.report({}, diag::CannotWrite, file.path, "the output has no name; give one with --depfile-target");
  return checkDistinct({output, file.path}, diags) ? checkOutputFile(file.path, /*force=*/true, diags) : failure();
}

StringRef dependencyFile() { return dependencies().path; }

Status CommandOutputs::commit(DiagnosticEngine &diags) {
  if (dependencies().log && !writeRule(dependencies(), diags))
    return failure();
  dependencies().log.reset(); // files read from now on were written by this command
  return set.commit(diags);
}

} // namespace milc

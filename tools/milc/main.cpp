// milc: a compiler and optimizer for MIL, the language of Core ML's ML programs. Each subcommand is a file beside this one.
#include "CommandLine.h"
#include "Process.h"
#include "Reference.h"
#include "mil/Support/Printable.h"
#include "mil/Support/Suggestions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using llvm::StringRef;

namespace {

struct Command {
  StringRef name, summary;
  int (*run)(int argc, char **argv);
};

const Command commands[] = {
#define COMMAND(ID, NAME, SUMMARY) {NAME, SUMMARY, milc::run##ID},
#include "Commands.def"
};

void printHelp(llvm::raw_ostream &out) {
  out << "milc: a compiler and optimizer for MIL, the language of Core ML's ML programs\n\n"
         "Usage: milc COMMAND [OPTIONS]\n"
         "       milc COMMAND --help\n\n"
         "Commands:\n";
  for (const Command &command : commands)
    out << "  " << llvm::left_justify(command.name, 11) << command.summary << "\n";
  out << "\nOptions:\n"
         "  -h, --help           show this text\n"
         "  --version            show the version of milc\n"
         "  --completion SHELL   print completions for bash, zsh or fish\n"
         "  --man [COMMAND]      print a man page\n\n"
         "Examples:\n"
         "  milc merge first.mlpackage second.mlpackage -o both.mlpackage\n"
         "  milc convert model.mlpackage -o - | less\n"
         "  milc compile model.mlpackage\n"
         "  milc info model.mlmodelc\n\n"
         "Exit status: 0 on success, 1 for a bad input or an output that can't be written, 2 for wrong usage.\n";
}

/// All commands with their options, as they describe themselves.
std::vector<milc::CommandText> describeCommands() {
  std::vector<milc::CommandText> texts;
  for (const Command &command : commands) {
    milc::CommandText &text = texts.emplace_back();
    text.name = command.name.str(), text.summary = command.summary.str();
    std::string name = text.name;
    char *argv[] = {name.data(), nullptr};
    milc::describing = &text;
    command.run(1, argv);
    milc::describing = nullptr;
  }
  return texts;
}

/// `milc --man [COMMAND]` and `milc --completion SHELL`.
int printReference(StringRef what, StringRef of) {
  if (what == "--completion") {
    if (milc::printCompletion(describeCommands(), of, llvm::outs()))
      return milc::exitOk;
    llvm::errs() << "milc: --completion needs bash, zsh or fish\n";
    return milc::exitUsage;
  }
  if (!of.empty() && llvm::none_of(commands, [&](const Command &command) { return command.name == of; })) {
    llvm::errs() << "milc: unknown command '" << mil::printable(of) << "'\n";
    return milc::exitUsage;
  }
  milc::printManPage(describeCommands(), of, llvm::outs());
  return milc::exitOk;
}

int runNamed(int argc, char **argv) {
  if (argc < 2) {
    printHelp(llvm::errs());
    return milc::exitUsage;
  }
  StringRef name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") {
    printHelp(llvm::outs());
    return milc::exitOk;
  }
  if (name == "--version") {
    llvm::outs() << "milc " MILC_VERSION "\n";
    return milc::exitOk;
  }
  if (name == "--man" || name == "--completion")
    return printReference(name, argc > 2 ? StringRef(argv[2]) : StringRef());
  for (const Command &command : commands)
    if (command.name == name)
      return command.run(argc - 1, argv + 1);

  mil::NearestName nearest(name);
  for (const Command &command : commands)
    nearest.consider(command.name);
  llvm::errs() << "milc: unknown command '" << mil::printable(name) << "'" << mil::suggestion(nearest.name())
               << "\nRun 'milc --help' for the list of commands.\n";
  return milc::exitUsage;
}

} // namespace

int main(int argc, char **argv) {
  milc::prepareProcess(argv[0]);
  return milc::endProcess(runNamed(argc, argv));
}

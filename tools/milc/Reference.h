// Man pages and shell completions for the whole command line.
//
//   milc --man compress           > milc-compress.1
//   milc --completion zsh         > _milc
//
// Both are generated from the options that the commands declare: each command is called in a mode in which it describes itself instead of
// running.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace milc {

/// An option, or a positional argument (then `names` is empty).
struct OptionText {
  std::vector<std::string> names; ///< "-o", "--output"
  std::string value;              ///< the placeholder of its value: "OUT"; "" for a flag
  std::vector<std::string> choices;
  std::string says; ///< the help text
  bool isOptionalValue = false, isRequired = false, isRepeated = false;
};

/// The help of a command.
struct CommandText {
  std::string name, summary, description, examples;
  std::vector<OptionText> options;
};

/// If this is not null, commands write their description to it instead of running.
extern CommandText *describing;

/// Fills `into` with the description, the examples and the options of an app, without hidden options.
void describe(const CLI::App &app, CommandText &into);

/// Prints the man page of a command (section 1) as roff; the page of milc itself if `name` is empty.
void printManPage(llvm::ArrayRef<CommandText> commands, llvm::StringRef name, llvm::raw_ostream &out);
/// Prints a completion script for bash, zsh or fish. Returns false for other shells.
bool printCompletion(llvm::ArrayRef<CommandText> commands, llvm::StringRef shell, llvm::raw_ostream &out);

} // namespace milc

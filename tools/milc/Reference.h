// Describes the whole command line, for man pages and for shell completions.
//
//   milc --man compress           > milc-compress.1
//   milc --completion zsh         > _milc
//
// Both are generated from the options that the commands declare: a command is called to describe its options instead of running.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace milc {

/// An option, or a positional argument (`names` is empty then).
struct OptionText {
  std::vector<std::string> names; ///< "-o", "--output"
  std::string value;              ///< its value: "OUT"; "" for a flag
  std::vector<std::string> choices;
  std::string says;
  bool isOptionalValue = false, isRequired = false, isRepeated = false;
};

struct CommandText {
  std::string name, summary, description, examples;
  std::vector<OptionText> options;
};

/// If this isn't null, commands write their description here instead of running.
extern CommandText *describing;

/// The options of an app, in order, without hidden ones.
void describe(const CLI::App &app, CommandText &into);

/// The man page of a command (section 1) in roff; of milc itself for an empty name.
void printManPage(llvm::ArrayRef<CommandText> commands, llvm::StringRef name, llvm::raw_ostream &out);
/// Writes a completion script for bash, zsh or fish. False for another shell.
bool printCompletion(llvm::ArrayRef<CommandText> commands, llvm::StringRef shell, llvm::raw_ostream &out);

} // namespace milc

// The command line as a whole, for man pages and for the completions of shells.
//
//   milc --man compress           > milc-compress.1
//   milc --completion zsh         > _milc
//
// Both are made from the options that the commands declare: a command is called to describe itself instead of running.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace milc {

/// An option, or an argument that goes without one (`names` is empty then).
struct OptionText {
  std::vector<std::string> names; ///< "-o", "--output"
  std::string value;              ///< what it takes: "OUT"; "" for a flag
  std::vector<std::string> choices;
  std::string says;
  bool isOptionalValue = false, isRequired = false, isRepeated = false;
};

struct CommandText {
  std::string name, summary, description, examples;
  std::vector<OptionText> options;
};

/// While this isn't null, commands describe themselves here instead of running.
extern CommandText *describing;

/// What an app has been given: its options in order, without the hidden ones.
void describe(const CLI::App &app, CommandText &into);

/// The page of a command in section 1, in man's language; of milc itself for a name that is empty.
void printManPage(llvm::ArrayRef<CommandText> commands, llvm::StringRef name, llvm::raw_ostream &out);
/// A script for bash, zsh or fish. False for another shell.
bool printCompletion(llvm::ArrayRef<CommandText> commands, llvm::StringRef shell, llvm::raw_ostream &out);

} // namespace milc

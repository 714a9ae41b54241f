// Text in, program or diagnostics out: what the tests of this library share.
#pragma once

#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "llvm/ADT/Twine.h"
#include "gtest/gtest.h"
#include <string>

namespace mil::test {

/// A parsed text with everything that it depends on.
struct Parsed {
  std::string text;
  DiagnosticEngine diags;
  Context context;
  std::unique_ptr<Program> program;

  explicit Parsed(std::string source, const ParseOptions &options = {}) : text(std::move(source)) {
    uint32_t file = diags.sources().add("test.mil", text);
    if (auto result = parseProgram(text, file, context, diags, options))
      program = std::move(*result);
  }
  bool ok() const { return program != nullptr; }
  std::string print(const PrintOptions &options = {}) const { return programText(*program, options); }
  /// All diagnostics as the command line shows them.
  std::string messages() const {
    std::string out;
    llvm::raw_string_ostream stream(out);
    for (const Diagnostic &diagnostic : diags.diagnostics())
      diags.print(diagnostic, stream);
    return out;
  }
  /// "line:column slug" of each diagnostic, and of each note with "> " before.
  std::vector<std::string> places() const {
    std::vector<std::string> list;
    auto add = [&](const char *mark, const Diagnostic &diagnostic) {
      auto place = diags.sources().lineColumn(diagnostic.location);
      list.push_back(mark + std::to_string(place.line) + ":" + std::to_string(place.column) + " " + diagnostic.kind.slug().str());
    };
    for (const Diagnostic &diagnostic : diags.diagnostics()) {
      add("", diagnostic);
      for (const Diagnostic &note : diagnostic.notes)
        add("> ", note);
    }
    return list;
  }
};

/// Prints the program of `text`; its diagnostics if it can't be read.
inline std::string reprint(std::string text) {
  Parsed parsed(std::move(text));
  return parsed.ok() ? parsed.print() : parsed.messages();
}

/// A program whose function `f`, of no inputs and outputs, has these operations.
inline std::string programOf(llvm::StringRef operations) {
  return ("program(1.3)\n{\n    func f<ios18>() {\n" + llvm::Twine(operations) + "        } -> ();\n}").str();
}

} // namespace mil::test

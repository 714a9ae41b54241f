// Diagnostics: the errors, warnings and notes that milc reports about its inputs.
//
// Every kind of diagnostic is one line of a library's DiagnosticKinds.h: its name, severity, slug and message. Code reports a kind
// at a Location, with arguments for the placeholders of the message. The engine counts, keeps or prints it:
//
//   model.mil:7:43: error: use of undefined value 'x' [undefined-value]
//               tensor<fp16, [1]> y = relu(x = x)[name = string("y")];
//                                              ^
//   model.mil:3:24: note: a value with this name is defined in function 'f'
//
// A Location is a position in a text (file and byte offset), or only a file (binary inputs: the diagnostic then names the
// operation, see InFlight::in), or unknown.
#pragma once

#include "mil/Support/Result.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mil {

/// The severity of a diagnostic.
enum class Severity : uint8_t { Note, Warning, Error };

/// The properties of one kind of diagnostic. Kinds have static storage duration and are compared by address.
struct DiagSpec {
  const char *slug;   ///< as printed in brackets ("undefined-value"); no two kinds share one
  Severity severity;  ///< the default severity; the engine may turn warnings into errors
  const char *format; ///< the message; each `{}` takes an argument, in order
};

/// A kind of diagnostic: `diag::UndefinedValue`, from the DiagnosticKinds.h of the library that reports it. As cheap as a pointer.
class DiagKind {
public:
  constexpr DiagKind(const DiagSpec &spec) : spec(&spec) {}
  DiagKind(const DiagSpec &&) = delete;
  llvm::StringRef slug() const { return spec->slug; }
  Severity severity() const { return spec->severity; }
  llvm::StringRef format() const { return spec->format; }
  bool operator==(const DiagKind &) const = default;

private:
  const DiagSpec *spec;
};

/// Whether all braces of a message are `{}`, the only supported placeholder.
consteval bool isDiagFormat(std::string_view format) {
  for (size_t at; (at = format.find_first_of("{}")) != format.npos; format.remove_prefix(at + 2))
    if (!format.substr(at).starts_with("{}"))
      return false;
  return true;
}

/// Defines the kind `diag::ID`. Only used in a DiagnosticKinds.h, inside namespace mil::diag.
#define MIL_DIAG(ID, SEVERITY, SLUG, FORMAT)                                                                                               \
  static_assert(isDiagFormat(FORMAT));                                                                                                     \
  inline constexpr DiagSpec ID{SLUG, Severity::SEVERITY, FORMAT};

/// A position in an input: 16 bits of file number, 48 bits of byte offset. Small enough to be stored in every operation.
class Location {
public:
  Location() = default;
  /// File number `file` (from SourceManager), at byte `offset`.
  Location(uint32_t file, uint64_t offset) : bits((uint64_t(file) << 48) | (offset & offsetMask)) {}
  /// A file as a whole.
  static Location ofFile(uint32_t file) { return Location(file, offsetMask); }

  bool isKnown() const { return bits != 0; }
  bool hasOffset() const { return isKnown() && offset() != offsetMask; }
  uint32_t file() const { return uint32_t(bits >> 48); }
  uint64_t offset() const { return bits & offsetMask; }
  bool operator==(const Location &) const = default;

private:
  static constexpr uint64_t offsetMask = (uint64_t(1) << 48) - 1;
  uint64_t bits = 0; // file 0 is "unknown"
};

/// Names and texts of the inputs, for printing locations. Texts are borrowed and must live as long as the manager.
class SourceManager {
public:
  /// Registers an input; `text` is empty for binary inputs. Returns its file number, starting at 1; inputs after the 65,535th get 0,
  /// "unknown".
  uint32_t add(std::string name, llvm::StringRef text = {});
  /// The name of an input; "milc" for unknown numbers.
  llvm::StringRef name(uint32_t file) const;
  /// The text of an input; "" for binary inputs and unknown numbers.
  llvm::StringRef text(uint32_t file) const;

  /// A place in a text, for people.
  struct LineColumn {
    uint64_t line, column; ///< both from 1; columns count bytes
    llvm::StringRef text;  ///< the line without its end
  };
  /// Line and column of a location that has an offset (an offset past the end counts as the end). Linear in the distance from the
  /// location of the previous call, or from the start; intended for error reporting only.
  LineColumn lineColumn(Location location) const;

private:
  struct Source {
    std::string name;
    llvm::StringRef text;
  };
  /// The start of the line that was found last, from which counting continues.
  struct Known {
    uint32_t file = 0;
    uint64_t line = 1, offset = 0;
  };
  std::vector<Source> sources;
  mutable Known known;
};

/// An argument of a diagnostic's message: text or a number.
class DiagArg {
public:
  DiagArg(llvm::StringRef text) : text(text) {}
  DiagArg(const std::string &text) : text(text) {}
  DiagArg(const char *text) : text(text) {}
  template <typename I>
    requires std::is_integral_v<I>
  DiagArg(I number) : text(std::to_string(number)) {}
  const std::string &str() const { return text; }

private:
  std::string text;
};

/// One reported diagnostic with its notes.
struct Diagnostic {
  DiagKind kind;
  Severity severity;
  Location location;
  std::string context; ///< "function 'main', operation 'y' (relu)" where the location has no offset; may be empty
  std::string message;
  std::vector<Diagnostic> notes;
};

/// Collects diagnostics. Not thread-safe: use one engine per thread.
class DiagnosticEngine {
public:
  /// Prints diagnostics to `out` as they are reported, in colour if `out` supports it.
  explicit DiagnosticEngine(llvm::raw_ostream &out);
  /// Keeps diagnostics in `diagnostics()` and prints nothing.
  DiagnosticEngine();
  ~DiagnosticEngine();
  DiagnosticEngine(const DiagnosticEngine &) = delete;
  DiagnosticEngine &operator=(const DiagnosticEngine &) = delete;

  SourceManager &sources() { return sourceManager; }
  const SourceManager &sources() const { return sourceManager; }

  /// A diagnostic under construction; handed to the engine when it goes out of scope. Converts to a failed Status or Result, so that
  /// `return diags.report(…);` reports and fails.
  class InFlight {
  public:
    InFlight(DiagnosticEngine &engine, Diagnostic diagnostic) : engine(&engine), diagnostic(std::move(diagnostic)) {}
    InFlight(InFlight &&other) : engine(std::exchange(other.engine, nullptr)), diagnostic(std::move(other.diagnostic)) {}
    ~InFlight() { flush(); }
    /// Adds a note.
    template <typename... Args> InFlight &&note(Location location, DiagKind kind, const Args &...args) && {
      diagnostic.notes.push_back(makeDiagnostic(location, kind, {DiagArg(args)...}));
      return std::move(*this);
    }
    /// Names the operation ("function 'main', operation 'y' (relu)"), for a location without an offset.
    InFlight &&in(std::string context) && {
      diagnostic.context = std::move(context);
      return std::move(*this);
    }
    operator Status() && { return failure(); }
    template <typename T> operator Result<T>() && { return failure(); }
    /// Reports the diagnostic now instead of at the end of the scope.
    void flush();

  private:
    DiagnosticEngine *engine;
    Diagnostic diagnostic;
  };

  /// Reports `kind` at `location`; `args` fill the `{}` of its message in order.
  template <typename... Args> InFlight report(Location location, DiagKind kind, const Args &...args) {
    return InFlight(*this, makeDiagnostic(location, kind, {DiagArg(args)...}));
  }
  /// Makes every warning an error.
  void setWarningsAsErrors(bool on) { warningsAsErrors = on; }
  /// Stops printing and keeping diagnostics after this many errors (0: never), with one note; errors are still counted.
  void setErrorLimit(unsigned limit) { errorLimit = limit; }

  /// The numbers of errors and warnings so far, including errors beyond the limit.
  size_t errorCount() const { return errors; }
  size_t warningCount() const { return warnings; }
  bool hadError() const { return errors != 0; }
  /// The reported diagnostics, if the engine keeps them instead of printing them.
  const std::vector<Diagnostic> &diagnostics() const { return kept; }
  /// Prints one diagnostic as the command line does: location, severity, message, slug, source line and caret, notes.
  void print(const Diagnostic &diagnostic, llvm::raw_ostream &out) const;

private:
  static Diagnostic makeDiagnostic(Location location, DiagKind kind, std::vector<DiagArg> args);
  void take(Diagnostic diagnostic);

  SourceManager sourceManager;
  llvm::raw_ostream *out = nullptr;
  std::vector<Diagnostic> kept;
  size_t errors = 0, warnings = 0;
  unsigned errorLimit = 0;
  bool warningsAsErrors = false;
};

} // namespace mil

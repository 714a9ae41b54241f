// The pass manager: runs a pipeline on a program, and lets one watch.
//
// Cost: what the passes cost. Watching costs a printing of the program, or a verification, a pass. Debug builds check after every pass that
// says "unchanged" that it was.
#pragma once

#include "mil/Pass/Pipeline.h"
#include <functional>

namespace mil {

struct PassInstrumentation {
  /// Writes a program for reading by people (printProgram). Without it nothing is printed.
  std::function<void(const Program &, llvm::raw_ostream &)> print;
  /// Where everything below is written.
  llvm::raw_ostream *out = nullptr;

  /// Verifies after every pass that changed something; the pass that broke the program is named, and the program before it printed.
  bool verifyEach = false;
  /// Looks at the program before the first pass (`pass` is null then), and after each that changed something. Failure, which it has
  /// reported, ends the run. `model` is null when the program stands alone.
  std::function<Status(const PassInfo *pass, const Program &program, const Model *model, DiagnosticEngine &diags)> check;
  /// Passes before and after which the program is printed; "*" is every one.
  std::vector<std::string> printBefore, printAfter;
  /// After every pass that changed something, prints what, as a unified diff.
  bool printChanged = false;
  /// At the end: how long every pass took, all its runs together, the longest first.
  bool timePasses = false;
  /// At the end: what every pass counted.
  bool statistics = false;
  /// Checks that passes which say so have changed nothing.
  bool checkUnchanged =
#ifdef NDEBUG
      false;
#else
      true;
#endif
};

class PassManager {
public:
  explicit PassManager(const PassRegistry &registry, PassInstrumentation instrumentation = {});
  ~PassManager();
  PassManager(const PassManager &) = delete;

  /// Makes the passes and gives them their options: an unknown pass, an unknown option and a wrong value are errors.
  Status add(const PassList &pipeline, DiagnosticEngine &diags);
  /// Lets `run` repeat all that was added while that changes something, at most this many times (1 unless told otherwise). One pass may
  /// make work for one before it. Warns when the last round changed something still.
  void setRounds(unsigned most) { rounds = most; }
  /// Runs all that was added, in order. True when something changed. After a failure the program must not be used.
  Result<bool> run(Program &program, DiagnosticEngine &diags) { return runAll(program, nullptr, diags); }
  /// The same on a model's program, whose interface passes may change, or on each program of a pipeline, whose interfaces must stay. Models
  /// without a program are left alone.
  Result<bool> run(Model &model, DiagnosticEngine &diags);

private:
  struct Entry;
  struct Log;
  Result<bool> runAll(Program &program, Model *model, DiagnosticEngine &diags);
  Result<bool> runStage(Model &stage, size_t number, DiagnosticEngine &diags);
  Status runRounds(Program &program, Model *model, Log &log, DiagnosticEngine &diags);
  Status runOne(Entry &entry, Program &program, Model *model, Log &log, DiagnosticEngine &diags);
  const PassRegistry &registry;
  PassInstrumentation watch;
  std::vector<Entry> entries;
  unsigned rounds = 1;
};

/// Passes run on valid programs only: verifies structure and operations of a model's program, or of its pipeline's. Reports errors, and
/// keeps warnings to itself. A model without programs is warned of.
Status verifyForPasses(const Model &model, DiagnosticEngine &diags);

/// A number for all that a program's text would show: equal programs have equal ones, and a change changes it. Literals count by identity.
/// Linear.
uint64_t fingerprint(const Program &program);

/// What changed from one text to another, as a unified diff with `context` lines around every change. Texts that differ in very many places
/// are diffed coarsely.
void printDiff(llvm::StringRef before, llvm::StringRef after, llvm::raw_ostream &out, unsigned context = 2);

} // namespace mil

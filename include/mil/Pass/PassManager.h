// The pass manager: runs a pipeline on a program, with options to observe it.
//
//   PassManager manager(registry);
//   if (!manager.add(passes, diags) || !manager.run(model, diags))
//     return failure();
//
// Printing and verification options cost one printing or verification of the program per pass. Debug builds check that passes that return
// "unchanged" have changed nothing.
#pragma once

#include "mil/Pass/Pipeline.h"
#include <functional>

namespace mil {

/// Options to check and print programs while passes run.
struct PassInstrumentation {
  /// Prints a program for display (printProgram). Without it nothing is printed.
  std::function<void(const Program &, llvm::raw_ostream &)> print;
  /// The stream for all output below.
  llvm::raw_ostream *out = nullptr;

  /// Verifies the program after every pass that changed it; reports the pass that broke it, and prints the program before that pass.
  bool verifyEach = false;
  /// Called before the first pass (`pass` is null then), and after each pass that changed the program. A failure, which it must report,
  /// ends the run. `model` is null for a program without a model.
  std::function<Status(const PassInfo *pass, const Program &program, const Model *model, DiagnosticEngine &diags)> check;
  /// Passes before and after which the program is printed; "*" means all.
  std::vector<std::string> printBefore, printAfter;
  /// Prints the changes of every pass as a unified diff.
  bool printChanged = false;
  /// Prints the total time of each pass at the end, the longest first.
  bool timePasses = false;
  /// Prints the counters of each pass at the end.
  bool statistics = false;
  /// Checks that passes that return "unchanged" have changed nothing.
  bool checkUnchanged =
#ifdef NDEBUG
      false;
#else
      true;
#endif
};

/// Runs a list of passes, or a pipeline, on programs.
class PassManager {
public:
  explicit PassManager(const PassRegistry &registry, PassInstrumentation instrumentation = {});
  ~PassManager();
  PassManager(const PassManager &) = delete;

  /// Creates the passes and sets their options; unknown passes, unknown options and invalid values are errors.
  Status add(const PassList &pipeline, DiagnosticEngine &diags);
  /// Repeats the added passes while they change something, at most this many times (default: 1), because a pass may create opportunities
  /// for an earlier one. Warns if the last round still changed something.
  void setRounds(unsigned most) { rounds = most; }
  /// Runs the added passes in order. Returns whether something changed. After a failure the program must not be used.
  Result<bool> run(Program &program, DiagnosticEngine &diags) { return runAll(program, nullptr, diags); }
  /// The same for the program of a model, whose interface passes may change, or for each program of a pipeline, whose interfaces must not
  /// change. Models without a program are not changed.
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

/// Verifies structure and operations of the programs of a model or pipeline, because passes only run on valid programs. Only errors are
/// reported. Warns about a model without programs.
Status verifyForPasses(const Model &model, DiagnosticEngine &diags);

/// A hash of everything that is printed of a program: equal programs have equal hashes, and every change changes it. Literals are hashed by
/// identity. Linear.
uint64_t fingerprint(const Program &program);

/// The differences between two texts as a unified diff with `context` lines around every change. Texts with very many differences are
/// compared coarsely.
void printDiff(llvm::StringRef before, llvm::StringRef after, llvm::raw_ostream &out, unsigned context = 2);

} // namespace mil

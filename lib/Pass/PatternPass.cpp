// The worklist: which operations a pattern pass looks at, and in which order.
#include "mil/Pass/Rewriter.h"
#include "mil/Support/Work.h"

namespace mil {

/// A queue without duplicates of the operations to look at, in the order of the program at first. An operation that is erased is dropped
/// from it; the memory of operations isn't reused, so that an address stays one operation's.
class PatternDriver {
public:
  PatternDriver(PatternPass &pass, llvm::ArrayRef<llvm::StringRef> roots, Function &function, PassRun &run)
      : pass(pass), rewriter(function, run), run(run) {
    Context &context = function.program().context();
    for (llvm::StringRef root : roots)
      if (Name name = context.find(root)) // no operation has this type if it isn't interned
        types.push_back(name);
    any = roots.empty();
    function.body().walk([&](Operation &op) { enqueue(&op); });
  }

  /// Until nothing is left to look at, or an error was reported.
  PassResult drain() {
    uint64_t rewrites = 0;
    size_t errors = run.diags.errorCount();
    for (size_t head = 0; head < queue.size(); ++head) {
      Operation *op = queue[head];
      if (!waiting.erase(op))
        continue;
      work::count();
      rewriter.begin(*op);
      if (!pass.rewrite(*op, rewriter)) {
        rewriter.rollback();
        if (run.diags.errorCount() != errors)
          break;
        continue;
      }
      ++rewrites;
      rewriter.finish();
      for (const Operation *gone : rewriter.erased)
        waiting.erase(const_cast<Operation *>(gone));
      for (Operation *again : rewriter.touched)
        enqueue(again);
      // What has been looked at is let go in big steps.
      if (head > queue.size() / 2 && head > 4096) {
        queue.erase(queue.begin(), queue.begin() + ptrdiff_t(head));
        head = 0;
      }
    }
    if (rewrites)
      run.count("rewrites", rewrites);
    return run.diags.errorCount() != errors ? PassResult::Failed : changedIf(rewrites != 0);
  }

private:
  void enqueue(Operation *op) {
    if ((any || llvm::is_contained(types, op->type())) && waiting.insert(op).second)
      queue.push_back(op);
  }

  PatternPass &pass;
  Rewriter rewriter;
  PassRun &run;
  llvm::SmallVector<Name, 4> types;
  bool any = false;
  std::vector<Operation *> queue;
  llvm::DenseSet<Operation *> waiting;
};

PassResult PatternPass::runOnFunction(Function &function, PassRun &run) {
  if (!startFunction(function))
    return PassResult::Unchanged;
  return PatternDriver(*this, roots, function, run).drain();
}

} // namespace mil

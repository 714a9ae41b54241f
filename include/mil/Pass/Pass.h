// The base classes of passes, their options and results.
//
// A pass rewrites a program in place. Most passes rewrite small patterns and derive from PatternPass (mil/Pass/Rewriter.h); passes that
// work on whole functions derive from FunctionPass; passes that add functions, or change the interface of the model, derive from Pass.
// Apart from their options, passes have no state that outlives a run.
//
// A pass consists of a file in `passes/`, named after it, and a line in passes/Registry.def:
//
//   struct MergeConsecutiveRelus : PatternPass {
//     MergeConsecutiveRelus() : PatternPass({"relu"}) {}
//     bool rewrite(Operation &op, Rewriter &rewriter) override { … }
//   };
//   MIL_PASS(merge_consecutive_relus, MergeConsecutiveRelus)
#pragma once

#include "mil/IR/Model.h"
#include "llvm/ADT/SmallVector.h"

namespace mil {

/// The effect of a pass on a program.
enum class PassResult : uint8_t {
  Unchanged, ///< the program is exactly the same; checked in debug builds
  Changed,
  Failed, ///< an error was reported; the program may be in an inconsistent state and must not be used
};
/// The result of a pass that did not fail.
inline PassResult changedIf(bool changed) { return changed ? PassResult::Changed : PassResult::Unchanged; }

/// The input of one run of a pass, and its counters.
class PassRun {
public:
  PassRun(Program &program, Model *model, DiagnosticEngine &diags) : program(program), model(model), diags(diags) {}
  Program &program;
  /// The model that contains the program, with its interface; null for a program without a model.
  Model *model;
  DiagnosticEngine &diags;

  /// Adds to a counter for `--stats` ("rewrites").
  void count(llvm::StringRef what, uint64_t times = 1);
  struct Count {
    std::string what;
    uint64_t times;
  };
  llvm::ArrayRef<Count> counts() const { return counters; }

private:
  llvm::SmallVector<Count, 2> counters;
};

class PassOptionBase;

/// A rewrite of programs, with options. A pass object is used for one program at a time.
class Pass {
public:
  Pass() = default;
  virtual ~Pass() = default;
  Pass(const Pass &) = delete;
  Pass &operator=(const Pass &) = delete;

  /// Runs the pass on the program of `run`.
  virtual PassResult run(PassRun &run) = 0;
  /// The options that the pass declares, in order.
  llvm::ArrayRef<PassOptionBase *> options() const { return declared; }
  /// The option with this name, or null.
  PassOptionBase *option(llvm::StringRef name) const;

private:
  friend class PassOptionBase;
  llvm::SmallVector<PassOptionBase *, 2> declared;
};

/// A pass that handles each function separately.
class FunctionPass : public Pass {
public:
  PassResult run(PassRun &run) final;
  /// Runs the pass on one function; called for each function of the program.
  virtual PassResult runOnFunction(Function &function, PassRun &run) = 0;
};

/// An option of a pass, a member of it:
///
///   Option<std::optional<int64_t>> limit{*this, "skip_const_by_size", "Leave constants of more elements as they are"};
///   Option<bool> exact{*this, "exact", "Only rewrite what keeps every bit", true};
///
/// Its value is set before the pass runs, from `pass{name=value,…}`, and read by `*limit` or by conversion.
class PassOptionBase {
public:
  PassOptionBase(Pass &pass, llvm::StringRef name, llvm::StringRef summary) : name_(name), summary_(summary) {
    pass.declared.push_back(this);
  }
  virtual ~PassOptionBase() = default;
  llvm::StringRef name() const { return name_; }
  /// A summary, in one sentence without a full stop.
  llvm::StringRef summary() const { return summary_; }
  /// Sets the value from text; false if the text is invalid.
  virtual bool parse(llvm::StringRef text) = 0;
  /// The kind of value: "integer", "true or false", ….
  virtual llvm::StringRef kind() const = 0;
  /// The value as text; "" if there is none.
  virtual std::string text() const = 0;

private:
  llvm::StringRef name_, summary_;
};

/// An option of type `T`: bool, int64_t, double, std::string, std::vector<std::string> (`name=a,b,c`), or an optional of one.
template <typename T> class Option : public PassOptionBase {
public:
  Option(Pass &pass, llvm::StringRef name, llvm::StringRef summary, T value = T())
      : PassOptionBase(pass, name, summary), value(std::move(value)) {}
  const T &operator*() const { return value; }
  const T *operator->() const { return &value; }
  operator const T &() const { return value; }
  bool parse(llvm::StringRef text) override;
  llvm::StringRef kind() const override;
  std::string text() const override;

private:
  T value;
};

/// An option whose value is one of a few words; the first is the default.
class ChoiceOption : public PassOptionBase {
public:
  ChoiceOption(Pass &pass, llvm::StringRef name, llvm::StringRef summary, std::initializer_list<llvm::StringRef> words);
  llvm::StringRef operator*() const { return words[chosen]; }
  bool is(llvm::StringRef word) const { return words[chosen] == word; }
  bool parse(llvm::StringRef text) override;
  llvm::StringRef kind() const override { return list; }
  std::string text() const override { return words[chosen].str(); }

private:
  llvm::SmallVector<llvm::StringRef, 4> words;
  size_t chosen = 0;
  std::string list; ///< "a, b or c"
};

extern template class Option<bool>;
extern template class Option<int64_t>;
extern template class Option<double>;
extern template class Option<std::string>;
extern template class Option<std::vector<std::string>>;
extern template class Option<std::optional<int64_t>>;
extern template class Option<std::optional<double>>;
extern template class Option<std::optional<std::string>>;

} // namespace mil

namespace mil {

/// The constructor of a pass, and the differences from the coremltools pass with the same name ("" if there are none).
struct PassSource {
  std::unique_ptr<mil::Pass> (*make)();
  const char *differs;
};

} // namespace mil

/// Placed at the end of the file of a pass: connects its class with its name in passes/Registry.def. The optional third argument, a string,
/// describes how the pass differs from the coremltools pass with the same name; `milc passes` and docs/passes.md show it.
#define MIL_PASS(NAME, CLASS, ...)                                                                                                         \
  mil::PassSource source_##NAME() {                                                                                                        \
    return {[]() -> std::unique_ptr<mil::Pass> { return std::make_unique<CLASS>(); }, "" __VA_ARGS__};                                     \
  }

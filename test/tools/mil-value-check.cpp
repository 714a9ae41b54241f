// mil-value-check: whether passes keep what a program computes.
//
//   mil-value-check PROGRAM.mil PASSES [--tolerance=T] [--unchanged-ok]
//
// Reads MIL text twice, runs PASSES (as `milc opt --passes` takes them) on one of the two, runs every function of both on the same
// pseudo-random inputs and states by the reference kernels, and compares the outputs and what states hold at the end: bit for bit, or
// within T relative to the larger of 1 and the value. Sizes that are unknown before run time are taken as 3. Prints which functions it
// checked; one that can't be run (indices out of range, unknown ops) is skipped, and at least one must be left. Fails, too, when the
// passes change nothing, which is no test, unless told that this is fine.
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/Executable.h"
#include "mil/Support/Files.h"
#include "mil/Text/Parser.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <random>

using namespace mil;

namespace {

constexpr int64_t unknownSize = 3;

/// Multiples of 1/64 in [-2, 2), small counts for integers, both bools.
Tensor randomTensor(Type type, std::mt19937 &random) {
  Tensor::Dims dims(type.dims().begin(), type.dims().end());
  for (int64_t &dim : dims)
    if (dim < 0)
      dim = unknownSize;
  Tensor tensor(type.dtype(), dims);
  std::vector<double> values(size_t(tensor.count()));
  for (double &value : values)
    value = isFloat(type.dtype()) ? double(int(random() % 256) - 128) / 64 : double(random() % (type.dtype() == DType::Bool ? 2 : 3));
  tensor.write(0, values);
  return tensor;
}

/// What a function gives, and what its states hold then.
struct Outcome {
  NamedValues outputs;
  States states;
  std::string why; ///< it can't be run
};

Outcome run(const Function &function, unsigned seed) {
  Outcome outcome;
  DiagnosticEngine complaints;
  std::mt19937 random(seed);
  NamedValues inputs;
  for (const Value *input : function.inputs()) {
    Type type = input->type().isState() ? input->type().element() : input->type();
    if (!type.isTensor() || !type.hasRank()) {
      outcome.why = "input '" + input->name().str().str() + "' is no tensor of known rank";
      return outcome;
    }
    Tensor value = randomTensor(type, random);
    if (input->type().isState())
      outcome.states.insert_or_assign(input->name().str().str(), value);
    else
      inputs[input->name().str().str()] = value;
  }
  RunOptions options;
  options.threads = 1, options.fastKernels = false;
  Result<std::unique_ptr<Executable>> executable = Executable::make(function, complaints, options);
  Result<NamedValues> outputs = executable ? (*executable)->run(inputs, outcome.states, complaints) : failure();
  if (outputs)
    outcome.outputs = std::move(*outputs);
  else
    outcome.why = complaints.diagnostics().back().message;
  return outcome;
}

bool same(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b) || std::isinf(a) || std::isinf(b))
    return a == b || (std::isnan(a) && std::isnan(b));
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(a));
}

bool sameTensor(const Tensor &a, const Tensor &b, double tolerance, llvm::StringRef name) {
  if (a.dtype() != b.dtype() || a.dims() != b.dims()) {
    llvm::errs() << name << ": its type or shape is another\n";
    return false;
  }
  for (int64_t i = 0; i < a.count(); ++i) {
    double before = a.number(i), after = b.number(i);
    bool equal = a.isFloat()
                     ? same(before, after, tolerance) && (tolerance || std::signbit(before) == std::signbit(after) || std::isnan(before))
                     : a.integer(i) == b.integer(i);
    if (!equal) {
      llvm::errs() << name << ": element " << i << " was " << before << ", became " << after << "\n";
      return false;
    }
  }
  return true;
}

bool sameOutcome(const Function &function, const Function &other, const Outcome &a, const Outcome &b, double tolerance) {
  std::string name = function.name().str().str() + " ";
  // By their places: passes may rename outputs.
  for (auto [before, after] : llvm::zip(function.outputs(), other.outputs())) {
    const Tensor *x = a.outputs.find(before.value()->name().str())->second.tensor();
    const Tensor *y = b.outputs.find(after.value()->name().str())->second.tensor();
    if (!x || !y || !sameTensor(*x, *y, tolerance, name + before.value()->name().str().str()))
      return false;
  }
  for (const auto &[state, held] : a.states)
    if (auto now = b.states.find(state); now != b.states.end() && !sameTensor(held, now->second, tolerance, name + state))
      return false;
  return true;
}

struct Request {
  std::string path, passes;
  double tolerance = 0;
  bool unchangedOk = false;
};

Result<std::unique_ptr<Program>> load(const MappedFile &text, Context &context, DiagnosticEngine &diags) {
  auto program = parseProgram(text, context, diags);
  if (!program || !verifyStructure(**program, diags) || !verifyOperations(**program, diags))
    return failure();
  return program;
}

/// Runs both forms of every function and compares; the functions that could be checked are added to `checked`.
bool compare(Program &before, Program &after, unsigned seed, double tolerance, std::vector<std::string> &checked) {
  for (Function *function : before.functions()) {
    std::string name = function->name().str().str();
    Outcome was = run(*function, seed);
    if (!was.why.empty()) {
      if (seed == 1)
        llvm::outs() << "skipped " << name << ": " << was.why << "\n";
      continue;
    }
    Function *other = after.function(name);
    Outcome is = other ? run(*other, seed) : Outcome{{}, {}, "it is gone"};
    if (!is.why.empty()) {
      llvm::errs() << name << ", rewritten: " << is.why << "\n";
      return false;
    }
    if (!sameOutcome(*function, *other, was, is, tolerance))
      return false;
    if (seed == 1)
      checked.push_back(name);
  }
  return true;
}

Status check(const Request &request, DiagnosticEngine &diags) {
  auto text = MappedFile::open(request.path, diags);
  auto passes = parsePasses(request.passes, allPasses(), diags);
  if (!text || !passes)
    return failure();
  constexpr unsigned seeds = 3;
  std::vector<std::string> checked;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    Context context;
    auto before = load(**text, context, diags), after = load(**text, context, diags);
    PassManager manager(allPasses());
    if (!before || !after || !manager.add(*passes, diags))
      return failure();
    Result<bool> changed = manager.run(**after, diags);
    if (!changed || !verifyStructure(**after, diags) || !verifyOperations(**after, diags))
      return failure();
    if (!*changed && !request.unchangedOk) {
      llvm::errs() << "the passes change nothing\n";
      return failure();
    }
    if (!compare(**before, **after, seed, request.tolerance, checked))
      return failure();
  }
  llvm::outs() << "same values: " << (checked.empty() ? "none checked" : llvm::join(checked, " ")) << "\n";
  return checked.empty() ? failure() : success();
}

} // namespace

int main(int argc, char **argv) {
  Request request;
  std::vector<llvm::StringRef> rest;
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, size_t(argc - 1))) {
    if (argument.consume_front("--tolerance=")) {
      if (argument.getAsDouble(request.tolerance))
        rest.clear();
    } else if (argument == "--unchanged-ok")
      request.unchangedOk = true;
    else
      rest.push_back(argument);
  }
  if (rest.size() != 2) {
    llvm::errs() << "usage: mil-value-check PROGRAM.mil PASSES [--tolerance=T] [--unchanged-ok]\n";
    return 2;
  }
  request.path = rest[0].str(), request.passes = rest[1].str();
  DiagnosticEngine diags(llvm::errs());
  return check(request, diags) ? 0 : 1;
}

// mil-value-check: whether passes keep what a program computes.
//
//   mil-value-check PROGRAM.mil PASSES [--tolerance=T] [--unchanged-ok]
//
// Reads MIL text twice, runs PASSES (as `milc opt --passes` takes them) on one of the two, gives the inputs of every function the same
// pseudo-random constants, evaluates both by the catalogue's folding kernels, operation by operation, and compares the outputs: bit for
// bit, or within T relative to the larger of 1 and the value. Sizes that are unknown before run time are taken as 3. Prints which functions
// it checked; one that can't be evaluated (states, control flow, an op without a kernel) is skipped, and at least one must be left. Fails,
// too, when the passes change nothing, which is no test, unless told that this is fine.
#include "mil/IR/Builder.h"
#include "mil/Ops/Elements.h"
#include "mil/Ops/Fold.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
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

/// A constant for an input: multiples of 1/64 in [-2, 2), small counts for integers, both bools.
const Literal *randomInput(Context &context, Type type, std::mt19937 &random) {
  llvm::SmallVector<int64_t, 6> dims(type.dims().begin(), type.dims().end());
  for (int64_t &dim : dims)
    if (dim < 0)
      dim = unknownSize;
  Tensor tensor(type.dtype(), dims);
  std::vector<double> values(size_t(tensor.count()));
  for (double &value : values)
    value = isFloat(type.dtype()) ? double(int(random() % 256) - 128) / 64 : double(random() % (type.dtype() == DType::Bool ? 2 : 3));
  tensor.write(0, values);
  return tensor.toLiteral(context, type.withDims(context, dims));
}

/// one_hot along the last axis, which isn't folded either.
llvm::SmallVector<const Literal *, 1> oneHot(const Operation &op) {
  const Literal *indices = op.constant("indices"), *on = op.constant("on_value"), *off = op.constant("off_value");
  Type type = op.result()->type();
  const Literal *axis = op.constant("axis");
  if (!indices || !indices->isTensor() || !on || !off || (axis->asInt() != -1 && axis->asInt() != int64_t(type.rank()) - 1))
    return {};
  Tensor result(type.dtype(), type.dims());
  for (int64_t i = 0; i < result.count(); ++i) {
    bool chosen = indices->elementAsInt(size_t(i / result.dim(-1))) == i % result.dim(-1);
    result.write(i, llvm::ArrayRef<double>(*(chosen ? on : off)->asDouble()));
  }
  return {result.toLiteral(op.program().context(), type)};
}

/// The results of an operation on constants; those of constexpr_* and dequantize, which are never folded, are spelt out.
llvm::SmallVector<const Literal *, 1> valuesOf(const Operation &op, DiagnosticEngine &diags) {
  llvm::SmallVector<const Literal *, 1> literals = foldOperation(op, diags);
  if (op.is("one_hot"))
    return oneHot(op);
  if (!literals.empty() || !(op.type().str().starts_with("constexpr_") || op.is("dequantize")))
    return literals;
  for (const Value &result : op.results()) {
    std::unique_ptr<ElementReader> elements = elementsOf(result);
    std::optional<Tensor> tensor = elements ? readAll(*elements, 1 << 20, diags) : std::nullopt;
    if (!tensor)
      return {};
    literals.push_back(tensor->toLiteral(op.program().context(), result.type()));
  }
  return literals;
}

/// Lets constants stand for the inputs and folds everything. The reason when something doesn't fold, else "".
std::string evaluate(Function &function, unsigned seed, DiagnosticEngine &diags) {
  Program &program = function.program();
  std::mt19937 random(seed);
  auto becomes = [&](Value &value, const Literal *literal, Block::iterator before) {
    Operation *constant =
        Operation::create(program, program.context().intern("const"), Operation::ResultSpec{value.name(), literal->type()});
    constant->setAttribute(program.context().intern("val"), literal);
    function.body().insert(before, constant);
    if (value.hasUses())
      value.replaceAllUsesWith(constant->result());
  };
  Block::iterator begin = function.body().begin();
  for (Value *input : function.inputs()) {
    if (!input->type().isTensor() || !input->type().hasRank())
      return "input '" + input->name().str().str() + "' is no tensor of known rank";
    becomes(*input, randomInput(program.context(), input->type(), random), begin);
  }
  for (auto at = begin; at != function.body().end(); ++at) {
    if (at->is("const"))
      continue;
    auto literals = valuesOf(*at, diags);
    if (literals.empty())
      return "cannot evaluate " + at->describe();
    for (auto [value, literal] : llvm::zip(at->results(), literals))
      becomes(value, literal, at);
  }
  return "";
}

bool same(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b) || std::isinf(a) || std::isinf(b))
    return a == b || (std::isnan(a) && std::isnan(b));
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(a));
}

bool sameOutput(const Literal &a, const Literal &b, double tolerance, llvm::StringRef name) {
  if (a.type() != b.type()) {
    llvm::errs() << name << ": type " << a.type().str() << " became " << b.type().str() << "\n";
    return false;
  }
  if (a.equals(b))
    return true;
  for (size_t i = 0; i < a.elementCount(); ++i)
    if (double before = a.elementAsDouble(i), after = b.elementAsDouble(i); tolerance == 0 || !same(before, after, tolerance)) {
      if (tolerance == 0 && before == after && std::signbit(before) == std::signbit(after))
        continue;
      llvm::errs() << name << ": element " << i << " was " << before << ", became " << after << "\n";
      return false;
    }
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

/// Evaluates both forms of every function and compares; the functions that could be checked are added to `checked`.
bool compare(Program &before, Program &after, unsigned seed, double tolerance, std::vector<std::string> &checked, DiagnosticEngine &diags) {
  for (Function *function : before.functions()) {
    std::string name = function->name().str().str();
    if (std::string why = evaluate(*function, seed, diags); !why.empty()) {
      if (seed == 1)
        llvm::outs() << "skipped " << name << ": " << why << "\n";
      continue;
    }
    Function *other = after.function(name);
    std::string why = other ? evaluate(*other, seed, diags) : "it is gone";
    if (!why.empty()) {
      llvm::errs() << name << ", rewritten: " << why << "\n";
      return false;
    }
    for (auto [a, b] : llvm::zip(function->outputs(), other->outputs()))
      if (!sameOutput(*constantOf(a), *constantOf(b), tolerance, name + " " + a.value()->name().str().str()))
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
    if (!compare(**before, **after, seed, request.tolerance, checked, diags))
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

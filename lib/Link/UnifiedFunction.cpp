#include "UnifiedFunction.h"
#include "mil/IR/Cloning.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"

namespace mil {

UnifiedFunction::UnifiedFunction(const Function &first, Model &model, DiagnosticEngine &diags)
    : model_(model), copy(cloneFunction(first, *model.program, first.program().context().intern("main"))),
      run(*model.program, &model, diags), rewriter_(*copy, run) {
  copy->removeAttribute("FlexibleShapeInformation");
  // The copy has the same operations in the same order.
  std::vector<Operation *> copies;
  copy->body().walk([&](Operation &op) { copies.push_back(&op); });
  auto next = copies.begin();
  auto pairInputs = [&](const Block &from, const Block &to) {
    for (auto [input, other] : llvm::zip(from.inputs(), to.inputs())) {
      values[input] = other;
      named[other->name()] = other;
    }
  };
  pairInputs(first.body(), copy->body());
  first.body().walk([&](Operation &op) {
    Operation *other = *next++;
    operations[&op] = other;
    for (auto [result, otherResult] : llvm::zip(op.results(), other->results())) {
      values[&result] = &otherResult;
      named[otherResult.name()] = &otherResult;
    }
    for (auto [block, otherBlock] : llvm::zip(op.blocks(), other->blocks()))
      pairInputs(*block, *otherBlock);
  });
}

Operation *UnifiedFunction::start() {
  if (!anchor) {
    copy->body().empty() ? rewriter_.setInsertionPointToEnd(copy->body()) : rewriter_.setInsertionPoint(&copy->body().front());
    anchor = rewriter_.constant(rewriter_.i32(0), "start")->definingOp();
  }
  return anchor;
}

void UnifiedFunction::rename(Value &value, llvm::StringRef name) {
  value.setName(context().intern(name));
  named[value.name()] = &value;
  if (Operation *op = value.definingOp(); op && op->resultCount() == 1)
    op->setAttribute(context().intern("name"), Literal::string(context(), name));
}

void UnifiedFunction::claim(Value &value, llvm::StringRef name) {
  Value *bearer = named.lookup(context().find(name));
  bool stays = bearer && bearer != &value && bearer->name() == name && (!bearer->definingOp() || functionOutput(bearer));
  if (bearer && bearer != &value && bearer->name() == name && !stays)
    rename(*bearer, rewriter_.fresh(name));
  rename(value, stays ? rewriter_.fresh(name) : context().intern(name));
}

Status UnifiedFunction::removeDead() {
  std::unique_ptr<Pass> pass = allPasses().find("dead_code_elimination")->make();
  return pass->run(run) == PassResult::Failed ? failure() : success();
}

} // namespace mil

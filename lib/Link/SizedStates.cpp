#include "SizedStates.h"
#include "mil/Link/DiagnosticKinds.h"

namespace mil {

using SizeEnds = llvm::SmallVector<SizeExpression, 6>;

/// Operations use the beginning of what is read.
static bool cutRead(Operation &read, Type whole, const SizeEnds &ends, Sizes &sizes) {
  Value *value = read.result();
  llvm::SmallVector<Operand *> uses;
  for (Operand &use : value->uses())
    uses.push_back(&use);
  Type part = value->type();
  value->setType(whole);
  Value *cut = sizes.beginning(*value, ends);
  for (Operand *use : uses)
    if (cut)
      use->set(cut);
  return cut && cut->type() == part;
}

/// Writes the whole state, with its beginning replaced.
static bool embedWrite(Operation &write, Value &state, Type whole, SizeEnds ends, UnifiedFunction &unified, Sizes &sizes) {
  Operand *data = write.operand("data");
  if (!write.is("write_state") || !data)
    return false;
  llvm::SmallVector<bool, 6> masks;
  for (SizeExpression &end : ends) {
    masks.push_back(end.isConstant());
    end.offset = end.isConstant() ? 0 : end.offset;
  }
  Value *end = sizes.vector(ends);
  Rewriter &rewriter = unified.rewriter();
  rewriter.setInsertionPoint(&write);
  Value *before = rewriter.make("read_state", {{"input", &state}});
  Value *after = rewriter.make("slice_update", {{"x", before},
                                                {"update", data},
                                                {"begin", rewriter.ints(llvm::SmallVector<int64_t, 6>(ends.size(), 0))},
                                                {"end", end},
                                                {"end_mask", rewriter.flags(masks)}});
  if (!after || after->type() != whole)
    return false;
  unified.rename(*before, rewriter.fresh(state.name().str().str() + "_whole").str());
  unified.rename(*after, rewriter.fresh(state.name().str().str() + "_updated").str());
  data->set(after);
  return true;
}

static bool enlarge(Value &state, const SizeEnds &ends, llvm::ArrayRef<int64_t> largest, UnifiedFunction &unified, Sizes &sizes) {
  Type whole = state.type().element().withDims(unified.context(), largest);
  Value *copy = unified.copyOf(&state);
  copy->setType(Type::state(unified.context(), whole));
  llvm::SmallVector<Operation *> users;
  for (const Operand &use : copy->uses())
    if (use.user())
      users.push_back(use.user());
  return llvm::all_of(users, [&](Operation *user) {
    return user->is("read_state") ? cutRead(*user, whole, ends, sizes) : embedWrite(*user, *copy, whole, ends, unified, sizes);
  });
}

Status enlargeStates(UnifiedFunction &unified, const Alignment &alignment, const Function &first, Sizes &sizes) {
  for (Value *state : first.inputs()) {
    if (!state->type().isState())
      continue;
    unsigned rank = unsigned(state->type().element().rank());
    llvm::SmallVector<int64_t, 6> largest;
    for (unsigned axis = 0; axis < rank; ++axis)
      largest.push_back(*llvm::max_element(dimsOf(*state, axis, alignment)));
    auto ends = sizes.solve([&](size_t i, unsigned axis) { return dimsOf(*state, axis, alignment)[i]; }, rank);
    if (ends && llvm::all_of(*ends, [](const SizeExpression &end) { return end.isConstant(); }))
      continue;
    if (!ends || !enlarge(*state, *ends, largest, unified, sizes))
      return unified.diags().report(first.location(), diag::UnifyState, state->name());
  }
  return success();
}

} // namespace mil

// What must hold for the parts of any model: they verify, they chain, and their steps are those of the whole.
#pragma once

#include "mil/Link/Split.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <gmock/gmock.h>

namespace mil {

inline std::string textOf(const Operation &op) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printOperation(op, out);
  return text;
}

/// The operations that read nothing but constants, by the name of their result.
inline llvm::StringMap<std::string> constantsOf(const Function &function) {
  llvm::StringMap<std::string> constants;
  for (const Operation &op : std::as_const(function.body())) {
    bool isConstant = op.blocks().empty() && op.resultCount() && versionOf(op) && !versionOf(op)->effects;
    op.forEachOperand([&](const Operand &operand) { isConstant &= !operand.value() || constants.contains(operand.value()->name()); });
    for (const Value &result : op.results())
      if (isConstant)
        constants[result.name()] = textOf(op);
  }
  return constants;
}

inline bool isIn(const llvm::StringMap<std::string> &constants, const Operation &op) {
  return op.resultCount() && constants.contains(op.result()->name());
}

/// Checks one function of all parts against the whole.
inline void checkParts(const Function &whole, const std::vector<std::unique_ptr<Model>> &parts) {
  std::vector<std::string> expected, found;
  llvm::StringMap<std::string> constants = constantsOf(whole);
  llvm::StringSet<> known;
  for (const Operation &op : std::as_const(whole.body())) {
    for (const Value &result : op.results())
      known.insert(result.name());
  }
  llvm::StringMap<Type> given; // outputs of the parts so far
  for (const Value *input : whole.inputs()) {
    given[input->name()] = input->type();
    known.insert(input->name());
  }
  llvm::StringSet<> outputs;
  for (const std::unique_ptr<Model> &part : parts) {
    const Function *function = part->program->function(whole.name());
    ASSERT_TRUE(function);
    EXPECT_EQ(function->opsetName(), whole.opsetName());
    llvm::StringSet<> entries;
    for (const Value *input : function->inputs()) {
      EXPECT_EQ(given.lookup(input->name()).str(), input->type().str()) << input->name().str().str();
      entries.insert(input->name());
    }
    for (const Operation &op : std::as_const(function->body())) {
      bool isTakenBack = (op.is("cast") || op.is("squeeze")) && op.input("x") && entries.contains(op.input("x")->name()) &&
                         !known.contains(op.input("x")->name());
      bool isAdded = isTakenBack || (op.resultCount() && !known.contains(op.result()->name()));
      if (isAdded)
        continue;
      if (isIn(constants, op))
        EXPECT_EQ(textOf(op), constants[op.result()->name()]);
      else
        found.push_back(textOf(op));
    }
    for (const Operand &output : function->outputs()) {
      given[output.value()->name()] = output.type();
      outputs.insert(output.value()->name());
    }
  }
  for (const Operation &op : std::as_const(whole.body()))
    if (!isIn(constants, op))
      expected.push_back(textOf(op));
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(found[i], expected[i]);
  for (const Operand &output : whole.outputs())
    EXPECT_TRUE(outputs.contains(output.value()->name())) << output.value()->name().str().str();
}

/// Splits a model and checks its parts; returns how many there are, 0 when it was refused.
inline size_t checkSplit(OpenedModel &opened, const SplitOptions &options, DiagnosticEngine &diags) {
  Result<SplitPlan> plan = planSplit(opened, options, diags);
  if (!plan)
    return 0;
  const Model &whole = *opened.model;
  DiagnosticEngine before;
  bool wasSound = bool(verifyModel(whole, before));
  std::vector<std::unique_ptr<Model>> parts;
  for (size_t i = 0; i < plan->parts().size(); ++i) {
    parts.push_back(plan->makePart(i));
    EXPECT_EQ(parts.back()->specificationVersion, whole.specificationVersion);
    DiagnosticEngine after;
    EXPECT_TRUE(verifyModel(*parts.back(), after) || !wasSound);
    if (wasSound)
      for (const Diagnostic &diagnostic : after.diagnostics())
        EXPECT_NE(diagnostic.severity, Severity::Error)
            << plan->parts()[i].name << ": " << diagnostic.context << ": " << diagnostic.message;
  }
  for (const SplitPart::Function &function : plan->parts().front().functions)
    checkParts(*whole.program->function(function.name), parts);
  return parts.size();
}

} // namespace mil

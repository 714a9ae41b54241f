// Every diagnostic of the structural verifier, by a program that deserves it.
#include "mil/IR/Verifier.h"
#include "mil/IR/Builder.h"
#include "llvm/ADT/STLExtras.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct VerifierTest : testing::Test {
  Context context;
  Program program{context};
  Function *main = program.addFunction(context.intern("main"), context.intern("CoreML7"));
  Type type = Type::tensor(context, DType::Float16, {2});
  Value *x = main->body().addInput(context.intern("x"), type);
  Builder builder = Builder::atEnd(main->body());

  Value *relu(Value *input, llvm::StringRef name, Type result = {}) {
    return builder
        .create("relu", Operation::ResultSpec{context.intern(name), result ? result : type}, Builder::NamedBinding("x", Binding(input)))
        ->result();
  }
  Value *constant(Type type, const Literal *value) {
    Value *result = builder.constant(context.intern("c"), value);
    result->setType(type);
    return result;
  }
  /// The slugs of what the verifier reports, in order.
  std::string verify() {
    DiagnosticEngine diags;
    bool ok = bool(verifyStructure(program, diags));
    EXPECT_EQ(ok, !diags.hadError());
    std::string slugs;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      slugs += (slugs.empty() ? "" : " ") + diagnostic.kind.slug().str();
    return slugs;
  }
};

TEST_F(VerifierTest, AcceptsASoundProgram) {
  main->body().setOutputs({relu(relu(x, "a"), "b")});
  EXPECT_EQ(verify(), "");
}

TEST_F(VerifierTest, Names) {
  relu(x, "x");
  EXPECT_EQ(verify(), "duplicate-value");
  program.addFunction(context.intern("main"), context.intern("CoreML7"));
  EXPECT_EQ(verify(), "duplicate-value duplicate-function");
}

TEST_F(VerifierTest, EmptyNames) {
  builder.create("relu", Operation::ResultSpec{Name(), type}, {});
  EXPECT_EQ(verify(), "empty-name");
}

TEST_F(VerifierTest, EmptyOpsets) {
  main->setOpsetName(context.intern(""));
  main->addSpecialization(context.intern(""));
  EXPECT_EQ(verify(), "empty-name empty-name");
}

TEST_F(VerifierTest, EarlierDefinitionIsNoted) {
  relu(x, "a")->definingOp()->setLocation(Location(1, 5));
  relu(x, "a")->definingOp()->setLocation(Location(1, 9));
  DiagnosticEngine diags;
  EXPECT_FALSE(verifyStructure(program, diags));
  ASSERT_EQ(diags.diagnostics().size(), 1u);
  ASSERT_EQ(diags.diagnostics()[0].notes.size(), 1u);
  EXPECT_EQ(diags.diagnostics()[0].notes[0].kind.slug(), "earlier-definition");
}

TEST_F(VerifierTest, UseBeforeDefinition) {
  Value *a = relu(x, "a"), *b = relu(a, "b");
  b->definingOp()->moveBefore(a->definingOp());
  EXPECT_EQ(verify(), "not-dominated");
}

TEST_F(VerifierTest, ValuesDoNotLeaveTheirBlock) {
  Operation *cond = builder.create("cond", Operation::ResultSpec{context.intern("r"), type}, {});
  Block *block = cond->addBlock();
  Value *inner =
      Builder::atEnd(*block).create("relu", Operation::ResultSpec{context.intern("i"), type}, Builder::NamedBinding("x", x))->result();
  block->setOutputs({inner});
  main->body().setOutputs({inner});
  EXPECT_EQ(verify(), "not-dominated");
  // An inner block may not take the name of an outer value.
  main->body().setOutputs({cond->result()});
  inner->setName(context.intern("x"));
  EXPECT_EQ(verify(), "duplicate-value");
}

TEST_F(VerifierTest, SiblingBlocksMayUseTheSameNames) {
  Operation *cond = builder.create("cond", Operation::ResultSpec{context.intern("r"), type}, {});
  for (int i = 0; i < 2; ++i) {
    Block *block = cond->addBlock();
    block->setOutputs(
        {Builder::atEnd(*block).create("relu", Operation::ResultSpec{context.intern("i"), type}, Builder::NamedBinding("x", x))->result()});
  }
  EXPECT_EQ(verify(), "");
}

TEST_F(VerifierTest, BindingsAndOutputs) {
  Operation *op = relu(x, "a")->definingOp();
  op->operand("x")->drop();
  main->body().setOutputs({op->result()});
  main->outputs()[0].set(Literal::int32(context, 1));
  EXPECT_EQ(verify(), "unbound-operand literal-output");
}

TEST_F(VerifierTest, Types) {
  relu(x, "a")->setType(Type());
  EXPECT_EQ(verify(), "missing-type");
}

TEST_F(VerifierTest, LiteralsHaveTheSizeOfTheirType) {
  // Made over a type of the right size, then given another one.
  const Literal *two = Literal::int32s(context, {1, 2});
  constant(type, two->withType(context, Type::tensor(context, DType::Int32, 3)));
  EXPECT_EQ(verify(), "literal-size");
}

TEST_F(VerifierTest, LiteralsOfAbsurdTypes) {
  const Literal *two = Literal::int32s(context, {1, 2});
  constant(type, two->withType(context, Type::tensor(context, DType::Int32, {INT64_MAX, 8})));
  EXPECT_EQ(verify(), "literal-shape");
}

TEST_F(VerifierTest, LiteralKindsAndCounts) {
  Type string = Type::scalar(context, DType::String);
  const Literal *one = Literal::string(context, "a");
  constant(string, one->withType(context, Type::scalar(context, DType::Int32)));
  constant(string, one->withType(context, Type::tensor(context, DType::String, 2)))->setName(context.intern("d"));
  constant(string, Literal::list(context, Type::list(context, string, 2), one))->setName(context.intern("e"));
  EXPECT_EQ(verify(), "literal-kind literal-count literal-count");
}

TEST_F(VerifierTest, BlobsAgreeWithTheirConstants) {
  auto bytes = ownedBlob(BlobDType::Float16, 2, {1, 2, 3, 4});
  auto use = [&](Type type, llvm::StringRef name) {
    constant(type, Literal::blob(context, type, bytes.get(), "p", 64))->setName(context.intern(name));
  };
  use(type, "right");
  use(Type::tensor(context, DType::Float16, {2, 1}), "reshaped");
  use(Type::tensor(context, DType::BFloat16, 2), "other");
  use(Type::tensor(context, DType::Float16, 3), "longer");
  EXPECT_EQ(verify(), "blob-type blob-size");
}

TEST_F(VerifierTest, NestingIsBounded) {
  Block *block = &main->body();
  for (unsigned i = 0; i < maxNesting + 2; ++i) {
    Builder inner = Builder::atEnd(*block);
    block = inner.create("cond", Operation::ResultSpec{context.intern("r" + std::to_string(i)), type}, {})->addBlock();
  }
  EXPECT_EQ(verify(), "too-deep");
}

TEST_F(VerifierTest, UseListsAgreeWithReads) {
  Value *a = relu(x, "a");
  relu(a, "b")->definingOp()->remove(); // still reads `a`, from nowhere
  EXPECT_EQ(verify(), "broken-use-list");
}

} // namespace

// The graph: uses, insertion, erasing, cloning, naming, building.
#include "mil/IR/Builder.h"
#include "mil/IR/Cloning.h"
#include "mil/IR/Names.h"
#include "mil/IR/Verifier.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct GraphTest : testing::Test {
  Context context;
  Program program{context};
  Function *main = program.addFunction(context.intern("main"), context.intern("CoreML7"));
  Type type = Type::tensor(context, DType::Float16, {1, 2});
  Value *x = main->body().addInput(context.intern("x"), type);
  Builder builder = Builder::atEnd(main->body());

  Value *relu(Value *input, llvm::StringRef name) {
    return builder.create("relu", Operation::ResultSpec{context.intern(name), type}, Builder::NamedBinding("x", input))->result();
  }
  std::string order() {
    std::string text;
    for (Operation &op : main->body())
      text += op.result()->name().str().str() + " ";
    return text;
  }
};

TEST_F(GraphTest, UsesFollowOperands) {
  Value *a = relu(x, "a"), *b = relu(x, "b");
  EXPECT_EQ(x->useCount(), 2u);
  EXPECT_FALSE(x->hasOneUse());
  b->definingOp()->setArgument(context.intern("x"), Binding(a));
  EXPECT_TRUE(x->hasOneUse());
  EXPECT_EQ(a->firstUse()->user(), b->definingOp());
  main->body().setOutputs({a, b});
  EXPECT_TRUE(a->isBlockOutput());
  a->replaceAllUsesWith(x);
  EXPECT_FALSE(a->hasUses());
  EXPECT_EQ(x->useCount(), 3u);
  EXPECT_EQ(main->outputs()[0].value(), x);
  EXPECT_EQ(main->outputs()[0].outputOf(), &main->body());
  b->definingOp()->removeArgument("x");
  EXPECT_EQ(x->useCount(), 2u);
}

TEST_F(GraphTest, ReplacingManyUsesIsLinear) {
  Value *hub = relu(x, "hub");
  for (int i = 0; i < 200000; ++i)
    relu(hub, "user");
  hub->replaceAllUsesWith(x);
  EXPECT_EQ(x->useCount(), 200001u);
  EXPECT_FALSE(hub->hasUses());
}

TEST_F(GraphTest, ArgumentsAreSortedAndMayBeLiterals) {
  Operation *op = builder.create("concat", Operation::ResultSpec{context.intern("c"), type}, {});
  Value *values[] = {x, x, x};
  llvm::SmallVector<Binding> bindings(std::begin(values), std::end(values));
  op->setArgument(context.intern("values"), bindings);
  op->setArgument(context.intern("axis"), Binding(Literal::int32(context, 1)));
  op->setArgument(context.intern("interleave"), Binding(Literal::boolean(context, false)));
  ASSERT_EQ(op->arguments().size(), 3u);
  EXPECT_EQ(op->arguments()[0].name, "axis");
  EXPECT_EQ(op->arguments()[2].name, "values");
  EXPECT_EQ(op->argument("values")->count, 3u);
  EXPECT_EQ(op->operand("values"), nullptr); // several bindings
  EXPECT_EQ(op->constant("axis")->asInt(), 1);
  EXPECT_EQ(x->useCount(), 3u);
  op->setArgument(context.intern("values"), Binding(x)); // fewer: the array is used again
  EXPECT_EQ(x->useCount(), 1u);
  EXPECT_EQ(op->input("values"), x);
}

TEST_F(GraphTest, ConstantsAreSeenThroughConst) {
  Value *axis = builder.constant(context.intern("axis"), Literal::int32(context, 2));
  Operation *op = builder.create("softmax", Operation::ResultSpec{context.intern("s"), type}, {{"axis", Binding(axis)}, {"x", Binding(x)}});
  EXPECT_EQ(op->constant("axis")->asInt(), 2);
  EXPECT_EQ(op->constant("x"), nullptr);
  EXPECT_EQ(op->opName(), "s");
}

TEST_F(GraphTest, AttributesAreSortedAndReplaced) {
  Operation *op = relu(x, "a")->definingOp();
  op->setAttribute(context.intern("val"), Literal::int32(context, 1));
  op->setAttribute(context.intern("axis"), Literal::int32(context, 2));
  op->setAttribute(context.intern("val"), Literal::int32(context, 3));
  ASSERT_EQ(op->attributes().size(), 3u);
  EXPECT_EQ(op->attributes()[0].name, "axis");
  EXPECT_EQ(op->attribute("val")->asInt(), 3);
  op->removeAttribute("axis");
  EXPECT_EQ(op->attribute("axis"), nullptr);
}

TEST_F(GraphTest, OrderIsKeptThroughInsertionsAndMoves) {
  Value *a = relu(x, "a"), *b = relu(x, "b"), *c = relu(x, "c");
  EXPECT_TRUE(a->definingOp()->isBefore(c->definingOp()));
  builder.setInsertionPoint(b->definingOp());
  Value *d = relu(x, "d");
  EXPECT_EQ(order(), "a d b c ");
  EXPECT_TRUE(d->definingOp()->isBefore(b->definingOp()));
  EXPECT_FALSE(d->definingOp()->isBefore(a->definingOp()));
  c->definingOp()->moveBefore(a->definingOp());
  EXPECT_EQ(order(), "c a d b ");
  EXPECT_TRUE(c->definingOp()->isBefore(a->definingOp()));
  c->definingOp()->moveAfter(b->definingOp());
  EXPECT_EQ(order(), "a d b c ");
  a->definingOp()->erase();
  EXPECT_EQ(order(), "d b c ");
  EXPECT_EQ(main->body().size(), 3u);
}

TEST_F(GraphTest, ErasingDropsWhatNestedBlocksRead) {
  Operation *cond = builder.create("cond", Operation::ResultSpec{context.intern("r"), type}, {});
  for (int i = 0; i < 2; ++i) {
    Block *block = cond->addBlock();
    Builder inner = Builder::atEnd(*block);
    Value *inside = inner.create("relu", Operation::ResultSpec{context.intern("i"), type}, Builder::NamedBinding("x", x))->result();
    block->setOutputs({inside});
  }
  EXPECT_EQ(x->useCount(), 2u);
  size_t walked = 0;
  main->body().walk([&](Operation &) { ++walked; });
  EXPECT_EQ(walked, 3u);
  EXPECT_EQ(cond->blocks()[0]->function(), main);
  EXPECT_EQ(cond->blocks()[0]->parentOp(), cond);
  cond->erase();
  EXPECT_FALSE(x->hasUses());
}

TEST_F(GraphTest, InputsCanBeReorderedAndErased) {
  Value *y = main->body().addInput(context.intern("y"), type), *z = main->body().addInput(context.intern("z"), type);
  main->body().reorderInputs({2, 0, 1});
  EXPECT_EQ(main->inputs()[0], z);
  EXPECT_EQ(y->index(), 2u);
  main->body().eraseInput(0);
  EXPECT_EQ(main->body().input("z"), nullptr);
  EXPECT_EQ(x->index(), 0u);
}

TEST_F(GraphTest, ClonesAreWholeAndSeparate) {
  Value *a = relu(x, "a");
  Operation *loop = builder.create("while_loop", Operation::ResultSpec{context.intern("l"), type}, Builder::NamedBinding("loop_vars", a));
  for (int i = 0; i < 2; ++i) {
    Block *block = loop->addBlock();
    Value *input = block->addInput(context.intern("i"), type);
    Builder inner = Builder::atEnd(*block);
    Operation *op = inner.create("add", Operation::ResultSpec{context.intern("o"), type}, {{"x", Binding(input)}, {"y", Binding(a)}});
    block->setOutputs({op->result()});
  }
  main->body().setOutputs({loop->result()});
  program.setProtoExtra(loop, "extra");
  main->setAttribute(context.intern("k"), Literal::int32(context, 1));

  Program other(context);
  Function *copy = cloneFunction(*main, other, context.intern("copy"));
  EXPECT_EQ(copy->opsetName(), "CoreML7");
  EXPECT_EQ(copy->attribute("k")->asInt(), 1);
  DiagnosticEngine diags;
  EXPECT_TRUE(verifyStructure(other, diags));
  EXPECT_EQ(other.operationCount(), program.operationCount());
  Operation &loopCopy = copy->body().back();
  EXPECT_EQ(other.protoExtra(&loopCopy), "extra");
  ASSERT_EQ(loopCopy.blocks().size(), 2u);
  EXPECT_EQ(loopCopy.blocks()[1]->front().input("x"), loopCopy.blocks()[1]->inputs()[0]);
  EXPECT_EQ(loopCopy.blocks()[1]->front().input("y"), copy->body().front().result());
  EXPECT_EQ(a->useCount(), 3u); // nothing of the copy reads the original

  ValueMap map;
  Operation *single = cloneOperation(*loop, program, map);
  builder.setInsertionPointToEnd(main->body());
  single->result()->setName(context.intern("l2"));
  builder.insert(single);
  EXPECT_EQ(a->useCount(), 6u);
  EXPECT_TRUE(verifyStructure(program, diags));
}

TEST_F(GraphTest, SpecialisationsReadTheFunctionsInputs) {
  Block *other = main->addSpecialization(context.intern("CoreML5"));
  Builder inner = Builder::atEnd(*other);
  other->setOutputs({inner.create("relu", Operation::ResultSpec{context.intern("r"), type}, Builder::NamedBinding("x", x))->result()});
  main->body().setOutputs({relu(x, "r")});
  DiagnosticEngine diags;
  EXPECT_TRUE(verifyStructure(program, diags));
  Program copy(context);
  Function *cloned = cloneFunction(*main, copy, context.intern("main"));
  ASSERT_EQ(cloned->specializations().size(), 1u);
  EXPECT_EQ(cloned->specializations()[0].block->front().input("x"), cloned->inputs()[0]);
  EXPECT_TRUE(verifyStructure(copy, diags));
}

TEST(Names, IdentifiersAreMadeValidAndUnique) {
  EXPECT_TRUE(isIdentifier("_a1@b"));
  for (llvm::StringRef bad : {"", "1a", "a.b", "a b", "tensor", "state", "fp16", "@a", "é"})
    EXPECT_FALSE(isIdentifier(bad)) << bad.str();
  for (llvm::StringRef bad : {"", "1a", "a.b", "tensor", "é", "a@b"})
    EXPECT_TRUE(isIdentifier(sanitizedIdentifier(bad))) << bad.str();
  EXPECT_EQ(sanitizedIdentifier("12", "op_"), "op_12");
  EXPECT_EQ(sanitizedIdentifier("a/b:0"), "a_b_0");
  Context context;
  NameScope scope(context);
  EXPECT_EQ(scope.fresh("x"), "x");
  EXPECT_EQ(scope.fresh("x"), "x_0");
  EXPECT_EQ(scope.fresh("x_1"), "x_1");
  EXPECT_EQ(scope.fresh("x"), "x_2");
}

TEST(Opsets, EveryNameIsKnown) {
  for (Opset opset : {Opset::IOS13, Opset::IOS14, Opset::IOS15, Opset::IOS16, Opset::IOS17, Opset::IOS18, Opset::IOS26}) {
    EXPECT_EQ(opsetFromName(textName(opset)), opset);
    EXPECT_EQ(opsetFromName(protoName(opset)), opset);
  }
  EXPECT_EQ(opsetFromName("ios19"), Opset::IOS26);
  EXPECT_EQ(opsetFromName("CoreML99"), Opset::Unknown);
  EXPECT_EQ(specificationVersion(Opset::IOS18), 9);
}

} // namespace

#include "ProtoTesting.h"
#include "mil/IR/Builder.h"
#include "mil/IR/Verifier.h"

namespace mil::test {

/// A model built in memory: `main<ios17>(fp32 x)`, returning x.
struct Built {
  Context context;
  DiagnosticEngine diags;
  Model model;
  Function *main = nullptr;

  Built() {
    model.specificationVersion = 8;
    model.program = std::make_unique<Program>(context);
    main = model.program->addFunction(name("main"), name("CoreML7"));
    Value *x = main->body().addInput(name("x"), Type::scalar(context, DType::Float32));
    main->body().setOutputs(x);
  }
  Name name(llvm::StringRef text) { return context.intern(text); }
  Builder builder() { return Builder::atEnd(main->body()); }
  std::string write(const PlaceFn &place = nullptr) {
    std::string text;
    llvm::raw_string_ostream out(text);
    return exportModel(model, place, out, diags) ? text : "";
  }
  /// Expects an export to fail with this diagnostic and nothing written.
  void expectFailure(llvm::StringRef slugOfError) {
    EXPECT_EQ(write(), "");
    ASSERT_FALSE(diags.diagnostics().empty());
    EXPECT_EQ(diags.diagnostics().front().kind.slug(), slugOfError);
  }
};

TEST(ExportTest, PlacesBlobsAndTensors) {
  Built built;
  const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  Type type = Type::tensor(built.context, DType::Float32, 2);
  built.builder().constant(built.name("kept"), Literal::tensor(built.context, type, bytes));
  const Literal *moved = Literal::tensor(built.context, type, bytes)->withExtras(built.context, "doc", "\x1a\x03\xca\x30");
  built.builder().constant(built.name("moved"), moved);
  built.builder().constant(built.name("blob"), Literal::blob(built.context, type, nullptr, "@model_path/weights/old.bin", 64));
  std::vector<const Literal *> asked;
  std::string out = built.write([&](const Literal &literal) -> std::optional<BlobPlace> {
    asked.push_back(&literal);
    if (&literal == moved)
      return BlobPlace{"@model_path/weights/weight.bin", 192};
    return std::nullopt;
  });
  EXPECT_EQ(asked.size(), 3u) << "strings are not asked for";
  Imported imported(out);
  ASSERT_TRUE(imported) << imported.printed();
  auto at = imported.program().function("main")->body().begin();
  EXPECT_TRUE(at->constantValue()->isTensor());
  const Literal *now = (++at)->constantValue();
  ASSERT_TRUE(now->isBlob());
  EXPECT_EQ(now->blobOffset(), 192u);
  EXPECT_EQ(now->docString(), "doc");
  EXPECT_EQ((++at)->constantValue()->blobPath(), "@model_path/weights/old.bin");
}

TEST(ExportTest, FunctionsInOrderOfTheProgram) {
  Built built;
  built.model.program->addFunction(built.name("a"), built.name("CoreML7"));
  spec::Model message;
  ASSERT_TRUE(message.ParseFromString(built.write()));
  ASSERT_EQ(message.mlprogram().functions_size(), 2);
  EXPECT_EQ(message.mlprogram().functions(0).key(), "main");
}

TEST(ExportTest, ScalarsHaveNoRank) {
  Built built;
  spec::Model message;
  ASSERT_TRUE(message.ParseFromString(built.write()));
  const milspec::TensorType &type = message.mlprogram().functions(0).value().inputs(0).type().tensortype();
  EXPECT_EQ(type.SerializeAsString(), "\x08\x0b");
}

TEST(ExportTest, WhatProtobufCannotHold) {
  {
    Built built;
    built.main->inputs()[0]->setType(Type::opaque(built.context, "tensor_buffer<fp16>"));
    built.expectFailure("not-exportable");
  }
  {
    Built built;
    built.main->setAttribute(built.name("a"), Literal::opaque(built.context, Type::scalar(built.context, DType::Int32), "what"));
    built.expectFailure("not-exportable");
  }
  {
    Built built;
    Type type = Type::scalar(built.context, DType::Int32);
    for (unsigned i = 0; i < maxNesting + 1; ++i)
      type = Type::list(built.context, type, 1);
    built.main->inputs()[0]->setType(type);
    built.expectFailure("not-exportable");
  }
  {
    Built built;
    const Literal *literal = Literal::int32(built.context, 1);
    for (unsigned i = 0; i < maxNesting + 1; ++i)
      literal = Literal::list(built.context, Type::list(built.context, Type::scalar(built.context, DType::Int32), 1), literal);
    built.main->setAttribute(built.name("a"), literal);
    built.expectFailure("not-exportable");
  }
  {
    Built built;
    built.main->setAttribute(built.name("a"), Literal::string(built.context, "\xff\xfe"));
    built.expectFailure("not-utf8");
  }
  {
    Built built;
    built.model.description.emplace().main.predictedFeatureName = "\xff";
    built.expectFailure("not-utf8");
  }
  {
    Built built;
    built.model.program.reset();
    built.expectFailure("no-model-type");
  }
  {
    Built built;
    built.main->inputs()[0]->setType(Type());
    built.expectFailure("missing-type");
  }
}

TEST(ExportTest, NestingIsBounded) {
  Built built;
  Block *block = &built.main->body();
  for (unsigned i = 0; i < maxNesting + 10; ++i)
    block = Builder::atEnd(*block).create("cond", {}, {})->addBlock();
  built.expectFailure("too-deep");
}

TEST(ExportTest, UnboundOperandsAndLiteralOutputs) {
  Built built;
  Operation *op = built.builder().create("relu", {}, {{"x", Binding(built.main->inputs()[0])}});
  op->operand("x")->drop();
  built.expectFailure("unbound-operand");
  Built other;
  other.main->outputs()[0].set(Literal::int32(other.context, 1));
  other.expectFailure("literal-output");
}

} // namespace mil::test

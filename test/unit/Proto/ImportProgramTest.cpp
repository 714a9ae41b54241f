#include "ProtoTesting.h"
#include "mil/IR/Verifier.h"
#include <gmock/gmock.h>

namespace mil::test {

using ::testing::HasSubstr;

TEST(ImportProgramTest, BuildsTheProgram) {
  SmallModel small;
  milspec::Value &c = addConst(small.block(), "c", milspec::FLOAT32, {});
  c.mutable_immediatevalue()->mutable_tensor()->mutable_floats()->add_values(2);
  milspec::Operation &add = addOperation(small.block(), "add", "y");
  bind(add, "y", "c");
  bind(add, "x", "x");
  small.block().set_outputs(0, "y");

  Imported imported(small.bytes());
  ASSERT_TRUE(imported) << imported.printed();
  EXPECT_TRUE(bool(verifyStructure(imported.program(), imported.diags)));
  EXPECT_FALSE(imported.program().dialect13());
  ASSERT_EQ(imported.program().functions().size(), 1u);
  Function *main = imported.program().function("main");
  EXPECT_EQ(main->opset(), Opset::IOS17);
  Operation &op = main->body().back();
  EXPECT_EQ(op.arguments()[0].name, "x");
  EXPECT_EQ(op.input("x"), main->inputs()[0]);
  EXPECT_EQ(op.constant("y")->asDouble(), 2.0);
  EXPECT_EQ(main->outputs()[0].value(), op.result());
  expectRoundTrip(small.bytes());
}

TEST(ImportProgramTest, DialectFollowsTheSpecificationVersion) {
  SmallModel small;
  small.message.set_specificationversion(9);
  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  EXPECT_TRUE(imported.program().dialect13());
}

TEST(ImportProgramTest, SortsFunctionsByName) {
  SmallModel small;
  milspec::Program::FunctionEntry copy = small.program().functions(0);
  copy.set_key("a");
  *small.program().add_functions() = copy;
  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported.program().functions()[0]->name(), "a");
  EXPECT_EQ(imported.program().functions()[1]->name(), "main");
  expectRoundTrip(small.bytes());
}

TEST(ImportProgramTest, TupleAndInlineBindings) {
  SmallModel small;
  milspec::Operation &op = addOperation(small.block(), "concat", "y");
  milspec::Argument &values = *op.add_inputs()->mutable_value();
  op.mutable_inputs(0)->set_key("values");
  values.add_arguments()->set_name("x");
  setString(*values.add_arguments()->mutable_value(), "inline");
  op.mutable_attributes()->Clear(); // an operation without a name is fine
  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  const Argument &argument = imported.program().function("main")->body().front().arguments()[0];
  ASSERT_EQ(argument.count, 2u);
  EXPECT_EQ(argument.operands[1].literal()->asString(), "inline");
  expectRoundTrip(small.bytes());
}

/// A while_loop over `x` whose blocks take `x0`; returns its body.
milspec::Block &addLoop(SmallModel &small) {
  milspec::Operation &loop = addOperation(small.block(), "while_loop", "y");
  bind(loop, "loop_vars", "x");
  for (int i = 0; i < 2; ++i) {
    milspec::Block &block = *loop.add_blocks();
    milspec::NamedValueType &input = *block.add_inputs();
    input.set_name("x0");
    setScalar(*input.mutable_type(), milspec::FLOAT32);
    block.add_outputs("x0");
  }
  return *loop.mutable_blocks(1);
}

TEST(ImportProgramTest, NestedBlocksSeeOuterNames) {
  SmallModel small;
  milspec::Block &body = addLoop(small);
  bind(addOperation(body, "relu", "inner"), "x", "x");
  body.set_outputs(0, "inner");
  small.block().set_outputs(0, "y");
  Imported imported(small.bytes());
  ASSERT_TRUE(imported) << imported.printed();
  EXPECT_TRUE(bool(verifyStructure(imported.program(), imported.diags)));
  EXPECT_EQ(imported.program().operationCount(), 2u);
  expectRoundTrip(small.bytes());
}

TEST(ImportProgramTest, InnerNamesEndWithTheirBlock) {
  SmallModel small;
  bind(addOperation(addLoop(small), "relu", "inner"), "x", "x");
  bind(addOperation(small.block(), "relu", "z"), "x", "inner");
  EXPECT_THAT(expectRefused(small, "undefined-value"), HasSubstr("function 'main', operation 'z' (relu)"));
}

TEST(ImportProgramTest, ResultsAreNotVisibleInsideTheirOwnOperation) {
  SmallModel small;
  bind(addOperation(addLoop(small), "relu", "inner"), "x", "y");
  expectRefused(small, "undefined-value");
}

TEST(ImportProgramTest, Specializations) {
  SmallModel small;
  auto &other = *small.function().add_block_specializations();
  other.set_key("CoreML5");
  bind(addOperation(*other.mutable_value(), "relu", "y"), "x", "x");
  other.mutable_value()->add_outputs("y");
  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  auto others = imported.program().function("main")->specializations();
  ASSERT_EQ(others.size(), 1u);
  EXPECT_EQ(others[0].opset, "CoreML5");
  EXPECT_EQ(others[0].block->size(), 1u);
  expectRoundTrip(small.bytes());
}

TEST(ImportProgramTest, NamesAndAttributesGoWrong) {
  {
    SmallModel small;
    bind(addOperation(small.block(), "relu", "y"), "x", "nowhere");
    EXPECT_THAT(expectRefused(small, "undefined-value"), HasSubstr("'nowhere'"));
  }
  {
    SmallModel small;
    small.block().add_outputs("nowhere");
    expectRefused(small, "undefined-value");
  }
  {
    SmallModel small;
    addOperation(small.block(), "relu", "x");
    EXPECT_THAT(expectRefused(small, "duplicate-value"), HasSubstr("operation 'x' (relu)"));
  }
  {
    SmallModel small;
    milspec::Operation &op = addOperation(small.block(), "add", "y");
    bind(op, "x", "x");
    bind(op, "x", "x");
    expectRefused(small, "duplicate-argument");
  }
  {
    SmallModel small;
    addStringAttribute(addOperation(small.block(), "relu", "y"), "name", "again");
    expectRefused(small, "duplicate-attribute");
  }
  {
    SmallModel small;
    milspec::Operation &op = addOperation(small.block(), "relu", "y");
    bind(op, "x", "x");
    op.mutable_inputs(0)->mutable_value()->mutable_arguments(0)->clear_binding();
    expectRefused(small, "empty-binding");
  }
  {
    SmallModel small;
    addOperation(small.block(), "relu", "y").mutable_outputs(0)->clear_name();
    expectRefused(small, "empty-name");
  }
  {
    SmallModel small;
    addOperation(small.block(), "relu", "y").mutable_outputs(0)->clear_type();
    expectRefused(small, "missing-type");
  }
}

TEST(ImportProgramTest, FunctionsGoWrong) {
  {
    SmallModel small;
    small.program().set_version(2);
    expectRefused(small, "unknown-program-version");
  }
  {
    SmallModel small;
    milspec::Program::FunctionEntry copy = small.program().functions(0);
    *small.program().add_functions() = copy;
    expectRefused(small, "duplicate-function");
  }
  {
    SmallModel small;
    small.program().mutable_functions(0)->clear_key();
    expectRefused(small, "empty-name");
  }
  {
    SmallModel small;
    small.function().clear_opset();
    expectRefused(small, "empty-name");
  }
  {
    SmallModel small;
    small.function().add_block_specializations()->mutable_value();
    expectRefused(small, "empty-name");
  }
  {
    SmallModel small;
    small.function().set_opset("CoreML8");
    expectRefused(small, "missing-block");
  }
  {
    SmallModel small;
    milspec::Function::BlockEntry copy = small.function().block_specializations(0);
    *small.function().add_block_specializations() = copy;
    expectRefused(small, "duplicate-block");
  }
  {
    SmallModel small;
    milspec::NamedValueType copy = small.function().inputs(0);
    *small.block().add_inputs() = copy;
    expectRefused(small, "function-block-inputs");
  }
  {
    SmallModel small;
    small.program().mutable_functions(0)->set_key("\xff");
    expectRefused(small, "malformed-message");
  }
}

/// Two constants of one name: fp32 and then int32.
void addTwins(SmallModel &small) {
  addConst(small.block(), "twin", milspec::FLOAT32, {}).mutable_immediatevalue()->mutable_tensor()->mutable_floats()->add_values(0);
  addConst(small.block(), "twin", milspec::INT32, {}).mutable_immediatevalue()->mutable_tensor()->mutable_ints()->add_values(1);
}

TEST(ImportProgramTest, SecondConstantOfANameIsDropped) {
  SmallModel small;
  addTwins(small);
  addLoop(small);
  small.block().mutable_operations(2)->mutable_inputs(0)->mutable_value()->mutable_arguments(0)->set_name("twin");
  Imported imported(small.bytes());
  ASSERT_TRUE(imported) << imported.printed();
  EXPECT_EQ(imported.slugs(), "dropped-duplicate");
  EXPECT_EQ(imported.program().function("main")->body().size(), 2u);
}

TEST(ImportProgramTest, SecondConstantThatIsMeantIsAnError) {
  SmallModel small;
  addTwins(small);
  addLoop(small);
  milspec::Operation &loop = *small.block().mutable_operations(2);
  loop.mutable_inputs(0)->mutable_value()->mutable_arguments(0)->set_name("twin");
  for (milspec::Block &block : *loop.mutable_blocks())
    setScalar(*block.mutable_inputs(0)->mutable_type(), milspec::INT32);
  Imported imported(small.bytes());
  EXPECT_FALSE(imported);
  EXPECT_EQ(imported.slugs(), "dropped-duplicate ambiguous-duplicate");
}

/// A loop in a loop in a loop, serialised from the inside out: nothing here recurses.
std::string nestedLoops(unsigned depth) {
  std::string block = "\x12\x01x"; // Block.outputs
  auto field = [](char tag, const std::string &payload) {
    std::string out(1, tag);
    for (size_t size = payload.size();; size >>= 7) {
      out += char(size < 0x80 ? size : (size & 0x7f) | 0x80);
      if (size < 0x80)
        return out + payload;
    }
  };
  for (unsigned i = 0; i < depth; ++i)
    block = field(0x1a, field(0x0a, "cond") + field(0x22, block)) + "\x12\x01x"; // Block.operations: type, blocks
  SmallModel small;
  small.function().mutable_block_specializations(0)->clear_value();
  std::string entry = field(0x0a, "CoreML7") + field(0x12, block);
  std::string function = small.function().SerializeAsString();
  small.function().clear_block_specializations();
  function = small.function().SerializeAsString() + field(0x1a, entry);
  std::string program = std::string("\x08\x01") + field(0x12, field(0x0a, "main") + field(0x12, function));
  std::string model = "\x08\x08\xb2\x1f"; // specificationVersion 8; field 502
  return model + field(0, program).substr(1);
}

TEST(ImportProgramTest, NestingIsBounded) {
  Imported fits(nestedLoops(maxNesting));
  ASSERT_TRUE(fits) << fits.printed();
  EXPECT_TRUE(Imported(fits.exported())) << "what was written can be read";
  for (unsigned depth : {maxNesting + 1, 10000u}) {
    Imported imported(nestedLoops(depth));
    EXPECT_FALSE(imported);
    EXPECT_EQ(imported.slugs(), "too-deep");
  }
}

TEST(ImportProgramTest, EveryTruncationIsAnError) {
  SmallModel small;
  bind(addOperation(addLoop(small), "relu", "inner"), "x", "x");
  addConst(small.block(), "c", milspec::FLOAT16, {2}).mutable_immediatevalue()->mutable_tensor()->mutable_bytes()->set_values("abcd");
  std::string bytes = small.bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    Imported imported(llvm::StringRef(bytes).take_front(size));
    EXPECT_FALSE(imported) << "of " << size << " bytes";
    EXPECT_TRUE(imported.slugs() == "malformed-message" || imported.slugs() == "no-model-type") << size << imported.slugs();
  }
  EXPECT_TRUE(Imported(bytes));
}

TEST(ImportProgramTest, EveryChangedByteIsSurvived) {
  SmallModel small;
  bind(addOperation(addLoop(small), "relu", "inner"), "x", "x");
  std::string bytes = small.bytes();
  for (size_t at = 0; at < bytes.size(); ++at)
    for (unsigned change : {0x01, 0x08, 0x80, 0xff}) {
      std::string changed = bytes;
      changed[at] = char(changed[at] ^ change);
      Imported imported(changed);
      if (imported)
        EXPECT_TRUE(Imported(imported.exported()));
    }
}

} // namespace mil::test

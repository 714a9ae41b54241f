// coremldata.bin: both ways, and every truncation.
#include "mil/Compile/CompiledModel.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::HasSubstr;

namespace {

CompiledModel program() { return compiledProgram(8, "description", 1); }

CompiledModel pipeline() {
  CompiledModel model;
  model.type = CompiledModel::PipelineModel;
  model.formatVersion = {1, 0, 1};
  model.variant = "generic.model0v5.0.0generic.model1v1.0.0spec";
  model.specificationVersion = 6;
  model.description = "description";
  model.modelCount = 2;
  return model;
}

CompiledModel suppression() {
  CompiledModel model;
  model.type = CompiledModel::NonMaximumSuppression;
  model.formatVersion = {1, 0, 0};
  model.variant = "spec";
  model.specificationVersion = 5;
  model.model = "a serialised model";
  return model;
}

/// The error for `bytes`, "" when they are read.
std::string refusalText(const std::string &bytes) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("coremldata.bin");
  if (parseCompiledModel(bytes, file, diags))
    return "";
  EXPECT_EQ(diags.errorCount(), 1u);
  const Diagnostic &error = diags.diagnostics().front();
  EXPECT_EQ(error.kind.slug(), "malformed-coremldata");
  EXPECT_EQ(error.location, Location::ofFile(file));
  return error.message;
}

TEST(CompiledModel, RoundTrips) {
  CompiledModel withTexts = program();
  withTexts.lists = {{502, {"a", ""}}, {500, {}}};
  withTexts.reserved = {1, 2, 3};
  for (const CompiledModel &model : {program(), pipeline(), suppression(), withTexts, compiledProgram(9, "", 3)}) {
    DiagnosticEngine diags;
    Result<CompiledModel> read = parseCompiledModel(printCompiledModel(model), 1, diags);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, model);
  }
}

TEST(CompiledModel, HasTheBytesThatTheCompilerWrites) {
  std::string bytes = printCompiledModel(compiledProgram(7, "D", 1));
  std::string expected = {char(502 & 255), 502 >> 8, 0, 0};
  auto number = [&](char value) { expected += std::string(1, value) + std::string(7, '\0'); };
  number(5), number(0), number(0); // version 5 up to specification version 7
  number(7), expected += "generic";
  number(7);
  expected += std::string(24, '\0');
  number(1), expected += "D";
  expected += {char(502 & 255), 502 >> 8, 0, 0, 0, 0, 0, 0};
  number(0);
  EXPECT_EQ(bytes, expected);
  EXPECT_EQ(compiledProgram(6, "", 1).formatVersion[0], 5);
  EXPECT_EQ(compiledProgram(9, "", 1).formatVersion[0], 9);
}

TEST(CompiledModel, RefusesEveryTruncation) {
  for (const CompiledModel &model : {program(), pipeline()}) {
    std::string bytes = printCompiledModel(model);
    for (size_t size = 0; size != bytes.size(); ++size)
      EXPECT_NE(refusalText(bytes.substr(0, size)), "") << size;
    EXPECT_NE(refusalText(bytes + "x"), "");
  }
  // The model inside the third kind is checked by who reads that.
  std::string bytes = printCompiledModel(suppression());
  for (size_t size = 0; size != bytes.size() - suppression().model.size(); ++size)
    EXPECT_NE(refusalText(bytes.substr(0, size)), "") << size;
}

TEST(CompiledModel, RefusesLengthsBeyondTheFile) {
  std::string bytes = printCompiledModel(program());
  size_t length = bytes.find("description") - 8;
  for (size_t byte = 0; byte != 8; ++byte) {
    std::string broken = bytes;
    broken[length + byte] = char(0x7f);
    EXPECT_THAT(refusalText(broken), HasSubstr("the description has a length of")) << byte;
  }
  std::string list = bytes;
  list[list.size() - 1] = char(0xff); // the number of texts in the last list
  EXPECT_THAT(refusalText(list), HasSubstr("cannot fit"));
}

TEST(CompiledModel, RefusesAPipelineThatDoesNotEndAsOne) {
  std::string bytes = printCompiledModel(pipeline());
  bytes[bytes.size() - 8] = 1;
  EXPECT_THAT(refusalText(bytes), HasSubstr("must be followed by the number of its models"));
}

TEST(CompiledModel, ReadsModelNames) {
  std::string bytes(8, '\0');
  bytes[0] = 2;
  bytes += std::string("\1\0\0\0\0\0\0\0a", 9) + std::string(8, '\0');
  DiagnosticEngine diags;
  auto names = parseModelNames(bytes, 1, diags);
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, testing::ElementsAre("a", ""));
  for (size_t size = 0; size != bytes.size(); ++size)
    EXPECT_FALSE(parseModelNames(bytes.substr(0, size), 1, diags)) << size;
  EXPECT_FALSE(parseModelNames(bytes + "x", 1, diags));
}

} // namespace

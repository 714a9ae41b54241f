// What a context keeps when its models are closed, through libmil alone.
#include "Strings.h"
#include "mil-c/mil.h"
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

int openFiles() {
  int count = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor)
    count += ::fcntl(descriptor, F_GETFD) != -1;
  return count;
}

class CApiContext : public testing::Test {
protected:
  CApiContext() {
    folder = std::filesystem::temp_directory_path() / ("milc-capi-context-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    bad = folder / "bad.mil";
    std::ofstream(bad) << "{";
  }
  ~CApiContext() override {
    mil_context_close(context);
    std::filesystem::remove_all(folder);
  }
  mil_model *open(const char *name = "adapter_1.mil") {
    mil_model *opened = nullptr;
    EXPECT_EQ(mil_model_open(context, (std::string(MILC_EXAMPLES "/lora/") + name).c_str(), nullptr, &opened), MIL_OK);
    return opened;
  }
  /// Opens two models, merges and runs passes, fails to open a third, and closes all.
  void openAndClose() {
    mil_model *merged = nullptr, *none = nullptr;
    mil_merge_input inputs[2] = {};
    inputs[0].model = open("adapter_1.mil");
    inputs[1].model = open("adapter_2.mil");
    EXPECT_EQ(mil_merge(context, inputs, 2, nullptr, &merged), MIL_OK);
    EXPECT_EQ(mil_model_open(context, bad.c_str(), nullptr, &none), MIL_BAD_INPUT);
    mil_executable *executable = nullptr;
    mil_states *states = nullptr;
    EXPECT_EQ(mil_executable_create(merged, nullptr, &executable), MIL_OK);
    EXPECT_EQ(mil_states_create(executable, &states), MIL_OK);
    for (mil_merge_input &input : inputs)
      mil_model_close(input.model);
    mil_model_close(merged);
    mil_executable_close(executable);
    mil_states_close(states);
    mil_builder *builder = nullptr;
    EXPECT_EQ(mil_builder_create(context, "ios18", &builder), MIL_OK);
    mil_builder_close(builder);
  }

  std::filesystem::path folder;
  std::string bad;
  mil_context *context = mil_context_create();
};

TEST_F(CApiContext, ClosesFilesWithItsLastModel) {
  int before = openFiles();
  for (int i = 0; i < 5; ++i)
    openAndClose();
  EXPECT_EQ(openFiles(), before);

  mil_model *none = nullptr;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(mil_model_open(context, bad.c_str(), nullptr, &none), MIL_BAD_INPUT);
  EXPECT_EQ(openFiles(), before);
}

TEST_F(CApiContext, KeepsDiagnosticsOfClosedModels) {
  openAndClose();
  mil_model *none = nullptr;
  EXPECT_EQ(mil_model_open(context, "/no/such.mil", nullptr, &none), MIL_BAD_INPUT);
  mil_diagnostics *said = mil_context_take_diagnostics(context);
  ASSERT_EQ(mil_diagnostics_count(said), 2u);
  EXPECT_EQ(str(mil_diagnostics_slug(said, 0)), "syntax-error");
  EXPECT_EQ(str(mil_diagnostics_file(said, 0)), bad);
  EXPECT_EQ(mil_diagnostics_line(said, 0), 1u);
  EXPECT_NE(str(mil_diagnostics_text(said, 0)).find("{\n^"), std::string::npos);
  EXPECT_EQ(str(mil_diagnostics_slug(said, 1)), "cannot-read");
  mil_diagnostics_close(said);
  said = mil_context_take_diagnostics(context);
  EXPECT_EQ(mil_diagnostics_count(said), 0u);
  mil_diagnostics_close(said);
}

TEST_F(CApiContext, KeepsTypesAndLiteralsThatItGave) {
  mil_model *model = open();
  mil_operation *op = mil_block_first(mil_function_body(mil_model_function(model, 0)));
  const mil_literal *literal = nullptr;
  for (; op && mil_literal_kind(literal) != MIL_LITERAL_BLOB; op = mil_operation_next(op))
    literal = mil_operation_attribute(op, "val");
  ASSERT_EQ(mil_literal_kind(literal), MIL_LITERAL_BLOB);
  const void *bytes = nullptr;
  ASSERT_EQ(mil_literal_bytes(context, literal, &bytes), MIL_OK);
  std::string first(static_cast<const char *>(bytes), size_t(mil_literal_size(literal)));
  mil_model_close(model);
  openAndClose();

  std::string again(first.size(), '\0');
  EXPECT_EQ(mil_literal_read(context, literal, 0, again.data(), again.size()), MIL_OK);
  EXPECT_EQ(again, first);
  EXPECT_EQ(std::string(static_cast<const char *>(bytes), first.size()), first);
}

TEST_F(CApiContext, MakesLiteralsOfTypesFromBeforeModelsWereClosed) {
  const int64_t dims[] = {2};
  const float numbers[] = {1, 2};
  const mil_type *type = nullptr;
  ASSERT_EQ(mil_type_tensor(context, mil_dtype_from_name("fp32"), dims, 1, &type), MIL_OK);
  openAndClose();
  const mil_literal *literal = nullptr;
  ASSERT_EQ(mil_literal_tensor(context, type, numbers, sizeof numbers, &literal), MIL_OK);
  EXPECT_EQ(mil_literal_type(literal), type);
  EXPECT_EQ(mil_type_dims(type)[0], 2);
}

TEST_F(CApiContext, LivesUntilItsModelsAreClosedWhenItIsClosedFirst) {
  mil_model *one = open(), *other = open("adapter_2.mil");
  mil_context_close(context);
  mil_model_close(one);
  EXPECT_EQ(str(mil_function_name(mil_model_function(other, 0))), "main");
  mil_model_close(other);
  context = nullptr;
}

} // namespace

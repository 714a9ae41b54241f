// Running through the C interface: values, states, and what is refused.
#include "mil-c/mil.h"
#include <gtest/gtest.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

class CApiRun : public testing::Test {
protected:
  /// total = total + x, returns the sum.
  CApiRun() {
    mil_builder *builder = nullptr;
    mil_function_builder *main = nullptr;
    mil_value *x = nullptr, *total = nullptr, *before = nullptr, *sum = nullptr;
    EXPECT_EQ(mil_builder_create(context, "ios18", &builder), MIL_OK);
    EXPECT_EQ(mil_builder_function(builder, "main", &main), MIL_OK);
    EXPECT_EQ(mil_build_input(main, "x", MIL_FLOAT16, dims, 1, &x), MIL_OK);
    EXPECT_EQ(mil_build_state(main, "total", MIL_FLOAT16, dims, 1, &total), MIL_OK);
    mil_argument read[] = {{"input", MIL_GIVEN_VALUES, 0, &total, 1}};
    EXPECT_EQ(mil_build_operation(main, "read_state", read, 1, "before", &before, 1, nullptr), MIL_OK);
    mil_argument add[] = {{"x", MIL_GIVEN_VALUES, 0, &x, 1}, {"y", MIL_GIVEN_VALUES, 0, &before, 1}};
    EXPECT_EQ(mil_build_operation(main, "add", add, 2, "sum", &sum, 1, nullptr), MIL_OK);
    mil_argument write[] = {{"data", MIL_GIVEN_VALUES, 0, &sum, 1}, {"input", MIL_GIVEN_VALUES, 0, &total, 1}};
    EXPECT_EQ(mil_build_operation(main, "write_state", write, 2, "written", nullptr, 0, nullptr), MIL_OK);
    EXPECT_EQ(mil_build_output(main, sum, nullptr), MIL_OK);
    EXPECT_EQ(mil_builder_finish(builder, &model), MIL_OK) << said();
    mil_builder_close(builder);
    EXPECT_EQ(mil_executable_create(model, nullptr, &executable), MIL_OK) << said();
  }
  ~CApiRun() override {
    mil_results_close(results);
    mil_states_close(states);
    mil_executable_close(executable);
    mil_model_close(model);
    mil_context_close(context);
  }
  std::string said() {
    mil_diagnostics *diagnostics = mil_context_take_diagnostics(context);
    std::string all;
    for (size_t i = 0; i < mil_diagnostics_count(diagnostics); ++i)
      all += std::string(mil_diagnostics_slug(diagnostics, i).data) + " ";
    mil_diagnostics_close(diagnostics);
    return all;
  }
  mil_input input() const { return {"x", {MIL_FLOAT32, dims, 1, numbers, sizeof numbers}}; }
  mil_status run(const mil_input &one, mil_states *with = nullptr) {
    mil_results_close(results);
    results = nullptr;
    return mil_run(executable, &one, 1, with, &results);
  }

  const int64_t dims[1] = {4};
  const float numbers[4] = {0, 1, 2, 3};
  mil_context *context = mil_context_create();
  mil_model *model = nullptr;
  mil_executable *executable = nullptr;
  mil_states *states = nullptr;
  mil_results *results = nullptr;
};

/// Whole numbers from 0 to 6 as fp16.
const uint16_t halves[] = {0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};

TEST_F(CApiRun, ComputesAndRemembers) {
  EXPECT_EQ(mil_executable_port_count(executable, MIL_PORT_INPUT), 1u);
  EXPECT_STREQ(mil_executable_port_name(executable, MIL_PORT_STATE, 0).data, "total");
  EXPECT_EQ(mil_type_dtype(mil_executable_port_type(executable, MIL_PORT_OUTPUT, 0)), MIL_FLOAT16);
  ASSERT_EQ(mil_states_create(executable, &states), MIL_OK);
  ASSERT_EQ(run(input(), states), MIL_OK) << said();
  ASSERT_EQ(run(input(), states), MIL_OK);
  ASSERT_EQ(mil_results_count(results), 1u);
  EXPECT_STREQ(mil_results_name(results, 0).data, "sum");
  mil_tensor sum;
  ASSERT_EQ(mil_results_tensor(results, 0, &sum), MIL_OK);
  ASSERT_EQ(sum.size, 8u);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(static_cast<const uint16_t *>(sum.data)[i], halves[2 * i]);
  mil_tensor held;
  ASSERT_EQ(mil_states_tensor(states, "total", &held), MIL_OK);
  EXPECT_NE(held.data, sum.data);
  uint16_t ones[] = {0x3c00, 0x3c00, 0x3c00, 0x3c00};
  mil_tensor written = {MIL_FLOAT16, dims, 1, ones, sizeof ones};
  ASSERT_EQ(mil_states_write(states, "total", &written), MIL_OK);
  ones[0] = 0; // it was copied
  ASSERT_EQ(run(input(), states), MIL_OK);
  ASSERT_EQ(mil_results_tensor(results, 0, &sum), MIL_OK);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(static_cast<const uint16_t *>(sum.data)[i], halves[i + 1]);
}

TEST_F(CApiRun, RefusesWrongInputs) {
  mil_input good = input(), bad = good;
  bad.name = nullptr;
  EXPECT_EQ(run(bad), MIL_BAD_CALL);
  bad = good, bad.name = "z";
  EXPECT_EQ(run(bad), MIL_BAD_INPUT);
  bad = good, bad.tensor.size -= 4;
  EXPECT_EQ(run(bad), MIL_BAD_CALL);
  bad = good, bad.tensor.data = nullptr;
  EXPECT_EQ(run(bad), MIL_BAD_CALL);
  bad = good, bad.tensor.dims = nullptr;
  EXPECT_EQ(run(bad), MIL_BAD_CALL);
  const int64_t negative[] = {-4}, huge[] = {int64_t(1) << 62}, two[] = {2};
  for (const int64_t *dim : {negative, huge}) {
    bad = good, bad.tensor.dims = dim;
    EXPECT_EQ(run(bad), MIL_BAD_CALL);
  }
  bad = good, bad.tensor.dims = two, bad.tensor.size = 8;
  EXPECT_EQ(run(bad), MIL_BAD_INPUT); // a shape that the function doesn't take
  for (int dtype : {0, 77, int(MIL_STRING), int(MIL_INT4)}) {
    bad = good, bad.tensor.dtype = mil_dtype(dtype);
    EXPECT_EQ(run(bad), MIL_BAD_CALL) << dtype;
  }
  const uint8_t bools[] = {0, 1, 2, 1};
  EXPECT_EQ(run({"x", {MIL_BOOL, dims, 1, bools, 4}}), MIL_BAD_CALL);
  const int32_t inexact[] = {0, 1, 2, 65537};
  EXPECT_EQ(run({"x", {MIL_INT32, dims, 1, inexact, sizeof inexact}}), MIL_BAD_INPUT);
  mil_input twice[] = {good, good};
  EXPECT_EQ(mil_run(executable, twice, 2, nullptr, &results), MIL_BAD_CALL);
  EXPECT_EQ(mil_run(executable, nullptr, 1, nullptr, &results), MIL_BAD_CALL);
  EXPECT_EQ(mil_run(executable, nullptr, 0, nullptr, &results), MIL_BAD_INPUT);
  EXPECT_EQ(mil_run(executable, &good, 1, nullptr, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_run(nullptr, &good, 1, nullptr, &results), MIL_BAD_CALL);
  EXPECT_EQ(results, nullptr);
  EXPECT_EQ(run(good), MIL_OK);
}

TEST_F(CApiRun, RefusesWrongObjects) {
  mil_executable *other = nullptr;
  EXPECT_EQ(mil_executable_create(nullptr, nullptr, &other), MIL_BAD_CALL);
  EXPECT_EQ(mil_executable_create(model, nullptr, nullptr), MIL_BAD_CALL);
  mil_run_options options = {};
  options.size = sizeof options, options.function = "none";
  EXPECT_EQ(mil_executable_create(model, &options, &other), MIL_BAD_INPUT);
  options.function = nullptr, options.precision = 3;
  EXPECT_EQ(mil_executable_create(model, &options, &other), MIL_BAD_CALL);
  ASSERT_EQ(mil_states_create(executable, &states), MIL_OK);
  mil_tensor tensor = input().tensor;
  EXPECT_EQ(mil_states_tensor(states, "x", &tensor), MIL_BAD_CALL);
  EXPECT_EQ(mil_states_tensor(states, "total", nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_states_write(states, "total", &tensor), MIL_BAD_CALL); // fp32
  EXPECT_EQ(mil_states_write(states, "total", nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_states_tensor(nullptr, "total", &tensor), MIL_BAD_CALL);
  EXPECT_EQ(mil_results_tensor(nullptr, 0, &tensor), MIL_BAD_CALL);
  EXPECT_EQ(mil_executable_port_count(executable, mil_port(9)), 0u);
  EXPECT_EQ(mil_executable_port_type(executable, MIL_PORT_INPUT, 5), nullptr);
  EXPECT_EQ(run(input()), MIL_OK);
  EXPECT_EQ(mil_results_tensor(results, 1, &tensor), MIL_BAD_CALL);
  EXPECT_EQ(mil_results_element(results, 0, 0, &tensor), MIL_BAD_CALL);
  EXPECT_EQ(mil_results_score(results, 0, 0), 0);
}

TEST_F(CApiRun, IsOutOfDateAfterAnEdit) {
  EXPECT_TRUE(mil_executable_is_current(executable));
  mil_value *x = mil_block_input(mil_function_body(mil_model_function(model, 0)), 0);
  ASSERT_EQ(mil_value_rename(model, x, "renamed"), MIL_OK);
  EXPECT_FALSE(mil_executable_is_current(executable));
  EXPECT_EQ(run(input()), MIL_BAD_CALL);
}

TEST_F(CApiRun, OutlivesModelAndContext) {
  mil_model_close(model);
  mil_context_close(context);
  EXPECT_EQ(run(input()), MIL_OK);
  mil_executable_close(executable);
  mil_tensor sum;
  EXPECT_EQ(mil_results_tensor(results, 0, &sum), MIL_OK);
  EXPECT_EQ(static_cast<const uint16_t *>(sum.data)[3], halves[3]);
  model = nullptr, executable = nullptr, context = nullptr;
}

TEST_F(CApiRun, IsCancelled) {
  mil_context_set_progress(context, [](void *, uint64_t, uint64_t) { return int32_t(1); }, nullptr);
  EXPECT_EQ(run(input()), MIL_CANCELLED);
  mil_context_set_progress(context, nullptr, nullptr);
  EXPECT_EQ(run(input()), MIL_OK);
}

/// The call ends as one that was cancelled: other threads can use the context.
TEST_F(CApiRun, IsCancelledByAnException) {
  mil_context_set_progress(context, [](void *, uint64_t, uint64_t) -> int32_t { throw std::runtime_error("of the callback"); }, nullptr);
  EXPECT_EQ(run(input()), MIL_CANCELLED);
  std::thread([&] { mil_context_set_progress(context, nullptr, nullptr); }).join();
  EXPECT_EQ(run(input()), MIL_OK);
}

#ifdef __GLIBC__
size_t bytesInUse() { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; }

/// Bytes that are in use after many rounds of `work` more than after some.
template <typename Work> int64_t growth(Work work) {
  for (int i = 0; i < 20; ++i)
    work();
  size_t before = bytesInUse();
  for (int i = 0; i < 400; ++i)
    work();
  return int64_t(bytesInUse()) - int64_t(before);
}

TEST_F(CApiRun, RunsKeepNothing) {
  ASSERT_EQ(mil_states_create(executable, &states), MIL_OK);
  EXPECT_LT(growth([&] { EXPECT_EQ(run(input(), states), MIL_OK); }), 4096);
  EXPECT_LT(growth([&] {
              mil_executable *one = nullptr;
              EXPECT_EQ(mil_executable_create(model, nullptr, &one), MIL_OK);
              mil_executable_close(one);
            }),
            65536);
}

TEST(CApiMemory, OpeningAndClosingKeepsNothing) {
  EXPECT_LT(growth([] {
              mil_context *context = mil_context_create();
              mil_model *model = nullptr;
              EXPECT_EQ(mil_model_open(context, MILC_EXAMPLES "/lora/adapter_1.mil", nullptr, &model), MIL_OK);
              EXPECT_NE(mil_model_open(context, "nowhere.mil", nullptr, &model), MIL_OK);
              mil_model_close(model);
              mil_context_close(context);
            }),
            65536);
}
#endif

} // namespace

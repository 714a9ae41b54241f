// Every call with wrong arguments: nothing at all, only a handle, positions that there are not, objects of another context. capi.bad_calls
// (test/bindings/bad_calls.py) holds this file to the list of exported functions.
#include "mil-c/mil.h"
#include <gtest/gtest.h>
#include <type_traits>

namespace {

/// Calls a function with NULL and 0 for all its arguments.
template <typename Result, typename... Arguments> Result withNothing(Result (*function)(Arguments...)) { return function(Arguments{}...); }

/// Calls a function with its first argument alone, NULL and 0 for the others.
template <typename Result, typename First, typename... Others>
Result withOnly(std::type_identity_t<First> first, Result (*function)(First, Others...)) {
  return function(first, Others{}...);
}

bool isEmpty(mil_string text) { return text.size == 0 && text.data && *text.data == 0; }

#define REFUSES(FUNCTION) EXPECT_EQ(withNothing(FUNCTION), MIL_BAD_CALL) << #FUNCTION
#define IS_EMPTY(FUNCTION) EXPECT_TRUE(isEmpty(withNothing(FUNCTION))) << #FUNCTION
#define IS_NULL(FUNCTION) EXPECT_EQ(withNothing(FUNCTION), nullptr) << #FUNCTION
#define IS_ZERO(FUNCTION) EXPECT_EQ(int64_t(withNothing(FUNCTION)), 0) << #FUNCTION
#define REFUSES_ONLY(FIRST, FUNCTION) EXPECT_EQ(withOnly(FIRST, FUNCTION), MIL_BAD_CALL) << #FUNCTION

TEST(CApiBadCalls, WithNothingAreRefused) {
  REFUSES(mil_context_set_progress);
  REFUSES(mil_type_tensor);
  REFUSES(mil_type_state);
  REFUSES(mil_literal_tensor);
  REFUSES(mil_literal_borrow);
  REFUSES(mil_literal_strings);
  REFUSES(mil_literal_bytes);
  REFUSES(mil_literal_read);
  REFUSES(mil_literal_unpack);
  REFUSES(mil_block_set_outputs);
  REFUSES(mil_operation_set_argument);
  REFUSES(mil_operation_set_argument_literal);
  REFUSES(mil_operation_remove_argument);
  REFUSES(mil_operation_set_attribute);
  REFUSES(mil_operation_remove_attribute);
  REFUSES(mil_operation_move_before);
  REFUSES(mil_operation_erase);
  REFUSES(mil_value_rename);
  REFUSES(mil_value_replace_uses);
  REFUSES(mil_value_elements);
  REFUSES(mil_model_open);
  REFUSES(mil_model_save);
  REFUSES(mil_model_verify);
  REFUSES(mil_model_text);
  REFUSES(mil_model_info);
  REFUSES(mil_model_set_specification_version);
  REFUSES(mil_model_set_metadata);
  REFUSES(mil_model_interface);
  REFUSES(mil_model_set_feature);
  REFUSES(mil_model_edit);
  REFUSES(mil_merge);
  REFUSES(mil_make_pipeline);
  REFUSES(mil_unify);
  REFUSES(mil_bind);
  REFUSES(mil_compress);
  REFUSES(mil_extract);
  REFUSES(mil_split);
  REFUSES(mil_diff);
  REFUSES(mil_draw);
  REFUSES(mil_compile);
  REFUSES(mil_decompile);
  REFUSES(mil_run_passes);
  REFUSES(mil_executable_create);
  REFUSES(mil_run);
  REFUSES(mil_compare);
  REFUSES(mil_results_tensor);
  REFUSES(mil_results_element);
  REFUSES(mil_states_create);
  REFUSES(mil_states_tensor);
  REFUSES(mil_states_write);
  REFUSES(mil_builder_create);
  REFUSES(mil_builder_function);
  REFUSES(mil_builder_set_default);
  REFUSES(mil_builder_finish);
  REFUSES(mil_build_input);
  REFUSES(mil_build_state);
  REFUSES(mil_build_output);
  REFUSES(mil_build_constant);
  REFUSES(mil_build_operation);
  REFUSES(mil_build_cond);
  REFUSES(mil_build_while);
  REFUSES(mil_edit_create);
}

TEST(CApiBadCalls, WithNothingGiveEmptyAnswers) {
  IS_EMPTY(mil_diagnostics_text);
  IS_EMPTY(mil_diagnostics_message);
  IS_EMPTY(mil_diagnostics_slug);
  IS_EMPTY(mil_diagnostics_file);
  IS_EMPTY(mil_text_string);
  IS_EMPTY(mil_dtype_name);
  IS_EMPTY(mil_literal_string);
  IS_EMPTY(mil_literal_path);
  IS_EMPTY(mil_function_name);
  IS_EMPTY(mil_function_opset);
  IS_EMPTY(mil_operation_type);
  IS_EMPTY(mil_operation_name);
  IS_EMPTY(mil_operation_argument_name);
  IS_EMPTY(mil_operation_attribute_name);
  IS_EMPTY(mil_value_name);
  IS_EMPTY(mil_model_path);
  IS_EMPTY(mil_model_default_function);
  IS_EMPTY(mil_model_metadata);
  IS_EMPTY(mil_model_metadata_key);
  IS_EMPTY(mil_executable_port_name);
  IS_EMPTY(mil_results_name);
  IS_EMPTY(mil_results_string);
  IS_EMPTY(mil_states_name);
  IS_NULL(mil_context_take_diagnostics);
  IS_NULL(mil_type_dims);
  IS_NULL(mil_type_element);
  IS_NULL(mil_type_value);
  IS_NULL(mil_type_tuple_element);
  IS_NULL(mil_literal_type);
  IS_NULL(mil_literal_element);
  IS_NULL(mil_model_function);
  IS_NULL(mil_model_function_named);
  IS_NULL(mil_function_body);
  IS_NULL(mil_block_input);
  IS_NULL(mil_block_output);
  IS_NULL(mil_block_first);
  IS_NULL(mil_block_last);
  IS_NULL(mil_block_parent);
  IS_NULL(mil_block_function);
  IS_NULL(mil_operation_block);
  IS_NULL(mil_operation_next);
  IS_NULL(mil_operation_previous);
  IS_NULL(mil_operation_result);
  IS_NULL(mil_operation_binding_value);
  IS_NULL(mil_operation_binding_literal);
  IS_NULL(mil_operation_attribute_value);
  IS_NULL(mil_operation_attribute);
  IS_NULL(mil_operation_nested);
  IS_NULL(mil_value_type);
  IS_NULL(mil_value_operation);
  IS_NULL(mil_value_input_of);
  IS_NULL(mil_value_constant);
  IS_NULL(mil_executable_port_type);
  IS_ZERO(mil_diagnostics_count);
  IS_ZERO(mil_diagnostics_severity);
  IS_ZERO(mil_diagnostics_line);
  IS_ZERO(mil_diagnostics_column);
  IS_ZERO(mil_dtype_from_name);
  IS_ZERO(mil_dtype_bits);
  IS_ZERO(mil_type_kind);
  IS_ZERO(mil_type_dtype);
  IS_ZERO(mil_type_tuple_count);
  IS_ZERO(mil_literal_kind);
  IS_ZERO(mil_literal_count);
  IS_ZERO(mil_literal_size);
  IS_ZERO(mil_literal_offset);
  IS_ZERO(mil_model_function_count);
  IS_ZERO(mil_block_input_count);
  IS_ZERO(mil_block_output_count);
  IS_ZERO(mil_block_operation_count);
  IS_ZERO(mil_block_operations);
  IS_ZERO(mil_block_describe);
  IS_ZERO(mil_operation_result_count);
  IS_ZERO(mil_operation_argument_count);
  IS_ZERO(mil_operation_binding_count);
  IS_ZERO(mil_operation_attribute_count);
  IS_ZERO(mil_operation_block_count);
  IS_ZERO(mil_value_use_count);
  IS_ZERO(mil_value_users);
  IS_ZERO(mil_value_is_output);
  IS_ZERO(mil_model_specification_version);
  IS_ZERO(mil_model_metadata_count);
  IS_ZERO(mil_model_constant_bytes);
  IS_ZERO(mil_executable_is_current);
  IS_ZERO(mil_executable_port_count);
  IS_ZERO(mil_results_count);
  IS_ZERO(mil_results_kind);
  IS_ZERO(mil_results_length);
  IS_ZERO(mil_results_label);
  IS_ZERO(mil_results_labels_are_strings);
  IS_ZERO(mil_results_score);
  IS_ZERO(mil_states_count);
  EXPECT_EQ(withNothing(mil_type_rank), MIL_RANK_NONE);
  EXPECT_EQ(withNothing(mil_type_length), 0);
  EXPECT_EQ(withNothing(mil_operation_find_argument), -1);
  EXPECT_EQ(withNothing(mil_value_index), 0u);
  for (mil_text *text : {withNothing(mil_type_text), withNothing(mil_literal_text), withNothing(mil_operation_text)}) {
    EXPECT_TRUE(isEmpty(mil_text_string(text)));
    mil_text_close(text);
  }
}

TEST(CApiBadCalls, NothingCanBeClosed) {
  withNothing(mil_context_close);
  withNothing(mil_diagnostics_close);
  withNothing(mil_text_close);
  withNothing(mil_model_close);
  withNothing(mil_executable_close);
  withNothing(mil_results_close);
  withNothing(mil_states_close);
  withNothing(mil_builder_close);
  withNothing(mil_edit_close);
}

/// Two contexts with the same model; the calls get an object of one and nothing, or objects of both.
class CApiBadObjects : public testing::Test {
protected:
  CApiBadObjects() {
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(mil_model_open(contexts[i], MILC_EXAMPLES "/lora/adapter_1.mil", nullptr, &models[i]), MIL_OK);
    EXPECT_EQ(mil_executable_create(model, nullptr, &executable), MIL_OK);
    EXPECT_EQ(mil_executable_create(models[1], nullptr, &foreignExecutable), MIL_OK);
    EXPECT_EQ(mil_states_create(executable, &states), MIL_OK);
    EXPECT_EQ(mil_builder_create(context, "ios18", &builder), MIL_OK);
    EXPECT_EQ(mil_builder_function(builder, "main", &building), MIL_OK);
    const float numbers[64] = {};
    const int64_t dims[] = {1, 64};
    mil_input input = {"x", {MIL_FLOAT32, dims, 2, numbers, sizeof numbers}};
    EXPECT_EQ(mil_run(executable, &input, 1, nullptr, &results), MIL_OK);
  }
  ~CApiBadObjects() override {
    mil_builder_close(builder);
    mil_results_close(results);
    mil_states_close(states);
    mil_executable_close(executable);
    mil_executable_close(foreignExecutable);
    for (int i = 0; i < 2; ++i) {
      mil_model_close(models[i]);
      mil_context_close(contexts[i]);
    }
  }
  mil_context *contexts[2] = {mil_context_create(), mil_context_create()}, *context = contexts[0];
  mil_model *models[2] = {}, *&model = models[0];
  mil_executable *executable = nullptr, *foreignExecutable = nullptr;
  mil_states *states = nullptr;
  mil_results *results = nullptr;
  mil_builder *builder = nullptr;
  mil_function_builder *building = nullptr;
};

TEST_F(CApiBadObjects, AloneAreRefused) {
  mil_block *body = mil_function_body(mil_model_function(model, 0));
  mil_operation *operation = mil_block_last(body);
  mil_value *value = mil_operation_result(operation, 0);
  REFUSES_ONLY(context, mil_type_tensor);
  REFUSES_ONLY(context, mil_type_state);
  REFUSES_ONLY(context, mil_literal_tensor);
  REFUSES_ONLY(context, mil_literal_borrow);
  REFUSES_ONLY(context, mil_literal_strings);
  REFUSES_ONLY(context, mil_literal_bytes);
  REFUSES_ONLY(context, mil_literal_read);
  REFUSES_ONLY(context, mil_literal_unpack);
  REFUSES_ONLY(context, mil_model_open);
  REFUSES_ONLY(context, mil_merge);
  REFUSES_ONLY(context, mil_make_pipeline);
  REFUSES_ONLY(context, mil_unify);
  REFUSES_ONLY(context, mil_builder_create);
  REFUSES_ONLY(operation, mil_operation_set_argument);
  REFUSES_ONLY(operation, mil_operation_set_argument_literal);
  REFUSES_ONLY(operation, mil_operation_remove_argument);
  REFUSES_ONLY(operation, mil_operation_set_attribute);
  REFUSES_ONLY(operation, mil_operation_remove_attribute);
  REFUSES_ONLY(operation, mil_operation_move_before);
  REFUSES_ONLY(operation, mil_operation_erase); // its result is used
  REFUSES_ONLY(model, mil_value_rename);
  REFUSES_ONLY(model, mil_model_save);
  REFUSES_ONLY(model, mil_model_text);
  REFUSES_ONLY(model, mil_model_info);
  REFUSES_ONLY(model, mil_model_set_metadata);
  REFUSES_ONLY(model, mil_model_interface);
  REFUSES_ONLY(model, mil_model_set_feature);
  REFUSES_ONLY(model, mil_bind);
  REFUSES_ONLY(model, mil_compress);
  REFUSES_ONLY(model, mil_extract);
  REFUSES_ONLY(model, mil_split);
  REFUSES_ONLY(model, mil_diff);
  REFUSES_ONLY(model, mil_draw);
  REFUSES_ONLY(model, mil_compile);
  REFUSES_ONLY(model, mil_decompile);
  REFUSES_ONLY(model, mil_run_passes);
  REFUSES_ONLY(model, mil_executable_create);
  REFUSES_ONLY(model, mil_edit_create);
  REFUSES_ONLY(value, mil_value_replace_uses);
  REFUSES_ONLY(executable, mil_run);
  REFUSES_ONLY(executable, mil_compare);
  REFUSES_ONLY(executable, mil_states_create);
  REFUSES_ONLY(results, mil_results_tensor);
  REFUSES_ONLY(states, mil_states_tensor);
  REFUSES_ONLY(states, mil_states_write);
  REFUSES_ONLY(builder, mil_builder_function);
  REFUSES_ONLY(builder, mil_builder_set_default);
  REFUSES_ONLY(builder, mil_builder_finish);
  REFUSES_ONLY(building, mil_build_input);
  REFUSES_ONLY(building, mil_build_state);
  REFUSES_ONLY(building, mil_build_output);
  REFUSES_ONLY(building, mil_build_constant);
  REFUSES_ONLY(building, mil_build_operation);
  REFUSES_ONLY(building, mil_build_cond);
  REFUSES_ONLY(building, mil_build_while);
}

TEST_F(CApiBadObjects, HaveNothingAtPositionsOutOfRange) {
  mil_block *body = mil_function_body(mil_model_function(model, 0));
  mil_operation *operation = mil_block_last(body);
  const mil_type *type = mil_value_type(mil_operation_result(operation, 0));
  const mil_literal *literal = mil_value_constant(mil_operation_result(mil_block_first(body), 0));
  EXPECT_EQ(mil_model_function(model, 99), nullptr);
  EXPECT_EQ(mil_model_function_named(model, "none"), nullptr);
  EXPECT_TRUE(isEmpty(mil_model_metadata_key(model, 99)));
  EXPECT_EQ(mil_block_input(body, 99), nullptr);
  EXPECT_EQ(mil_block_output(body, 99), nullptr);
  EXPECT_EQ(mil_operation_result(operation, 99), nullptr);
  EXPECT_TRUE(isEmpty(mil_operation_argument_name(operation, 99)));
  EXPECT_EQ(mil_operation_binding_count(operation, 99), 0u);
  EXPECT_EQ(mil_operation_binding_value(operation, 0, 99), nullptr);
  EXPECT_EQ(mil_operation_binding_literal(operation, 99, 0), nullptr);
  EXPECT_TRUE(isEmpty(mil_operation_attribute_name(operation, 99)));
  EXPECT_EQ(mil_operation_attribute_value(operation, 99), nullptr);
  EXPECT_EQ(mil_operation_attribute(operation, "none"), nullptr);
  EXPECT_EQ(mil_operation_nested(operation, 99), nullptr);
  EXPECT_EQ(mil_type_tuple_element(type, 99), nullptr);
  EXPECT_EQ(mil_type_element(type), nullptr);
  EXPECT_EQ(mil_type_value(type), nullptr);
  EXPECT_TRUE(isEmpty(mil_literal_string(literal, 99)));
  EXPECT_EQ(mil_literal_element(literal, 99), nullptr);
  EXPECT_TRUE(isEmpty(mil_executable_port_name(executable, MIL_PORT_INPUT, 99)));
  EXPECT_TRUE(isEmpty(mil_results_name(results, 99)));
  EXPECT_EQ(int(mil_results_kind(results, 99)), 0);
  EXPECT_EQ(mil_results_length(results, 99), 0u);
  EXPECT_TRUE(isEmpty(mil_results_string(results, 0, 99)));
  EXPECT_EQ(mil_results_label(results, 0, 99), 0);
  EXPECT_EQ(mil_results_labels_are_strings(results, 99), 0);
  EXPECT_TRUE(isEmpty(mil_states_name(states, 99)));
  mil_diagnostics *none = mil_context_take_diagnostics(context);
  EXPECT_TRUE(isEmpty(mil_diagnostics_text(none, 99)));
  EXPECT_TRUE(isEmpty(mil_diagnostics_message(none, 99)));
  EXPECT_TRUE(isEmpty(mil_diagnostics_slug(none, 99)));
  EXPECT_TRUE(isEmpty(mil_diagnostics_file(none, 99)));
  EXPECT_EQ(mil_diagnostics_line(none, 99) + mil_diagnostics_column(none, 99), 0u);
  EXPECT_EQ(mil_diagnostics_severity(none, 99), MIL_NOTE);
  mil_diagnostics_close(none);
  EXPECT_TRUE(isEmpty(mil_dtype_name(mil_dtype(99))));
  EXPECT_EQ(mil_dtype_bits(mil_dtype(99)), 0u);
  EXPECT_EQ(mil_dtype_from_name("none"), MIL_DTYPE_INVALID);
}

TEST_F(CApiBadObjects, OfAnotherContextAreRefused) {
  mil_function *function = mil_model_function(model, 0), *foreignFunction = mil_model_function(models[1], 0);
  mil_block *body = mil_function_body(function), *foreignBody = mil_function_body(foreignFunction);
  mil_operation *operation = mil_block_last(body), *foreign = mil_block_last(foreignBody);
  mil_value *value = mil_operation_result(operation, 0), *foreignValue = mil_operation_result(foreign, 0);
  EXPECT_EQ(mil_block_set_outputs(body, &foreignValue, 1), MIL_BAD_CALL);
  EXPECT_EQ(mil_operation_set_argument(operation, "x", &foreignValue, 1), MIL_BAD_CALL);
  EXPECT_EQ(mil_operation_move_before(operation, foreign), MIL_BAD_CALL);
  EXPECT_EQ(mil_value_rename(model, foreignValue, "y"), MIL_BAD_CALL);
  EXPECT_EQ(mil_value_replace_uses(value, foreignValue), MIL_BAD_CALL);
  mil_model *out = nullptr, *both[] = {model, models[1]};
  mil_merge_input inputs[] = {{model, nullptr, nullptr}, {models[1], nullptr, nullptr}};
  EXPECT_EQ(mil_merge(context, inputs, 2, nullptr, &out), MIL_BAD_CALL);
  EXPECT_EQ(mil_unify(context, inputs, 2, nullptr, &out), MIL_BAD_CALL);
  EXPECT_EQ(mil_make_pipeline(context, both, 2, &out), MIL_BAD_CALL);
  mil_text *text = nullptr;
  EXPECT_EQ(mil_diff(model, models[1], 0, &text), MIL_BAD_CALL);
  mil_function_builder *editing = nullptr;
  EXPECT_EQ(mil_edit_create(model, foreignFunction, nullptr, &editing), MIL_BAD_CALL);
  EXPECT_EQ(mil_edit_create(model, function, foreign, &editing), MIL_BAD_CALL);
  EXPECT_EQ(mil_build_output(building, foreignValue, nullptr), MIL_BAD_CALL);
  mil_argument argument = {"x", MIL_GIVEN_VALUES, 0, &foreignValue, 1};
  EXPECT_EQ(mil_build_operation(building, "relu", &argument, 1, nullptr, nullptr, 0, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_compare(executable, foreignExecutable, nullptr, 0, nullptr, &text), MIL_BAD_CALL);
  mil_states *foreignStates = nullptr;
  ASSERT_EQ(mil_states_create(foreignExecutable, &foreignStates), MIL_OK);
  const float numbers[64] = {};
  const int64_t dims[] = {1, 64};
  mil_input input = {"x", {MIL_FLOAT32, dims, 2, numbers, sizeof numbers}};
  mil_results *more = nullptr;
  EXPECT_EQ(mil_run(executable, &input, 1, foreignStates, &more), MIL_BAD_CALL);
  mil_states_close(foreignStates);
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(editing, nullptr);
  EXPECT_EQ(more, nullptr);
}

TEST(CApiLists, ListAllPassesAndOperations) {
  EXPECT_FALSE(isEmpty(mil_version()));
  EXPECT_GT(mil_abi_version(), 0);
  for (mil_text *list : {mil_list_presets(), mil_list_passes(), mil_list_operations()}) {
    EXPECT_FALSE(isEmpty(mil_text_string(list)));
    mil_text_close(list);
  }
}

} // namespace

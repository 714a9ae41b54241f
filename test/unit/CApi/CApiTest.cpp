// The C interface as C programs see it: through libmil alone.
#include "Strings.h"
#include "mil-c/mil.h"
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

class CApi : public testing::Test {
protected:
  CApi() {
    folder = std::filesystem::temp_directory_path() / ("milc-capi-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
  }
  ~CApi() override {
    mil_model_close(model);
    mil_context_close(context);
    std::filesystem::remove_all(folder);
  }
  mil_model *open(const char *name = "adapter_1.mil") {
    mil_model *opened = nullptr;
    EXPECT_EQ(mil_model_open(context, (std::string(MILC_EXAMPLES "/lora/") + name).c_str(), nullptr, &opened), MIL_OK) << said();
    return opened;
  }
  /// What was reported since the last time, one slug after the other.
  std::string said(mil_context *of = nullptr) {
    mil_diagnostics *diagnostics = mil_context_take_diagnostics(of ? of : context);
    std::string slugs;
    for (size_t i = 0; i < mil_diagnostics_count(diagnostics); ++i)
      slugs += (i ? " " : "") + str(mil_diagnostics_slug(diagnostics, i));
    mil_diagnostics_close(diagnostics);
    return slugs;
  }
  std::string at(const char *name) const { return folder / name; }
  static mil_operation *find(const mil_model *in, const char *type) {
    mil_operation *op = mil_block_first(mil_function_body(mil_model_function(in, 0)));
    while (op && str(mil_operation_type(op)) != type)
      op = mil_operation_next(op);
    return op;
  }

  std::filesystem::path folder;
  mil_context *context = mil_context_create();
  mil_model *model = nullptr;
  int asked_ = 0;
};

TEST_F(CApi, WalksAProgram) {
  model = open();
  mil_function *function = mil_model_function_named(model, "main");
  EXPECT_EQ(str(mil_function_opset(function)), "ios18");
  mil_block *body = mil_function_body(function);
  std::vector<mil_operation *> operations(mil_block_operation_count(body));
  EXPECT_EQ(operations.size(), 17u);
  EXPECT_EQ(mil_block_operations(body, operations.data(), operations.size()), 17u);
  EXPECT_EQ(mil_block_last(body), operations.back());
  mil_operation *linear = find(model, "linear");
  int64_t weight = mil_operation_find_argument(linear, "weight");
  ASSERT_GE(weight, 0);
  mil_value *value = mil_operation_binding_value(linear, size_t(weight), 0);
  EXPECT_EQ(str(mil_value_name(value)), "base_1_weight");
  const mil_literal *literal = mil_value_constant(value);
  EXPECT_EQ(mil_literal_kind(literal), MIL_LITERAL_BLOB);
  EXPECT_EQ(mil_literal_size(literal), 64u * 64 * 2);
  const void *bytes = nullptr;
  ASSERT_EQ(mil_literal_bytes(context, literal, &bytes), MIL_OK);
  std::vector<char> read(64 * 64 * 2);
  ASSERT_EQ(mil_literal_read(context, literal, 0, read.data(), read.size()), MIL_OK);
  EXPECT_EQ(std::memcmp(bytes, read.data(), read.size()), 0);
  EXPECT_EQ(mil_value_use_count(value), 1u);
  mil_operation *user = nullptr;
  EXPECT_EQ(mil_value_users(value, &user, 1), 1u);
  EXPECT_EQ(user, linear);
}

TEST_F(CApi, DescribesABlock) {
  model = open();
  mil_block *body = mil_function_body(mil_model_function(model, 0));
  std::vector<mil_operation_info> rows(mil_block_describe(body, nullptr, 0));
  ASSERT_EQ(rows.size(), 17u);
  EXPECT_EQ(mil_block_describe(body, rows.data(), 2), 17u);
  EXPECT_EQ(rows[2].operation, nullptr);
  mil_block_describe(body, rows.data(), rows.size());
  mil_operation *op = mil_block_first(body);
  for (const mil_operation_info &row : rows) {
    EXPECT_EQ(row.operation, op);
    EXPECT_EQ(str(row.type), str(mil_operation_type(op)));
    EXPECT_EQ(str(row.name), str(mil_operation_name(op)));
    EXPECT_EQ(row.result, mil_operation_result(op, 0));
    EXPECT_EQ(row.result_type, mil_value_type(row.result));
    EXPECT_EQ(row.result_count, 1u);
    EXPECT_EQ(row.block_count, 0u);
    op = mil_operation_next(op);
  }
}

TEST_F(CApi, EditsProgramAndDescription) {
  model = open();
  mil_edit edits[] = {{MIL_EDIT_RENAME, "x", "image"}, {MIL_EDIT_TYPE, "image", "fp32"}, {MIL_EDIT_SET, "key", "value"}};
  ASSERT_EQ(mil_model_edit(model, nullptr, edits, 3), MIL_OK) << said();
  mil_value *input = mil_block_input(mil_function_body(mil_model_function(model, 0)), 0);
  EXPECT_EQ(str(mil_value_name(input)), "image");
  EXPECT_EQ(mil_type_dtype(mil_value_type(input)), MIL_FLOAT32);
  EXPECT_EQ(str(mil_model_metadata(model, "key", 1)), "value");
  EXPECT_EQ(mil_model_save(model, at("edited.mlpackage").c_str(), nullptr, nullptr), MIL_OK) << said();

  mil_edit bad[] = {
      {0, "x", "y"}, {17, "x", "y"}, {MIL_EDIT_TYPE, "image", "fp8"}, {MIL_EDIT_SCALE, "image", "2"}, {MIL_EDIT_SHAPE, "image", nullptr}};
  for (const mil_edit &each : bad)
    EXPECT_EQ(mil_model_edit(model, nullptr, &each, 1), MIL_BAD_CALL);
  EXPECT_EQ(mil_model_edit(model, nullptr, nullptr, 1), MIL_BAD_CALL);
  EXPECT_EQ(mil_model_edit(nullptr, nullptr, edits, 1), MIL_BAD_CALL);
  said();
  mil_edit none = {MIL_EDIT_RENAME, "none", "other"};
  EXPECT_EQ(mil_model_edit(model, nullptr, &none, 1), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "edit-nothing");
  EXPECT_EQ(mil_model_verify(model, 1), MIL_OK) << said();
  mil_edit half[] = {{MIL_EDIT_RENAME, "image", "x"}, {MIL_EDIT_DEFAULT_FUNCTION, nullptr, "none"}};
  EXPECT_EQ(mil_model_edit(model, nullptr, half, 2), MIL_BAD_INPUT);
  EXPECT_EQ(mil_model_verify(model, 1), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "edit-nothing model-broken");
}

TEST_F(CApi, MakesAPipeline) {
  model = open();
  mil_model *second = open("adapter_2.mil");
  mil_edit edits[] = {{MIL_EDIT_RENAME, "x", "adapted_2"}, {MIL_EDIT_RENAME, "adapted_2", "y"}};
  ASSERT_EQ(mil_model_edit(second, nullptr, edits, 2), MIL_OK) << said();
  mil_model *models[] = {model, second}, *made = nullptr;
  ASSERT_EQ(mil_make_pipeline(context, models, 2, &made), MIL_OK) << said();
  mil_model_close(second); // the pipeline keeps what it needs
  EXPECT_EQ(mil_model_save(made, at("both.mlpackage").c_str(), nullptr, nullptr), MIL_OK) << said();
  EXPECT_EQ(mil_model_verify(made, 1), MIL_OK) << said();
  mil_model_close(made);

  EXPECT_EQ(mil_make_pipeline(context, models, 1, &made), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "pipeline-too-few");
  models[1] = model;
  EXPECT_EQ(mil_make_pipeline(context, models, 2, &made), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "pipeline-model");
  models[1] = nullptr;
  EXPECT_EQ(mil_make_pipeline(context, models, 2, &made), MIL_BAD_CALL);
  EXPECT_EQ(mil_make_pipeline(context, nullptr, 2, &made), MIL_BAD_CALL);
  EXPECT_EQ(mil_make_pipeline(context, models, 2, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_make_pipeline(nullptr, models, 2, &made), MIL_BAD_CALL);
}

TEST_F(CApi, Draws) {
  model = open();
  mil_text *svg = nullptr;
  ASSERT_EQ(mil_draw(model, nullptr, &svg), MIL_OK) << said();
  EXPECT_EQ(str(mil_text_string(svg)).substr(0, 4), "<svg");
  mil_text_close(svg);
  mil_draw_options options{};
  options.size = sizeof options;
  options.function = "none";
  EXPECT_EQ(mil_draw(model, &options, &svg), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "view-unknown-function");
  EXPECT_EQ(mil_draw(model, nullptr, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_draw(nullptr, nullptr, &svg), MIL_BAD_CALL);
}

TEST_F(CApi, GivesRandomWeights) {
  std::filesystem::copy_file(MILC_EXAMPLES "/lora/adapter_1.mil", at("alone.mil"));
  mil_open_options options{};
  options.size = sizeof options;
  options.random_weights = 1;
  ASSERT_EQ(mil_model_open(context, at("alone.mil").c_str(), &options, &model), MIL_OK) << said();
  said();
  EXPECT_EQ(mil_model_save(model, at("random.mlpackage").c_str(), nullptr, nullptr), MIL_OK) << said();
}

TEST_F(CApi, MergesAndSharesWeights) {
  mil_model *other = open("adapter_2.mil");
  model = open();
  mil_merge_input inputs[] = {{model, nullptr, "first"}, {other, nullptr, "second"}};
  mil_model *merged = nullptr;
  ASSERT_EQ(mil_merge(context, inputs, 2, nullptr, &merged), MIL_OK) << said();
  mil_model_close(other); // the result keeps what it needs
  mil_save_result result{sizeof(mil_save_result), 0, 0, 0};
  ASSERT_EQ(mil_model_save(merged, at("m.mlpackage").c_str(), nullptr, &result), MIL_OK) << said();
  EXPECT_EQ(str(mil_model_default_function(merged)), "first");
  EXPECT_LT(result.weight_bytes, result.referenced_bytes);
  EXPECT_EQ(mil_model_save(merged, at("m.mlpackage").c_str(), nullptr, nullptr), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "output-exists");
  mil_model_close(merged);
}

TEST_F(CApi, RenamesWithTheInterface) {
  model = open();
  mil_value *x = mil_block_input(mil_function_body(mil_model_function(model, 0)), 0);
  EXPECT_EQ(mil_value_rename(model, x, "base_1"), MIL_BAD_CALL);
  EXPECT_EQ(mil_value_rename(model, x, "no name"), MIL_BAD_CALL);
  EXPECT_EQ(said(), "bad-call bad-call");
  ASSERT_EQ(mil_value_rename(model, x, "image"), MIL_OK);
  mil_text *interface = nullptr;
  ASSERT_EQ(mil_model_interface(model, nullptr, &interface), MIL_OK);
  EXPECT_NE(str(mil_text_string(interface)).find("\"name\":\"image\""), std::string::npos);
  mil_text_close(interface);
  EXPECT_EQ(mil_model_verify(model, 1), MIL_OK) << said();
}

TEST_F(CApi, ChangesFeatures) {
  model = open();
  EXPECT_EQ(mil_model_set_feature(model, nullptr, "x", R"({"description": "the input", "name": "y"})"), MIL_OK) << said();
  for (const char *bad :
       {"[]", "{", R"({"type": {"kind": "multiArray", "dtype": "int4"}})", R"({"what": 1})", R"({"name": ""})", R"({"name": 3})",
        R"({"name": "z", "type": {"kind": "float"}})", R"({"type": {"kind": "image", "width": 0, "height": 1, "colorSpace": "rgb"}})"}) {
    EXPECT_EQ(mil_model_set_feature(model, nullptr, "y", bad), MIL_BAD_INPUT) << bad;
    EXPECT_EQ(said(), "bad-feature");
  }
  EXPECT_EQ(mil_model_set_feature(model, nullptr, "y", R"({"type": {"kind": "multiArray", "dtype": "fp16", "shape": [1, 64]}})"), MIL_OK);
  EXPECT_EQ(mil_model_verify(model, 0), MIL_OK) << said();
}

TEST_F(CApi, RefusesEditsThatBreakThings) {
  model = open();
  mil_operation *relu = find(model, "relu");
  EXPECT_EQ(mil_operation_erase(relu), MIL_BAD_CALL);
  mil_operation *first = mil_block_first(mil_operation_block(relu));
  // Used before it is defined: told when the model is saved, not written.
  ASSERT_EQ(mil_operation_move_before(relu, first), MIL_OK);
  EXPECT_EQ(mil_model_save(model, at("broken.mlpackage").c_str(), nullptr, nullptr), MIL_BAD_INPUT);
  EXPECT_FALSE(std::filesystem::exists(at("broken.mlpackage")));
  said();
}

TEST_F(CApi, ReplacesAnOperation) {
  model = open();
  mil_operation *relu = find(model, "relu");
  mil_function_builder *builder = nullptr;
  ASSERT_EQ(mil_edit_create(model, mil_model_function(model, 0), relu, &builder), MIL_OK);
  mil_value *x = mil_operation_binding_value(relu, 0, 0), *y = nullptr;
  mil_argument arguments[] = {{"x", MIL_GIVEN_VALUES, 0, &x, 1}};
  ASSERT_EQ(mil_build_operation(builder, "tanh", arguments, 1, "t", &y, 1, nullptr), MIL_OK) << said();
  mil_edit_close(builder);
  ASSERT_EQ(mil_value_replace_uses(mil_operation_result(relu, 0), y), MIL_OK);
  ASSERT_EQ(mil_operation_erase(relu), MIL_OK);
  EXPECT_EQ(mil_operation_block(relu), nullptr);
  EXPECT_EQ(mil_operation_erase(relu), MIL_BAD_CALL);
  EXPECT_EQ(said(), "bad-call");
  EXPECT_EQ(mil_model_save(model, at("t.mil").c_str(), nullptr, nullptr), MIL_OK) << said();
}

TEST_F(CApi, Builds) {
  mil_builder *builder = nullptr;
  EXPECT_EQ(mil_builder_create(context, "ios99", &builder), MIL_BAD_CALL);
  said();
  ASSERT_EQ(mil_builder_create(context, "ios17", &builder), MIL_OK);
  mil_function_builder *main = nullptr;
  ASSERT_EQ(mil_builder_function(builder, "main", &main), MIL_OK);
  int64_t dims[] = {1, 8}, axis = -1;
  mil_value *x = nullptr, *y = nullptr;
  ASSERT_EQ(mil_build_input(main, "x", MIL_FLOAT16, dims, 2, &x), MIL_OK);
  mil_argument arguments[] = {{"x", MIL_GIVEN_VALUES, 0, &x, 1}, {"axis", MIL_GIVEN_INTEGERS, 1, &axis, 1}};
  ASSERT_EQ(mil_build_operation(main, "softmax", arguments, 2, "y", &y, 1, nullptr), MIL_OK) << said();
  ASSERT_EQ(mil_build_output(main, y, nullptr), MIL_OK);
  ASSERT_EQ(mil_builder_finish(builder, &model), MIL_OK) << said();
  mil_builder_close(builder);
  EXPECT_EQ(mil_model_save(model, at("b.mlpackage").c_str(), nullptr, nullptr), MIL_OK) << said();
}

TEST_F(CApi, TellsWhatABuilderRefuses) {
  mil_builder *builder = nullptr;
  ASSERT_EQ(mil_builder_create(context, "ios17", &builder), MIL_OK);
  mil_function_builder *main = nullptr;
  ASSERT_EQ(mil_builder_function(builder, "main", &main), MIL_OK);
  EXPECT_EQ(mil_build_operation(main, "no_such_op", nullptr, 0, nullptr, nullptr, 0, nullptr), MIL_BAD_INPUT);
  EXPECT_NE(said(), "");
  EXPECT_EQ(mil_builder_finish(builder, &model), MIL_BAD_INPUT);
  mil_builder_close(builder);
}

TEST_F(CApi, RunsPasses) {
  model = open();
  mil_pass_options options{};
  options.size = sizeof options;
  EXPECT_EQ(mil_run_passes(model, &options, nullptr), MIL_BAD_CALL);
  said();
  options.passes = "no_such_pass";
  EXPECT_EQ(mil_run_passes(model, &options, nullptr), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "unknown-pass");
  options.passes = nullptr;
  options.pipeline = "optimize";
  int32_t changed = -1;
  EXPECT_EQ(mil_run_passes(model, &options, &changed), MIL_OK) << said();
  EXPECT_GE(changed, 0);
  EXPECT_EQ(mil_model_verify(model, 1), MIL_OK) << said();
}

/// Requests the end at once; the callback is called between passes.
TEST_F(CApi, EndsWhenTheCallbackRequestsIt) {
  model = open();
  ASSERT_EQ(mil_context_set_progress(
                context, [](void *asked, uint64_t, uint64_t) -> int32_t { return ++*static_cast<int *>(asked); }, &asked_),
            MIL_OK);
  mil_pass_options options{};
  options.size = sizeof options;
  options.pipeline = "optimize";
  EXPECT_EQ(mil_run_passes(model, &options, nullptr), MIL_CANCELLED);
  EXPECT_EQ(said(), "interrupted");
  EXPECT_GE(asked_, 1);
  // What passes left half changed is of no use any more.
  EXPECT_EQ(mil_model_save(model, at("x.mlpackage").c_str(), nullptr, nullptr), MIL_BAD_INPUT);
  EXPECT_EQ(said(), "model-broken");
}

TEST_F(CApi, KeepsContextsApart) {
  model = open();
  mil_context *other = mil_context_create();
  mil_model *foreign = nullptr;
  ASSERT_EQ(mil_model_open(other, MILC_EXAMPLES "/lora/adapter_2.mil", nullptr, &foreign), MIL_OK);
  mil_context_close(other); // lives until its models are closed
  mil_merge_input inputs[] = {{model, nullptr, nullptr}, {foreign, nullptr, nullptr}};
  mil_model *merged = nullptr;
  EXPECT_EQ(mil_merge(context, inputs, 2, nullptr, &merged), MIL_BAD_CALL);
  mil_text *text = nullptr;
  EXPECT_EQ(mil_diff(model, foreign, 0, &text), MIL_BAD_CALL);
  mil_value *x = mil_block_input(mil_function_body(mil_model_function(foreign, 0)), 0);
  EXPECT_EQ(mil_operation_set_argument(find(model, "relu"), "x", &x, 1), MIL_BAD_CALL);
  EXPECT_EQ(mil_value_rename(model, x, "z"), MIL_BAD_CALL);
  said();
  mil_model_close(foreign);
}

TEST_F(CApi, AnswersNull) {
  EXPECT_EQ(mil_model_open(nullptr, "x", nullptr, &model), MIL_BAD_CALL);
  EXPECT_EQ(mil_model_open(context, nullptr, nullptr, &model), MIL_BAD_CALL);
  EXPECT_EQ(mil_model_save(nullptr, "x", nullptr, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_model_function_count(nullptr), 0u);
  EXPECT_EQ(mil_block_first(nullptr), nullptr);
  EXPECT_EQ(str(mil_value_name(nullptr)), "");
  EXPECT_EQ(mil_operation_set_argument(nullptr, "x", nullptr, 0), MIL_BAD_CALL);
  EXPECT_EQ(mil_literal_tensor(context, nullptr, nullptr, 0, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_merge(context, nullptr, 0, nullptr, nullptr), MIL_BAD_CALL);
  EXPECT_EQ(mil_type_rank(nullptr), MIL_RANK_NONE);
  EXPECT_EQ(mil_context_take_diagnostics(nullptr), nullptr);
  mil_model_close(nullptr);
  mil_context_close(nullptr);
  mil_builder_close(nullptr);
  mil_edit_close(nullptr);
}

TEST_F(CApi, ChecksLiterals) {
  int64_t dims[] = {2, 2}, negative[] = {-3};
  const mil_type *type = nullptr;
  EXPECT_EQ(mil_type_tensor(context, MIL_FLOAT32, negative, 1, &type), MIL_BAD_CALL);
  EXPECT_EQ(mil_type_tensor(context, mil_dtype(9), dims, 2, &type), MIL_BAD_CALL);
  ASSERT_EQ(mil_type_tensor(context, MIL_FLOAT32, dims, 2, &type), MIL_OK);
  float values[] = {1, 2, 3, 4};
  const mil_literal *literal = nullptr;
  EXPECT_EQ(mil_literal_tensor(context, type, values, 15, &literal), MIL_BAD_CALL);
  ASSERT_EQ(mil_literal_tensor(context, type, values, 16, &literal), MIL_OK);
  EXPECT_EQ(mil_literal_count(literal), 4u);
  float read[2];
  EXPECT_EQ(mil_literal_read(context, literal, 8, read, 8), MIL_OK);
  EXPECT_EQ(read[1], 4);
  EXPECT_EQ(mil_literal_read(context, literal, 12, read, 8), MIL_BAD_CALL);
  EXPECT_EQ(mil_literal_unpack(context, literal, 0, read, 1), MIL_BAD_CALL);
}

TEST_F(CApi, TellsWhereAnInputIsBad) {
  EXPECT_EQ(mil_model_open(context, at("none.mlpackage").c_str(), nullptr, &model), MIL_BAD_INPUT);
  mil_diagnostics *why = mil_context_take_diagnostics(context);
  ASSERT_EQ(mil_diagnostics_count(why), 1u);
  EXPECT_EQ(mil_diagnostics_severity(why, 0), MIL_ERROR);
  EXPECT_NE(str(mil_diagnostics_text(why, 0)).find("none.mlpackage"), std::string::npos);
  mil_diagnostics_close(why);
}

TEST_F(CApi, LetsThreadsUseOneContextAndTheirOwn) {
  model = open();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        mil_text *text = nullptr;
        EXPECT_EQ(mil_model_info(model, &text), MIL_OK);
        mil_text_close(text);
        mil_context *own = mil_context_create();
        mil_model *opened = nullptr;
        EXPECT_EQ(mil_model_open(own, i % 2 ? MILC_EXAMPLES "/lora/adapter_1.mil" : "/nowhere", nullptr, &opened),
                  i % 2 ? MIL_OK : MIL_BAD_INPUT);
        mil_model_close(opened);
        mil_context_close(own);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace

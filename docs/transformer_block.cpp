// A transformer block with a KV cache, built with the frontend, verified, written as a package and read back.
//
//   transformer_block OUT.mlpackage
//
// One attention head over a cache of 16 positions: the block takes one token's vector and its position, writes its key and value into the
// cache, attends to all of it under a mask, and adds a feed-forward layer.
#include "mil/Frontend.h"
#include <cmath>

using namespace mil;

static constexpr int64_t width = 8, positions = 16;

/// A weight matrix. A real converter would lend the bytes it has (f.constant with an ArrayRef), or name a range of a checkpoint (fileBlob).
static std::shared_ptr<const Blob> weights(int64_t rows, int64_t columns) {
  std::vector<uint8_t> bytes;
  for (int64_t i = 0; i < rows * columns; ++i) {
    uint64_t half = fromFloat(FloatFormat::Half, std::sin(float(i)) / float(columns));
    bytes.push_back(uint8_t(half));
    bytes.push_back(uint8_t(half >> 8));
  }
  return ownedBlob(BlobDType::Float16, uint64_t(rows * columns), std::move(bytes));
}

/// Writes one row into a state at `position` and returns all of the state. slice_update takes where to write as a tensor.
static Value *updateCache(FunctionBuilder &f, Value *state, Value *row, Value *position, const std::string &name) {
  Value *old = f.op("read_state", {{"input", state}}, name + "_old");
  Value *zero = f.constant(name + "_zero", Literal::int32s(f.context(), {0}));
  Value *next = f.op("add", {{"x", position}, {"y", 1}}, name + "_next");
  Value *begin = f.op("concat", {{"values", {zero, position, zero}}, {"axis", 0}}, name + "_begin");
  Value *last = f.constant(name + "_width", Literal::int32s(f.context(), {int32_t(width)}));
  Value *one = f.constant(name + "_one", Literal::int32s(f.context(), {1}));
  Value *end = f.op("concat", {{"values", {one, next, last}}, {"axis", 0}}, name + "_end");
  Value *updated = f.op("slice_update", {{"x", old}, {"update", row}, {"begin", begin}, {"end", end}}, name + "_updated");
  f.op("write_state", {{"input", state}, {"data", updated}}, name + "_write");
  return f.op("read_state", {{"input", state}}, name + "_all");
}

static void buildBlock(FunctionBuilder &f) {
  Value *x = f.input("x", DType::Float16, {1, 1, width});
  Value *position = f.input("position", DType::Int32, {1});
  Value *mask = f.input("mask", DType::Float16, {1, 1, positions});
  Value *keys = f.state("keys", DType::Float16, {1, positions, width});
  Value *values = f.state("values", DType::Float16, {1, positions, width});

  auto project = [&](Value *in, const char *name) {
    Value *weight = f.constant(std::string(name) + "_weight", {width, width}, weights(width, width));
    return f.op("linear", {{"x", in}, {"weight", weight}}, name);
  };
  Value *normed = f.op("layer_norm", {{"x", x}, {"axes", {-1}}}, "normed");
  Value *query = project(normed, "query");
  Value *allKeys = updateCache(f, keys, project(normed, "key"), position, "keys");
  Value *allValues = updateCache(f, values, project(normed, "value"), position, "values");

  Value *scaled = f.op("mul", {{"x", query}, {"y", 1 / std::sqrt(double(width))}}, "scaled");
  Value *scores = f.op("matmul", {{"x", scaled}, {"y", allKeys}, {"transpose_y", true}}, "scores");
  Value *masked = f.op("add", {{"x", scores}, {"y", mask}}, "masked");
  Value *shares = f.op("softmax", {{"x", masked}, {"axis", -1}}, "shares");
  Value *attended = f.op("matmul", {{"x", shares}, {"y", allValues}}, "attended");
  Value *sum = f.op("add", {{"x", x}, {"y", project(attended, "projected")}}, "sum");

  Value *hidden = f.op("gelu", {{"x", project(sum, "hidden")}, {"mode", "TANH_APPROXIMATION"}}, "activated");
  f.output(f.op("add", {{"x", sum}, {"y", project(hidden, "fed")}}), "y");
}

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: transformer_block OUT.mlpackage\n";
    return 2;
  }
  DiagnosticEngine diags(llvm::errs());
  Context context;
  ModelBuilder builder(context, Opset::IOS18);
  FunctionBuilder f = builder.function("main");
  buildBlock(f);

  Metadata metadata;
  metadata.shortDescription = "One transformer block with its cache";
  builder.setMetadata(metadata);

  // The first thing that went wrong, if any did, is reported here; nothing before needs a check.
  Result<std::unique_ptr<Model>> model = builder.finish(diags);
  if (!model)
    return 1;
  SaveOptions save;
  save.force = true;
  if (!saveModel(**model, argv[1], diags, save))
    return 1;

  Result<OpenedModel> again = openModel(argv[1], context, diags);
  if (!again || !verifyModel(*again->model, diags))
    return 1;
  llvm::outs() << "specification version " << again->model->specificationVersion << ", " << again->model->program->operationCount()
               << " operations\n";
  return 0;
}

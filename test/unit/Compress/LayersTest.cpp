// Rounding by data for each kind of layer that has a Hessian: less error on data that was not seen.
#include "TestFolder.h"
#include "mil/Arrays/WriteArrays.h"
#include "mil/Build/FunctionBuilder.h"
#include "mil/Compress/Compress.h"
#include "mil/IR/Context.h"
#include <random>

using namespace mil;

namespace {

using Layers = llvm::function_ref<Value *(FunctionBuilder &, Value *x)>;

class LayersTest : public testing::Test {
protected:
  Tensor normal(llvm::ArrayRef<int64_t> dims, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    Tensor tensor(DType::Float32, dims);
    std::vector<double> values(size_t(tensor.count()));
    for (double &value : values)
      value = normal(random);
    tensor.write(0, llvm::ArrayRef<double>(values));
    return tensor;
  }
  /// Samples in which neighbours go together, as in images.
  std::string data(const std::string &name, int64_t samples, llvm::ArrayRef<int64_t> x, unsigned seed) {
    int64_t size = x.back();
    Tensor noise = normal({samples, x[1], x[2], x[3]}, seed), tensor(DType::Float32, noise.dims());
    std::vector<double> values(size_t(noise.count()));
    noise.read(0, llvm::MutableArrayRef<double>(values));
    for (size_t i = 1; i < values.size(); ++i)
      values[i] += 0.9 * values[i - 1] + (i >= size_t(size) ? 0.05 * values[i - size_t(size)] : 0);
    tensor.write(0, llvm::ArrayRef<double>(values));
    EXPECT_TRUE(bool(writeArrays(folder.path(name), {{"x", RuntimeValue(std::move(tensor))}}, true, diags)));
    return folder.path(name);
  }
  Value *weight(FunctionBuilder &f, llvm::StringRef name, llvm::ArrayRef<int64_t> dims, unsigned seed) {
    return f.constant(name, normal(dims, seed).toLiteral(context, Type::tensor(context, DType::Float32, dims)));
  }
  std::unique_ptr<Model> model(llvm::ArrayRef<int64_t> x, Layers layers) {
    ModelBuilder builder(context, Opset::IOS18);
    FunctionBuilder f = builder.function("main");
    f.output(layers(f, f.input("x", DType::Float32, x)), "out");
    Result<std::unique_ptr<Model>> made = builder.finish(diags);
    EXPECT_TRUE(bool(made)) << builder.error();
    return made ? std::move(*made) : nullptr;
  }
  /// The PSNR on held-out data of a model in 4 bits a weight, rounded by data or not.
  double psnr(llvm::ArrayRef<int64_t> x, Layers layers, const Scheme &scheme, bool byData) {
    std::unique_ptr<Model> before = model(x, layers), another = model(x, layers), after = model(x, layers);
    Result<Samples> seen = Samples::open(data("seen.npz", 32, x, 1), diags);
    Result<Samples> held = Samples::open(data("held.npz", 16, x, 2), diags);
    Result<std::unique_ptr<Calibration>> calibration = Calibration::make(*another, std::move(*seen), diags);
    CompressionConfig config;
    config.global = SchemeEntry{scheme, 10};
    CompressOptions options;
    options.calibration = byData && calibration ? calibration->get() : nullptr;
    Result<CompressionReport> done = compressModel(*after, config, diags, options);
    EXPECT_TRUE(done && done->compressed() == 1);
    Result<std::vector<OutputError>> errors = outputErrors(*before, *after, *held, diags);
    EXPECT_TRUE(errors && errors->size() == 1);
    EXPECT_EQ(diags.errorCount(), 0u);
    return errors && errors->size() == 1 ? errors->front().psnr : 0;
  }
  /// With tables of four values, each of which a whole tensor shares: coarse for any layer.
  void expectGain(llvm::ArrayRef<int64_t> x, Layers layers, double gain = 1) {
    PalettizeScheme palette;
    palette.bits = 2;
    QuantizeScheme integers;
    integers.dtype = DType::Int4;
    integers.granularity = QuantizeScheme::Granularity::Tensor;
    for (const Scheme &scheme : {Scheme(palette), Scheme(integers)}) {
      double plain = psnr(x, layers, scheme, false), byData = psnr(x, layers, scheme, true);
      EXPECT_GT(byData, plain + gain) << describe(scheme);
      RecordProperty(describe(scheme), std::to_string(plain) + " " + std::to_string(byData));
    }
  }

  TestFolder folder;
  Context context;
  DiagnosticEngine diags;
};

} // namespace

TEST_F(LayersTest, GroupedConv) {
  expectGain({1, 8, 8, 8}, [&](FunctionBuilder &f, Value *x) {
    return f.op("conv", {{"x", x}, {"weight", weight(f, "w", {8, 4, 3, 3}, 3)}, {"groups", 2}, {"pad_type", "same"}}, "y");
  });
}

TEST_F(LayersTest, DepthwiseConv) {
  expectGain(
      {1, 8, 8, 8},
      [&](FunctionBuilder &f, Value *x) {
        return f.op("conv", {{"x", x}, {"weight", weight(f, "w", {8, 1, 3, 3}, 3)}, {"groups", 8}, {"pad_type", "valid"}}, "y");
      },
      0.5);
}

TEST_F(LayersTest, TransposedConv) {
  expectGain({1, 8, 8, 8}, [&](FunctionBuilder &f, Value *x) {
    return f.op("conv_transpose", {{"x", x}, {"weight", weight(f, "w", {8, 6, 3, 3}, 3)}}, "y");
  });
}

TEST_F(LayersTest, TransposedConvWithStridesAndGroups) {
  expectGain({1, 8, 8, 8}, [&](FunctionBuilder &f, Value *x) {
    return f.op("conv_transpose", {{"x", x}, {"weight", weight(f, "w", {8, 3, 4, 4}, 3)}, {"strides", {2, 2}}, {"groups", 2}}, "y");
  });
}

// The weight is in a loop, and what it is multiplied with is what the loop carries.
TEST_F(LayersTest, InALoop) {
  expectGain({1, 4, 4, 8}, [&](FunctionBuilder &f, Value *x) {
    Value *zero = f.constant("zero", Literal::int32(context, 0));
    auto condition = [&](FunctionBuilder &block, llvm::ArrayRef<Value *> variables) {
      return block.op("less", {{"x", variables[0]}, {"y", 2}}, "goes_on");
    };
    auto body = [&](FunctionBuilder &block, llvm::ArrayRef<Value *> variables) {
      Value *next = block.op("add", {{"x", variables[0]}, {"y", 1}}, "next");
      Value *y = block.op("linear", {{"x", variables[1]}, {"weight", weight(block, "w", {8, 8}, 3)}}, "y");
      return llvm::SmallVector<Value *, 2>{next, y};
    };
    return f.whileLoop({zero, x}, condition, body, "loop")[1];
  });
}

// In a branch, whose values come from without.
TEST_F(LayersTest, InABranch) {
  expectGain({1, 4, 4, 8}, [&](FunctionBuilder &f, Value *x) {
    Value *yes = f.constant("yes", Literal::boolean(context, true));
    auto branch = [&](const char *name, bool hasLayer) {
      return [=, this](FunctionBuilder &block) {
        Value *y =
            hasLayer ? block.op("linear", {{"x", x}, {"weight", weight(block, "w", {8, 8}, 3)}}, name) : block.op("relu", {{"x", x}}, name);
        return llvm::SmallVector<Value *, 2>{y};
      };
    };
    return f.cond(yes, branch("taken", true), branch("other", false), "chosen")[0];
  });
}

// Costs are measured on samples of every function, though the first one has more than are kept.
TEST_F(LayersTest, CostsOfLaterFunctions) {
  auto build = [&](unsigned seed) {
    ModelBuilder builder(context, Opset::IOS18);
    for (const char *name : {"first", "second"}) {
      FunctionBuilder f = builder.function(name);
      Value *x = f.input(name[0] == 'f' ? "x" : "z", DType::Float32, {1, 8});
      if (name[0] == 'f') // of a function with a state the first samples are kept, which would leave none for others
        f.output(f.op("read_state", {{"input", f.state("state", DType::Float16, {1, 8})}}, "held"));
      f.output(f.op("linear", {{"x", x}, {"weight", weight(f, name[0] == 'f' ? "w" : "v", {8, 8}, seed + unsigned(name[0]))}}, "y"));
    }
    Result<std::unique_ptr<Model>> made = builder.finish(diags);
    EXPECT_TRUE(bool(made)) << builder.error();
    return std::move(*made);
  };
  std::filesystem::create_directory(folder.path("data"));
  for (const char *name : {"x", "z"})
    ASSERT_TRUE(
        bool(writeArrays(folder.path(std::string("data/") + name + ".npz"), {{name, RuntimeValue(normal({40, 8}, 4))}}, false, diags)));
  std::unique_ptr<Model> model = build(1), another = build(1);
  Result<Samples> samples = Samples::open(folder.path("data"), diags);
  ASSERT_TRUE(samples);
  Result<std::unique_ptr<Calibration>> calibration = Calibration::make(*another, std::move(*samples), diags);
  ASSERT_TRUE(calibration);
  CompressionConfig config;
  PalettizeScheme palette;
  palette.bits = 2;
  config.global = SchemeEntry{palette, 10};
  CompressOptions options;
  options.measure = true;
  options.calibration = calibration->get();
  Result<CompressionReport> report = compressModel(*model, config, diags, options);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->weights.size(), 2u);
  for (const WeightChange &change : report->weights) {
    ASSERT_TRUE(change.cost) << change.function;
    EXPECT_GT(*change.cost, 0) << change.function;
  }
}

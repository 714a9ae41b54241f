// The forms that schemes make of weights, against what one would write down.
#include "mil/Compress/Clustering.h"
#include "mil/Compress/CompressedWeight.h"
#include "mil/IR/Context.h"
#include "llvm/Support/Parallel.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace mil;

namespace {

/// A weight in memory.
const Literal *weightOf(Context &context, DType type, llvm::ArrayRef<int64_t> dims, const std::vector<double> &values) {
  Tensor tensor(type, dims);
  tensor.write(0, llvm::ArrayRef<double>(values));
  return tensor.toLiteral(context, Type::tensor(context, type, dims));
}

WeightView viewOf(const Literal *literal) {
  WeightView view;
  view.values = WeightValues::of(*literal);
  view.outputs = 0, view.inputs = 1;
  view.isStructured = true;
  return view;
}

std::vector<double> randomValues(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(normal(random) * 0.05);
  return values;
}

std::vector<float> read(const CompressedWeight &form, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  EXPECT_TRUE(form.values(0, values));
  return values;
}

const Literal *argument(const CompressedWeight &form, llvm::StringRef name) {
  for (const CompressedWeight::Operation &op : form.operations)
    for (const CompressedWeight::Argument &each : op.arguments)
      if (each.name == name)
        return each.literal;
  return nullptr;
}

std::vector<uint8_t> bytesOf(const Literal &literal) {
  if (literal.isTensor())
    return literal.bytes().vec();
  std::vector<uint8_t> bytes(literal.blob()->size());
  DiagnosticEngine diags;
  EXPECT_TRUE(bool(literal.blob()->read(0, bytes, diags)));
  return bytes;
}

/// The bytes of all constants of a form.
std::vector<uint8_t> allBytes(const CompressedWeight &form) {
  std::vector<uint8_t> all;
  for (const CompressedWeight::Operation &op : form.operations)
    for (const CompressedWeight::Argument &each : op.arguments)
      if (each.literal)
        for (uint8_t byte : bytesOf(*each.literal))
          all.push_back(byte);
  return all;
}

struct Schemes : testing::Test {
  Context context;
  WhyLeft why = WhyLeft::None;
  std::optional<CompressedWeight> make(const Literal *weight, const Scheme &scheme, Opset opset = Opset::IOS18) {
    why = WhyLeft::None;
    return compress(viewOf(weight), scheme, opset, context, why);
  }
};

double squares(const std::vector<float> &a, const std::vector<float> &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
  return sum;
}

std::vector<float> floatsOf(const Literal *weight) {
  std::shared_ptr<const WeightValues> values = WeightValues::of(*weight);
  std::vector<float> all(static_cast<size_t>(values->count()));
  EXPECT_TRUE(values->read(0, all));
  return all;
}

} // namespace

// Every mode of all schemes: the form has the elements of `values`, and less error with more bits.
TEST_F(Schemes, ErrorsAreWhatIsMeasured) {
  for (DType type : {DType::Float16, DType::Float32}) {
    const Literal *weight = weightOf(context, type, {32, 96}, randomValues(32 * 96, 1));
    std::vector<float> before = floatsOf(weight);
    double last = 1e9;
    for (unsigned bits : {1, 2, 3, 4, 6, 8}) {
      PalettizeScheme scheme;
      scheme.bits = bits;
      std::optional<CompressedWeight> form = make(weight, scheme);
      ASSERT_TRUE(form);
      std::optional<WeightError> error = errorOf(*viewOf(weight).values, *form);
      ASSERT_TRUE(error);
      EXPECT_NEAR(error->squares, squares(before, read(*form, 32 * 96)), 1e-12);
      EXPECT_LT(error->squares, last) << bits;
      last = error->squares;
    }
  }
}

// The table of a weight is the optimum of its values, as the exact program finds it.
TEST_F(Schemes, PalettesAreOptimal) {
  const Literal *weight = weightOf(context, DType::Float16, {64, 64}, randomValues(64 * 64, 2));
  std::vector<float> values = floatsOf(weight);
  std::map<float, double> counts;
  for (float value : values)
    ++counts[value];
  Points points;
  for (auto [value, count] : counts)
    points.add(double(value), count);
  for (unsigned bits : {1, 2, 4, 6}) {
    PalettizeScheme scheme;
    scheme.bits = bits;
    std::optional<CompressedWeight> form = make(weight, scheme);
    ASSERT_TRUE(form);
    double best = clusterExactly(points, size_t(1) << bits).error;
    EXPECT_LE(squares(values, read(*form, 64 * 64)), best * 1.001) << bits; // entries are rounded to fp16
  }
}

TEST_F(Schemes, ImportanceMovesTheTable) {
  std::vector<double> values(16, 0), matter(16, 1);
  for (size_t i = 0; i < 16; ++i)
    values[i] = double(i);
  matter[15] = 1e6;
  WeightView view = viewOf(weightOf(context, DType::Float32, {4, 4}, values));
  view.importance = WeightValues::of(*weightOf(context, DType::Float32, {4, 4}, matter));
  PalettizeScheme scheme;
  scheme.bits = 1;
  std::optional<CompressedWeight> form = compress(view, scheme, Opset::IOS18, context, why);
  ASSERT_TRUE(form);
  EXPECT_NEAR(read(*form, 16)[15], 15, 1e-3);
}

TEST_F(Schemes, SpecialValues) {
  std::vector<double> values(16, 1);
  values[3] = NAN;
  for (Scheme scheme : {Scheme(QuantizeScheme()), Scheme(PalettizeScheme()), Scheme(PruneScheme())}) {
    EXPECT_FALSE(make(weightOf(context, DType::Float16, {4, 4}, values), scheme));
    EXPECT_EQ(why, WhyLeft::NotFinite);
  }
  values[3] = INFINITY;
  EXPECT_FALSE(make(weightOf(context, DType::Float32, {4, 4}, values), PalettizeScheme()));
  EXPECT_EQ(why, WhyLeft::NotFinite);
  // Squares of these overflow, or vanish.
  PalettizeScheme vectors;
  vectors.vector = 2;
  for (double size : {1e30, 1e-30}) {
    EXPECT_FALSE(make(weightOf(context, DType::Float32, {4, 4}, std::vector<double>(16, size)), vectors));
    EXPECT_EQ(why, WhyLeft::TooWide);
  }
  // All the same: one value, and nothing is lost. Zeros of both signs are one value.
  for (double same : {0.0, -0.0, 3.5}) {
    std::vector<double> equal(16, same);
    equal[0] = same == 0 ? 0.0 : same;
    for (Scheme scheme : {Scheme(QuantizeScheme()), Scheme(PalettizeScheme())}) {
      std::optional<CompressedWeight> form = make(weightOf(context, DType::Float16, {4, 4}, equal), scheme);
      ASSERT_TRUE(form);
      EXPECT_NEAR(read(*form, 16)[5], same, 0.002);
    }
  }
}

TEST_F(Schemes, LeastErrorIsNoWorseThanTheRange) {
  std::vector<double> values = randomValues(8 * 64, 3);
  values[100] = 3; // far out
  const Literal *weight = weightOf(context, DType::Float16, {8, 64}, values);
  std::vector<float> before = floatsOf(weight);
  for (DType type : {DType::Int4, DType::UInt4, DType::Int8})
    for (bool symmetric : {false, true}) {
      QuantizeScheme scheme;
      scheme.dtype = type, scheme.symmetric = symmetric;
      double range = squares(before, read(*make(weight, scheme), 8 * 64));
      scheme.leastError = true;
      EXPECT_LE(squares(before, read(*make(weight, scheme), 8 * 64)), range);
    }
}

TEST_F(Schemes, VectorsLeaveLessThanATenthOfTheSquares) {
  const Literal *weight = weightOf(context, DType::Float16, {32, 32}, randomValues(1024, 4));
  std::vector<float> before = floatsOf(weight);
  PalettizeScheme scheme;
  scheme.bits = 8, scheme.vector = 2;
  std::optional<CompressedWeight> form = make(weight, scheme);
  ASSERT_TRUE(form);
  EXPECT_EQ(argument(*form, "indices")->type().str(), "tensor<uint8, [16, 32]>");
  double error = squares(before, read(*form, 1024)), all = 0;
  for (float value : before)
    all += double(value) * double(value);
  EXPECT_LT(error, all / 10);
}

TEST_F(Schemes, PrunedToTheCount) {
  std::vector<double> values(64, 1); // all equal
  PruneScheme scheme;
  scheme.mode = PruneScheme::Mode::Sparsity, scheme.sparsity = 0.25;
  EXPECT_FALSE(make(weightOf(context, DType::Float16, {8, 8}, values), scheme)); // all would go
  EXPECT_EQ(why, WhyLeft::TooFewZeros);
  scheme.exactCount = true;
  std::optional<CompressedWeight> form = make(weightOf(context, DType::Float16, {8, 8}, values), scheme);
  ASSERT_TRUE(form);
  std::vector<float> after = read(*form, 64);
  EXPECT_EQ(std::count(after.begin(), after.end(), 0.0f), 16);
  EXPECT_EQ(after[15], 0);
  EXPECT_EQ(after[16], 1);
}

// With the Hessian of correlated inputs, the outputs of a layer are nearer than by rounding every weight by itself, in all forms; either
// way round, as linear and matmul have their weights.
TEST_F(Schemes, HessiansServeTheOutputs) {
  const int64_t rows = 20, inputs = 40, seen = 400;
  std::vector<double> random = randomValues(size_t(rows * inputs), 6), noise = randomValues(size_t(seen * inputs), 7);
  std::vector<double> common = randomValues(size_t(seen), 8);
  std::vector<float> x(noise.size());
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(noise[i] + 10 * common[i / size_t(inputs)] * std::sin(double(i % size_t(inputs))));
  auto hessian = std::make_shared<Hessian>(inputs);
  hessian->add(x);
  QuantizeScheme integers;
  integers.dtype = DType::Int4;
  PalettizeScheme palette;
  palette.bits = 2;
  for (bool isMatmul : {false, true})
    for (Scheme scheme : {Scheme(integers), Scheme(palette)}) {
      const Literal *weight =
          weightOf(context, DType::Float16, isMatmul ? std::vector<int64_t>{inputs, rows} : std::vector<int64_t>{rows, inputs}, random);
      WeightView view = viewOf(weight);
      view.outputs = isMatmul ? 1 : 0, view.inputs = isMatmul ? 0 : 1;
      auto outputError = [&] {
        why = WhyLeft::None;
        std::optional<CompressedWeight> form = compress(view, scheme, Opset::IOS18, context, why);
        std::vector<float> before = floatsOf(weight), after = read(*form, rows * inputs);
        double error = 0;
        for (int64_t v = 0; v < seen; ++v)
          for (int64_t row = 0; row < rows; ++row) {
            double y = 0;
            for (int64_t i = 0; i < inputs; ++i) {
              size_t at = size_t(isMatmul ? i * rows + row : row * inputs + i);
              y += double(after[at] - before[at]) * double(x[size_t(v * inputs + i)]);
            }
            error += y * y;
          }
        return error;
      };
      double nearest = outputError();
      view.hessian = hessian;
      EXPECT_LT(outputError(), nearest * 0.7) << describe(scheme) << isMatmul;
    }
}

// Any window of a form is a part of the whole, whoever makes it: one thread or several.
TEST_F(Schemes, WindowsAndThreadsDontMatter) {
  const int64_t rows = 300, columns = 700; // several tasks
  const Literal *weight = weightOf(context, DType::Float16, {rows, columns}, randomValues(size_t(rows * columns), 5));
  PalettizeScheme grouped, vectors;
  grouped.bits = 3, grouped.groupSize = 10;
  vectors.bits = 4, vectors.vector = 2;
  PruneScheme half;
  half.mode = PruneScheme::Mode::Sparsity, half.sparsity = 0.5;
  QuantizeScheme blocks;
  blocks.dtype = DType::Int4, blocks.granularity = QuantizeScheme::Granularity::Block, blocks.blockSize = {50};
  auto before = llvm::parallel::strategy;
  for (Scheme scheme :
       {Scheme(QuantizeScheme()), Scheme(blocks), Scheme(PalettizeScheme()), Scheme(grouped), Scheme(vectors), Scheme(half)}) {
    std::optional<CompressedWeight> form = make(weight, scheme);
    ASSERT_TRUE(form) << describe(scheme);
    llvm::parallel::strategy.ThreadsRequested = 1;
    std::optional<CompressedWeight> alone = make(weight, scheme);
    ASSERT_TRUE(alone);
    EXPECT_EQ(allBytes(*form), allBytes(*alone)) << describe(scheme);
    llvm::parallel::strategy = before;
    for (const CompressedWeight::Operation &op : form->operations)
      for (const CompressedWeight::Argument &each : op.arguments) {
        if (!each.literal || !each.literal->isBlob())
          continue;
        std::vector<uint8_t> whole = bytesOf(*each.literal), part(12345);
        DiagnosticEngine diags;
        uint64_t from = whole.size() / 3 + 1;
        part.resize(std::min(part.size(), whole.size() - from));
        ASSERT_TRUE(bool(each.literal->blob()->read(from, part, diags)));
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + ptrdiff_t(from))) << describe(scheme);
      }
  }
}

#include "mil/Compress/Allocation.h"
#include "mil/Compress/Compress.h"
#include "mil/Compress/ConfigFile.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Compress/Presets.h"
#include "mil/IR/Model.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mil;

namespace {

std::vector<WeightOptions> randomWeights(std::mt19937 &random, size_t weights, size_t options) {
  std::uniform_int_distribution<int> bytes(1, 100);
  std::uniform_real_distribution<double> noise(0, 1);
  std::vector<WeightOptions> all(weights);
  for (WeightOptions &weight : all)
    for (size_t i = 0; i < options; ++i)
      weight.options.push_back({std::nullopt, uint64_t(bytes(random)), noise(random)});
  return all;
}

/// The least mean noise within `bytes` of all choices; infinite for none.
double tryAll(llvm::ArrayRef<WeightOptions> weights, size_t first, uint64_t bytes, double count) {
  if (first == weights.size())
    return 0;
  double least = INFINITY;
  for (const WeightOption &option : weights[first].options)
    if (option.bytes <= bytes)
      least = std::min(least, option.noise / count + tryAll(weights, first + 1, bytes - option.bytes, count));
  return least;
}

} // namespace

TEST(Allocation, IsWithinAStepOfTheOptimum) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    std::vector<WeightOptions> weights = randomWeights(random, 5, 4);
    for (uint64_t bytes : {50, 120, 200, 300, 500}) {
      std::optional<Allocation> found = allocate(weights, bytes);
      double best = tryAll(weights, 0, bytes, 5);
      EXPECT_EQ(bool(found), std::isfinite(best));
      if (!found)
        continue;
      EXPECT_LE(found->bytes, bytes);
      EXPECT_GE(found->noise, best - 1e-12);
      EXPECT_LE(found->noise, best + 0.2 + 1e-12); // one weight's whole noise
      uint64_t sum = 0;
      double noise = 0;
      for (size_t i = 0; i < weights.size(); ++i)
        sum += weights[i].options[found->chosen[i]].bytes, noise += weights[i].options[found->chosen[i]].noise / 5;
      EXPECT_EQ(sum, found->bytes);
      EXPECT_NEAR(noise, found->noise, 1e-12);
    }
  }
}

TEST(Allocation, EveryPointOfTheCurveIsOptimal) {
  std::mt19937 random(2);
  std::vector<WeightOptions> weights = randomWeights(random, 6, 4);
  for (const Allocation &at : allocationCurve(weights, 100))
    EXPECT_NEAR(at.noise, tryAll(weights, 0, at.bytes, 6), 1e-12);
}

TEST(Allocation, ForNoise) {
  std::mt19937 random(3);
  std::vector<WeightOptions> weights = randomWeights(random, 6, 4);
  std::vector<Allocation> curve = allocationCurve(weights, 100);
  std::optional<Allocation> found = allocateForNoise(weights, curve[2].noise);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, curve[2].bytes);
  EXPECT_FALSE(allocateForNoise(weights, curve.back().noise - 0.01));
}

TEST(Compress, NeedsAProgram) {
  Model model;
  DiagnosticEngine diags;
  EXPECT_FALSE(bool(compressModel(model, {}, diags)));
  ASSERT_EQ(diags.diagnostics().size(), 1u);
  EXPECT_EQ(diags.diagnostics()[0].kind, DiagKind(diag::CompressNoProgram));
}

// What is printed reads back as the same.
TEST(ConfigFile, RoundTrip) {
  CompressionConfig config;
  size_t number = 0;
  for (const Preset &preset : presets())
    for (const Scheme &scheme : preset.schemes)
      config.byName["name " + std::to_string(number++) + "\n\""] = SchemeEntry{scheme, int64_t(number)};
  QuantizeScheme blocks;
  blocks.granularity = QuantizeScheme::Granularity::Block;
  blocks.blockSize = {0, 16};
  blocks.leastError = true;
  config.byType["linear"] = SchemeEntry{blocks};
  PruneScheme prune;
  prune.mode = PruneScheme::Mode::Sparsity, prune.sparsity = 0.1, prune.blockSize = 4, prune.dim = 1, prune.exactCount = true;
  config.byType["conv"] = SchemeEntry{prune};
  config.byType["gather"] = std::nullopt;
  config.global = SchemeEntry{PruneScheme()};
  std::string text;
  llvm::raw_string_ostream out(text);
  printCompressionConfig(config, out);
  DiagnosticEngine diags;
  Result<CompressionConfig> read = parseCompressionConfig(text, diags.sources().add("config", text), diags);
  ASSERT_TRUE(bool(read)) << text << (diags.diagnostics().empty() ? "" : diags.diagnostics()[0].message);
  EXPECT_EQ(read->global, config.global);
  auto same = [](const auto &a, const auto &b) {
    if (a.size() != b.size())
      return false;
    for (const auto &entry : a)
      if (auto other = b.find(entry.first()); other == b.end() || other->second != entry.second)
        return false;
    return true;
  };
  EXPECT_TRUE(same(read->byName, config.byName)) << text;
  EXPECT_TRUE(same(read->byType, config.byType)) << text;
}

TEST(ConfigFile, BadTexts) {
  for (std::string text :
       {std::string("{{{{"), std::string(100000, '['), std::string("a: [b, {c"), std::string(5000, '-'), std::string("\0x", 2),
        std::string("config_type: {a: b}"), std::string("global_config: [1, [2]]"), std::string(""), std::string("? [a] : b")}) {
    DiagnosticEngine diags;
    EXPECT_FALSE(bool(parseCompressionConfig(text, diags.sources().add("config", text), diags)));
    EXPECT_TRUE(diags.hadError()) << text.substr(0, 40);
  }
}

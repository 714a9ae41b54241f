// What data does for compressing: less error on data that was not seen.
#include "DigitNet.h"
#include "mil/Compress/Activations.h"
#include "mil/Compress/Compress.h"
#include "mil/Support/Interrupt.h"
#include <cmath>

using namespace mil;

namespace {

class CalibrationTest : public testing::Test {
protected:
  static DigitNet &net() {
    static DigitNet trained;
    return trained;
  }
  void SetUp() override {
    std::vector<int> shown;
    seen = DigitNet::write(folder, "seen.npz", net().draw(600, shown, 38));
    held = DigitNet::write(folder, "held.npz", net().draw(300, digits, 39));
    before = net().model(context, diags);
    another = net().model(context, diags);
    ASSERT_TRUE(before && another);
    Result<Samples> samples = Samples::open(held, diags);
    ASSERT_TRUE(samples);
    heldOut = std::move(*samples);
  }
  std::unique_ptr<Calibration> calibrate() {
    Result<Samples> samples = Samples::open(seen, diags);
    Result<std::unique_ptr<Calibration>> made =
        samples ? Calibration::make(*another, std::move(*samples), diags) : Result<std::unique_ptr<Calibration>>(failure());
    EXPECT_TRUE(bool(made));
    return made ? std::move(*made) : nullptr;
  }
  /// The PSNR of the outputs of the net in a scheme, on data that it wasn't compressed by.
  double psnrOf(const Scheme &scheme, Calibration *calibration, CompressionReport *report = nullptr) {
    std::unique_ptr<Model> model = net().model(context, diags);
    CompressionConfig config;
    config.global = SchemeEntry{scheme, 100};
    CompressOptions options;
    options.calibration = calibration;
    options.measure = report != nullptr;
    Result<CompressionReport> done = compressModel(*model, config, diags, options);
    EXPECT_TRUE(done && done->compressed() == 2);
    if (report && done)
      *report = std::move(*done);
    Result<std::vector<OutputError>> errors = outputErrors(*before, *model, *heldOut, diags);
    EXPECT_TRUE(errors && errors->size() == 1 && errors->front().samples == 300);
    return errors && errors->size() == 1 ? errors->front().psnr : 0;
  }
  std::string complaints() {
    std::string all;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      all += diagnostic.message + " [" + diagnostic.kind.slug().str() + "]\n";
    return all;
  }

  TestFolder folder;
  Context context;
  DiagnosticEngine diags;
  std::string seen, held;
  std::vector<int> digits;
  std::unique_ptr<Model> before, another;
  std::optional<Samples> heldOut;
};

Scheme int4(QuantizeScheme::Granularity granularity = QuantizeScheme::Granularity::Channel) {
  QuantizeScheme scheme;
  scheme.dtype = DType::Int4;
  scheme.granularity = granularity;
  scheme.blockSize = {16};
  return scheme;
}
Scheme palette(unsigned bits) {
  PalettizeScheme scheme;
  scheme.bits = bits;
  return scheme;
}

} // namespace

TEST_F(CalibrationTest, TheNetRecognisesDigits) {
  Result<std::vector<FunctionRun>> runs = functionRuns(*before, diags);
  ASSERT_TRUE(runs);
  size_t right = 0, number = 0;
  Status done = heldOut->forEach(*runs, diags, [&](const Sample &sample) -> Status {
    States states;
    Result<NamedValues> outputs = (*runs)[0].runner->run(sample.inputs, states, diags);
    if (!outputs)
      return failure();
    const Tensor &y = *outputs->at("y").tensor();
    int best = 0;
    for (int i = 1; i < DigitNet::digits; ++i)
      best = y.number(i) > y.number(best) ? i : best;
    right += best == digits[number++];
    return success();
  });
  EXPECT_TRUE(bool(done)) << complaints();
  EXPECT_EQ(number, 300u);
  EXPECT_GT(right, 285u);
}

TEST_F(CalibrationTest, RoundingByDataBeatsRounding) {
  std::unique_ptr<Calibration> data = calibrate();
  ASSERT_TRUE(data) << complaints();
  for (const Scheme &scheme :
       {int4(), int4(QuantizeScheme::Granularity::Tensor), int4(QuantizeScheme::Granularity::Block), palette(4), palette(3), palette(2)}) {
    double plain = psnrOf(scheme, nullptr), byData = psnrOf(scheme, data.get());
    EXPECT_GT(byData, plain + 2) << describe(scheme) << ": " << plain << " dB without data, " << byData << " with";
    RecordProperty(describe(scheme), std::to_string(plain) + " " + std::to_string(byData));
  }
  EXPECT_EQ(complaints(), "");
}

TEST_F(CalibrationTest, CostsAreThoseOfOneWeight) {
  std::unique_ptr<Calibration> data = calibrate();
  ASSERT_TRUE(data);
  CompressionReport report;
  double all = psnrOf(int4(), data.get(), &report);
  ASSERT_EQ(report.weights.size(), 2u);
  double noise = 0;
  for (const WeightChange &change : report.weights) {
    ASSERT_TRUE(change.cost);
    EXPECT_GT(*change.cost, 0);
    noise += *change.cost;
  }
  EXPECT_NEAR(decibels(noise), all, 3); // errors add up, about; on other samples
}

TEST_F(CalibrationTest, IsInterruptedBetweenWeights) {
  std::unique_ptr<Model> model = net().model(context, diags);
  CompressionConfig config;
  config.global = SchemeEntry{PalettizeScheme(), 100};
  int asked = 0;
  InterruptScope scope([&] { return ++asked == 2; });
  EXPECT_FALSE(bool(compressModel(*model, config, diags)));
  EXPECT_EQ(asked, 2);
  ASSERT_EQ(diags.diagnostics().size(), 1u) << complaints();
  EXPECT_EQ(diags.diagnostics().front().kind.slug(), "interrupted");
}

TEST_F(CalibrationTest, ChoosesByOutputs) {
  std::unique_ptr<Calibration> data = calibrate();
  ASSERT_TRUE(data);
  std::unique_ptr<Model> model = net().model(context, diags);
  CompressOptions options;
  options.calibration = data.get();
  Wanted wanted;
  wanted.decibels = 30;
  Result<ChosenSchemes> chosen = chooseSchemes(*model, wanted, diags, options, 100);
  ASSERT_TRUE(chosen) << complaints();
  ASSERT_TRUE(compressModel(*model, chosen->config, diags, options));
  Result<std::vector<OutputError>> errors = outputErrors(*before, *model, *heldOut, diags);
  ASSERT_TRUE(errors);
  EXPECT_GT(errors->front().psnr, 28) << decibels(chosen->allocation.noise);
  EXPECT_GE(decibels(chosen->allocation.noise), 30); // measured, on what it was compressed by
  EXPECT_LT(constantBytes(*model), constantBytes(*before) * 6 / 10);
}

TEST_F(CalibrationTest, RoundsActivations) {
  Result<Samples> samples = Samples::open(seen, diags);
  ASSERT_TRUE(samples);
  using Range = ActivationOptions::Range;
  for (Range range : {Range::MinMax, Range::Percentile, Range::LeastError}) {
    std::unique_ptr<Model> model = net().model(context, diags);
    ActivationOptions how;
    how.range = range;
    Result<ActivationReport> report = quantizeActivations(*model, how, *samples, diags);
    ASSERT_TRUE(report) << complaints();
    EXPECT_EQ(report->pairs, 2u); // x, and the relu; not the output
    Result<std::vector<OutputError>> errors = outputErrors(*before, *model, *heldOut, diags);
    ASSERT_TRUE(errors) << complaints();
    EXPECT_GT(errors->front().psnr, 30);
    EXPECT_TRUE(std::isfinite(errors->front().psnr));
  }
}

TEST_F(CalibrationTest, RandomNumbersAreRefusedAsData) {
  EXPECT_FALSE(Calibration::make(*another, Samples::random(3), diags));
  EXPECT_NE(complaints().find("[data-is-random]"), std::string::npos);
}

TEST_F(CalibrationTest, DataMustFit) {
  Tensor odd(DType::Float32, {3, 100});
  ASSERT_TRUE(writeArrays(folder.path("odd.npz"), {{"x", RuntimeValue(odd)}}, false, diags));
  Result<Samples> samples = Samples::open(folder.path("odd.npz"), diags);
  ASSERT_TRUE(samples);
  EXPECT_FALSE(Calibration::make(*another, std::move(*samples), diags));
  EXPECT_NE(complaints().find("[data-does-not-fit]"), std::string::npos) << complaints();
}

// linear_quantize_activations: values inside a model are rounded to 8 bit integers where what reads them can compute in integers.
//
//   y = conv(x = x, …)
//     =>   x_quantized = quantize(input = x, scale = s, output_dtype = "int8");   d = dequantize(input = x_quantized, scale = s)
//          y = conv(x = d, …)
//
// The same before linear, avg_pool, max_pool, and both sides of add; and behind each of them, or the activation that follows it, where
// other operations read on. mil/Compress/Activations.h has the rules, and how ranges are found in the data. With linear_quantize_weights it
// makes W8A8 models.
//
// Without data it does nothing, and warns. Not where the value is a constant, or integers, or was never seen in the data (in branches that
// no sample takes, say). Functions before iOS17 have no quantize.
//
// Within half a step of 1/127 of the range; beyond the range, values are cut.
// Source: coremltools' optimize.coreml.linear_quantize_activations (compression::insert_prefix_quantize_dequantize_pair and
// insert_suffix_quantize_dequantize_pair).
#include "mil/Compress/Activations.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Registry.h"

using namespace mil;

namespace {
struct LinearQuantizeActivations : Pass {
  Option<std::string> data{*this, "data", "Inputs for calibration: an .npz file, or a folder of such files", ""};
  ChoiceOption range{
      *this, "range", "How to determine the range of a value: full range, percentile, or least error", {"minmax", "percentile", "mse"}};
  Option<double> percentile{*this, "percentile", "For percentile: the percentage of elements within the range", 99.99};
  Option<std::vector<std::string>> skipped{*this, "skip", "Don't quantize arguments and results of operations with these names"};
  Option<std::vector<std::string>> skippedTypes{*this, "skip_ops_by_type",
                                                "Don't quantize arguments and results of operations of these types"};

  PassResult run(PassRun &run) override {
    auto refuse = [&](const char *why) {
      (void)run.diags.report({}, diag::PassRefused, "linear_quantize_activations", "main", why);
      return PassResult::Failed;
    };
    if ((*data).empty()) {
      run.diags.report({}, diag::PassSkipped, "linear_quantize_activations", "main", "data must name an .npz file of inputs, or a folder");
      return PassResult::Unchanged;
    }
    if (!run.model)
      return refuse("the pass must run the model, but only the program is given");
    if (!(*percentile > 0 && *percentile <= 100))
      return refuse("percentile must be greater than 0 and at most 100");
    Result<Samples> samples = *data == "random" ? Samples::random(1) : Samples::open(*data, run.diags);
    if (!samples)
      return PassResult::Failed;
    ActivationOptions how;
    how.range = range.is("minmax")       ? ActivationOptions::Range::MinMax
                : range.is("percentile") ? ActivationOptions::Range::Percentile
                                         : ActivationOptions::Range::LeastError;
    how.percentile = percentile;
    for (const std::string &name : *skipped)
      how.targets.byName[name] = std::nullopt;
    for (const std::string &type : *skippedTypes)
      how.targets.byType[type] = std::nullopt;
    Result<ActivationReport> report = quantizeActivations(*run.model, how, *samples, run.diags);
    if (!report)
      return PassResult::Failed;
    run.count("pairs made", report->pairs);
    run.count("values without range", report->unreached);
    return changedIf(report->pairs != 0);
  }
};
} // namespace

MIL_PASS(linear_quantize_activations, LinearQuantizeActivations,
         "One pass instead of three, with data from files. Ranges can also be determined by percentile or least error. "
         "Values that are integers, have no range or don't occur in the data are not quantized, where coremltools fails; "
         "models with states are supported. All users of a value share one pair.")

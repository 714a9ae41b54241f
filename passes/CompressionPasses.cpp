#include "mil/Passes/CompressionPasses.h"
#include "mil/Passes/AllPasses.h"

using namespace mil;

void mil::usePasses(CompressOptions &options, DiagnosticEngine &diags) {
  options.normalize = [&diags](Model &model) { return bool(runPasses(model, "canonicalize_quantized_lut_pattern", diags)); };
  options.raise = [&diags](Model &model, Opset opset) {
    return bool(runPasses(model, "raise_opset{target=" + textName(opset).lower() + "}", diags));
  };
}

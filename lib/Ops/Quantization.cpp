// Affine quantisation to 8 bits at run time: with one scale, or one for each index of a dimension.

#include "CompressedCall.h"
#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include <cmath>

namespace mil {

static constexpr TypeVariable Input{"SrcT"}, Output{"DstT"};

/// Whether scale, zero_point and axis go together and with the input; complains otherwise.
static bool checkParameters(const Args &a) {
  Arg input = a["input"], scale = a["scale"], zeroPoint = a["zero_point"];
  if (scale.rank() > 1) {
    a.failRank("scale", "0 or 1");
    return false;
  }
  if (zeroPoint && !shapes::compatible(zeroPoint.dims(), scale.dims())) {
    a.failShape("zero_point", printDims(scale.dims()) + ", as scale");
    return false;
  }
  if (scale.rank() == 0) {
    if (a["axis"])
      a.failValue("axis", "none, as scale is a scalar");
    return !a["axis"].present();
  }
  if (!a["axis"]) {
    a.failShape("scale", "a scalar, as there is no axis");
    return false;
  }
  if (!a.integer("axis"))
    return true;
  std::optional<int64_t> axis = a.axis("axis", input.rank());
  if (axis && !shapes::compatible(scale.dim(0), input.dims()[size_t(*axis)]))
    a.failShape("scale", printDims({input.dims()[size_t(*axis)]}) + ", as the dimension of input that axis names");
  return axis && shapes::compatible(scale.dim(0), input.dims()[size_t(*axis)]);
}

/// Nothing can be divided by scales that are all 0.
static bool checkScale(const Args &a) {
  constexpr uint64_t mostScales = 1 << 20;
  const Literal *literal = a["scale"].constant();
  std::optional<Tensor> scale = literal ? Tensor::fromLiteral(*literal, mostScales, nullptr) : std::nullopt;
  for (int64_t i = 0; scale && i < scale->count(); ++i)
    if (scale->number(i) != 0)
      return true;
  if (!scale || scale->count() == 0)
    return true;
  a.fail(diag::ArgumentValue, "scale", "something other than 0", "0");
  return false;
}

static Inferred inferQuantize(const Args &a) {
  std::optional<llvm::StringRef> wanted = a.string("output_dtype");
  if (!wanted)
    return a.unknown();
  DType type = dtypeFromName(*wanted);
  if (a["zero_point"] && a["zero_point"].dtype() != type)
    return a.fail(diag::DTypesDiffer, "zero_point", wanted->str() + ", the output_dtype", name(a["zero_point"].dtype()));
  if (!checkParameters(a) || !checkScale(a))
    return a.failed();
  return a.tensor(type, a["input"].dims());
}

/// Reads a parameter: a vector in the shape that broadcasts with the input at the axis, a scalar as it is; 0 if absent.
static auto alongAxis(llvm::StringRef parameter) {
  return [parameter](const Args &a) -> std::optional<Tensor> {
    if (!a[parameter])
      return Tensor::scalar(DType::Int32, 0);
    std::optional<Tensor> values = a.tensor(parameter);
    if (!values || values->rank() == 0)
      return values;
    std::optional<int64_t> axis = a.axis("axis", a["input"].rank());
    if (!axis)
      return std::nullopt;
    Dims dims(a["input"].rank() - size_t(*axis), 1);
    dims[0] = values->count();
    return values->withDims(dims);
  };
}

static Folded foldQuantize(const Args &a, const Tensor &input, const Tensor &scale, const Tensor &zeroPoint) {
  DType type = a.resultDType();
  double least = type == DType::Int8 ? -128 : 0, most = least + 255;
  if (scale.count() == 1 && zeroPoint.count() == 1) {
    double step = scale.number(0), zero = zeroPoint.number(0);
    return map(input, type, [=](auto x) { return std::clamp(std::nearbyint(double(x) / step) + zero, least, most); });
  }
  Tensor steps = mapPairs(input, scale, input.dims(), DType::Float64, [](auto x, auto s) { return std::nearbyint(double(x) / double(s)); });
  return mapPairs(steps, zeroPoint, input.dims(), type,
                  [=](auto x, auto zero) { return std::clamp(double(x) + double(zero), least, most); });
}

static Folded evaluateDequantize(const Args &a, const Tensor &input, const Tensor &scale, const Tensor &zeroPoint) {
  if (scale.count() == 1 && zeroPoint.count() == 1) {
    double step = scale.number(0), zero = zeroPoint.number(0);
    return map(input, a.resultDType(), [=](auto x) { return (double(x) - zero) * step; });
  }
  Tensor steps = mapPairs(input, zeroPoint, input.dims(), DType::Float64, [](auto x, auto zero) { return double(x) - double(zero); });
  return mapPairs(steps, scale, input.dims(), a.resultDType(), [](auto step, auto s) { return double(step) * double(s); });
}

static Inferred inferDequantize(const Args &a) {
  if (!checkParameters(a))
    return a.failed();
  return a.tensor(a["scale"].dtype(), a["input"].dims());
}

void ops::defineQuantization(Catalogue &catalogue) {
  OpFamily op(catalogue, "quantization");

  op("quantize", iOS17)
      .summary("input / scale rounded to nearest even, + zero_point, clamped to the range of output_dtype")
      .in("input", Input)
      .in("zero_point", Output, constant, optional)
      .in("scale", Input, constant)
      .in("axis", int32, constant, optional, scalar)
      .in("output_dtype", string, constant, oneOf("int8", "uint8"))
      .where(Input, {fp16, fp32})
      .where(Output, {int8, uint8})
      .infer(inferQuantize)
      .fold(foldQuantize, tensorOf("input"), alongAxis("scale"), alongAxis("zero_point"));

  // Not folded, which would undo the compression.
  op("dequantize", iOS17)
      .summary("(input - zero_point) · scale")
      .in("input", Input)
      .in("zero_point", Input, constant, optional)
      .in("scale", Output, constant)
      .in("axis", int32, constant, optional, scalar)
      .where(Input, {int8, uint8})
      .where(Output, {fp16, fp32})
      .infer(inferDequantize)
      .evaluate(evaluateDequantize, tensorOf("input"), alongAxis("scale"), alongAxis("zero_point"))
      .elements([](const CompressedCall &call, size_t) { return call.scaled("input", "zero_point"); });
}

} // namespace mil

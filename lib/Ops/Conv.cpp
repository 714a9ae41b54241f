// Convolutions (cross-correlations: the kernel is not flipped) over one to three spatial dimensions.

#include "Definition.h"
#include "Families.h"
#include "Windows.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Tensor/Convolve.h"

namespace mil {

/// Whether `channels` can be cut in `groups`; complains otherwise. An unknown number can.
static bool checkDivides(const Args &a, int64_t groups, int64_t channels, const char *what) {
  if (channels == shapes::unknown || channels % groups == 0)
    return true;
  a.failValue("groups", "a divisor of the " + std::to_string(channels) + " " + what);
  return false;
}

/// The checks that conv and conv_transpose share. Groups are nullopt after a complaint.
static std::optional<int64_t> checkKernel(const Args &a) {
  if (!checkSpatial(a))
    return std::nullopt;
  if (a["weight"].rank() != a["x"].rank())
    return a.failRank("weight", std::to_string(a["x"].rank()) + ", as x");
  for (int64_t size : a["weight"].dims())
    if (size == 0)
      return a.failShape("weight", "no dimension of 0");
  int64_t groups = a.integer("groups").value_or(1);
  if (groups < 1)
    return a.failValue("groups", "1 or more");
  if (!checkDivides(a, groups, a["x"].dim(1), "channels of x"))
    return std::nullopt;
  return groups;
}

static bool checkBias(const Args &a, int64_t channels) {
  Arg bias = a["bias"];
  if (!bias || (bias.rank() == 1 && shapes::compatible(bias.dim(0), channels)))
    return true;
  a.failShape("bias", printDims({channels}) + ", one for each channel of the result");
  return false;
}

// ---- conv -------------------------------------------------------------------

static Inferred inferConv(const Args &a) {
  Arg x = a["x"], weight = a["weight"];
  std::optional<int64_t> groups = checkKernel(a);
  if (!groups || !checkDivides(a, *groups, weight.dim(0), "channels of the result"))
    return a.failed();
  int64_t perGroup = x.dim(1) == shapes::unknown ? shapes::unknown : x.dim(1) / *groups;
  if (!shapes::compatible(perGroup, weight.dim(1)))
    return a.failShape("weight", "a dimension 1 of " + std::to_string(perGroup) + ", the channels of x in a group");
  if (!checkBias(a, weight.dim(0)))
    return a.failed();

  WindowsOr read = readWindows(a, weight.dims().drop_front(2), true);
  if (!read.windows)
    return read.failed ? Inferred(a.failed()) : a.unknown();
  Dims dims{x.dim(0), weight.dim(0)};
  for (size_t i = 0; i < read.windows->each.size(); ++i) {
    const shapes::Window &window = read.windows->each[i];
    if (window.dilation != 1 && !weight.isConstant())
      return a.failValue("dilations", "1s, as weight is not constant");
    int64_t in = x.dims()[2 + i];
    if (in == shapes::unknown || window.size == shapes::unknown) {
      dims.push_back(shapes::unknown);
      continue;
    }
    std::optional<shapes::Window> over = shapes::padded(window, read.windows->padding, in);
    std::optional<int64_t> out = over ? shapes::windowPositions(in, *over) : std::nullopt;
    if (!out)
      return a.failShape("x", "a dimension " + std::to_string(2 + i) + " that the kernel fits into");
    dims.push_back(*out);
  }
  return a.tensor(x.dtype(), dims);
}

/// The tensors of a call whose x and weight are known; nullopt when they are not, or the bias isn't.
struct Tensors {
  std::optional<Tensor> x, weight, bias;
  static std::optional<Tensors> of(const Args &a) {
    Tensors tensors{a.tensor("x"), a.tensor("weight"), a.tensor("bias")};
    bool known = tensors.x && tensors.weight && (tensors.bias || !a["bias"]);
    return known ? std::optional(std::move(tensors)) : std::nullopt;
  }
  Convolution with(const Args &a, llvm::ArrayRef<shapes::Window> windows) const {
    return {*x, *weight, bias ? &*bias : nullptr, windows, a.integer("groups").value_or(1), a.maxProducts()};
  }
};

/// The windows of a call whose parameters are known.
static std::optional<Windows> windowsOf(const Args &a) { return readWindows(a, a["weight"].dims().drop_front(2), true).windows; }

static Folded foldConv(const Args &a, const Tensors &tensors, Windows windows) {
  for (size_t i = 0; i < windows.each.size(); ++i)
    if (std::optional<shapes::Window> over = shapes::padded(windows.each[i], windows.padding, a["x"].dims()[2 + i]))
      windows.each[i] = *over;
  return convolve(tensors.with(a, windows.each), a.resultType().dims(), a.resultDType());
}

// ---- conv_transpose ---------------------------------------------------------

/// The result's shape as given by output_shape.
static Inferred statedShape(const Args &a, int64_t channels) {
  Arg x = a["x"];
  std::optional<Dims> stated = a.integers("output_shape");
  if (!stated)
    return a.unknown();
  if (stated->size() != x.rank())
    return a.fail(diag::ArgumentCount, "output_shape", std::to_string(x.rank()) + " elements, the whole shape",
                  std::to_string(stated->size()));
  if (!shapes::compatible((*stated)[0], x.dim(0)) || !shapes::compatible((*stated)[1], channels))
    return a.failValue("output_shape", "a shape that begins with " + printDims({x.dim(0), channels}));
  if (llvm::any_of(*stated, [](int64_t size) { return size < 1; }))
    return a.failValue("output_shape", "sizes of 1 or more");
  return a.tensor(x.dtype(), *stated);
}

static Inferred inferConvTranspose(const Args &a) {
  Arg x = a["x"], weight = a["weight"];
  std::optional<int64_t> groups = checkKernel(a);
  if (!groups)
    return a.failed();
  if (!shapes::compatible(x.dim(1), weight.dim(0)))
    return a.failShape("weight", "a dimension 0 of " + std::to_string(x.dim(1)) + ", the channels of x");
  std::optional<int64_t> channels = shapes::multiply(weight.dim(1), *groups);
  if (!channels)
    return a.failOverflow();
  if (!checkBias(a, *channels))
    return a.failed();

  WindowsOr read = readWindows(a, weight.dims().drop_front(2), true);
  if (read.failed)
    return a.failed();
  if (a["output_shape"])
    return statedShape(a, *channels);
  if (!read.windows)
    return a.unknown();
  Dims dims{x.dim(0), *channels};
  for (size_t i = 0; i < read.windows->each.size(); ++i) {
    const shapes::Window &window = read.windows->each[i];
    int64_t in = x.dims()[2 + i];
    bool same = read.windows->padding == shapes::Padding::Same;
    if (in == shapes::unknown || (window.size == shapes::unknown && !same)) {
      dims.push_back(shapes::unknown);
      continue;
    }
    std::optional<int64_t> out = same ? shapes::multiply(in, window.stride) : shapes::transposedWindowSize(in, window);
    if (!out)
      return a.failShape("x", "a dimension " + std::to_string(2 + i) + " of which the padding leaves something");
    dims.push_back(*out);
  }
  return a.tensor(x.dtype(), dims);
}

/// The pads say what is cut off before; where the result ends follows from its shape. With pad_type "same" they are those of the
/// convolution that this one transposes.
static Folded foldConvTranspose(const Args &a, const Tensors &tensors, Windows windows) {
  for (size_t i = 0; i < windows.each.size(); ++i) {
    shapes::Window &window = windows.each[i];
    std::optional<int64_t> covered = shapes::transposedWindowSize(a["x"].dims()[2 + i], window);
    if (windows.padding == shapes::Padding::Same && covered)
      window.padBefore = std::max<int64_t>(0, *covered - a.resultType().dims()[2 + i]) / 2;
  }
  return convolveTransposed(tensors.with(a, windows.each), a.resultType().dims(), a.resultDType());
}

void ops::defineConv(Catalogue &catalogue) {
  OpFamily op(catalogue, "conv");

  op("conv", iOS15)
      .summary("the convolution of x [N, Cin, D…] by weight [Cout, Cin / groups, K…], plus bias [Cout]")
      .in("x", T)
      .in("weight", T)
      .in("bias", T, constant, optional)
      .in("strides", int32, constant, onesPerSpatialDim())
      .in("pad_type", string, constant, dflt("valid"), oneOf("valid", "custom", "same"))
      .in("pad", int32, constant, zeroPadsPerSpatialDim())
      .in("dilations", int32, constant, onesPerSpatialDim())
      .in("groups", int32, constant, dflt(1))
      .where(T, {fp16, fp32})
      .infer(inferConv)
      .fold(foldConv, Tensors::of, windowsOf)
      .from(iOS16)
      .in("pad_type", string, constant, dflt("valid"), oneOf("valid", "custom", "same", "same_lower"))
      .from(iOS17)
      .in("weight", U)
      .in("bias", U, optional)
      .where(U, {fp16, fp32});

  op("conv_transpose", iOS15)
      .summary("the transposed convolution of x [N, Cin, D…] by weight [Cin, Cout / groups, K…], plus bias [Cout]")
      .in("x", T)
      .in("weight", T, constant)
      .in("bias", T, constant, optional)
      .in("pad", int32, constant, zeroPadsPerSpatialDim())
      .in("output_shape", int32, constant, optional)
      .in("pad_type", string, constant, dflt("valid"), oneOf("valid", "custom", "same"))
      .in("strides", int32, constant, onesPerSpatialDim())
      .in("dilations", int32, constant, onesPerSpatialDim())
      .in("groups", int32, constant, dflt(1))
      .where(T, {fp16, fp32})
      .infer(inferConvTranspose)
      .fold(foldConvTranspose, Tensors::of, windowsOf)
      .from(iOS17)
      .in("weight", U)
      .in("bias", U, optional)
      .where(U, {fp16, fp32});
}

} // namespace mil

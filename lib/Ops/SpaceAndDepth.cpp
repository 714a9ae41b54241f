// Ops that move elements between the spatial dimensions of an image [N, C, H, W] and its channels or batches, in blocks.

#include "Definition.h"
#include "Families.h"
#include "mil/Tensor/Kernels.h"

namespace mil {

static bool checkImage(const Args &a) {
  if (a["x"].rank() != 4)
    a.failRank("x", 4);
  return a["x"].rank() == 4;
}

/// `dim / divisor`, unknown if dim is; nullopt after complaining that it has a remainder.
static std::optional<int64_t> divided(const Args &a, size_t i, int64_t dim, int64_t divisor) {
  if (dim == shapes::unknown)
    return dim;
  if (dim % divisor != 0)
    return a.failShape("x", "a multiple of " + std::to_string(divisor) + " in dimension " + std::to_string(i));
  return dim / divisor;
}

/// [n, c / b², h · b, w · b]
static Inferred channelsToSpace(const Args &a, llvm::StringRef blockSize) {
  if (!checkImage(a))
    return a.failed();
  std::optional<int64_t> b = a.integer(blockSize);
  if (b && *b < 1)
    return a.failValue(blockSize, "1 or more");
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  if (!b)
    return a.tensor(a["x"].dtype(), {x[0], shapes::unknown, shapes::unknown, shapes::unknown});
  std::optional<int64_t> square = shapes::multiply(*b, *b), height = shapes::multiply(x[2], *b), width = shapes::multiply(x[3], *b);
  if (!square || !height || !width)
    return a.failOverflow();
  std::optional<int64_t> channels = divided(a, 1, x[1], *square);
  return channels ? Inferred(a.tensor(a["x"].dtype(), {x[0], *channels, *height, *width})) : a.failed();
}

/// [n, c · b², h / b, w / b]
static Inferred spaceToChannels(const Args &a, llvm::StringRef blockSize) {
  if (!checkImage(a))
    return a.failed();
  std::optional<int64_t> b = a.integer(blockSize);
  if (b && *b < 1)
    return a.failValue(blockSize, "1 or more");
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  if (!b)
    return a.tensor(a["x"].dtype(), {x[0], shapes::unknown, shapes::unknown, shapes::unknown});
  std::optional<int64_t> square = shapes::multiply(*b, *b), channels = square ? shapes::multiply(x[1], *square) : std::nullopt;
  if (!channels)
    return a.failOverflow();
  std::optional<int64_t> height = divided(a, 2, x[2], *b), width = height ? divided(a, 3, x[3], *b) : std::nullopt;
  return width ? Inferred(a.tensor(a["x"].dtype(), {x[0], *channels, *height, *width})) : a.failed();
}

// ---- Batches ----------------------------------------------------------------

/// What block_shape and the edges, paddings or crops, say. Without values where they are not known.
struct Blocks {
  std::optional<Dims> shape, edges; ///< [2] and [2, 2]
};

/// nullopt after a complaint.
static std::optional<Blocks> blocksOf(const Args &a, llvm::StringRef edges) {
  if (!checkImage(a))
    return a.failed();
  if (!shapes::compatible(a["block_shape"].dims(), {2}))
    return a.failShape("block_shape", "[2]");
  if (!shapes::compatible(a[edges].dims(), {2, 2}))
    return a.failShape(edges, "[2, 2]");
  Blocks blocks{a.integers("block_shape"), a.integers(edges)};
  if (blocks.shape && llvm::any_of(*blocks.shape, [](int64_t size) { return size < 1; }))
    return a.failValue("block_shape", "sizes of 1 or more");
  if (blocks.edges && llvm::any_of(*blocks.edges, [](int64_t size) { return size < 0; }))
    return a.failValue(edges, "sizes that are not negative");
  return blocks;
}

/// [n · b0 · b1, c, (h + paddings) / b0, (w + paddings) / b1]
static Inferred inferSpaceToBatch(const Args &a) {
  std::optional<Blocks> blocks = blocksOf(a, "paddings");
  if (!blocks)
    return a.failed();
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  Dims dims{shapes::unknown, x[1], shapes::unknown, shapes::unknown};
  if (!blocks->shape || !blocks->edges)
    return a.tensor(a["x"].dtype(), dims);
  const Dims &block = *blocks->shape, &pads = *blocks->edges;
  std::optional<int64_t> batches = shapes::product({x[0], block[0], block[1]});
  if (!batches)
    return a.failOverflow();
  dims[0] = *batches;
  for (size_t i : {0, 1}) {
    std::optional<int64_t> padded = shapes::add(x[2 + i], pads[2 * i] + pads[2 * i + 1]);
    if (!padded)
      return a.failOverflow();
    if (*padded != shapes::unknown && *padded % block[i] != 0)
      return a.failShape("x", "dimension " + std::to_string(2 + i) + ", with its paddings " + std::to_string(*padded) +
                                  ", to be a multiple of " + std::to_string(block[i]));
    dims[2 + i] = *padded == shapes::unknown ? shapes::unknown : *padded / block[i];
  }
  return a.tensor(a["x"].dtype(), dims);
}

/// [n / (b0 · b1), c, h · b0 - crops, w · b1 - crops]
static Inferred inferBatchToSpace(const Args &a) {
  std::optional<Blocks> blocks = blocksOf(a, "crops");
  if (!blocks)
    return a.failed();
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  Dims dims{shapes::unknown, x[1], shapes::unknown, shapes::unknown};
  if (!blocks->shape || !blocks->edges)
    return a.tensor(a["x"].dtype(), dims);
  const Dims &block = *blocks->shape, &crops = *blocks->edges;
  std::optional<int64_t> batches = divided(a, 0, x[0], block[0] * block[1]);
  if (!batches)
    return a.failed();
  dims[0] = *batches;
  for (size_t i : {0, 1}) {
    std::optional<int64_t> whole = shapes::multiply(x[2 + i], block[i]);
    if (!whole)
      return a.failOverflow();
    int64_t cropped = crops[2 * i] + crops[2 * i + 1];
    if (*whole != shapes::unknown && cropped > *whole)
      return a.failValue("crops", "at most " + std::to_string(*whole) + " elements of dimension " + std::to_string(2 + i));
    dims[2 + i] = *whole == shapes::unknown ? shapes::unknown : *whole - cropped;
  }
  return a.tensor(a["x"].dtype(), dims);
}

/// Reads the block sizes and edges of a call with both known.
static auto blocksWith(llvm::StringRef edges) {
  return [edges](const Args &a) -> std::optional<Blocks> {
    std::optional<Blocks> blocks = blocksOf(a, edges);
    return blocks && blocks->shape && blocks->edges ? blocks : std::nullopt;
  };
}

/// Calls visit(first batch, row, column) for each pixel of a block.
template <typename F> static void forEachPixel(const Dims &block, int64_t batches, F visit) {
  for (int64_t i = 0; i < block[0]; ++i)
    for (int64_t j = 0; j < block[1]; ++j)
      visit((i * block[1] + j) * batches, i, j);
}

static Folded foldSpaceToBatch(const Args &a, const Tensor &x, const Blocks &blocks) {
  const Dims &block = *blocks.shape, &pads = *blocks.edges;
  llvm::ArrayRef<int64_t> dims = a.resultType().dims();
  Tensor padded(x.dtype(), {x.dim(0), x.dim(1), dims[2] * block[0], dims[3] * block[1]}), result(x.dtype(), dims);
  Dims to = rowMajorStrides(padded.dims()), out = rowMajorStrides(dims);
  placeStrided(padded, pads[0] * to[2] + pads[2] * to[3], to, x);
  forEachPixel(block, x.dim(0), [&](int64_t batch, int64_t row, int64_t column) {
    Tensor part = strided(padded, row * to[2] + column * to[3], {to[0], to[1], to[2] * block[0], to[3] * block[1]},
                          {x.dim(0), x.dim(1), dims[2], dims[3]});
    placeStrided(result, batch * out[0], out, part);
  });
  return result;
}

static Folded foldBatchToSpace(const Args &a, const Tensor &x, const Blocks &blocks) {
  const Dims &block = *blocks.shape, &crops = *blocks.edges;
  llvm::ArrayRef<int64_t> dims = a.resultType().dims();
  Tensor whole(x.dtype(), {dims[0], dims[1], x.dim(2) * block[0], x.dim(3) * block[1]});
  Dims to = rowMajorStrides(whole.dims()), from = rowMajorStrides(x.dims());
  forEachPixel(block, dims[0], [&](int64_t batch, int64_t row, int64_t column) {
    Tensor part = strided(x, batch * from[0], from, {dims[0], dims[1], x.dim(2), x.dim(3)});
    placeStrided(whole, row * to[2] + column * to[3], {to[0], to[1], to[2] * block[0], to[3] * block[1]}, part);
  });
  return strided(whole, crops[0] * to[2] + crops[2] * to[3], to, dims);
}

// ---- Channels ---------------------------------------------------------------

/// x seen in the shape `split`, permuted, as the result.
static Tensor rearranged(const Args &a, Tensor x, llvm::ArrayRef<int64_t> split, llvm::ArrayRef<int64_t> perm) {
  return permute(std::move(x).withDims(split), perm).withDims(a.resultType().dims());
}

static Folded evaluateDepthToSpace(const Args &a, const Tensor &x, int64_t b) {
  llvm::ArrayRef<int64_t> dims = x.dims();
  return rearranged(a, x, {dims[0], b, b, dims[1] / b / b, dims[2], dims[3]}, {0, 3, 4, 1, 5, 2});
}

static Folded evaluateSpaceToDepth(const Args &a, const Tensor &x, int64_t b) {
  llvm::ArrayRef<int64_t> dims = x.dims();
  return rearranged(a, x, {dims[0], dims[1], dims[2] / b, b, dims[3] / b, b}, {0, 3, 5, 1, 2, 4});
}

static Folded evaluatePixelShuffle(const Args &a, const Tensor &x, int64_t f) {
  llvm::ArrayRef<int64_t> dims = x.dims();
  return rearranged(a, x, {dims[0], dims[1] / f / f, f, f, dims[2], dims[3]}, {0, 1, 4, 2, 5, 3});
}

static Folded evaluatePixelUnshuffle(const Args &a, const Tensor &x, int64_t f) {
  llvm::ArrayRef<int64_t> dims = x.dims();
  return rearranged(a, x, {dims[0], dims[1], dims[2] / f, f, dims[3] / f, f}, {0, 1, 3, 5, 2, 4});
}

// ---- Definitions ------------------------------------------------------------

void ops::defineSpaceAndDepth(Catalogue &catalogue) {
  OpFamily op(catalogue, "tensor_transformation");

  // The input channel (i · b + j) · C + c goes to channel c, at row i and column j of each block: TensorFlow's order, "DCR".
  op("depth_to_space", iOS15)
      .summary("[n, c, h, w] to [n, c / b², h · b, w · b]: channels to blocks of pixels; the position in the block is the slower index of "
               "a channel")
      .in("x", T)
      .in("block_size", int32, constant, scalar)
      .where(T, {fp16, fp32})
      .infer([](const Args &a) { return channelsToSpace(a, "block_size"); })
      .evaluate(evaluateDepthToSpace, tensorOf("x"), integerOf("block_size"))
      .movesElements();

  op("space_to_depth", iOS15)
      .summary("[n, c, h, w] to [n, c · b², h / b, w / b]: the inverse of depth_to_space")
      .in("x", T)
      .in("block_size", int32, constant, scalar)
      .where(T, {fp16, fp32})
      .infer([](const Args &a) { return spaceToChannels(a, "block_size"); })
      .evaluate(evaluateSpaceToDepth, tensorOf("x"), integerOf("block_size"))
      .movesElements();

  // The input channel c · f² + i · f + j goes to channel c, at row i and column j of each block: PyTorch's order, "CRD".
  op("pixel_shuffle", iOS15)
      .summary("[n, c, h, w] to [n, c / f², h · f, w · f]: channels to blocks of pixels; the position in the block is the faster index of "
               "a channel")
      .in("x", T)
      .in("upscale_factor", int32, constant, scalar)
      .where(T, {fp16, fp32})
      .infer([](const Args &a) { return channelsToSpace(a, "upscale_factor"); })
      .evaluate(evaluatePixelShuffle, tensorOf("x"), integerOf("upscale_factor"))
      .movesElements();

  op("pixel_unshuffle", iOS16)
      .summary("[n, c, h, w] to [n, c · f², h / f, w / f]: the inverse of pixel_shuffle")
      .in("x", T)
      .in("downscale_factor", uint32, constant, scalar)
      .where(T, {fp16, fp32})
      .infer([](const Args &a) { return spaceToChannels(a, "downscale_factor"); })
      .evaluate(evaluatePixelUnshuffle, tensorOf("x"), integerOf("downscale_factor"))
      .movesElements();

  // The pixel at row i and column j of a block goes to batch (i · b1 + j) · n.
  op("space_to_batch", iOS15)
      .summary("x padded, with each pixel of a block in a separate batch")
      .in("x", T)
      .in("block_shape", int32, constant)
      .in("paddings", int32, constant)
      .where(T, {fp16, fp32})
      .infer(inferSpaceToBatch)
      .fold(foldSpaceToBatch, tensorOf("x"), blocksWith("paddings"));

  op("batch_to_space", iOS15)
      .summary("the inverse of space_to_batch, followed by cropping")
      .in("x", T)
      .in("block_shape", int32, constant)
      .in("crops", int32, constant)
      .where(T, {fp16, fp32})
      .infer(inferBatchToSpace)
      .fold(foldBatchToSpace, tensorOf("x"), blocksWith("crops"));
}

} // namespace mil

// transpose, concat, gather and slice_update: elements of any type, moved by all threads.
#include "Chain.h"
#include "FastKernels.h"
#include "mil/Tensor/ElementSize.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Tensor/Shapes.h"
#include <algorithm>
#include <cstring>

namespace mil::fast {

namespace {

/// About what a part should move.
constexpr int64_t partBytes = 1 << 16;

class Transpose : public Kernel {
public:
  /// Strides are those of x, in elements, for each dimension of the result.
  Transpose(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> strides) {
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] == 1)
        continue;
      if (!sizes.empty() && this->strides.back() == dims[i] * strides[i]) { // one run with the dimension before
        sizes.back() *= dims[i];
        this->strides.back() = strides[i];
      } else {
        sizes.push_back(dims[i]);
        this->strides.push_back(strides[i]);
      }
    }
    while (sizes.size() < 2) {
      sizes.insert(sizes.begin(), 1);
      this->strides.insert(this->strides.begin(), 0);
    }
  }

  bool run(const Run &run) override {
    return withElementOfSize(run.results[0].elementSize(), [&](auto element) { return move<decltype(element)>(run); });
  }

private:
  template <typename E> bool move(const Run &run) const {
    auto *from = reinterpret_cast<const E *>(run.inputs[0]->bytes().data());
    auto *to = reinterpret_cast<E *>(run.results[0].bytes().data());
    // A part takes lines of the last dimension that follow each other in the one before: columns of x, if that one is its last.
    int64_t length = sizes.back(), lines = sizes[sizes.size() - 2];
    int64_t atOnce = std::clamp<int64_t>(partBytes / int64_t(sizeof(E)) / length, std::min<int64_t>(lines, 16), lines);
    int64_t blocks = (lines + atOnce - 1) / atOnce, outer = productOf(llvm::ArrayRef(sizes).drop_back(2));
    run.threads.parallel(size_t(outer * blocks), [&](size_t part) {
      int64_t number = int64_t(part) / blocks, first = int64_t(part) % blocks * atOnce, offset = 0, rest = number;
      for (size_t i = sizes.size() - 2; i-- > 0; rest /= sizes[i])
        offset += rest % sizes[i] * strides[i];
      int64_t lineStride = strides[strides.size() - 2];
      moveLines(from + offset + first * lineStride, to + (number * lines + first) * length, std::min(atOnce, lines - first), lineStride);
    });
    return true;
  }

  template <typename E> void moveLines(const E *from, E *to, int64_t lines, int64_t lineStride) const {
    int64_t length = sizes.back(), stride = strides.back();
    if (stride == 1) {
      for (int64_t i = 0; i < lines; ++i)
        std::memcpy(to + i * length, from + i * lineStride, size_t(length) * sizeof(E));
      return;
    }
    for (int64_t i = 0; i < lines; i += 16) // what is next to each other in x is read together
      for (int64_t j = 0; j < length; ++j)
        for (int64_t k = i; k < std::min(lines, i + 16); ++k)
          to[k * length + j] = from[k * lineStride + j * stride];
  }

  llvm::SmallVector<int64_t, 6> sizes, strides; ///< at least two
};

class Concat : public Kernel {
public:
  /// Bytes of each input that lie together, `outer` times.
  Concat(std::vector<int64_t> runs, int64_t outer) : runs(std::move(runs)), outer(outer) {}

  bool run(const Run &run) override {
    int64_t whole = 0;
    for (int64_t length : runs)
      whole += length;
    uint8_t *to = run.results[0].bytes().data();
    int64_t pieces = std::max<int64_t>(1, (whole + partBytes - 1) / partBytes);
    run.threads.parallel(size_t(outer * pieces), [&](size_t part) {
      int64_t number = int64_t(part) / pieces, begin = int64_t(part) % pieces * partBytes, end = std::min(whole, begin + partBytes), at = 0;
      for (size_t i = 0; i < runs.size(); at += runs[i], ++i) {
        int64_t first = std::max(begin, at), last = std::min(end, at + runs[i]);
        if (first < last)
          std::memcpy(to + number * whole + first, run.inputs[i]->bytes().data() + number * runs[i] + first - at, size_t(last - first));
      }
    });
    return true;
  }

private:
  std::vector<int64_t> runs;
  int64_t outer;
};

class Gather : public Kernel {
public:
  /// Of `outer` times `size` runs of `runBytes`, those at the indices.
  Gather(int64_t outer, int64_t size, int64_t runBytes) : outer(outer), size(size), runBytes(runBytes) {}

  bool run(const Run &run) override {
    auto *indices = reinterpret_cast<const int32_t *>(run.inputs[1]->bytes().data());
    int64_t count = run.inputs[1]->count();
    for (int64_t i = 0; i < count; ++i)
      if (indices[i] < 0 || indices[i] >= size)
        return false;
    const uint8_t *from = run.inputs[0]->bytes().data();
    uint8_t *to = run.results[0].bytes().data();
    int64_t together = std::max<int64_t>(1, partBytes / std::max<int64_t>(1, runBytes));
    int64_t pieces = (count + together - 1) / together;
    run.threads.parallel(size_t(outer * pieces), [&](size_t part) {
      int64_t o = int64_t(part) / pieces, first = int64_t(part) % pieces * together;
      for (int64_t i = first; i < std::min(count, first + together); ++i)
        std::memcpy(to + (o * count + i) * runBytes, from + (o * size + indices[i]) * runBytes, size_t(runBytes));
    });
    return true;
  }

private:
  int64_t outer, size, runBytes;
};

/// slice_update, in place if x has no other reader: then the cost of a decoder's step doesn't depend on the length of its cache.
class SliceUpdate : public Kernel {
public:
  struct Dimension {
    int64_t size;
    shapes::Slice slice; ///< without begin and end, which are arguments
    bool squeezed;
  };
  explicit SliceUpdate(std::vector<Dimension> dimensions) : dimensions(std::move(dimensions)) {}

  bool run(const Run &run) override {
    const Tensor &x = *run.inputs[0], &update = *run.inputs[1];
    Dims own = rowMajorStrides(x.dims()), kept, strides;
    int64_t offset = 0;
    for (size_t i = 0; i < dimensions.size(); ++i) {
      const auto &[size, steps, squeezed] = dimensions[i];
      shapes::Slice slice = steps;
      slice.begin = run.inputs[2]->integer(int64_t(i)), slice.end = run.inputs[3]->integer(int64_t(i));
      std::optional<int64_t> first;
      if (squeezed) {
        first = shapes::normalizeAxis(slice.beginMask ? 0 : *slice.begin, size_t(size));
      } else if (std::optional<shapes::SliceResult> result = shapes::slice(size, slice); result && result->foldable && result->size > 0) {
        first = result->first;
        kept.push_back(result->size);
        strides.push_back(slice.stride * own[i]);
      }
      if (!first || *first < 0 || *first >= size)
        return false;
      offset += *first * own[i];
    }
    if (update.dims() != llvm::ArrayRef<int64_t>(kept))
      return false;
    const uint8_t *from = x.bytes().data();
    Tensor &result = run.results[0];
    if (uint8_t *to = result.bytes().data(); to != from)
      std::memcpy(to, from, x.byteCount());
    placeStrided(result, offset, strides, update);
    return true;
  }

private:
  std::vector<Dimension> dimensions;
};

} // namespace

KernelChoice chooseSliceUpdate(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  const Args &a = *call.args;
  llvm::ArrayRef<int64_t> dims = a["x"].dims();
  std::optional<Dims> strides = a["stride"] ? a.integers("stride") : Dims(dims.size(), 1);
  llvm::SmallVector<bool, 6> begins = a.flags("begin_mask"), ends = a.flags("end_mask"), squeezed = a.flags("squeeze_mask");
  KernelChoice choice;
  if (!strides || call.held("x") != call.heldResult() || call.held("update") != call.heldResult())
    return choice;
  std::vector<SliceUpdate::Dimension> dimensions;
  for (size_t i = 0; i < dims.size(); ++i) {
    auto isSet = [i](llvm::ArrayRef<bool> mask) { return i < mask.size() && mask[i]; };
    dimensions.push_back({dims[i], {.stride = (*strides)[i], .beginMask = isSet(begins), .endMask = isSet(ends)}, isSet(squeezed)});
  }
  choice.inputs = {{0, "x"}, {0, "update"}, {0, "begin"}, {0, "end"}};
  choice.inPlace = 0;
  choice.kernel = std::make_unique<SliceUpdate>(std::move(dimensions));
  return choice;
}

KernelChoice chooseGather(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  const Args &a = *call.args;
  llvm::ArrayRef<int64_t> dims = a["x"].dims();
  std::optional<int64_t> axis = a.axis("axis", dims.size());
  bool batched = a.version().parameter("batch_dims") && a.integer("batch_dims") != 0;
  int64_t bytes = int64_t(bitWidth(call.heldResult())) / 8;
  if (!axis || batched || !bytes || call.held("x") != call.heldResult() || call.held("indices") != DType::Int32)
    return {};
  KernelChoice choice;
  choice.inputs = {{0, "x"}, {0, "indices"}};
  choice.kernel = std::make_unique<Gather>(productOf(dims.take_front(*axis)), dims[size_t(*axis)],
                                           productOf(dims.drop_front(size_t(*axis) + 1)) * bytes);
  return choice;
}

KernelChoice chooseTranspose(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  Arg x = (*call.args)["x"];
  std::optional<Dims> perm = call.args->axes("perm", x.rank());
  if (!perm || call.held("x") != call.heldResult())
    return {};
  Dims own = rowMajorStrides(x.dims()), strides;
  for (int64_t axis : *perm)
    strides.push_back(own[size_t(axis)]);
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  choice.kernel = std::make_unique<Transpose>(call.results[0].dims(), strides);
  return choice;
}

std::optional<size_t> joinedAxis(const KernelCall &concat) {
  std::optional<int64_t> axis = concat.args->axis("axis", concat.results[0].dims().size());
  if (!axis || concat.args->flag("interleave"))
    return std::nullopt;
  for (size_t i = 0; i < (*concat.args)["values"].size(); ++i)
    if (concat.held("values", i) != concat.heldResult())
      return std::nullopt;
  return size_t(*axis);
}

KernelChoice chooseConcat(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  Arg values = (*call.args)["values"];
  llvm::ArrayRef<int64_t> dims = call.results[0].dims();
  std::optional<size_t> axis = joinedAxis(call);
  int64_t size = int64_t(bitWidth(call.heldResult())) / 8;
  if (!axis || size == 0)
    return {};
  KernelChoice choice;
  std::vector<int64_t> runs;
  for (size_t i = 0; i < values.size(); ++i) {
    runs.push_back(productOf(values[i].dims().drop_front(*axis)) * size);
    choice.inputs.push_back({0, "values", i});
  }
  if (KernelChoice fused = chooseAttentionOfParts(query))
    return fused;
  choice.kernel = std::make_unique<Concat>(std::move(runs), productOf(dims.take_front(*axis)));
  return choice;
}

} // namespace mil::fast

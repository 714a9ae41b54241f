#include "mil/Pass/StreamedConstants.h"
#include "mil/IR/Context.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Weights/Packing.h"

namespace mil {

/// Up to how many bytes a constant is made at once.
static constexpr uint64_t smallSize = 1 << 16;

const Literal *streamedBytes(Context &context, Type type, MakeBytes make) {
  std::optional<int64_t> count = type.elementCount();
  std::optional<uint64_t> size = count ? packedSize(type.dtype(), uint64_t(*count)) : std::nullopt;
  if (!size)
    return nullptr;
  if (*size <= smallSize) {
    std::vector<uint8_t> bytes(*size);
    return make(0, bytes) ? Literal::tensor(context, type, bytes) : nullptr;
  }
  std::optional<BlobDType> stored = toBlobDType(type.dtype());
  if (!stored)
    return nullptr;
  std::shared_ptr<const Blob> blob = streamedBlob(*stored, uint64_t(*count), std::move(make));
  context.keepAlive(blob);
  return Literal::blob(context, type, blob.get(), "@model_path/weights/weight.bin", 0);
}

MakeBytes elementBytes(DType dtype, int64_t count, MakeElements make) {
  return [make = std::move(make), dtype, count](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
    // Eight elements take as many bytes as one has bits: units of these start at a byte.
    constexpr uint64_t units = 512;
    uint64_t unit = bitWidth(dtype);
    std::vector<double> values;
    std::vector<uint8_t> packed;
    for (uint64_t done = 0; done < out.size();) {
      uint64_t first = (offset + done) / unit, skipped = (offset + done) % unit;
      int64_t from = int64_t(first * 8), n = std::min(int64_t(units * 8), count - from);
      values.resize(size_t(n));
      if (!make(from, values))
        return false;
      Tensor tensor(dtype, n);
      tensor.write(0, llvm::ArrayRef<double>(values));
      llvm::ArrayRef<uint8_t> part = tensor.bytes();
      if (isSubByte(dtype)) {
        packed.resize(size_t(*packedSize(dtype, uint64_t(n))));
        packElements(*toBlobDType(dtype), tensor.bytes(), packed);
        part = packed;
      }
      part = part.drop_front(skipped).take_front(out.size() - done);
      std::copy(part.begin(), part.end(), out.begin() + ptrdiff_t(done));
      done += part.size();
    }
    return true;
  };
}

const Literal *streamedConstant(Context &context, Type type, MakeElements make) {
  std::optional<int64_t> elements = type.elementCount();
  return elements ? streamedBytes(context, type, elementBytes(type.dtype(), *elements, std::move(make))) : nullptr;
}

bool readBytes(const Literal &constant, uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
  if (constant.isTensor()) {
    llvm::ArrayRef<uint8_t> bytes = constant.bytes();
    if (offset > bytes.size() || out.size() > bytes.size() - offset)
      return false;
    std::copy_n(bytes.begin() + ptrdiff_t(offset), out.size(), out.begin());
    return true;
  }
  const Blob *blob = constant.isBlob() ? constant.blob() : nullptr;
  DiagnosticEngine silent; // the failure is reported when the result is read
  return blob && offset <= blob->size() && out.size() <= blob->size() - offset && bool(blob->read(offset, out, silent));
}

// ---- Permuting --------------------------------------------------------------

namespace {

/// Makes the elements of a permuted constant. Runs along the constant's last dimension are read at once; where that dimension is no
/// longer the last one, a run's elements lie apart in the result.
class Permuted {
public:
  Permuted(const Literal &source, llvm::ArrayRef<int64_t> perm, uint64_t width) : source(source), width(width) {
    llvm::ArrayRef<int64_t> from = source.type().dims();
    Tensor::Dims sourceStrides = rowMajorStrides(from);
    for (size_t i = 0; i < perm.size(); ++i) {
      dims.push_back(from[size_t(perm[i])]);
      strides.push_back(sourceStrides[size_t(perm[i])]);
      if (perm[i] == int64_t(perm.size()) - 1)
        runAxis = i;
    }
    for (size_t i = runAxis + 1; i < dims.size(); ++i)
      inner *= dims[i];
  }

  bool operator()(uint64_t offset, llvm::MutableArrayRef<uint8_t> out) const {
    int64_t at = int64_t(offset / width), end = int64_t((offset + out.size() + width - 1) / width);
    if (offset % width == 0 && out.size() % width == 0)
      return elements(at, end, out);
    std::vector<uint8_t> whole(uint64_t(end - at) * width);
    if (!elements(at, end, whole))
      return false;
    std::copy_n(whole.begin() + ptrdiff_t(offset % width), out.size(), out.begin());
    return true;
  }

private:
  /// Elements [at, end): slabs of `inner` elements, one for each index of the run's dimension, of which whole ones are made together.
  bool elements(int64_t at, int64_t end, llvm::MutableArrayRef<uint8_t> out) const {
    for (int64_t first = at; at < end;) {
      int64_t inSlab = at % inner, index = at / inner % dims[runAxis];
      bool whole = inSlab == 0 && end - at >= inner;
      int64_t slabs = whole ? std::min((end - at) / inner, dims[runAxis] - index) : 1;
      int64_t last = whole ? inner : std::min(inner, inSlab + end - at);
      if (!slab(at - inSlab, slabs, inSlab, last, out.drop_front(uint64_t(at - first) * width)))
        return false;
      at += whole ? slabs * inner : last - inSlab;
    }
    return true;
  }
  /// Elements [from, to) of each of several slabs, the first of which starts at `at`, one slab behind the other.
  bool slab(int64_t at, int64_t slabs, int64_t from, int64_t to, llvm::MutableArrayRef<uint8_t> out) const {
    std::vector<uint8_t> run(uint64_t(slabs) * width);
    for (int64_t i = from; i < to; ++i) {
      if (!readBytes(source, placeOf(at + i) * width, run))
        return false;
      for (int64_t k = 0; k < slabs; ++k)
        std::copy_n(run.begin() + k * int64_t(width), width, out.begin() + (k * (to - from) + i - from) * int64_t(width));
    }
    return true;
  }
  uint64_t placeOf(int64_t element) const {
    int64_t place = 0;
    for (size_t i = dims.size(); i-- > 0; element /= dims[i])
      place += element % dims[i] * strides[i];
    return uint64_t(place);
  }

  const Literal &source;
  uint64_t width;
  Tensor::Dims dims, strides;
  size_t runAxis = 0;
  int64_t inner = 1;
};

} // namespace

const Literal *permutedConstant(Context &context, const Literal &constant, llvm::ArrayRef<int64_t> perm) {
  Type type = constant.type();
  unsigned bits = type.isTensor() && type.hasStaticShape() ? bitWidth(type.dtype()) : 0;
  if (bits < 8 || perm.size() != type.rank())
    return nullptr;
  Tensor::Dims dims;
  for (int64_t from : perm)
    dims.push_back(type.dims()[size_t(from)]);
  Type result = type.withDims(context, dims);
  if (perm.empty() || *type.elementCount() == 0)
    return constant.withType(context, result);
  if (!constant.isTensor() && !(constant.isBlob() && constant.blob()))
    return nullptr;
  return streamedBytes(context, result, Permuted(constant, perm, bits / 8));
}

} // namespace mil

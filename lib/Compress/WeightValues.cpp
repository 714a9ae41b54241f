#include "mil/Compress/WeightValues.h"
#include "Rounding.h"
#include "mil/IR/Block.h"
#include "mil/IR/Context.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Weights/Packing.h"
#include "llvm/Support/Parallel.h"
#include <atomic>

using namespace mil;

WeightValues::WeightValues(DType type, llvm::ArrayRef<int64_t> dims) : type(type), shape(dims), elements(1) {
  for (int64_t dim : dims)
    elements *= dim;
}

bool WeightValues::readHalfs(int64_t from, llvm::MutableArrayRef<uint16_t> out) const {
  std::vector<float> values(out.size());
  if (!read(from, values))
    return false;
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = bitsOfHalf(values[i]);
  return true;
}

void mil::inParallel(size_t count, llvm::function_ref<void(size_t)> visit) {
  if (count == 1)
    return visit(0);
  llvm::parallelFor(0, count, visit);
}

namespace {

/// Little-endian elements in memory or in a file.
class PlainValues : public WeightValues {
public:
  PlainValues(const Literal &literal, DType type, llvm::ArrayRef<int64_t> dims) : WeightValues(type, dims), literal(literal) {
    const Blob *blob = literal.isBlob() ? literal.blob() : nullptr;
    shares = blob && blob->memory().empty() && !blob->fileRange().isKnown();
  }

  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    switch (dtype()) {
    case DType::Float16:
      return convert<uint16_t>(from, out, [](uint16_t value) { return floatOfHalf(value); });
    case DType::Float32:
      return bytes(uint64_t(from) * 4, {reinterpret_cast<uint8_t *>(out.data()), out.size() * 4});
    case DType::Int8:
      return convert<int8_t>(from, out, [](int8_t value) { return float(value); });
    default:
      return convert<uint8_t>(from, out, [](uint8_t value) { return float(value); });
    }
  }
  bool readHalfs(int64_t from, llvm::MutableArrayRef<uint16_t> out) const override {
    return bytes(uint64_t(from) * 2, {reinterpret_cast<uint8_t *>(out.data()), out.size() * 2});
  }

private:
  template <typename T, typename F> bool convert(int64_t from, llvm::MutableArrayRef<float> out, F value) const {
    constexpr size_t window = 4096;
    T part[window];
    for (size_t done = 0; done < out.size();) {
      size_t n = std::min(window, out.size() - done);
      if (!bytes((uint64_t(from) + done) * sizeof(T), {reinterpret_cast<uint8_t *>(part), n * sizeof(T)}))
        return false;
      for (size_t i = 0; i < n; ++i)
        out[done + i] = value(part[i]);
      done += n;
    }
    return true;
  }
  bool bytes(uint64_t offset, llvm::MutableArrayRef<uint8_t> out) const {
    if (!shares)
      return readBytes(literal, offset, out);
    // What makes the bytes may remember where it was.
    std::lock_guard guard(lock);
    return readBytes(literal, offset, out);
  }

  const Literal &literal;
  bool shares;
  mutable std::mutex lock;
};

class ComputedValues : public WeightValues {
public:
  explicit ComputedValues(std::unique_ptr<ElementReader> elements)
      : WeightValues(elements->dtype(), elements->dims()), elements(std::move(elements)) {}

  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    std::lock_guard guard(lock);
    DiagnosticEngine silent; // the failure is reported when the weights are written
    std::vector<double> part;
    for (size_t done = 0; done < out.size(); done += part.size()) {
      part.resize(std::min<size_t>(4096, out.size() - done));
      if (!elements->read(from + int64_t(done), part, silent))
        return false;
      for (size_t i = 0; i < part.size(); ++i)
        out[done + i] = float(part[i]);
    }
    return true;
  }

private:
  std::unique_ptr<ElementReader> elements;
  mutable std::mutex lock;
};

bool isExactInFloat(DType type) { return type == DType::Float16 || type == DType::Float32 || (isInteger(type) && bitWidth(type) <= 16); }

} // namespace

std::shared_ptr<const WeightValues> WeightValues::of(const Literal &literal) {
  std::unique_ptr<ElementReader> elements = elementsOf(literal);
  if (!elements)
    return nullptr;
  DType type = elements->dtype();
  if (type == DType::Float16 || type == DType::Float32 || type == DType::Int8 || type == DType::UInt8)
    return std::make_shared<PlainValues>(literal, type, elements->dims());
  return of(std::move(elements));
}

std::shared_ptr<const WeightValues> WeightValues::of(const Value &value) {
  if (const Literal *literal = constantOf(&value))
    return of(*literal);
  return of(elementsOf(value));
}

std::shared_ptr<const WeightValues> WeightValues::of(std::unique_ptr<ElementReader> elements) {
  if (!elements || !isExactInFloat(elements->dtype()))
    return nullptr;
  return std::make_shared<ComputedValues>(std::move(elements));
}

const Literal *mil::codesConstant(Context &context, Type type, MakeCodes make) {
  DType dtype = type.dtype();
  int64_t count = *type.elementCount();
  unsigned width = bitWidth(dtype);
  auto bytes = [make = std::move(make), dtype, count, width](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
    // Units of eight elements start at a byte.
    uint64_t end = offset + out.size(), firstUnit = offset / width, lastUnit = (end + width - 1) / width;
    constexpr uint64_t unitsATask = uint64_t(elementsATask) / 8;
    size_t tasks = size_t((lastUnit - firstUnit + unitsATask - 1) / unitsATask);
    std::atomic<bool> made = true;
    inParallel(tasks, [&](size_t task) {
      uint64_t from = firstUnit + task * unitsATask, to = std::min(from + unitsATask, lastUnit);
      std::vector<uint8_t> codes(size_t(std::min<int64_t>(int64_t(to * 8), count) - int64_t(from * 8)));
      if (!make(int64_t(from * 8), codes)) {
        made = false;
        return;
      }
      std::vector<uint8_t> packed;
      if (width < 8) {
        packed.resize(size_t(*packedSize(*toBlobDType(dtype), codes.size())));
        packElements(*toBlobDType(dtype), codes, packed);
        codes.swap(packed);
      }
      uint64_t start = std::max(from * width, offset), stop = std::min(from * width + codes.size(), end);
      std::copy_n(codes.begin() + ptrdiff_t(start - from * width), stop - start, out.begin() + ptrdiff_t(start - offset));
    });
    return bool(made);
  };
  return streamedBytes(context, type, std::move(bytes));
}

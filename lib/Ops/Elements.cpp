#include "mil/Ops/Elements.h"
#include "CompressedCall.h"
#include "mil/IR/Block.h"
#include "mil/Support/Half.h"
#include "mil/Weights/Packing.h"

using namespace mil;

ElementReader::ElementReader(DType type, llvm::ArrayRef<int64_t> dims) : type(type), shape(dims), elements(countOf(dims)) {}

void mil::roundTo(DType type, Window values) {
  if (type == DType::Float32)
    for (double &value : values)
      value = double(float(value));
  else if (type == DType::Float16)
    for (double &value : values)
      value = roundToHalf(value);
  else
    for (double &value : values)
      value = toDouble(floatFormat(type), fromDouble(floatFormat(type), value));
}

// ---- Literals ---------------------------------------------------------------

namespace {

/// Elements of a type in bytes, as weight files hold them.
class LiteralElements : public ElementReader {
public:
  LiteralElements(const Literal &literal, DType type, llvm::ArrayRef<int64_t> dims) : ElementReader(type, dims), literal(literal) {}

  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    for (int64_t done = 0; done < int64_t(out.size());) {
      // A window starts at a whole byte.
      int64_t skipped = (from + done) % 8;
      int64_t n = std::min(elementWindow, int64_t(out.size()) - done + skipped);
      if (!load(from + done - skipped, n, diags))
        return false;
      elements->read(skipped, out.slice(size_t(done), size_t(n - skipped)));
      done += n - skipped;
    }
    return true;
  }

private:
  bool load(int64_t from, int64_t n, DiagnosticEngine &diags) {
    if (!elements || elements->count() != n)
      elements.emplace(dtype(), n);
    unsigned bits = bitWidth(dtype());
    llvm::MutableArrayRef<uint8_t> target = elements->bytes();
    if (isSubByte(dtype())) {
      packed.resize(size_t(n * bits + 7) / 8);
      target = packed;
    }
    uint64_t offset = uint64_t(from) * bits / 8;
    if (literal.isBlob()) {
      if (!literal.blob()->read(offset, target, diags))
        return false;
    } else {
      llvm::ArrayRef<uint8_t> part = literal.bytes().slice(offset, target.size());
      std::copy(part.begin(), part.end(), target.begin());
    }
    if (isSubByte(dtype()))
      unpackElements(*toBlobDType(dtype()), packed, elements->bytes());
    return true;
  }

  const Literal &literal;
  std::optional<Tensor> elements;
  std::vector<uint8_t> packed;
};

} // namespace

Reader mil::elementsAs(const Literal &literal, DType type, llvm::ArrayRef<int64_t> dims) {
  std::optional<uint64_t> size = packedSize(type, uint64_t(countOf(dims)));
  bool inMemory = literal.isTensor() && literal.bytes().size() == size;
  bool inFile = literal.isBlob() && literal.blob() && literal.blob()->size() == size;
  return inMemory || inFile ? std::make_unique<LiteralElements>(literal, type, dims) : nullptr;
}

std::unique_ptr<ElementReader> mil::elementsOf(const Literal &literal) {
  Type type = literal.type();
  bool known = type.isTensor() && type.hasStaticShape() && type.elementCount();
  unsigned bits = known ? bitWidth(type.dtype()) : 0;
  return bits == 0 || bits > 32 ? nullptr : elementsAs(literal, type.dtype(), type.dims());
}

std::unique_ptr<ElementReader> mil::elementsOf(const Value &value) { return CompressedCall::value(value, 0); }

std::unique_ptr<ElementReader> mil::elementsOf(const Operand &operand) {
  return operand.value() ? elementsOf(*operand.value()) : elementsOf(*operand.literal());
}

std::optional<Tensor> mil::readAll(ElementReader &elements, uint64_t maxElements, DiagnosticEngine &diags) {
  if (uint64_t(elements.count()) > maxElements)
    return std::nullopt;
  Tensor all(elements.dtype(), elements.dims());
  std::vector<double> part;
  for (int64_t at = 0; at < all.count(); at += int64_t(part.size())) {
    part.resize(size_t(std::min(elementWindow, all.count() - at)));
    if (!elements.read(at, part, diags))
      return std::nullopt;
    all.write(at, llvm::ArrayRef<double>(part));
  }
  return all;
}

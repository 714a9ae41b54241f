#include "CompareConstants.h"
#include "mil/Support/Interrupt.h"
#include "mil/Weights/Packing.h"
#include <cmath>
#include <cstring>

using llvm::ArrayRef;

namespace mil {

static constexpr size_t windowElements = size_t(1) << 18; // a multiple of 8, so that windows of packed elements begin at a byte

/// Numbers of any width, as doubles.
static bool isNumeric(DType type) { return type == DType::Bool || isFloat(type) || isInteger(type); }

uint64_t byteSize(const Literal &literal) {
  if (literal.isTensor())
    return literal.bytes().size();
  if (literal.isBlob())
    return literal.blob() ? literal.blob()->size()
                          : packedSize(literal.type().dtype(), uint64_t(literal.type().elementCount().value_or(0))).value_or(0);
  return 0;
}

namespace {

/// The values of all floats of a width up to 16 bits.
class FloatTable {
public:
  explicit FloatTable(DType type) : values(size_t(1) << bitWidth(type)) {
    for (size_t bits = 0; bits < values.size(); ++bits)
      values[bits] = float(toDouble(floatFormat(type), bits));
  }
  float operator[](size_t bits) const { return values[bits]; }

private:
  std::vector<float> values;
};

const FloatTable &tableOf(DType type) {
  static const FloatTable half(DType::Float16), brain(DType::BFloat16), e4m3(DType::Float8E4M3FN), e5m2(DType::Float8E5M2);
  return type == DType::Float16 ? half : type == DType::BFloat16 ? brain : type == DType::Float8E4M3FN ? e4m3 : e5m2;
}

/// Reads the elements of one literal, window by window.
class Elements {
public:
  explicit Elements(const Literal &literal) : literal(literal), type(literal.type().dtype()) {}

  /// The bytes of `count` elements from `first`, a multiple of 8.
  Result<ArrayRef<uint8_t>> bytes(uint64_t first, size_t count, DiagnosticEngine &diags) {
    uint64_t offset = first * bitWidth(type) / 8;
    size_t size = size_t(*packedSize(type, count));
    if (literal.isTensor())
      return literal.bytes().slice(size_t(offset), size);
    buffer.resize(size);
    if (!goOn(diags) || !literal.blob()->read(offset, buffer, diags))
      return failure();
    return ArrayRef<uint8_t>(buffer);
  }

  /// The values of `count` elements from their bytes.
  ArrayRef<double> decode(ArrayRef<uint8_t> bytes, size_t count) {
    values.resize(count);
    if (isSubByte(type)) {
      unpacked.resize(count);
      unpackElements(*toBlobDType(type), bytes, unpacked);
      for (size_t i = 0; i < count; ++i)
        values[i] = isSignedInteger(type) ? double(int8_t(unpacked[i])) : double(unpacked[i]);
      return values;
    }
    switch (type) {
    case DType::Float16:
    case DType::BFloat16:
      return decodeAs<uint16_t>(bytes, [&table = tableOf(type)](uint16_t bits) { return double(table[bits]); });
    case DType::Float8E4M3FN:
    case DType::Float8E5M2:
      return decodeAs<uint8_t>(bytes, [&table = tableOf(type)](uint8_t bits) { return double(table[bits]); });
    case DType::Float32:
      return decodeAs<float>(bytes);
    case DType::Float64:
      return decodeAs<double>(bytes);
    case DType::Int8:
      return decodeAs<int8_t>(bytes);
    case DType::Int16:
      return decodeAs<int16_t>(bytes);
    case DType::Int32:
      return decodeAs<int32_t>(bytes);
    case DType::Int64:
      return decodeAs<int64_t>(bytes);
    case DType::UInt16:
      return decodeAs<uint16_t>(bytes);
    case DType::UInt32:
      return decodeAs<uint32_t>(bytes);
    case DType::UInt64:
      return decodeAs<uint64_t>(bytes);
    default: // bool, uint8
      return decodeAs<uint8_t>(bytes);
    }
  }

private:
  template <typename T, typename Convert> ArrayRef<double> decodeAs(ArrayRef<uint8_t> bytes, Convert convert) {
    for (size_t i = 0; i < values.size(); ++i) {
      T element;
      std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
      values[i] = convert(element);
    }
    return values;
  }
  template <typename T> ArrayRef<double> decodeAs(ArrayRef<uint8_t> bytes) {
    return decodeAs<T>(bytes, [](T element) { return double(element); });
  }

  const Literal &literal;
  DType type;
  std::vector<uint8_t> buffer, unpacked;
  std::vector<double> values;
};

void compareValues(ArrayRef<double> before, ArrayRef<double> after, ConstantComparison &result) {
  for (size_t i = 0; i < before.size(); ++i) {
    double a = before[i], b = after[i];
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    ++result.differing;
    if (std::isnan(a) || std::isnan(b))
      result.nanAppears = true;
    else
      result.largest = std::max(result.largest, std::abs(a - b));
  }
}

bool samePlace(const Literal &before, const Literal &after) {
  if (!before.isBlob() || !after.isBlob() || !before.blob() || !after.blob())
    return false;
  Blob::FileRange a = before.blob()->fileRange(), b = after.blob()->fileRange();
  return before.blob() == after.blob() || (a.isKnown() && b.isKnown() && a.file == b.file && a.offset == b.offset);
}

/// A blob may be missing, or of another type than its constant, which the verifier tells.
bool isAtHand(const Literal &literal) {
  return !literal.isBlob() || (literal.blob() && toBlobDType(literal.type().dtype()) == literal.blob()->dtype());
}

bool holdsElements(const Literal &literal) { return (literal.isTensor() || literal.isBlob()) && isNumeric(literal.type().dtype()); }

} // namespace

Result<ConstantComparison> compareConstants(const Literal &before, const Literal &after, DiagnosticEngine &diags) {
  ConstantComparison result;
  bool sameType = before.type() == after.type();
  if (!holdsElements(before) || !holdsElements(after)) {
    result.equal = before.equals(after);
    return result;
  }
  DType type = before.type().dtype(), other = after.type().dtype();
  if (!isAtHand(before) || !isAtHand(after)) {
    result.atHand = false;
    result.equal = sameType;
    return result;
  }
  result.elements = before.elementCount();
  result.compared = result.elements == after.elementCount();
  if (!result.compared || (type == other && samePlace(before, after))) {
    result.equal = result.compared && sameType;
    return result;
  }
  Elements left(before), right(after);
  bool sameBytes = type == other;
  for (uint64_t first = 0; first < result.elements; first += windowElements) {
    size_t count = size_t(std::min<uint64_t>(windowElements, result.elements - first));
    Result<ArrayRef<uint8_t>> mine = left.bytes(first, count, diags), theirs = right.bytes(first, count, diags);
    if (!mine || !theirs)
      return failure();
    if (type == other && *mine == *theirs)
      continue;
    sameBytes = false;
    compareValues(left.decode(*mine, count), right.decode(*theirs, count), result);
  }
  result.equal = sameBytes && sameType;
  return result;
}

} // namespace mil

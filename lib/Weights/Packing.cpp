#include "mil/Weights/Packing.h"
#include <algorithm>
#include <cassert>

using namespace llvm;

namespace mil {

namespace {

/// Eight elements are exactly `width` bytes; with the width a constant the compiler makes straight code of them.
template <unsigned width> void unpackEight(const uint8_t *packed, uint8_t *out) {
  uint64_t bits = 0;
  for (unsigned byte = 0; byte != width; ++byte)
    bits |= uint64_t(packed[byte]) << (8 * byte);
  for (unsigned i = 0; i != 8; ++i)
    out[i] = uint8_t(bits >> (i * width)) & ((1u << width) - 1);
}

template <unsigned width> void packEight(const uint8_t *elements, uint8_t *packed) {
  uint64_t bits = 0;
  for (unsigned i = 0; i != 8; ++i)
    bits |= uint64_t(elements[i] & ((1u << width) - 1)) << (i * width);
  for (unsigned byte = 0; byte != width; ++byte)
    packed[byte] = uint8_t(bits >> (8 * byte));
}

template <unsigned width> void unpackAll(ArrayRef<uint8_t> packed, MutableArrayRef<uint8_t> out) {
  for (; out.size() >= 8; out = out.drop_front(8), packed = packed.drop_front(width))
    unpackEight<width>(packed.data(), out.data());
  // Less than eight elements are left; the bounds are repeated for compilers that can't see that.
  uint8_t last[width] = {}, elements[8];
  std::copy_n(packed.begin(), std::min<size_t>(packed.size(), width), last);
  unpackEight<width>(last, elements);
  std::copy_n(elements, std::min<size_t>(out.size(), 8), out.begin());
}

template <unsigned width> void packAll(ArrayRef<uint8_t> elements, MutableArrayRef<uint8_t> packed) {
  for (; elements.size() >= 8; elements = elements.drop_front(8), packed = packed.drop_front(width))
    packEight<width>(elements.data(), packed.data());
  uint8_t last[8] = {}, bytes[width];
  std::copy_n(elements.begin(), std::min<size_t>(elements.size(), 8), last);
  packEight<width>(last, bytes);
  std::copy_n(bytes, std::min<size_t>(packed.size(), width), packed.begin());
}

} // namespace

void unpackElements(BlobDType type, ArrayRef<uint8_t> packed, MutableArrayRef<uint8_t> out) {
  assert(isSubByte(type) && packed.size() == packedSize(type, out.size()));
  switch (bitWidth(type)) {
  case 1:
    return unpackAll<1>(packed, out);
  case 2:
    return unpackAll<2>(packed, out);
  case 3:
    return unpackAll<3>(packed, out);
  case 4:
    unpackAll<4>(packed, out);
    if (type == BlobDType::Int4)
      for (uint8_t &element : out)
        element = uint8_t((element ^ 8) - 8);
    return;
  case 6:
    return unpackAll<6>(packed, out);
  }
}

void packElements(BlobDType type, ArrayRef<uint8_t> elements, MutableArrayRef<uint8_t> packed) {
  assert(isSubByte(type) && packed.size() == packedSize(type, elements.size()));
  switch (bitWidth(type)) {
  case 1:
    return packAll<1>(elements, packed);
  case 2:
    return packAll<2>(elements, packed);
  case 3:
    return packAll<3>(elements, packed);
  case 4:
    return packAll<4>(elements, packed);
  case 6:
    return packAll<6>(elements, packed);
  }
}

} // namespace mil

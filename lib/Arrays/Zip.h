// The records of a ZIP archive (APPNOTE.TXT 6.3), for reading and writing .npz files.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mil::zip {

constexpr uint32_t localSignature = 0x04034b50, centralSignature = 0x02014b50, endSignature = 0x06054b50, end64Signature = 0x06064b50,
                   locator64Signature = 0x07064b50;
constexpr size_t localSize = 30, centralSize = 46, endSize = 22, locator64Size = 20, end64Size = 56, longestComment = 0xffff;
/// A number that doesn't fit into 32 bits and is stored in the ZIP64 field.
constexpr uint32_t in64 = 0xffffffff;
constexpr uint16_t countIn64 = 0xffff;

} // namespace mil::zip

// Weight files for tests, byte by byte, apart from the code that is tested.
#pragma once

#include "TestFolder.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

inline void put32(std::string &bytes, size_t at, uint32_t value) {
  for (int i = 0; i != 4; ++i)
    bytes.at(at + i) = char(value >> (8 * i));
}
inline void put64(std::string &bytes, size_t at, uint64_t value) {
  put32(bytes, at, uint32_t(value));
  put32(bytes, at + 4, uint32_t(value >> 32));
}

/// A header that claims `count` blobs.
inline std::string weightHeader(uint32_t count, uint32_t version = 2) {
  std::string bytes(64, '\0');
  put32(bytes, 0, count);
  put32(bytes, 4, version);
  return bytes;
}

struct TestRecord {
  uint32_t type;
  std::string data;
  uint64_t padding = 0;
};

/// A well-formed file of these blobs.
inline std::string weightFile(const std::vector<TestRecord> &records) {
  std::string bytes = weightHeader(uint32_t(records.size()));
  for (const TestRecord &record : records) {
    size_t at = (bytes.size() + 63) / 64 * 64;
    bytes.resize(at + 64);
    put32(bytes, at, 0xDEADBEEF);
    put32(bytes, at + 4, record.type);
    put64(bytes, at + 8, record.data.size());
    put64(bytes, at + 16, at + 64);
    put64(bytes, at + 24, record.padding);
    bytes += record.data;
  }
  return bytes;
}

/// All bytes of a blob.
inline std::string contentOf(const Blob &blob) {
  DiagnosticEngine diags;
  std::vector<uint8_t> bytes(blob.size());
  EXPECT_TRUE(blob.read(0, bytes, diags));
  return std::string(bytes.begin(), bytes.end());
}

inline std::vector<uint8_t> bytesOf(const std::string &text) { return {text.begin(), text.end()}; }

} // namespace mil

// .npy and .npz: what is written is read back, and what NumPy doesn't write is refused with what is wrong.
#include "TestFolder.h"
#include "mil/Arrays/WriteArrays.h"
#include "llvm/ADT/StringExtras.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::HasSubstr;

namespace {

std::string npy(const std::string &header, const std::string &data) {
  std::string text = header + "\n";
  return std::string("\x93NUMPY\1\0", 8) + char(text.size() & 0xff) + char(text.size() >> 8) + text + data;
}

llvm::ArrayRef<uint8_t> bytesOf(const std::string &text) { return llvm::arrayRefFromStringRef(text); }

/// What is wrong with a file or the first array that can't be loaded; empty when nothing is.
std::string why(const std::string &bytes, const ArrayLimits &limits = {}) {
  std::string what;
  std::shared_ptr<const ArrayFile> file = ArrayFile::parse(bytesOf(bytes), what);
  EXPECT_EQ(bool(file), what.empty());
  if (file)
    for (const StoredArray &array : file->arrays())
      if (!file->load(array, what, limits))
        break;
  return what;
}

TEST(NpyTest, ReadsWhatNumpyWrites) {
  std::string bytes = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }", std::string("\1\0\2\0\3\0\xff\xff", 8)), what;
  std::shared_ptr<const ArrayFile> file = ArrayFile::parse(bytesOf(bytes), what);
  ASSERT_TRUE(file) << what;
  EXPECT_EQ(file->format(), ArrayFormat::Npy);
  std::optional<Tensor> array = file->load(*file->find(""), what);
  ASSERT_TRUE(array) << what;
  EXPECT_EQ(array->dtype(), DType::Int16);
  EXPECT_EQ(array->dims(), llvm::ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(array->integer(3), -1);
}

TEST(NpyTest, RefusesTheRest) {
  EXPECT_THAT(why("PK"), HasSubstr("not a complete .npz file"));
  EXPECT_THAT(why("MIL"), HasSubstr("not an .npy, .npz or .safetensors file"));
  EXPECT_THAT(why(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "x")), HasSubstr("pickled"));
  EXPECT_THAT(why(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "1234")), HasSubstr("big-endian"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "1234")), HasSubstr("Fortran"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234")), HasSubstr("takes 8 bytes, but it has 4"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "")),
              HasSubstr("shape is too large"));
  EXPECT_THAT(why(npy("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", std::string("a\0\0\0b\0\0\0", 8))), HasSubstr("text"));
  EXPECT_THAT(why(npy("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", "1234")), HasSubstr("takes 8 bytes, but it has 4"));
  EXPECT_THAT(why(npy("{'descr': '<U9223372036854775807', 'fortran_order': False, 'shape': (1,), }", "1234")), HasSubstr("too large"));
  EXPECT_THAT(why(npy("{'descr': '<U0', 'fortran_order': False, 'shape': (1,), }", "")), HasSubstr("unsupported type"));
  EXPECT_THAT(why(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234")), HasSubstr("structures"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", "1234")), HasSubstr("header"));
  EXPECT_THAT(why(npy("{'descr': '<f4'", "1234")), HasSubstr("header"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678"), {.maxBytes = 4}), HasSubstr("more than 4"));
}

class NpzTest : public testing::Test {
protected:
  TestFolder folder;
  DiagnosticEngine diags;
  std::string path = folder.path("a.npz");

  std::string bytes() {
    std::unique_ptr<MappedFile> file = std::move(*MappedFile::open(path, diags));
    return file->bytes().str();
  }
  void SetUp() override {
    std::map<std::string, RuntimeValue, std::less<>> values;
    values["x"] = Tensor::vector(DType::Float16, {1, 2, 3});
    values["flag"] = Tensor::scalar(DType::Bool, 1);
    values["small"] = Tensor::vector(DType::BFloat16, {5});
    ASSERT_TRUE(writeArrays(path, values, false, diags));
  }
};

TEST_F(NpzTest, ReadsBackWhatItWrites) {
  Result<NamedArrays> arrays = readArrays(path, diags);
  ASSERT_TRUE(arrays);
  EXPECT_EQ(arrays->size(), 3u);
  EXPECT_EQ(arrays->find("x")->second.dtype(), DType::Float16);
  EXPECT_EQ(arrays->find("x")->second.number(2), 3);
  EXPECT_EQ(arrays->find("flag")->second.rank(), 0u);
  EXPECT_EQ(arrays->find("small")->second.dtype(), DType::Float32);
  EXPECT_TRUE(readArray(path, "x", diags));
  EXPECT_FALSE(readArray(path, "", diags)); // which of the three?
}

TEST_F(NpzTest, RefusesDamage) {
  std::string good = bytes(), bad = good;
  bad[good.find("NUMPY") + 127] ^= 1; // the first element
  EXPECT_THAT(why(bad), HasSubstr("checksum"));
  EXPECT_THAT(why(good.substr(0, good.size() - 1)), HasSubstr("not a complete .npz file"));
  EXPECT_THAT(why(std::string(good, good.size() - 22).insert(0, "PK")), HasSubstr("damaged"));
  EXPECT_THAT(why(good, {.maxBytes = 4}), HasSubstr("more than 4 bytes"));
  bad = good;
  for (size_t at = 0; (at = bad.find("flag.npy", at)) != bad.npos; ++at)
    bad.replace(at, 8, "../x.npy");
  EXPECT_THAT(why(bad), HasSubstr("not an array: '../x.npy'"));
  for (size_t size = 0; size < good.size(); size += 7) // never more than it has
    why(good.substr(0, size));
}

TEST_F(NpzTest, RefusesArraysThatShareBytes) {
  // Two entries of one name's length, the second of which points into the first.
  std::string bad = bytes();
  size_t flag = bad.rfind("PK\1\2", bad.rfind("flag.npy")), x = bad.rfind("PK\1\2", bad.rfind("x.npy"));
  bad.replace(x + 42, 4, bad.substr(flag + 42, 4));
  EXPECT_THAT(why(bad), HasSubstr("a different name in its entry"));
}

TEST_F(NpzTest, WritesSafetensorsThatItReads) {
  std::string path = folder.path("a.safetensors");
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, false, diags);
  ASSERT_TRUE(file);
  ArraySource half = arrayOf("half", Tensor::vector(DType::Float16, {1, 2, 3})), one = arrayOf("one", Tensor::scalar(DType::Int32, 7));
  ASSERT_TRUE(writeArrays({half, one}, ArrayFormat::Safetensors, **file, diags));
  ASSERT_TRUE((*file)->commit(diags));
  Result<NamedArrays> arrays = readArrays(path, diags);
  ASSERT_TRUE(arrays);
  EXPECT_EQ(arrays->find("half")->second.number(2), 3);
  EXPECT_EQ(arrays->find("one")->second.integer(0), 7);
}

// A header of nested lists costs no more memory than its text.
TEST(SafetensorsTest, RefusesDeepHeaders) {
  std::string header = "{\"a\":";
  header.append(1 << 20, '[');
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i)
    bytes[i] = char(header.size() >> (8 * i));
  EXPECT_THAT(why(bytes + header), HasSubstr("not a JSON object"));
}

} // namespace

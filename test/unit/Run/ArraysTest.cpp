// .npy and .npz: what is written is read back, and what NumPy doesn't write is refused with what is wrong.
#include "mil/Run/Arrays.h"
#include "TestFolder.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::HasSubstr;

namespace {

std::string npy(const std::string &header, const std::string &data) {
  std::string text = header + "\n";
  return std::string("\x93NUMPY\1\0", 8) + char(text.size() & 0xff) + char(text.size() >> 8) + text + data;
}

std::string why(const std::string &bytes, const ArrayLimits &limits = {}) {
  std::string what;
  std::optional<Tensor> array = parseNpy({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, what, limits);
  EXPECT_EQ(bool(array), what.empty());
  return what;
}

TEST(NpyTest, ReadsWhatNumpyWrites) {
  std::string bytes = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }", std::string("\1\0\2\0\3\0\xff\xff", 8)), what;
  std::optional<Tensor> array = parseNpy({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, what);
  ASSERT_TRUE(array) << what;
  EXPECT_EQ(array->dtype(), DType::Int16);
  EXPECT_EQ(array->dims(), llvm::ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(array->integer(3), -1);
}

TEST(NpyTest, RefusesTheRest) {
  EXPECT_THAT(why("PK"), HasSubstr("no .npy file"));
  EXPECT_THAT(why(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "x")), HasSubstr("pickled"));
  EXPECT_THAT(why(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "1234")), HasSubstr("big-endian"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", "1234")), HasSubstr("Fortran"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234")), HasSubstr("takes 8 bytes, but it has 4"));
  EXPECT_THAT(why(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "")), HasSubstr("counted"));
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
  std::string why(const std::string &archive, const ArrayLimits &limits = {}) {
    std::string what;
    parseNpz({reinterpret_cast<const uint8_t *>(archive.data()), archive.size()}, what, "", limits);
    return what;
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
  bad[good.find("NUMPY") + 40] ^= 1;
  EXPECT_THAT(why(bad), HasSubstr("checksum"));
  EXPECT_THAT(why(good.substr(0, good.size() - 1)), HasSubstr("no .npz file"));
  EXPECT_THAT(why(good.substr(good.size() - 22)), HasSubstr("damaged"));
  EXPECT_THAT(why(good, {.maxBytes = 64}), HasSubstr("more than is allowed"));
  bad = good;
  for (size_t at = 0; (at = bad.find("flag.npy", at)) != bad.npos; ++at)
    bad.replace(at, 8, "../x.npy");
  EXPECT_THAT(why(bad), HasSubstr("no array: '../x.npy'"));
  for (size_t size = 0; size < good.size(); size += 7) // never more than it has
    why(good.substr(0, size));
}

} // namespace

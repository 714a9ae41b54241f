// Names and labels in metadata.json.
#include "mil/Compile/CompiledMetadata.h"
#include "mil/Compile/OperationStatistics.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST(OperationStatistics, NamesOperationsAsTheCompilerDoes) {
  Guesses guesses;
  EXPECT_EQ(histogramName("slice_by_index", Opset::IOS15, guesses), "SliceByIndex");
  EXPECT_EQ(histogramName("slice_by_index", Opset::IOS17, guesses), "Ios17.sliceByIndex");
  EXPECT_EQ(histogramName("reduce_sum", Opset::IOS18, guesses), "Ios16.reduceSum");
  EXPECT_EQ(histogramName("range_1d", Opset::IOS17, guesses), "Range1d");
  EXPECT_EQ(histogramName("einsum", Opset::IOS17, guesses), "Ios16.einsum"); // seen under ios18 only
  EXPECT_EQ(histogramName("clip", Opset::IOS18, guesses), "Ios18.clip");
  EXPECT_EQ(histogramName("cumsum", Opset::IOS18, guesses), "Ios16.cumsum");
  EXPECT_EQ(histogramName("tile", Opset::IOS18, guesses), "Tile");
  EXPECT_EQ(histogramName("mul", Opset::IOS26, guesses), "Ios19.mul");
  EXPECT_EQ(histogramName("conv", Opset::IOS26, guesses), "Ios18.conv");
  EXPECT_THAT(guesses, IsEmpty());
  EXPECT_EQ(histogramName("abs", Opset::IOS15, guesses), "Abs");
  EXPECT_EQ(histogramName("my_op", Opset::IOS18, guesses), "MyOp");
  EXPECT_THAT(guesses, ElementsAre("the version of abs", "the version of my_op"));
}

TEST(OperationStatistics, ListsPrecisionsSorted) {
  EXPECT_EQ(printPrecision({}), "");
  EXPECT_EQ(printPrecision({"Float16"}), "Float16");
  EXPECT_EQ(printPrecision({"Sparse", "Float16", "Int8"}), "Mixed (Float16, Int8, Sparse)");
}

TEST(ClassLabels, AreReadFromAnyBytes) {
  EXPECT_THAT(classLabelsOf(""), IsEmpty());
  EXPECT_THAT(classLabelsOf("\xa2\x06\x7f"), IsEmpty());
  EXPECT_THAT(classLabelsOf("\xa2"), IsEmpty());
  EXPECT_THAT(classLabelsOf("\x08\x01\x11"
                            "12345678"
                            "\xa2\x06\x03\x0a\x01"
                            "a\x0f"),
              ElementsAre("a"));
}

} // namespace

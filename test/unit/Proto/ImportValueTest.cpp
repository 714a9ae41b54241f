#include "ProtoTesting.h"
#include <gmock/gmock.h>

namespace mil::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A model with one constant; `fill` gives it its elements.
template <typename Fill> SmallModel modelWith(milspec::DataType type, std::initializer_list<int64_t> dims, Fill fill) {
  SmallModel small;
  fill(*addConst(small.block(), "c", type, dims).mutable_immediatevalue()->mutable_tensor());
  return small;
}

/// Imports a model with one constant and returns its bytes.
std::vector<uint8_t> bytesOf(const SmallModel &small) {
  Imported imported(small.bytes());
  if (!imported) {
    ADD_FAILURE() << imported.printed();
    return {};
  }
  auto bytes = imported.program().function("main")->body().front().constantValue()->bytes();
  return {bytes.begin(), bytes.end()};
}

TEST(ImportValueTest, EachFieldOfEachType) {
  auto ints = [](auto... values) { return [=](milspec::TensorValue &out) { (out.mutable_ints()->add_values(values), ...); }; };
  auto longs = [](auto... values) { return [=](milspec::TensorValue &out) { (out.mutable_longints()->add_values(values), ...); }; };
  auto bytes = [](std::string text) { return [=](milspec::TensorValue &out) { out.mutable_bytes()->set_values(text); }; };

  SmallModel small = modelWith(milspec::BOOL, {3}, [](milspec::TensorValue &out) {
    for (bool value : {true, false, true})
      out.mutable_bools()->add_values(value);
  });
  EXPECT_THAT(bytesOf(small), ElementsAre(1, 0, 1));
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::INT16, {2}, ints(-2, 258));
  EXPECT_THAT(bytesOf(small), ElementsAre(0xfe, 0xff, 2, 1));
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::UINT16, {2}, ints(1, 65535));
  EXPECT_THAT(bytesOf(small), ElementsAre(1, 0, 0xff, 0xff));
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::INT32, {2}, ints(-1, 258));
  EXPECT_THAT(bytesOf(small), ElementsAre(0xff, 0xff, 0xff, 0xff, 2, 1, 0, 0));
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::UINT64, {1}, longs(-1));
  EXPECT_THAT(bytesOf(small), ElementsAre(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::FLOAT64, {1}, [](milspec::TensorValue &out) { out.mutable_doubles()->add_values(1); });
  EXPECT_THAT(bytesOf(small), ElementsAre(0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::UINT3, {3}, bytes("\x88\x01"));
  EXPECT_THAT(bytesOf(small), ElementsAre(0x88, 1));
  expectRoundTrip(small.bytes());
}

TEST(ImportValueTest, FieldsThatOlderWritersUsed) {
  auto ints = [](auto... values) { return [=](milspec::TensorValue &out) { (out.mutable_ints()->add_values(values), ...); }; };
  auto bytes = [](std::string text) { return [=](milspec::TensorValue &out) { out.mutable_bytes()->set_values(text); }; };
  EXPECT_THAT(bytesOf(modelWith(milspec::INT8, {2}, ints(-1, 2))), ElementsAre(0xff, 2));
  EXPECT_THAT(bytesOf(modelWith(milspec::UINT8, {1}, ints(255))), ElementsAre(255));
  EXPECT_THAT(bytesOf(modelWith(milspec::UINT32, {1}, ints(-1))), ElementsAre(0xff, 0xff, 0xff, 0xff));
  EXPECT_THAT(bytesOf(modelWith(milspec::UINT3, {3}, ints(1, 7, 5))), ElementsAre(0b01111001, 0b1));
  EXPECT_THAT(bytesOf(modelWith(milspec::INT16, {1}, bytes("ab"))), ElementsAre('a', 'b'));
  EXPECT_THAT(bytesOf(modelWith(milspec::FLOAT32, {1}, bytes("abcd"))), ElementsAre('a', 'b', 'c', 'd'));
}

TEST(ImportValueTest, EmptyTensors) {
  SmallModel small = modelWith(milspec::INT32, {0}, [](milspec::TensorValue &out) { out.mutable_ints(); });
  EXPECT_TRUE(bytesOf(small).empty());
  expectRoundTrip(small.bytes());
  small = modelWith(milspec::FLOAT16, {2, 0}, [](milspec::TensorValue &out) { out.mutable_bytes(); });
  expectRoundTrip(small.bytes());
}

TEST(ImportValueTest, WrongSizes) {
  auto floats = [](int count) {
    return [=](milspec::TensorValue &out) {
      for (int i = 0; i < count; ++i)
        out.mutable_floats()->add_values(0);
    };
  };
  auto bytes = [](size_t count) { return [=](milspec::TensorValue &out) { out.mutable_bytes()->set_values(std::string(count, 0)); }; };
  EXPECT_THAT(expectRefused(modelWith(milspec::FLOAT32, {2}, floats(3)), "literal-count"), HasSubstr("operation 'c' (const)"));
  expectRefused(modelWith(milspec::FLOAT32, {1000000000}, floats(3)), "literal-count");
  expectRefused(modelWith(milspec::FLOAT16, {2}, bytes(3)), "literal-size");
  expectRefused(modelWith(milspec::FLOAT16, {INT64_MAX, INT64_MAX}, bytes(2)), "literal-shape");
  expectRefused(modelWith(milspec::FLOAT32, {INT64_MAX, INT64_MAX}, floats(1)), "literal-shape");
  expectRefused(modelWith(milspec::FLOAT64, {INT64_MAX}, bytes(8)), "literal-shape");
  // One open dimension takes what there is; two can't be told.
  EXPECT_EQ(bytesOf(modelWith(milspec::FLOAT32, {-1, 2}, floats(4))).size(), 16u);
  expectRefused(modelWith(milspec::FLOAT32, {-1, 2}, floats(3)), "literal-shape");
  expectRefused(modelWith(milspec::FLOAT32, {-1, -1}, floats(4)), "literal-shape");
}

TEST(ImportValueTest, PackedBytesCorrectTheType) {
  SmallModel small = modelWith(milspec::UINT8, {16}, [](milspec::TensorValue &out) { out.mutable_bytes()->set_values("12345678"); });
  Imported imported(small.bytes());
  ASSERT_TRUE(imported) << imported.printed();
  EXPECT_EQ(imported.slugs(), "packed-elements");
  Operation &op = imported.program().function("main")->body().front();
  EXPECT_EQ(op.constantValue()->type().str(), "tensor<uint8, [8]>");
  EXPECT_EQ(op.result()->type().str(), "tensor<uint8, [8]>");
}

TEST(ImportValueTest, WrongFields) {
  auto floats = [](milspec::TensorValue &out) { out.mutable_floats()->add_values(0); };
  auto ints = [](milspec::TensorValue &out) { out.mutable_ints()->add_values(300); };
  auto nothing = [](milspec::TensorValue &) {};
  auto strings = [](milspec::TensorValue &out) { out.mutable_strings()->add_values(""); };
  auto bytes = [](milspec::TensorValue &out) { out.mutable_bytes()->set_values("\2"); };
  expectRefused(modelWith(milspec::INT32, {1}, floats), "malformed-value");
  expectRefused(modelWith(milspec::FLOAT16, {1}, ints), "malformed-value");
  expectRefused(modelWith(milspec::INT64, {1}, ints), "malformed-value");
  expectRefused(modelWith(milspec::INT32, {1}, strings), "malformed-value");
  expectRefused(modelWith(milspec::INT32, {1}, nothing), "malformed-value");
  expectRefused(modelWith(milspec::STRING, {1}, bytes), "malformed-value");
  expectRefused(modelWith(milspec::BOOL, {1}, bytes), "malformed-value");
  EXPECT_THAT(expectRefused(modelWith(milspec::UINT8, {1}, ints), "value-out-of-range"), HasSubstr("300 is out of the range of uint8"));
}

TEST(ImportValueTest, Types) {
  auto typeOf = [](auto fill) {
    SmallModel small;
    fill(*small.function().mutable_inputs(0)->mutable_type());
    return small;
  };
  SmallModel unknown = typeOf([](milspec::ValueType &type) { setScalar(type, milspec::DataType(99)); });
  EXPECT_THAT(expectRefused(unknown, "unknown-data-type"), HasSubstr("99"));
  expectRefused(typeOf([](milspec::ValueType &type) { type.Clear(); }), "malformed-type");
  expectRefused(typeOf([](milspec::ValueType &type) { type.mutable_tensortype()->set_rank(3); }), "malformed-type");
  expectRefused(typeOf([](milspec::ValueType &type) {
                  type.mutable_tensortype()->set_rank(1);
                  type.mutable_tensortype()->add_dimensions();
                }),
                "malformed-type");
  expectRefused(typeOf([](milspec::ValueType &type) {
                  setTensor(type, milspec::FLOAT32, {1});
                  type.mutable_tensortype()->mutable_dimensions(0)->mutable_constant()->set_size(UINT64_MAX);
                }),
                "malformed-type");
  expectRefused(typeOf([](milspec::ValueType &type) { type.mutable_listtype(); }), "malformed-type");

  SmallModel every = typeOf([](milspec::ValueType &type) {
    auto &types = *type.mutable_tupletype();
    setTensor(*types.add_types(), milspec::INT4, {1, -1, 0});
    types.mutable_types(0)->mutable_tensortype()->mutable_dimensions(1)->mutable_unknown()->set_variadic(true);
    types.add_types()->mutable_tensortype()->set_datatype(milspec::BFLOAT16);
    types.mutable_types(1)->mutable_tensortype()->set_rank(-1);
    setScalar(*types.add_types()->mutable_listtype()->mutable_type(), milspec::STRING);
    types.mutable_types(2)->mutable_listtype()->mutable_length()->mutable_unknown();
    setScalar(*types.add_types()->mutable_dictionarytype()->mutable_keytype(), milspec::INT64);
    setScalar(*types.mutable_types(3)->mutable_dictionarytype()->mutable_valuetype(), milspec::FLOAT64);
    setTensor(*types.add_types()->mutable_statetype()->mutable_wrappedtype(), milspec::FLOAT16, {4});
  });
  Imported imported(every.bytes());
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported.program().function("main")->inputs()[0]->type().str(),
            "tuple<tensor<int4, [1, ..., 0]>, tensor<bf16, ?>, list<string, ?>, dict<int64, fp64>, state<tensor<fp16, [4]>>>");
  expectRoundTrip(every.bytes());
}

/// An attribute of the program with this value.
template <typename Fill> SmallModel attributeWith(Fill fill) {
  SmallModel small;
  milspec::AttributeEntry &entry = *small.program().add_attributes();
  entry.set_key("info");
  fill(*entry.mutable_value());
  return small;
}

TEST(ImportValueTest, CompoundValues) {
  SmallModel list = attributeWith([](milspec::Value &value) {
    setScalar(*value.mutable_type()->mutable_listtype()->mutable_type(), milspec::STRING);
    value.mutable_type()->mutable_listtype()->mutable_length()->mutable_constant()->set_size(2);
    setString(*value.mutable_immediatevalue()->mutable_list()->add_values(), "a");
    setString(*value.mutable_immediatevalue()->mutable_list()->add_values(), "b");
    value.set_docstring("two letters");
  });
  Imported imported(list.bytes());
  ASSERT_TRUE(imported);
  const Literal *literal = imported.program().attribute("info");
  EXPECT_EQ(literal->elements()[1]->asString(), "b");
  EXPECT_EQ(literal->docString(), "two letters");
  expectRoundTrip(list.bytes());
  list.program().mutable_attributes(0)->mutable_value()->mutable_immediatevalue()->mutable_list()->mutable_values()->RemoveLast();
  expectRefused(list, "literal-count");
  setScalar(*list.program().mutable_attributes(0)->mutable_value()->mutable_type()->mutable_listtype()->mutable_type(), milspec::BOOL);
  list.program().mutable_attributes(0)->mutable_value()->mutable_type()->mutable_listtype()->mutable_length()->mutable_constant()->set_size(
      1);
  expectRefused(list, "element-type");

  SmallModel dict = attributeWith([](milspec::Value &value) {
    setScalar(*value.mutable_type()->mutable_dictionarytype()->mutable_keytype(), milspec::STRING);
    setScalar(*value.mutable_type()->mutable_dictionarytype()->mutable_valuetype(), milspec::STRING);
    auto &pair = *value.mutable_immediatevalue()->mutable_dictionary()->add_values();
    setString(*pair.mutable_key(), "k");
    setString(*pair.mutable_value(), "v");
  });
  expectRoundTrip(dict.bytes());
  SmallModel otherKeys = dict;
  setScalar(*otherKeys.program().mutable_attributes(0)->mutable_value()->mutable_type()->mutable_dictionarytype()->mutable_keytype(),
            milspec::INT32);
  expectRefused(otherKeys, "element-type");
  setScalar(*dict.program().mutable_attributes(0)->mutable_value()->mutable_type(), milspec::STRING);
  expectRefused(dict, "malformed-value");

  SmallModel tuple = attributeWith([](milspec::Value &value) {
    setScalar(*value.mutable_type()->mutable_tupletype()->add_types(), milspec::STRING);
    setString(*value.mutable_immediatevalue()->mutable_tuple()->add_values(), "t");
  });
  expectRoundTrip(tuple.bytes());
  SmallModel otherElement = tuple;
  setScalar(*otherElement.program().mutable_attributes(0)->mutable_value()->mutable_type()->mutable_tupletype()->mutable_types(0),
            milspec::BOOL);
  expectRefused(otherElement, "element-type");
  tuple.program().mutable_attributes(0)->mutable_value()->mutable_type()->mutable_tupletype()->add_types();
  expectRefused(tuple, "malformed-type");

  expectRefused(attributeWith([](milspec::Value &) {}), "missing-type");
  expectRefused(attributeWith([](milspec::Value &value) { setScalar(*value.mutable_type(), milspec::INT32); }), "malformed-value");
}

TEST(ImportValueTest, NestingOfTypesAndValuesIsBounded) {
  auto nested = [](unsigned depth) {
    return attributeWith([&](milspec::Value &value) {
      milspec::Value *at = &value;
      for (unsigned i = 0; i < depth; ++i) {
        milspec::ValueType *type = at->mutable_type();
        for (unsigned k = i; k < std::min(depth, 1000u); ++k)
          type = type->mutable_tupletype()->add_types();
        setScalar(*type, milspec::STRING);
        at = at->mutable_immediatevalue()->mutable_tuple()->add_values();
      }
      setString(*at, "");
    });
  };
  expectRoundTrip(nested(999).bytes());
  expectRefused(nested(1000), "malformed-type"); // which comes before the value
  expectRefused(nested(5000), "malformed-message");

  SmallModel type;
  milspec::ValueType *at = type.function().mutable_inputs(0)->mutable_type();
  for (unsigned i = 0; i < 1000; ++i)
    at = at->mutable_statetype()->mutable_wrappedtype();
  setScalar(*at, milspec::INT32);
  expectRefused(type, "malformed-type");
}

TEST(ImportValueTest, Blobs) {
  SmallModel small;
  milspec::Value &value = addConst(small.block(), "c", milspec::FLOAT16, {64});
  value.mutable_blobfilevalue()->set_filename("@model_path/weights/weight.bin");
  value.mutable_blobfilevalue()->set_offset(128);
  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  const Literal *literal = imported.program().function("main")->body().front().constantValue();
  ASSERT_TRUE(literal->isBlob());
  EXPECT_EQ(literal->blob(), nullptr);
  EXPECT_EQ(literal->blobPath(), "@model_path/weights/weight.bin");
  EXPECT_EQ(literal->blobOffset(), 128u);
  expectRoundTrip(small.bytes());

  // With a resolver, the file must be there.
  BlobResolver blobs("/nowhere");
  Imported resolved(small.bytes(), &blobs);
  EXPECT_FALSE(resolved);
  EXPECT_EQ(resolved.slugs(), "missing-weights blob-used-here");
  EXPECT_THAT(resolved.printed(), HasSubstr("operation 'c' (const)"));

  setScalar(*value.mutable_type(), milspec::STRING);
  expectRefused(small, "malformed-value");
}

TEST(ImportValueTest, TextMustBeUtf8) {
  SmallModel small = attributeWith([](milspec::Value &value) { setString(value, "abcdef"); });
  std::string bytes = small.bytes();
  bytes[bytes.find("abcdef")] = char(0xff);
  Imported imported(bytes);
  EXPECT_FALSE(imported);
  EXPECT_EQ(imported.slugs(), "malformed-message");
}

} // namespace mil::test

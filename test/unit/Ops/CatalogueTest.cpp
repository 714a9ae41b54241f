#include "mil/Ops/Catalogue.h"
#include "mil/Ops/Args.h"
#include "mil/Ops/Describe.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

TEST(Catalogue, EveryVersionIsWhole) {
  for (const OpDefinition *op : Catalogue::get().ops()) {
    SCOPED_TRACE(op->name.str());
    EXPECT_FALSE(op->summary.empty());
    EXPECT_FALSE(op->family.empty());
    Opset before = Opset::IOS14;
    for (const std::unique_ptr<OpVersion> &version : op->versions) {
      EXPECT_LT(before, version->since);
      before = version->since;
      EXPECT_TRUE(version->infer);
      EXPECT_FALSE(version->folds && version->effects);
      for (const TypeVariableDomain &domain : version->variables)
        EXPECT_FALSE(domain.types.empty()) << domain.name.str();
    }
  }
}

TEST(Catalogue, ParametersAreSound) {
  for (const OpDefinition *op : Catalogue::get().ops())
    for (const std::unique_ptr<OpVersion> &version : op->versions)
      for (size_t i = 0; i < version->parameters.size(); ++i) {
        const Parameter &parameter = version->parameters[i];
        SCOPED_TRACE(op->name.str() + "." + parameter.name.str());
        EXPECT_EQ(version->indexOf(parameter.name), int(i)) << "two parameters have this name";
        EXPECT_LT(parameter.variable, int(version->variables.size()));
        if (parameter.defaultValue.kind != DefaultValue::Kind::None) {
          EXPECT_TRUE(parameter.optional);
        }
        if (parameter.defaultValue.kind == DefaultValue::Kind::String && !parameter.choices.empty()) {
          EXPECT_TRUE(llvm::is_contained(parameter.choices, parameter.defaultValue.text));
        }
      }
}

TEST(Catalogue, VersionInForceIsTheNewestNotNewer) {
  const Catalogue &catalogue = Catalogue::get();
  EXPECT_EQ(catalogue.lookup("cast", Opset::IOS16), catalogue.lookup("cast", Opset::IOS15));
  EXPECT_EQ(catalogue.lookup("cast", Opset::IOS15), catalogue.lookup("cast", Opset::IOS13));
  EXPECT_NE(catalogue.lookup("cast", Opset::IOS17), catalogue.lookup("cast", Opset::IOS16));
  EXPECT_EQ(catalogue.lookup("cast", Opset::IOS26), catalogue.lookup("cast", Opset::IOS17));
  EXPECT_EQ(catalogue.lookup("cast", Opset::Unknown), &catalogue.find("cast")->newest());
  EXPECT_EQ(catalogue.lookup("read_state", Opset::IOS17), nullptr);
  EXPECT_NE(catalogue.lookup("read_state", Opset::IOS18), nullptr);
  EXPECT_EQ(catalogue.find("no_such_op"), nullptr);
}

TEST(Catalogue, SignatureOnOneLine) {
  EXPECT_EQ(signature(*Catalogue::get().lookup("log", Opset::IOS17)),
            "log(x: T, epsilon: const U = 1e-45) where T: fp16, fp32; U: fp16, fp32");
}

} // namespace

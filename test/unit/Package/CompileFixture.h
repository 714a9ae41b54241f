// What the tests of compiling models share: programs, and a fixture that compiles them.
#pragma once

#include "SampleModel.h"
#include "mil/Compile/CompiledModel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/SHA256.h"
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace mil {

/// A number and a text as coremldata.bin has them.
inline std::string number(uint64_t value) {
  std::string bytes;
  for (int i = 0; i != 8; ++i)
    bytes += char(value >> 8 * i);
  return bytes;
}
inline std::string text(const std::string &value) { return number(value.size()) + value; }

inline std::string hashOf(const std::string &bytes) { return llvm::encodeBase64(llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes))); }

inline std::string program(const std::string &arguments, const std::string &operations, const std::string &outputs,
                           const std::string &opset = "ios18") {
  return "program(1.3)\n{\n    func main<" + opset + ">(" + arguments + ") {\n" + operations + "        } -> (" + outputs + ");\n}";
}
inline std::string reluProgram(const std::string &input = "x", const std::string &output = "y") {
  return program("tensor<fp32, [4]> " + input, "            tensor<fp32, [4]> " + output + " = relu(x = " + input + ");\n", output);
}

/// Compiles models into a folder of the test.
struct Compile : testing::Test {
  OpenedModel openText(const std::string &text, const std::string &name = "in/model.mil") { return shop.opened(folder.write(name, text)); }
  bool compile(OpenedModel &opened, const SaveOptions &options = {}, const std::string &name = "out.mlmodelc") {
    return bool(compileModel(opened, folder.path(name), shop.diags, options));
  }
  nlohmann::json metadata(const std::string &name = "out.mlmodelc") {
    return nlohmann::json::parse(folder.read(name + "/metadata.json")).at(0);
  }
  CompiledModel coremldata(const std::string &name) {
    Result<CompiledModel> compiled = parseCompiledModel(folder.read(name + "/coremldata.bin"), 0, shop.diags);
    EXPECT_TRUE(compiled);
    return compiled ? *compiled : CompiledModel();
  }
  TestFolder folder;
  Workshop shop;
};

inline const std::string imageProgram =
    program("tensor<fp32, [1, 3, ?, 8]> x", "            tensor<fp32, [1, 3, ?, 8]> y = relu(x = x);\n", "y");

/// Makes the input an image of 8 by 8 pixels.
inline ImageFeature &describeImage(Model &model, ColorSpace space) {
  ImageFeature image;
  image.width = image.height = 8;
  image.colorSpace = space;
  auto &type = model.description->main.inputs[0].type->type;
  type = image;
  return std::get<ImageFeature>(type);
}

} // namespace mil

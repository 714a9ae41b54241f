// A small model for the tests of opening and saving: text with a weight file beside it.
#pragma once

#include "TestFolder.h"
#include "mil/Package/Package.h"
#include <numeric>

namespace mil {

/// Two inputs in an order that isn't that of their names, a state, two constants of one weight file (records at 64 and 192), one small and
/// one large constant in memory, the traces of a compiler.
inline const char *const sampleText = R"(program(1.3)
[buildInfo = dict<string, string>({{"coremlc-version", "3500.32.1"}, {"coremltools-version", "9.0"}})]
{
    func main<ios18>(tensor<fp16, [1, 16]> a, state<tensor<fp16, [1, 16]>> s, tensor<fp16, [1, 16]> x) {
            tensor<fp16, [1, 16]> w = const()[name = string("w"), val = tensor<fp16, [1, 16]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(64)))];
            tensor<fp16, [1, 16]> v = const()[name = string("v"), val = tensor<fp16, [1, 16]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(192)))];
            tensor<int32, [2]> shape = const()[name = string("shape"), val = tensor<int32, [2]>([1, 16])];
            tensor<fp32, [12]> big = const()[name = string("big"), val = tensor<fp32, [12]>([0x1p+0, 0x1p+1, 0x1.8p+1, 0x1p+2, 0x1.4p+2, 0x1.8p+2, 0x1.cp+2, 0x1p+3, 0x1.2p+3, 0x1.4p+3, 0x1.6p+3, 0x1.8p+3])];
            tensor<fp16, [1, 16]> r = read_state(input = s)[name = string("r")];
            tensor<fp16, [1, 16]> t0 = add(x = x, y = w)[name = string("t0")];
            tensor<fp16, [1, 16]> t1 = add(x = t0, y = v)[name = string("t1")];
            tensor<fp16, [1, 16]> t2 = mul(x = t1, y = a)[name = string("t2")];
            tensor<fp16, [1, 16]> t3 = mul(x = t2, y = r)[name = string("t3")];
            tensor<fp16, [1, 16]> y = reshape(shape = shape, x = t3)[name = string("y")];
        } -> (y);
})";

/// Writes a weight file whose blobs hold 16 fp16 each, all bytes of blob i being contents[i].
inline void writeWeights(const TestFolder &folder, const std::string &name, const std::vector<uint8_t> &contents) {
  DiagnosticEngine diags(llvm::errs());
  std::filesystem::create_directories(std::filesystem::path(folder.path(name)).parent_path());
  auto writer = BlobWriter::create(folder.path(name), diags);
  ASSERT_TRUE(writer);
  for (uint8_t content : contents)
    ASSERT_TRUE((*writer)->append(*ownedBlob(BlobDType::Float16, 16, std::vector<uint8_t>(32, content)), diags));
  ASSERT_TRUE((*writer)->finish(diags));
}

/// Writes the sample as `in/model.mil`; returns its path.
inline std::string writeSample(const TestFolder &folder) {
  writeWeights(folder, "in/weights/weight.bin", {1, 1, 9}); // the third blob isn't used
  return folder.write("in/model.mil", sampleText);
}

/// A path in the test's folder, whose own folder is made.
inline std::string placeFor(const TestFolder &folder, const std::string &name) {
  std::filesystem::create_directories(std::filesystem::path(folder.path(name)).parent_path());
  return folder.path(name);
}

/// `text` with the first `what` replaced.
inline std::string with(std::string text, const std::string &what, const std::string &by) {
  size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

/// A context, an engine that keeps what is reported, and models opened with them.
struct Workshop {
  Context context;
  DiagnosticEngine diags;

  Result<OpenedModel> open(const std::string &path, const OpenOptions &options = {}) { return openModel(path, context, diags, options); }
  Result<SaveResult> save(const OpenedModel &opened, const std::string &path, const SaveOptions &options = {}) {
    return saveModel(*opened.model, path, diags, options, &opened);
  }
  /// Opens what must open.
  OpenedModel opened(const std::string &path, const OpenOptions &options = {}) {
    Result<OpenedModel> model = open(path, options);
    EXPECT_TRUE(model) << path << ": " << messages();
    return model ? std::move(*model) : OpenedModel();
  }
  /// Saves what must be saved.
  SaveResult saved(const OpenedModel &model, const std::string &path, const SaveOptions &options = {}) {
    Result<SaveResult> result = save(model, path, options);
    EXPECT_TRUE(result) << path << ": " << messages();
    return result ? *result : SaveResult();
  }
  /// Opens `from` and saves it to `to`.
  void convert(const std::string &from, const std::string &to, const SaveOptions &options = {}) {
    OpenedModel model = opened(from);
    if (model.model)
      saved(model, to, options);
  }
  std::string messages() const {
    std::string text;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      text += diagnostic.kind.slug().str() + ": " + diagnostic.message + "\n";
    return text;
  }
  Slugs slugs() const { return slugsOf(diags); }
};

} // namespace mil

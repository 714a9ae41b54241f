// milc edit: changes names, types, shapes, images, labels and metadata of a converted model.
#include "mil/Edit/Edit.h"
#include "CommandLine.h"
#include "DependencyFile.h"
#include "mil/IR/Verifier.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include <array>

using namespace mil;
using llvm::StringRef;

namespace {

/// An option that may be repeated, and its kind of edit.
struct EditOption {
  EditKind kind;
  const char *option, *type, *summary;
};

/// In the order in which the edits are added: scales and biases follow their images.
constexpr EditOption editOptions[] = {
    {EditKind::Rename, "--rename", "OLD=NEW", "Rename a function, input, output or state in program and description"},
    {EditKind::ElementType, "--type", "NAME=TYPE",
     "Change the element type of an input or output to fp16, fp32, int32 or int8, with a cast in the program"},
    {EditKind::Shape, "--shape", "NAME=SIZES",
     "Change the shape of an input: fixed (1x3x224x224), ranges (1x3x64..512x64.., unbounded if the end is missing), or a "
     "comma-separated list of shapes"},
    {EditKind::Image, "--image", "NAME=COLORS", "Describe an array as an image: RGB, BGR, GRAYSCALE or GRAYSCALE_FLOAT16"},
    {EditKind::Scale, "--scale", "NAME=NUMBERS", "Multiply the pixels of an image by a number, or by one per channel, separated by commas"},
    {EditKind::Bias, "--bias", "NAME=NUMBERS", "Add a number to the pixels of an image after scaling, or one per channel"},
    {EditKind::Array, "--array", "NAME", "Describe an image as an array again"},
    {EditKind::FeatureText, "--text", "NAME=TEXT", "Set the description of an input, output or state"},
    {EditKind::Set, "--set", "KEY=TEXT", "Set user-defined metadata"},
    {EditKind::Unset, "--unset", "KEY", "Remove user-defined metadata"},
};

/// Options that are given once; their value is used unchanged.
constexpr EditOption textOptions[] = {
    {EditKind::Description, "--description", "TEXT", "Set the description of the model"},
    {EditKind::Author, "--author", "TEXT", "Set the author"},
    {EditKind::License, "--license", "TEXT", "Set the license"},
    {EditKind::Version, "--model-version", "TEXT", "Set the version of the model"},
    {EditKind::DefaultFunction, "--default", "FUNCTION", "Make this function the default"},
};

struct EditOptions {
  ModelEdits edits;
  std::string labelsFile;
  std::array<std::vector<std::string>, std::size(editOptions)> several;
  std::array<std::string, std::size(textOptions)> texts;

  void addTo(CLI::App &app) {
    for (auto [row, into] : llvm::zip_equal(editOptions, several))
      app.add_option(row.option, into, row.summary)->type_name(row.type)->allow_extra_args(false);
    for (auto [row, into] : llvm::zip_equal(textOptions, texts))
      app.add_option(row.option, into, row.summary)->type_name(row.type);
    app.add_option("--labels", labelsFile, "Set the labels of a classifier from FILE, one per line")->type_name("FILE");
    app.add_option("--function", edits.function, "Only edit inputs, outputs and states of this function (default: of all functions)")
        ->type_name("FUNCTION");
  }

  /// Parses the options. Returns an error message, or "".
  std::string read(const CLI::App &app) {
    auto notValid = [](StringRef text) { return "'" + text.str() + "' is not a valid value of its option"; };
    for (auto [row, given] : llvm::zip_equal(editOptions, several)) {
      llvm::StringSet<> names;
      for (StringRef each : given) {
        bool isPair = StringRef(row.type).contains('=');
        auto [name, value] = isPair ? each.split('=') : std::pair<StringRef, StringRef>(each, "");
        if (name.empty() || (isPair && !each.contains('=')) || !addEdit(edits, row.kind, name, value))
          return notValid(each);
        if (!names.insert(name).second)
          return std::string(row.option) + " is given twice for '" + name.str() + "'";
      }
    }
    for (auto [row, text] : llvm::zip_equal(textOptions, texts))
      if (app.count(row.option) && !addEdit(edits, row.kind, "", text))
        return notValid(text);
    return "";
  }
};

/// The lines of a file, without an empty one at the end.
Result<std::vector<std::string>> linesOf(const std::string &path, DiagnosticEngine &diags) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, diags);
  if (!file)
    return failure();
  std::vector<std::string> lines;
  StringRef bytes = (*file)->bytes();
  if (!llvm::json::isUTF8(bytes))
    return diags.report({}, diag::CannotRead, path, "it is not UTF-8");
  bytes.consume_back("\n");
  for (StringRef line : llvm::split(bytes, '\n'))
    lines.push_back(line.rtrim('\r').str());
  return lines;
}

} // namespace

int milc::runEdit(int argc, char **argv) {
  CommandLine line(
      "edit",
      "Change names, element types, sizes, images, labels, texts and metadata of a model, in its program and its description "
      "together. Everything else stays unchanged; weights are copied.",
      "  milc edit model.mlpackage --rename input_1=photo --rename var_812=scores -o renamed.mlpackage\n"
      "  milc edit model.mlpackage --image photo=RGB --scale photo=0.00392157 -o camera.mlpackage\n"
      "  milc edit model.mlpackage --shape photo=1x3x64..512x64..512 --type scores=fp16 -o any.mlpackage\n"
      "  milc edit model.mlpackage --author 'A. Person' --license MIT --set source=https://example.com -o published.mlpackage");
  InputOptions input;
  OutputOptions output;
  EditOptions options;
  input.addTo(line.app);
  addMissingWeightsOption(line.app, input.open);
  options.addTo(line.app);
  output.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (std::string wrong = options.read(line.app); !wrong.empty()) {
    llvm::errs() << "milc edit: " << printable(wrong) << " (see milc edit --help)\n";
    return exitUsage;
  }

  DiagnosticEngine diags(llvm::errs());
  if (!options.labelsFile.empty()) {
    Result<std::vector<std::string>> labels = linesOf(options.labelsFile, diags);
    if (!labels)
      return exitBadInput;
    options.edits.labels = std::move(*labels);
  }
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  if (isStream(output.path)) // text on a stream comes without its weight files in any case
    input.open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> opened = input.openIn(context, diags);
  if (!opened || !applyOverlays(*opened, diags))
    return exitBadInput;
  Model &model = *opened->model;
  if (model.program && !verifyStructure(*model.program, diags))
    return exitBadInput;
  if (!editModel(model, options.edits, diags))
    return exitBadInput;
  output.save.progress = terminalProgress();
  CommandOutputs outputs;
  if (!saveModel(model, output.path, diags, output.save, &*opened) || !outputs.commit(diags))
    return exitBadInput;
  return finish(diags);
}

// milc edit: changes what people change of a model that is converted already.
#include "mil/Edit/Edit.h"
#include "CommandLine.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mil;
using llvm::StringRef;

namespace {

/// The edits as options. Each may be given several times; what is wrong with one is CLI11's error.
struct EditOptions {
  ModelEdits edits;
  std::string labelsFile;
  std::vector<std::string> renames, types, shapes, images, arrays, scales, biases, texts, set;
  std::string description, author, license, version;

  void addTo(CLI::App &app) {
    auto several = [&](const char *option, std::vector<std::string> &into, const char *type, const char *summary) {
      app.add_option(option, into, summary)->type_name(type)->allow_extra_args(false);
    };
    several("--rename", renames, "OLD=NEW", "Rename a function, input, output or state, in program and description");
    several("--type", types, "NAME=TYPE", "Give an input or output the element type fp16, fp32, int32 or int8, with a cast in the program");
    several(
        "--shape", shapes, "NAME=SIZES",
        "Let an input have the sizes 1x3x224x224, a range of them (1x3x64..512x64.., open at the end), or one of several (with commas)");
    several("--image", images, "NAME=COLORS", "Describe an array as an image: RGB, BGR, GRAYSCALE or GRAYSCALE_FLOAT16");
    several("--scale", scales, "NAME=NUMBERS", "Multiply the pixels of an image, by one number or one a channel with commas");
    several("--bias", biases, "NAME=NUMBERS", "Add to the pixels of an image, after scaling");
    several("--array", arrays, "NAME", "Describe an image as an array again");
    several("--text", texts, "NAME=TEXT", "Describe an input, output or state");
    app.add_option("--labels", labelsFile, "Give a classifier the labels in FILE, one a line")->type_name("FILE");
    app.add_option("--description", description, "Describe the model")->type_name("TEXT");
    app.add_option("--author", author, "Set the author")->type_name("TEXT");
    app.add_option("--license", license, "Set the license")->type_name("TEXT");
    app.add_option("--model-version", version, "Set the version of the model")->type_name("TEXT");
    several("--set", set, "KEY=TEXT", "Set user-defined metadata");
    several("--unset", edits.unset, "KEY", "Remove user-defined metadata");
    app.add_option("--default", edits.defaultFunction, "Make this function the default")->type_name("FUNCTION");
    app.add_option("--function", edits.function,
                   "Edit inputs, outputs and states of this function only (default: of all functions that have them)")
        ->type_name("FUNCTION");
  }

  /// Takes the options apart; what is wrong with one, or "".
  std::string read(const CLI::App &app) {
    auto pairs = [](const std::vector<std::string> &from, auto add) -> std::string {
      for (StringRef each : from) {
        auto [name, value] = each.split('=');
        if (name.empty() || !each.contains('=') || !add(name.str(), value))
          return "'" + each.str() + "'";
      }
      return "";
    };
    auto intoList = [](std::vector<std::pair<std::string, std::string>> &list) {
      return [&list](std::string name, StringRef value) { return list.emplace_back(std::move(name), value.str()), true; };
    };
    std::string wrong = pairs(renames, intoList(edits.renames));
    if (wrong.empty())
      wrong = pairs(texts, intoList(edits.featureTexts));
    if (wrong.empty())
      wrong = pairs(set, intoList(edits.set));
    if (wrong.empty())
      wrong = pairs(types, [&](std::string name, StringRef value) {
        DType type = dtypeFromName(value);
        edits.types.push_back({std::move(name), type});
        return type == DType::Float16 || type == DType::Float32 || type == DType::Int32 || type == DType::Int8;
      });
    if (wrong.empty())
      wrong = pairs(shapes, [&](std::string name, StringRef value) {
        auto read = shapesFromText(value);
        if (read)
          edits.shapes.push_back({std::move(name), std::move(*read)});
        return read.has_value();
      });
    if (wrong.empty())
      wrong = pairs(images, [&](std::string name, StringRef value) { return addImage(std::move(name), value); });
    for (const std::string &name : arrays)
      edits.images.push_back({name, ColorSpace::Invalid, {}, {}});
    if (wrong.empty())
      wrong = pairs(scales, [&](const std::string &name, StringRef value) { return addNumbers(name, value, &ModelEdits::Image::scale); });
    if (wrong.empty())
      wrong = pairs(biases, [&](const std::string &name, StringRef value) { return addNumbers(name, value, &ModelEdits::Image::bias); });
    std::pair<const char *, std::pair<std::string *, std::optional<std::string> *>> given[] = {
        {"--description", {&description, &edits.description}},
        {"--author", {&author, &edits.author}},
        {"--license", {&license, &edits.license}},
        {"--model-version", {&version, &edits.version}}};
    for (auto &[option, fields] : given)
      if (app.count(option))
        *fields.second = *fields.first;
    return wrong;
  }

private:
  bool addImage(std::string name, StringRef colors) {
    ColorSpace color = llvm::StringSwitch<ColorSpace>(colors)
                           .CaseLower("RGB", ColorSpace::RGB)
                           .CaseLower("BGR", ColorSpace::BGR)
                           .CaseLower("GRAYSCALE", ColorSpace::Grayscale)
                           .CaseLower("GRAYSCALE_FLOAT16", ColorSpace::GrayscaleFloat16)
                           .Default(ColorSpace::Invalid);
    edits.images.push_back({std::move(name), color, {}, {}});
    return color != ColorSpace::Invalid;
  }

  /// For an image that --image names.
  bool addNumbers(const std::string &name, StringRef text, std::vector<double> ModelEdits::Image::*field) {
    for (ModelEdits::Image &image : edits.images)
      if (image.feature == name) {
        for (StringRef part : llvm::split(text, ','))
          if (part.trim().getAsDouble((image.*field).emplace_back()))
            return false;
        return true;
      }
    return false;
  }
};

/// The lines of a file, without an empty one at the end.
Result<std::vector<std::string>> linesOf(const std::string &path, DiagnosticEngine &diags) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, diags);
  if (!file)
    return failure();
  std::vector<std::string> lines;
  StringRef bytes = (*file)->bytes();
  bytes.consume_back("\n");
  for (StringRef line : llvm::split(bytes, '\n'))
    lines.push_back(line.rtrim('\r').str());
  return lines;
}

} // namespace

int milc::runEdit(int argc, char **argv) {
  CommandLine line("edit",
                   "Change a model that is converted already, in its program and its description together: names, element types, sizes, "
                   "images, labels, texts and metadata. What isn't mentioned stays as it was; weights are copied as they are.",
                   "  milc edit model.mlpackage --rename input_1=photo --rename var_812=scores -o renamed.mlpackage\n"
                   "  milc edit model.mlpackage --image photo=RGB --scale photo=0.00392157 -o camera.mlpackage\n"
                   "  milc edit model.mlpackage --shape photo=1x3x64..512x64..512 --type scores=fp16 -o any.mlpackage\n"
                   "  milc edit model.mlpackage --author 'A. Person' --license MIT --set source=https://example.com -o told.mlpackage");
  InputOptions input;
  OutputOptions output;
  EditOptions options;
  input.addTo(line.app);
  options.addTo(line.app);
  output.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (std::string wrong = options.read(line.app); !wrong.empty()) {
    llvm::errs() << "milc edit: " << wrong << " is not what its option takes (see milc edit --help)\n";
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
  input.open.missingWeights = BlobResolver::Missing::Warn; // weights are kept as they are, references too
  Result<OpenedModel> opened = input.openIn(context, diags);
  if (!opened || !applyOverlays(*opened, diags))
    return exitBadInput;
  Model &model = *opened->model;
  if (model.program && !verifyStructure(*model.program, diags))
    return exitBadInput;
  if (!editModel(model, options.edits, diags) || (model.program && !verifyModel(model, diags)))
    return exitBadInput;
  output.save.progress = terminalProgress();
  if (!saveModel(model, output.path, diags, output.save, &*opened))
    return exitBadInput;
  return finish(diags);
}

// milc diff: shows the differences between two models.
#include "CommandLine.h"
#include "Table.h"
#include "mil/Diff/DiffJson.h"
#include "mil/Support/Printable.h"
#include "llvm/Support/Format.h"

using namespace mil;
using llvm::StringRef;

namespace {

class Printer {
public:
  Printer(llvm::raw_ostream &out, bool colours) : out(out), colours(colours) {}

  void print(const ModelDifference &difference, unsigned indent) {
    for (const Difference &each : difference.model)
      print(each, indent);
    for (const FunctionDifference &function : difference.functions)
      if (!function.empty())
        print(function, indent);
    for (const auto &[number, stage] : difference.stages) {
      out.indent(indent) << "model " << number + 1 << "\n";
      print(stage, indent + 2);
    }
  }

private:
  void line(Change change, unsigned indent, StringRef text) {
    constexpr char marks[] = {'+', '-', '~'};
    constexpr llvm::raw_ostream::Colors colour[] = {llvm::raw_ostream::GREEN, llvm::raw_ostream::RED, llvm::raw_ostream::YELLOW};
    out.indent(indent);
    if (colours)
      out.changeColor(colour[unsigned(change)]);
    out << marks[unsigned(change)] << " " << printable(text);
    if (colours)
      out.resetColor();
    out << "\n";
  }

  static std::string textOf(const Difference &each) {
    switch (each.change) {
    case Change::Added:
      return each.what + ": " + each.after;
    case Change::Removed:
      return each.what + ": " + each.before;
    case Change::Changed:
      return each.what + (each.before.empty() ? " differ" : ": " + each.before + " -> " + each.after);
    }
    return each.what;
  }
  void print(const Difference &each, unsigned indent) { line(each.change, indent, textOf(each)); }

  void print(const FunctionDifference &function, unsigned indent) {
    if (function.change != Change::Changed)
      return line(function.change, indent,
                  "function " + function.name + ", " + milc::formatCount(function.operationCount) +
                      (function.operationCount == 1 ? " operation" : " operations"));
    out.indent(indent) << "function " << printable(function.name) << counts(function) << "\n";
    for (const Difference &each : function.interface)
      print(each, indent + 2);
    for (const OperationDifference &op : function.operations)
      print(op, indent + 2);
    for (const ConstantDifference &constant : function.constants)
      print(constant, indent + 2);
  }

  /// ": 2 operations added, 1 constant differs".
  static std::string counts(const FunctionDifference &function) {
    size_t byChange[3] = {};
    for (const OperationDifference &op : function.operations)
      ++byChange[unsigned(op.change)];
    std::string text;
    auto add = [&](size_t count, StringRef one, StringRef many, StringRef what) {
      if (count)
        text += (text.empty() ? ": " : ", ") + milc::formatCount(count) + (count == 1 ? one : many).str() + what.str();
    };
    add(byChange[0], " operation", " operations", " added");
    add(byChange[1], " operation", " operations", " removed");
    add(byChange[2], " operation", " operations", " changed");
    add(function.constants.size(), " constant differs", " constants differ", "");
    return text;
  }

  void print(const OperationDifference &op, unsigned indent) {
    if (op.change != Change::Changed)
      return line(op.change, indent, op.name + ": " + op.text);
    std::string text = op.name + " (" + op.type + ")";
    if (op.details.size() == 1)
      return line(Change::Changed, indent, text + ", " + textOf(op.details.front()));
    line(Change::Changed, indent, text);
    for (const Difference &each : op.details)
      print(each, indent + 4);
  }

  void print(const ConstantDifference &constant, unsigned indent) {
    std::string text;
    llvm::raw_string_ostream line(text);
    line << "constant " << constant.name << " (" << constant.argument << " of " << constant.operation << ")";
    bool sameType = constant.typeBefore == constant.typeAfter;
    line << ", " << constant.typeBefore << " of " << milc::formatBytes(constant.bytesBefore);
    if (!sameType)
      line << " -> " << constant.typeAfter << " of " << milc::formatBytes(constant.bytesAfter);
    if (constant.compared) {
      line << ": ";
      if (!constant.differing)
        line << (sameType ? "same values with different bits" : "same values");
      else
        line << milc::formatCount(constant.differing) << " of " << milc::formatCount(constant.elements)
             << (constant.elements == 1 ? " element" : " elements") << (constant.differing == 1 ? " differs" : " differ") << ", by "
             << llvm::format("%.6g", constant.largest) << (constant.differing == 1 ? "" : " at most")
             << (constant.nanAppears ? "; NaN on one side" : "");
    }
    this->line(Change::Changed, indent, text);
  }

  llvm::raw_ostream &out;
  bool colours;
};

size_t uncompared(const ModelDifference &difference) {
  size_t count = 0;
  for (const FunctionDifference &function : difference.functions)
    count += function.uncompared;
  for (const auto &[number, stage] : difference.stages)
    count += uncompared(stage);
  return count;
}

} // namespace

int milc::runDiff(int argc, char **argv) {
  CommandLine line(
      "diff",
      "Show the differences between two models: functions, interfaces, added (+), removed (-) and changed (~) operations, constants "
      "with the size of their difference, metadata. The order of functions, inputs, metadata and operations, and the place and name of "
      "constants are ignored.\n"
      "Exit status: 0 when nothing differs, 1 when something does or an input is bad, 2 for wrong usage.",
      "  milc diff before.mlpackage after.mlpackage\n"
      "  milc diff model.mlpackage model.mlmodelc --json | jq .functions[].constants\n"
      "  milc diff --ignore-names a.mil b.mil && echo the same");
  std::string first, second;
  OpenOptions open;
  DiffOptions options;
  bool json = false;
  std::string colour = "auto";
  line.app.add_option("A", first, "Model before: a package, a .mlmodel, a .mlmodelc folder, MIL text, or -")->required()->type_name("");
  line.app.add_option("B", second, "Model after")->required()->type_name("");
  addInputOptions(line.app, open);
  line.app.add_flag_callback(
      "--allow-missing-weights", [&open] { open.missingWeights = BlobResolver::Missing::Warn; },
      "Accept missing weight files with a warning; only the types of constants in them are compared");
  line.app.add_flag("--ignore-names", options.ignoreNames, "Ignore the names of operations and their results");
  line.app.add_flag("--json", json, "Print JSON");
  line.app.add_option("--color", colour, "Colour the output: auto (on a terminal), always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->option_text("WHEN");
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  Context context;
  Result<OpenedModel> before = openModel(first, context, diags, open);
  Result<OpenedModel> after = openModel(second, context, diags, open);
  if (!before || !after || !applyOverlays(*before, diags) || !applyOverlays(*after, diags))
    return exitBadInput;
  Result<ModelDifference> difference = diffModels(*before->model, *after->model, diags, options);
  if (!difference)
    return exitBadInput;
  if (size_t count = uncompared(*difference))
    llvm::errs() << "milc: " << formatCount(count) << (count == 1 ? " constant was" : " constants were")
                 << " not compared: their weights are missing\n";
  llvm::raw_fd_ostream &out = llvm::outs();
  if (json) {
    diffAsJson(*difference, out);
  } else {
    bool colours = colour == "always" || (colour == "auto" && out.is_displayed() && out.has_colors());
    out.enable_colors(colours);
    Printer(out, colours).print(*difference, 0);
  }
  int status = finish(diags);
  return difference->empty() ? status : exitDiffers;
}

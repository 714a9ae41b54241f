#include "CostTable.h"
#include "Table.h"
#include "mil/Ops/Costs.h"
#include "mil/Ops/Infer.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/Printable.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mil;

namespace milc {

void CostTable::addTo(CLI::App &app) {
  CLI::Option *costs = app.add_flag("--costs", wanted,
                                    "Estimate the cost of a run: floating-point operations, bytes moved, and peak bytes of live values, in "
                                    "total and by type of operation");
  app.add_option("--shape", shapes, "With --costs: set the unknown sizes of an input")
      ->type_name("NAME=1x64")
      ->allow_extra_args(false)
      ->needs(costs);
  app.add_option("--function", function, "With --costs: show only function F")->type_name("F")->needs(costs);
}

// ---- Sizes ------------------------------------------------------------------

static bool isOpen(const Value &value) { return value.type().isTensor() && !value.type().hasStaticShape(); }

static bool hasOpenInputs(const Function &function) {
  return llvm::any_of(function.body().inputs(), [](const Value *input) { return isOpen(*input); });
}

/// Sizes that are computed from other sizes are determined by folding, in several rounds.
static Status settleSizes(Program &program, Function &function, DiagnosticEngine &diags) {
  constexpr unsigned mostRounds = 8;
  for (unsigned round = 0; round < mostRounds; ++round) {
    PassManager manager(allPasses());
    Result<bool> folded = manager.add({{"const_elimination", {}}}, diags) ? manager.run(program, diags) : Result<bool>(failure());
    Result<size_t> changed = folded ? inferFunction(function, diags) : Result<size_t>(failure());
    if (!changed)
      return failure();
    if (!*folded && !*changed)
      break;
  }
  return success();
}

/// Sets the sizes of a function's inputs given by --shape.
static Status giveSizes(Model &model, Function &function, const std::vector<std::string> &shapes, DiagnosticEngine &diags) {
  std::string given;
  for (llvm::StringRef shape : shapes) {
    auto [name, sizes] = shape.split('=');
    if (function.body().input(name))
      given += (given.empty() ? "" : ",") + name.str() + ":" + sizes.str();
  }
  if (!given.empty()) {
    PassManager manager(allPasses());
    PassCall sizes{"materialize_symbolic_shape_program", {{"inputs", given}, {"source_function_name", function.name().str().str()}}};
    if (!manager.add({sizes}, diags) || !manager.run(model, diags))
      return failure();
  }
  for (const Value *input : function.body().inputs())
    if (isOpen(*input))
      return diags.report(function.location(), diag::BadInputText, input->name().str(),
                          "unknown sizes in " + input->type().str() + ": set them, as in --shape " + input->name().str().str() + "=1x64");
  return given.empty() ? success() : settleSizes(*model.program, function, diags);
}

// ---- Printing ---------------------------------------------------------------

namespace {
struct TypeCost {
  std::string type;
  size_t count = 0;
  double flops = 0, bytes = 0;
};
} // namespace

static std::vector<TypeCost> byType(const FunctionCosts &costs) {
  std::map<std::string, TypeCost> types;
  for (const FunctionCosts::Step &step : costs.steps) {
    TypeCost &type = types[step.op->type().str().str()];
    type.type = step.op->type().str().str();
    ++type.count, type.flops += step.cost.flops, type.bytes += step.cost.bytes;
  }
  std::vector<TypeCost> sorted;
  sorted.reserve(types.size());
  for (auto &[name, type] : types)
    sorted.push_back(std::move(type));
  llvm::sort(sorted, [](const TypeCost &a, const TypeCost &b) {
    return a.flops != b.flops ? a.flops > b.flops : a.bytes != b.bytes ? a.bytes > b.bytes : a.type < b.type;
  });
  return sorted;
}

static void printCosts(const Function &function, const FunctionCosts &costs) {
  llvm::outs() << "function " << printable(function.name().str()) << ": " << formatFlops(costs.flops) << ", "
               << formatBytes(uint64_t(costs.bytes)) << " moved, at most " << formatBytes(costs.peakBytes) << " of live values";
  if (costs.peakAt && costs.peakAt->resultCount())
    llvm::outs() << ", at " << printable(costs.peakAt->type().str()) << " '" << printable(costs.peakAt->result()->name().str()) << "'";
  llvm::outs() << "\n";
  Table table({"operation", "count", "FLOPs", "share", "bytes moved"});
  for (const TypeCost &type : byType(costs))
    table.add({type.type, std::to_string(type.count), formatFlops(type.flops),
               costs.flops > 0 ? llvm::formatv("{0:P1}", type.flops / costs.flops).str() : "0.0%", formatBytes(uint64_t(type.bytes))});
  table.print(llvm::outs());
  if (costs.unknown)
    llvm::outs() << "  not counted: " << costs.unknown << " operations whose sizes are unknown before a run\n";
}

static llvm::json::Value costsAsJson(const Function &function, const FunctionCosts &costs) {
  llvm::json::Array types, operations;
  for (const TypeCost &type : byType(costs))
    types.push_back(llvm::json::Object{{"type", type.type}, {"count", int64_t(type.count)}, {"flops", type.flops}, {"bytes", type.bytes}});
  for (const FunctionCosts::Step &step : costs.steps) {
    llvm::json::Object row{{"name", llvm::json::fixUTF8(step.op->resultCount() ? step.op->result()->name().str() : "")},
                           {"type", llvm::json::fixUTF8(step.op->type().str())},
                           {"flops", step.cost.flops},
                           {"bytes", step.cost.bytes}};
    if (!step.cost.isKnown)
      row["known"] = false;
    operations.push_back(std::move(row));
  }
  return llvm::json::Object{{"function", llvm::json::fixUTF8(function.name().str())},
                            {"flops", costs.flops},
                            {"bytes", costs.bytes},
                            {"peakBytes", int64_t(costs.peakBytes)},
                            {"unknown", int64_t(costs.unknown)},
                            {"types", std::move(types)},
                            {"operations", std::move(operations)}};
}

// ---- The models -------------------------------------------------------------

namespace {
/// The costs of all selected functions, including those of a pipeline's models.
class CostPrinter {
public:
  CostPrinter(const CostTable &options, bool json, DiagnosticEngine &diags) : options(options), json(json), diags(diags) {}
  Status visit(Model &model) {
    if (model.pipeline)
      for (const std::unique_ptr<Model> &stage : model.pipeline->models)
        if (!visit(*stage))
          return failure();
    if (!model.program)
      return success();
    if (!verifyForPasses(model, diags))
      return failure();
    for (Function *function : model.program->functions()) {
      if (!options.function.empty() && function->name().str() != options.function)
        continue;
      if ((hasOpenInputs(*function) || !options.shapes.empty()) && !giveSizes(model, *function, options.shapes, diags))
        return failure();
      FunctionCosts costs = costsOf(*function);
      if (json)
        list.push_back(costsAsJson(*function, costs));
      else
        llvm::outs() << (shown ? "\n" : ""), printCosts(*function, costs);
      ++shown;
    }
    return success();
  }
  void finish() {
    if (json)
      llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(llvm::json::Object{{"functions", std::move(list)}})) << "\n";
  }
  size_t shown = 0;

private:
  const CostTable &options;
  bool json;
  DiagnosticEngine &diags;
  llvm::json::Array list;
};
} // namespace

Status CostTable::print(Model &model, bool json, DiagnosticEngine &diags) const {
  CostPrinter printer(*this, json, diags);
  if (!printer.visit(model))
    return failure();
  if (!printer.shown && !function.empty())
    return diags.report(Location::ofFile(model.sourceFile), diag::BadInputText, function, "the model has no function with this name");
  printer.finish();
  return success();
}

} // namespace milc

// update_output_dtypes: gives outputs the requested element types.
//
//   func main(x) { y = relu(x) } -> (y),  y requested as fp16
//     =>   func main(x) { y_type_fp32 = relu(x);  y = cast(y_type_fp32, dtype = "fp16") } -> (y)
//
// Asked for by `outputs=y:fp16,…`, of any function that has an output of that name; where the model describes an array of another element
// type than the program gives, that one is requested. Not an output that is an input as well, which keeps its type.
//
// Source: coremltools' common::update_output_dtypes.
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct UpdateOutputDtypes : FunctionPass {
  Option<std::vector<std::string>> outputs{*this, "outputs", "Outputs with their new element types, as NAME:TYPE"};

  PassResult runOnFunction(Function &function, PassRun &run) override {
    Rewriter rewriter(function, run);
    uint64_t changed = 0;
    for (size_t i = 0; i < function.outputs().size(); ++i) {
      Value *value = function.outputs()[i].value();
      if (!value || !value->definingOp() || !value->type().isTensor())
        continue;
      std::optional<DType> type = wanted(function, *value, run);
      if (!type)
        return PassResult::Failed;
      if (*type == DType::Invalid || *type == value->type().dtype())
        continue;
      retypeInterface(function, run.model, value->name(), /*isOutput=*/true, *type);
      castOutput(function.outputs()[i], *type, rewriter);
      ++changed;
    }
    if (changed)
      run.count("outputs cast", changed);
    return changedIf(changed != 0);
  }

  /// The requested element type, Invalid for none; nullopt after an error if it isn't a type.
  std::optional<DType> wanted(Function &function, const Value &value, PassRun &run) const {
    for (llvm::StringRef each : *outputs) {
      auto [name, type] = each.rsplit(':');
      DType dtype = dtypeFromName(type);
      if (dtype == DType::Invalid || name.empty()) {
        run.diags.report({}, diag::BadPassOption, "outputs", "update_output_dtypes", "NAME:TYPE", each);
        return std::nullopt;
      }
      if (name == value.name().str())
        return dtype;
    }
    FunctionDescription *description = descriptionOf(function, run.model);
    FeatureDescription *feature = description ? findFeature(description->outputs, value.name()) : nullptr;
    const MultiArrayFeature *array = feature && feature->type ? feature->type->as<MultiArrayFeature>() : nullptr;
    return array ? fromArrayDataType(array->dataType) : DType::Invalid;
  }

  static void castOutput(Operand &output, DType type, Rewriter &rewriter) {
    Value *value = output.value();
    Name old = value->name();
    rewriter.setInsertionPointToEnd(rewriter.function().body());
    Operation *cast = rewriter.createTyped("cast", value->type().withDType(rewriter.context(), type),
                                           {{"x", value}, {"dtype", rewriter.string(name(type))}});
    value->setName(rewriter.fresh(old.str().str() + "_type_" + name(value->type().dtype()).str()));
    cast->result()->setName(old);
    cast->setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), old));
    output.set(cast->result());
  }
};
} // namespace

MIL_PASS(update_output_dtypes, UpdateOutputDtypes,
         "The requested types are an option, or taken from the description of the model; coremltools stores them during "
         "the conversion.")

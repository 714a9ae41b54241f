// adjust_io_to_supported_types: inputs and outputs of `main` have element types that Core ML's interface has.
//
//   func main(bool x) { y = logical_not(x) } -> (y)
//     =>   func main(fp32 x) { b = cast(x, dtype = "bool");  y__pre__output__fp32__cast = logical_not(b)
//                              y = cast(y__pre__output__fp32__cast, dtype = "fp32") } -> (y)
//
// Those are fp32 and int32, from iOS16 on fp16, from iOS26 on int8. Other integers become int32, other floats and bool fp32. An element
// type that no device computes with (fp64, int64, …) is only changed where nothing but outputs reads it. Strings, images and outputs of
// classifiers stay as they are. The description follows.
//
// Source: coremltools' mil_backend::adjust_io_to_supported_types.
#include "mil/Pass/Interface.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct AdjustIoToSupportedTypes : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    if (function.name() != "main")
      return PassResult::Unchanged;
    Rewriter rewriter(function, run);
    uint64_t adjusted = 0;
    for (Value *input : function.inputs())
      if (mayAdjust(*input, function, run.model, /*isOutput=*/false))
        adjusted += adjustInput(*input, rewriter, run.model);
    for (Operand &output : function.outputs())
      if (output.value() && output.value()->definingOp() && mayAdjust(*output.value(), function, run.model, /*isOutput=*/true))
        adjusted += adjustOutput(output, rewriter, run.model);
    if (adjusted)
      run.count("inputs and outputs adjusted", adjusted);
    return changedIf(adjusted != 0);
  }

  static bool isSupported(DType type, Opset opset) {
    return type == DType::Float32 || type == DType::Int32 || (type == DType::Float16 && opset >= Opset::IOS16) ||
           (type == DType::Int8 && opset >= Opset::IOS26);
  }
  static bool canCast(DType type, Opset opset) {
    if (type == DType::Float16 || type == DType::Float32 || type == DType::Int32 || type == DType::Bool)
      return true;
    return opset >= Opset::IOS17 && (type == DType::Int8 || type == DType::UInt8 || type == DType::Int16 || type == DType::UInt16);
  }

  static bool mayAdjust(const Value &value, Function &function, Model *model, bool isOutput) {
    if (!value.type().isTensor() || value.type().dtype() == DType::String || isSupported(value.type().dtype(), function.opset()))
      return false;
    FunctionDescription *description = descriptionOf(function, model);
    FeatureDescription *feature = description ? findFeature(isOutput ? description->outputs : description->inputs, value.name()) : nullptr;
    return !feature || !feature->type || feature->type->as<MultiArrayFeature>();
  }

  static Type adjusted(Type type, Context &context) {
    return type.withDType(context, isInteger(type.dtype()) ? DType::Int32 : DType::Float32);
  }

  static bool adjustInput(Value &input, Rewriter &rewriter, Model *model) {
    Type old = input.type(), type = adjusted(old, rewriter.context());
    bool isRead = llvm::any_of(input.uses(), [](const Operand &use) { return !use.outputOf() || !use.outputOf()->bodyOf(); });
    if (isRead && !canCast(old.dtype(), rewriter.opset()))
      return false;
    input.setType(type);
    retypeInterface(rewriter.function(), model, input.name(), /*isOutput=*/false, type.dtype());
    retypeInterface(rewriter.function(), model, input.name(), /*isOutput=*/true, type.dtype());
    if (!isRead)
      return true;
    rewriter.setInsertionPoint(&rewriter.function().body().front());
    Operation *cast = rewriter.createTyped("cast", old, {{"x", &input}, {"dtype", rewriter.string(name(old.dtype()))}});
    cast->result()->setName(rewriter.fresh(input.name().str().str() + "_to_" + name(old.dtype()).str()));
    llvm::SmallVector<Operand *, 8> uses;
    for (Operand &use : input.uses())
      if (use.user() != cast && !(use.outputOf() && use.outputOf()->bodyOf()))
        uses.push_back(&use);
    for (Operand *use : uses)
      use->set(cast->result());
    return true;
  }

  static bool adjustOutput(Operand &output, Rewriter &rewriter, Model *model) {
    Value *value = output.value();
    if (!canCast(value->type().dtype(), rewriter.opset()))
      return false;
    Type type = adjusted(value->type(), rewriter.context());
    Name old = value->name();
    rewriter.setInsertionPointToEnd(rewriter.function().body());
    Operation *cast = rewriter.createTyped("cast", type, {{"x", value}, {"dtype", rewriter.string(name(type.dtype()))}});
    value->setName(rewriter.fresh(old.str().str() + "__pre__output__" + name(type.dtype()).str() + "__cast"));
    cast->result()->setName(old);
    output.set(cast->result());
    retypeInterface(rewriter.function(), model, old, /*isOutput=*/true, type.dtype());
    return true;
  }
};
} // namespace

MIL_PASS(adjust_io_to_supported_types, AdjustIoToSupportedTypes)

// States: tensors that are kept from one prediction to the next. They are parameters of functions, read and written in program order.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"

namespace mil {

static Inferred inferWriteState(const Args &a) {
  Type held = a["input"].type().element();
  if (!agrees(held, a["data"].type()))
    return a.fail(diag::ArgumentKind, "data", held.str() + ", what the state holds", a["data"].type().str());
  return llvm::SmallVector<Type, 1>{};
}

void ops::defineStates(Catalogue &catalogue) {
  OpFamily op(catalogue, "states");

  op("read_state", iOS18)
      .summary("the content of a state at this point of the program")
      .in("input", aState)
      .hasEffects()
      .infer([](const Args &a) -> Inferred { return a["input"].type().element(); });

  op("write_state", iOS18)
      .summary("sets the content of a state to data")
      .in("input", aState)
      .in("data", {fp16, fp32, int8, int16, int32, uint8, uint16, boolean})
      .results({})
      .hasEffects()
      .infer(inferWriteState);
}

} // namespace mil

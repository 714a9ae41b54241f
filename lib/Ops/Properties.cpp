#include "mil/Ops/Properties.h"
#include "mil/Ops/Catalogue.h"

namespace mil {

static bool isStateWrite(const Operation &op) { return op.is("write_state") || op.is("coreml_update_state"); }

bool writesState(const Operation &op) {
  bool found = isStateWrite(op);
  for (Block *block : op.blocks())
    block->walk([&](const Operation &inner) { found |= isStateWrite(inner); });
  return found;
}

bool isRemovable(const Operation &op) { return Catalogue::get().find(op.type()) && !writesState(op); }

bool isPure(const Operation &op) {
  const OpDefinition *definition = Catalogue::get().find(op.type()); // an op has effects in all of its versions, or in none
  return definition && !definition->newest().effects && op.blocks().empty();
}

} // namespace mil

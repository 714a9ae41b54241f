#include "NameSearch.h"

namespace mil::text {

NameSearch::NameSearch(Name name, const Function &function) : name(name), nearest(name.str()) {
  for (const Value *input : function.inputs())
    consider(*input);
  const Block &body = function.body();
  body.walk([&](const Operation &op) {
    for (const Value &result : op.results())
      consider(result);
    for (const Block *block : op.blocks())
      for (const Value *input : block->inputs())
        consider(*input);
  });
}

void NameSearch::consider(const Value &value) {
  if (value.name() == name) {
    if (!same.isKnown())
      same = definitionOf(&value);
    return;
  }
  if (nearest.consider(value.name().str()))
    similarAt = definitionOf(&value);
}

} // namespace mil::text

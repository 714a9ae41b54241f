#include "NameSearch.h"

namespace mil::text {

NameSearch::NameSearch(Name name, const Function &function) : name(name), best(unsigned(name.str().size() + 1) / 3 + 1) {
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
  unsigned distance = name.str().edit_distance(value.name().str(), true, best);
  if (distance >= best)
    return;
  best = distance;
  similar = value.name().str();
  similarAt = definitionOf(&value);
}

} // namespace mil::text

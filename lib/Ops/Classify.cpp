// Classification: the last operation of a classifier, whose results are the model's outputs.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"

namespace mil {

static Inferred inferClassify(const Args &a) {
  Type classes = a["classes"].type();
  Type label = classes.element();
  if (!label.isTensor() || !label.isScalar() || !DTypeSet{string, int64}.contains(label.dtype()))
    return a.fail(diag::ArgumentKind, "classes", "a list of strings or of int64", classes.str());
  std::optional<int64_t> count = shapes::product(a["probabilities"].dims());
  if (!count)
    return a.failOverflow();
  if (!shapes::compatible(*count, classes.length()))
    return a.failShape("probabilities", std::to_string(classes.length()) + " elements, one for each class");
  return {label, Type::dict(a.context(), label, a.scalar(DType::Float64))};
}

void ops::defineClassify(Catalogue &catalogue) {
  OpFamily op(catalogue, "classify");

  op("classify", iOS15)
      .says("the class with the greatest probability, and the probability of each class")
      .in("probabilities", fp32)
      .in("classes", aList, constant)
      .results({"class", "probabilities"})
      .infer(inferClassify);
}

} // namespace mil

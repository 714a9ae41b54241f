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

static std::optional<LabelScores::Label> labelOf(const Literal &literal) {
  if (std::optional<llvm::StringRef> text = literal.asString())
    return LabelScores::Label(text->str());
  if (std::optional<int64_t> number = literal.asInt())
    return LabelScores::Label(*number);
  return std::nullopt;
}

/// Of equal probabilities the first.
static Folded evaluateClassify(const Args &a) {
  std::optional<Tensor> probabilities = a.tensor("probabilities");
  const Literal *classes = a["classes"].constant();
  if (!probabilities || !classes || classes->kind() != Literal::Kind::List || classes->elements().empty() ||
      int64_t(classes->elements().size()) != probabilities->count())
    return {};
  LabelScores scores;
  size_t best = 0;
  for (size_t i = 0; i < classes->elements().size(); ++i) {
    std::optional<LabelScores::Label> label = labelOf(*classes->elements()[i]);
    if (!label)
      return {};
    scores.entries.emplace_back(std::move(*label), probabilities->number(int64_t(i)));
    if (scores.entries[i].second > scores.entries[best].second)
      best = i;
  }
  Folded results;
  if (auto *text = std::get_if<std::string>(&scores.entries[best].first))
    results.values.push_back(StringTensor{{}, {*text}});
  else
    results.values.push_back(Tensor::vector(DType::Int64, std::get<int64_t>(scores.entries[best].first)).withDims({}));
  results.values.push_back(std::move(scores));
  return results;
}

void ops::defineClassify(Catalogue &catalogue) {
  OpFamily op(catalogue, "classify");

  op("classify", iOS15)
      .summary("the class with the highest probability, and the probabilities of all classes")
      .in("probabilities", fp32)
      .in("classes", aList, constant)
      .results({"class", "probabilities"})
      .infer(inferClassify)
      .evaluate(evaluateClassify);
}

} // namespace mil

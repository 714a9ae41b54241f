#include "mil/IR/ModelTypes.h"
#include "mil/IR/Model.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

llvm::StringRef modelTypeName(int field) {
  static constexpr std::pair<int, llvm::StringLiteral> names[] = {{200, "pipeline classifier"},
                                                                  {201, "pipeline regressor"},
                                                                  {202, "pipeline"},
                                                                  {300, "generalized linear regressor"},
                                                                  {301, "support vector regressor"},
                                                                  {302, "tree ensemble regressor"},
                                                                  {303, "neural network regressor"},
                                                                  {304, "Bayesian probit regressor"},
                                                                  {400, "generalized linear classifier"},
                                                                  {401, "support vector classifier"},
                                                                  {402, "tree ensemble classifier"},
                                                                  {403, "neural network classifier"},
                                                                  {404, "k-nearest neighbors classifier"},
                                                                  {500, "neural network"},
                                                                  {501, "item similarity recommender"},
                                                                  {502, "ML program"},
                                                                  {555, "custom model"},
                                                                  {556, "linked model"},
                                                                  {560, "class confidence thresholding"},
                                                                  {600, "one-hot encoder"},
                                                                  {601, "imputer"},
                                                                  {602, "feature vectorizer"},
                                                                  {603, "dictionary vectorizer"},
                                                                  {604, "scaler"},
                                                                  {606, "categorical mapping"},
                                                                  {607, "normalizer"},
                                                                  {609, "array feature extractor"},
                                                                  {610, "non-maximum suppression"},
                                                                  {900, "identity"},
                                                                  {2000, "text classifier"},
                                                                  {2001, "word tagger"},
                                                                  {2002, "vision feature print"},
                                                                  {2003, "sound analysis preprocessing"},
                                                                  {2004, "gazetteer"},
                                                                  {2005, "word embedding"},
                                                                  {2006, "audio feature print"},
                                                                  {3000, "serialized model"}};
  const auto *found = llvm::find_if(names, [&](const auto &each) { return each.first == field; });
  return found == std::end(names) ? llvm::StringRef() : llvm::StringRef(found->second);
}

std::string describeModelType(int field) {
  llvm::StringRef name = modelTypeName(field);
  return (name.empty() ? "model of unknown type" : name.str()) + " (" + std::to_string(field) + ")";
}

std::optional<size_t> selectedModel(llvm::ArrayRef<std::string> names, size_t count, llvm::StringRef selector) {
  names = names.take_front(count);
  if (const std::string *name = llvm::find(names, selector); name != names.end())
    return size_t(name - names.begin());
  size_t number = 0;
  if (selector.getAsInteger(10, number) || number >= count)
    return std::nullopt;
  return number;
}

std::unique_ptr<Model> unreadModel() {
  auto model = std::make_unique<Model>();
  model->otherType = Model::Other();
  return model;
}

} // namespace mil

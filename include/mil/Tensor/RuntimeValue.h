// The content of a value at run time: usually a tensor; a list of tensors; strings and dictionaries, which only classifiers produce; or
// nothing if it isn't known. Copies share their content.
//
//   if (const Tensor *tensor = value.tensor())
//     …
//   else if (const TensorList *list = value.list())
//     …
#pragma once

#include "mil/Tensor/Tensor.h"
#include <memory>
#include <string>
#include <variant>

namespace mil {

/// A list: tensors of one element type, whose shapes may differ in dimensions that are unknown in the type of the list. Elements that were
/// never written are zeros, or nullopt if their shape isn't known.
struct TensorList {
  DType dtype = DType::Float32;
  bool grows = false; ///< writing past the end extends it
  std::vector<std::optional<Tensor>> elements;
};

/// A tensor of strings, row-major.
struct StringTensor {
  Tensor::Dims dims;
  std::vector<std::string> elements;
};

/// The result of classify: a score for each label, in the order of the classes.
struct LabelScores {
  using Label = std::variant<std::string, int64_t>;
  std::vector<std::pair<Label, double>> entries;
};

/// The content of a value at run time.
class RuntimeValue {
public:
  RuntimeValue() = default;
  RuntimeValue(Tensor value) : held(std::move(value)) {}
  RuntimeValue(TensorList value) : held(std::make_shared<const TensorList>(std::move(value))) {}
  RuntimeValue(StringTensor value) : held(std::make_shared<const StringTensor>(std::move(value))) {}
  RuntimeValue(LabelScores value) : held(std::make_shared<const LabelScores>(std::move(value))) {}

  explicit operator bool() const { return held.index() != 0; }
  // Null if it holds something else.
  const Tensor *tensor() const { return std::get_if<Tensor>(&held); }
  Tensor *tensor() { return std::get_if<Tensor>(&held); }
  const TensorList *list() const { return shared<TensorList>(); }
  const StringTensor *strings() const { return shared<StringTensor>(); }
  const LabelScores *scores() const { return shared<LabelScores>(); }
  /// The number of bytes in memory, without mapped ones.
  uint64_t byteCount() const;

private:
  template <typename T> const T *shared() const {
    auto *pointer = std::get_if<std::shared_ptr<const T>>(&held);
    return pointer ? pointer->get() : nullptr;
  }
  std::variant<std::monostate, Tensor, std::shared_ptr<const TensorList>, std::shared_ptr<const StringTensor>,
               std::shared_ptr<const LabelScores>>
      held;
};

} // namespace mil

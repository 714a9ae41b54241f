#include "mil/Tensor/RuntimeValue.h"

using namespace mil;

uint64_t RuntimeValue::byteCount() const {
  if (const Tensor *one = tensor())
    return one->isInMemory() ? one->byteCount() : 0;
  uint64_t bytes = 0;
  if (const TensorList *several = list())
    for (const std::optional<Tensor> &element : several->elements)
      bytes += element && element->isInMemory() ? element->byteCount() : 0;
  if (const StringTensor *texts = strings())
    for (const std::string &text : texts->elements)
      bytes += text.size();
  return bytes;
}

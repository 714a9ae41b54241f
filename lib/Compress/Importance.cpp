#include "mil/Compress/Importance.h"
#include "mil/Arrays/ArrayFile.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

class ArrayValues : public WeightValues {
public:
  explicit ArrayValues(const Tensor &array) : WeightValues(DType::Float32, array.dims()), array(convert(array, DType::Float32)) {}
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    std::memcpy(out.data(), array.bytes().data() + size_t(from) * sizeof(float), out.size() * sizeof(float));
    return true;
  }
  bool isValid() const {
    const float *values = reinterpret_cast<const float *>(array.bytes().data());
    return std::all_of(values, values + array.count(), [](float value) { return value >= 0 && std::isfinite(value); });
  }

private:
  const Tensor array;
};

} // namespace

Result<Importance> mil::readImportance(llvm::StringRef path, DiagnosticEngine &diags) {
  Result<NamedArrays> arrays = readArrays(path, diags);
  if (!arrays)
    return failure();
  Importance importance;
  for (const auto &[name, array] : *arrays) {
    auto values = std::make_shared<ArrayValues>(array);
    if (!values->isValid())
      return diags.report({}, diag::BadImportance, path, name);
    importance[name] = std::move(values);
  }
  return importance;
}

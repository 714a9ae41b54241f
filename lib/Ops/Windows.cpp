#include "Windows.h"
#include "mil/Ops/DiagnosticKinds.h"

using namespace mil;

bool mil::checkSpatial(const Args &a) {
  size_t rank = a["x"].rank();
  if (rank < 3 || rank > 5)
    a.failRank("x", "3 to 5, [N, C, D…]");
  return rank >= 3 && rank <= 5;
}

/// A vector of `count` elements, each at least `least`. nullopt when it isn't known, or after a complaint.
static std::optional<Dims> vectorOf(const Args &a, llvm::StringRef parameter, size_t count, int64_t least, bool &failed) {
  std::optional<Dims> values = a.integers(parameter);
  if (!values)
    return std::nullopt;
  failed = true;
  if (values->size() != count)
    return a.fail(diag::ArgumentCount, parameter, std::to_string(count) + " elements", std::to_string(values->size()));
  if (llvm::any_of(*values, [&](int64_t value) { return value < least; }))
    return a.failValue(parameter, "elements of at least " + std::to_string(least));
  failed = false;
  return values;
}

WindowsOr mil::readWindows(const Args &a, llvm::ArrayRef<int64_t> sizes, bool dilated) {
  WindowsOr result;
  size_t count = a["x"].rank() - 2;
  std::optional<llvm::StringRef> name = a.string("pad_type");
  std::optional<shapes::Padding> padding = name ? shapes::paddingFromName(*name) : std::nullopt;
  std::optional<Dims> strides = vectorOf(a, "strides", count, 1, result.failed), dilations(Dims(count, 1)), pads(Dims(2 * count, 0));
  if (dilated && !result.failed)
    dilations = vectorOf(a, "dilations", count, 1, result.failed);
  if (padding == shapes::Padding::Custom && !result.failed)
    pads = vectorOf(a, "pad", 2 * count, 0, result.failed);
  if (result.failed || !padding || !strides || !dilations || !pads)
    return result;
  Windows windows;
  windows.padding = *padding;
  for (size_t i = 0; i < count; ++i)
    windows.each.push_back({sizes[i], (*strides)[i], (*dilations)[i], (*pads)[2 * i], (*pads)[2 * i + 1]});
  result.windows = std::move(windows);
  return result;
}

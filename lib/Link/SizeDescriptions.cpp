#include "SizeDescriptions.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"

namespace mil {

namespace {

class SizeDescriber {
public:
  SizeDescriber(UnifiedFunction &unified, const UnifiedSources &sources, const UnifyOptions &options, UnifiedModel &result)
      : unified(unified), sources(sources), options(options), result(result) {}

  Status describe(llvm::ArrayRef<size_t> distinct) {
    for (Value *input : sources.functions[0].function->inputs()) {
      if (input->type().isState()) {
        describeState(*input);
        continue;
      }
      Value *copy = unified.copyOf(input);
      if (copy->type() == input->type())
        continue;
      FeatureDescription *feature = findFeature(unified.description().inputs, copy->name());
      MultiArrayFeature *array = feature && feature->type ? feature->type->as<MultiArrayFeature>() : nullptr;
      ImageFeature *image = feature && feature->type ? feature->type->as<ImageFeature>() : nullptr;
      bool isFlexible = (array && array->flexibility.index()) || (image && image->flexibility.index());
      if ((!array && !image) || (image && input->type().rank() < 2) || isFlexible || !input->type().hasStaticShape())
        return unified.diags().report(sources.functions[0].function->location(), diag::UnifyFlexible, input->name());
      UnifiedModel::Choice &choice = result.shapes.emplace_back();
      choice.input = copy->name().str().str();
      for (size_t i : distinct)
        choice.shapes.push_back(sources.alignment.value(input, i)->type().dims().vec());
      array ? describeArray(*array, choice) : describeImage(*image, choice);
    }
    for (FeatureDescription &output : unified.description().outputs)
      if (MultiArrayFeature *array = output.type ? output.type->as<MultiArrayFeature>() : nullptr)
        for (const Operand &each : unified.function().outputs())
          if (each.value() && each.value()->name() == output.name && !each.value()->type().hasStaticShape())
            array->shape.clear();
    return success();
  }

private:
  void describeArray(MultiArrayFeature &array, const UnifiedModel::Choice &choice) const {
    array.shape = choice.shapes[0];
    if (!options.range) {
      array.flexibility = MultiArrayFeature::Enumerated{choice.shapes, {}};
      return;
    }
    MultiArrayFeature::Range range;
    for (size_t axis = 0; axis < array.shape.size(); ++axis) {
      auto [low, high] = bounds(choice, axis);
      range.sizes.push_back({uint64_t(low), high});
    }
    array.flexibility = std::move(range);
  }

  static std::pair<int64_t, int64_t> bounds(const UnifiedModel::Choice &choice, size_t axis) {
    int64_t low = choice.shapes[0][axis], high = low;
    for (const std::vector<int64_t> &shape : choice.shapes)
      low = std::min(low, shape[axis]), high = std::max(high, shape[axis]);
    return {low, high};
  }

  /// Images are [N, C, H, W].
  void describeImage(ImageFeature &image, const UnifiedModel::Choice &choice) const {
    size_t rank = choice.shapes[0].size(), height = rank - 2, width = rank - 1;
    image.height = choice.shapes[0][height], image.width = choice.shapes[0][width];
    if (options.range) {
      auto [low, high] = bounds(choice, height);
      auto [left, right] = bounds(choice, width);
      image.flexibility = ImageFeature::Range{SizeRange{uint64_t(left), right}, SizeRange{uint64_t(low), high}, {}};
      return;
    }
    ImageFeature::Enumerated sizes;
    for (const std::vector<int64_t> &shape : choice.shapes)
      sizes.sizes.push_back({uint64_t(shape[width]), uint64_t(shape[height])});
    image.flexibility = std::move(sizes);
  }

  void describeState(const Value &state) {
    Value *copy = unified.copyOf(&state);
    FeatureDescription *feature = findFeature(unified.description().states, copy->name());
    if (StateFeature *held = feature && feature->type ? feature->type->as<StateFeature>() : nullptr)
      held->array.shape = copy->type().element().dims().vec();
  }

  UnifiedFunction &unified;
  const UnifiedSources &sources;
  const UnifyOptions &options;
  UnifiedModel &result;
};

} // namespace

Status describeSizes(UnifiedFunction &unified, const UnifiedSources &sources, llvm::ArrayRef<size_t> distinct, const UnifyOptions &options,
                     UnifiedModel &result) {
  return SizeDescriber(unified, sources, options, result).describe(distinct);
}

} // namespace mil

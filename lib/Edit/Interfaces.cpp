// Element types, sizes and images of inputs and outputs.
#include "Editor.h"
#include "mil/Ops/Infer.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace mil {

using Role = InterfaceValue::Role;

namespace {

/// A rewriter over a function outside of a pass.
struct Hands {
  Hands(Function &function, Model &model, DiagnosticEngine &diags) : run(function.program(), &model, diags), rewriter(function, run) {}
  PassRun run;
  Rewriter rewriter;
};

/// Puts the new operation into the place of an input: all that read the input reads its result.
void standInFor(Value &input, Value *made, llvm::ArrayRef<const Operation *> own) {
  llvm::SmallVector<Operand *, 8> uses;
  for (Operand &use : input.uses())
    if (!llvm::is_contained(own, use.user()) && !(use.outputOf() && use.outputOf()->bodyOf()))
      uses.push_back(&use);
  for (Operand *use : uses)
    use->set(made);
}

/// Where the operations on inputs go.
void setToStart(Rewriter &rewriter) {
  Block &body = rewriter.function().body();
  body.empty() ? rewriter.setInsertionPointToEnd(body) : rewriter.setInsertionPoint(&body.front());
}

Operation *named(Operation *op, const std::string &name, Rewriter &rewriter) {
  op->result()->setName(rewriter.fresh(name));
  op->setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), op->result()->name()));
  return op;
}

std::vector<int64_t> lowerBounds(const std::vector<SizeRange> &shape) {
  std::vector<int64_t> sizes;
  sizes.reserve(shape.size());
  for (const SizeRange &size : shape)
    sizes.push_back(std::max<int64_t>(1, int64_t(size.lower)));
  return sizes;
}

} // namespace

// ---- Element types ----------------------------------------------------------

Status Editor::types() {
  for (const ModelEdits::ElementType &edit : edits.types) {
    Result<std::vector<InterfaceValue>> values = valuesNamed(edit.feature);
    if (!values)
      return failure();
    for (const InterfaceValue &value : *values)
      if (!retype(value, edit.type))
        return failure();
  }
  return success();
}

Status Editor::retype(const InterfaceValue &value, DType type) {
  Value &v = *value.value;
  Function &function = *value.function;
  if (value.role == Role::State)
    return refuse(function, v.name(), "is a state, whose element type can't be changed");
  if (!v.type().isTensor() || v.type().dtype() == DType::String)
    return refuse(function, v.name(), "is " + v.type().str() + ", which has no element type to change");
  if (v.type().dtype() == type)
    return success();
  if (value.feature && value.feature->type && !value.feature->type->as<MultiArrayFeature>())
    return refuse(function, v.name(), "is not described as an array");
  if (value.role == Role::Output && v.inputOf())
    return refuse(function, v.name(), "is also an input");
  changed = true;
  Hands hands(function, model, diags);
  Rewriter &rewriter = hands.rewriter;
  Type old = v.type(), wanted = old.withDType(rewriter.context(), type);
  retypeInterface(function, &model, v.name(), value.role == Role::Output, type);
  if (value.role == Role::Input) {
    v.setType(wanted);
    setToStart(rewriter);
    Operation *cast = rewriter.createTyped("cast", old, {{"x", &v}, {"dtype", rewriter.string(name(old.dtype()))}});
    named(cast, v.name().str().str() + "_to_" + name(old.dtype()).str(), rewriter);
    standInFor(v, cast->result(), {cast});
    return success();
  }
  rewriter.setInsertionPointToEnd(function.body());
  Operation *cast = rewriter.createTyped("cast", wanted, {{"x", &v}, {"dtype", rewriter.string(name(type))}});
  std::string outside = v.name().str().str();
  v.setName(rewriter.fresh(outside + "_" + name(old.dtype()).str()));
  cast->result()->setName(rewriter.context().intern(outside));
  cast->setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), outside));
  for (Operand &output : function.outputs())
    if (output.value() == &v)
      output.set(cast->result());
  return success();
}

// ---- Sizes ------------------------------------------------------------------

Status Editor::shapes() {
  llvm::SmallPtrSet<Function *, 4> reshaped;
  for (const ModelEdits::Shapes &edit : edits.shapes) {
    Result<std::vector<InterfaceValue>> values = valuesNamed(edit.feature);
    if (!values)
      return failure();
    for (const InterfaceValue &value : *values)
      if (value.role == Role::Input) {
        if (!reshape(value, edit))
          return failure();
        reshaped.insert(value.function);
      } else if (value.role == Role::State || values->size() == 1) {
        return refuse(*value.function, edit.feature, "is not an input; the sizes of outputs are determined by those of inputs");
      }
  }
  for (Function *function : functions()) {
    if (!reshaped.contains(function))
      continue;
    function->removeAttribute("FlexibleShapeInformation");
    if (!inferFunction(*function, diags, /*keepPrecise=*/false))
      return failure();
    FunctionDescription *description = descriptionOf(*function, &model);
    for (const Operand &output : function->outputs()) {
      FeatureDescription *feature = description && output.value() ? findFeature(description->outputs, output.value()->name()) : nullptr;
      if (!feature || !output.type().isTensor())
        continue;
      if (output.type().hasStaticShape() && output.type().rank() != 0)
        fixShape(*feature, output.type().dims());
      else if (auto *array = feature->type ? feature->type->as<MultiArrayFeature>() : nullptr)
        array->shape.clear(), array->flexibility = {};
    }
  }
  return success();
}

/// What an image may be by the sizes of its array.
static void giveImage(ImageFeature &image, const std::vector<std::vector<SizeRange>> &shapes) {
  const std::vector<SizeRange> &first = shapes.front();
  std::vector<int64_t> standard = lowerBounds(first);
  image.height = standard[2], image.width = standard[3];
  image.flexibility = {};
  if (shapes.size() > 1) {
    auto &sizes = image.flexibility.emplace<ImageFeature::Enumerated>().sizes;
    for (const auto &shape : shapes)
      sizes.push_back({shape[3].lower, shape[2].lower});
  } else if (!isFixed(first)) {
    auto &range = image.flexibility.emplace<ImageFeature::Range>();
    range.height = first[2], range.width = first[3];
  }
}

static void giveArray(MultiArrayFeature &array, const std::vector<std::vector<SizeRange>> &shapes) {
  const std::vector<SizeRange> &first = shapes.front();
  bool keepsDefault = array.shape.size() == first.size() && shapes.size() == 1;
  for (size_t i = 0; keepsDefault && i < first.size(); ++i)
    keepsDefault = array.shape[i] >= int64_t(first[i].lower) && (first[i].upper < 0 || array.shape[i] <= first[i].upper);
  if (!keepsDefault)
    array.shape = lowerBounds(first);
  array.flexibility = {};
  if (shapes.size() > 1) {
    auto &choices = array.flexibility.emplace<MultiArrayFeature::Enumerated>().shapes;
    for (const auto &shape : shapes)
      choices.push_back(lowerBounds(shape));
  } else if (!isFixed(first)) {
    array.flexibility.emplace<MultiArrayFeature::Range>().sizes = first;
  }
}

Status Editor::reshape(const InterfaceValue &value, const ModelEdits::Shapes &edit) {
  Value &input = *value.value;
  const std::vector<SizeRange> &first = edit.shapes.front();
  if (!input.type().isTensor() || !input.type().hasRank() || input.type().rank() != first.size())
    return refuse(*value.function, edit.feature,
                  "is " + input.type().str() + ", which doesn't have " + std::to_string(first.size()) + " dimensions");
  llvm::SmallVector<int64_t> dims;
  for (size_t i = 0; i < first.size(); ++i) {
    bool same = llvm::all_of(edit.shapes, [&](const std::vector<SizeRange> &each) { return each[i] == first[i]; });
    bool fixed = same && first[i].upper >= 0 && first[i].lower == uint64_t(first[i].upper);
    dims.push_back(fixed ? int64_t(first[i].lower) : -1);
  }
  auto *image = value.feature && value.feature->type ? value.feature->type->as<ImageFeature>() : nullptr;
  if (image && (dims[0] != 1 || dims[1] != input.type().dims()[1]))
    return refuse(*value.function, edit.feature, "is an image: only its height and width, the last two sizes, can change");
  changed = true;
  input.setType(input.type().withDims(value.function->program().context(), dims));
  if (image)
    giveImage(*image, edit.shapes);
  else if (auto *array = value.feature && value.feature->type ? value.feature->type->as<MultiArrayFeature>() : nullptr)
    giveArray(*array, edit.shapes);
  return success();
}

// ---- Images -----------------------------------------------------------------

Status Editor::images() {
  for (const ModelEdits::Image &edit : edits.images) {
    Result<std::vector<InterfaceValue>> values = valuesNamed(edit.feature);
    if (!values)
      return failure();
    for (const InterfaceValue &value : *values)
      if (!(edit.color == ColorSpace::Invalid ? makeArray(value) : makeImage(value, edit)))
        return failure();
  }
  return success();
}

Status Editor::makeImage(const InterfaceValue &value, const ModelEdits::Image &edit) {
  Function &function = *value.function;
  Type type = value.value->type();
  int64_t channels = channelsOf(edit.color);
  if (!value.feature || !value.feature->type)
    return refuse(function, edit.feature, "isn't described");
  if (value.role == Role::State || !type.isTensor() || !type.hasRank() || type.rank() != 4 || !isFloat(type.dtype()) ||
      type.dims()[0] != 1 || type.dims()[1] != channels)
    return refuse(function, edit.feature,
                  "is " + type.str() + "; an image with these colours must be a float array [1, " + std::to_string(channels) +
                      ", height, width]");
  if (edit.color == ColorSpace::GrayscaleFloat16 && type.dtype() != DType::Float16)
    return refuse(function, edit.feature, "has elements of type " + name(type.dtype()).str() + "; this kind of image needs fp16");
  ImageFeature image;
  if (const auto *old = value.feature->type->as<ImageFeature>()) {
    image = *old;
  } else {
    const auto *array = value.feature->type->as<MultiArrayFeature>();
    std::vector<std::vector<SizeRange>> shapes(1);
    for (size_t i = 0; i < 4; ++i) {
      int64_t size = type.dims()[i];
      shapes[0].push_back(size < 0 ? SizeRange{1, -1} : SizeRange{uint64_t(size), size});
    }
    if (const auto *range = array ? std::get_if<MultiArrayFeature::Range>(&array->flexibility) : nullptr; range && range->sizes.size() == 4)
      shapes[0] = range->sizes;
    const auto *choices = array ? std::get_if<MultiArrayFeature::Enumerated>(&array->flexibility) : nullptr;
    if (choices && llvm::all_of(choices->shapes, [](const auto &shape) { return shape.size() == 4; })) {
      shapes.clear();
      for (const std::vector<int64_t> &shape : choices->shapes) {
        std::vector<SizeRange> &sizes = shapes.emplace_back();
        for (int64_t size : shape)
          sizes.push_back({uint64_t(size), size});
      }
    }
    giveImage(image, shapes);
  }
  image.colorSpace = edit.color;
  if (!edit.scale.empty() || !edit.bias.empty())
    if (Status fits = checkNormalisation(value, edit, channels); !fits)
      return fits;
  changed = true;
  value.feature->type->type = image;
  if (!edit.scale.empty() || !edit.bias.empty())
    normalise(value, edit);
  return success();
}

Status Editor::checkNormalisation(const InterfaceValue &value, const ModelEdits::Image &edit, int64_t channels) {
  if (value.role != Role::Input)
    return refuse(*value.function, edit.feature, "is an output; scale and bias only apply to inputs");
  for (const std::vector<double> &factors : {edit.scale, edit.bias})
    if (factors.size() > 1 && int64_t(factors.size()) != channels)
      return refuse(*value.function, edit.feature,
                    "has " + std::to_string(channels) + " channels, but " + std::to_string(factors.size()) + " numbers were given");
  return success();
}

void Editor::normalise(const InterfaceValue &value, const ModelEdits::Image &edit) {
  Function &function = *value.function;
  Hands hands(function, model, diags);
  Rewriter &rewriter = hands.rewriter;
  Value *now = value.value;
  Type type = now->type();
  llvm::SmallVector<Operand *, 8> uses;
  for (Operand &use : now->uses())
    if (!(use.outputOf() && use.outputOf()->bodyOf()))
      uses.push_back(&use);
  setToStart(rewriter);
  for (auto [op, factors] : {std::pair("mul", &edit.scale), std::pair("add", &edit.bias)}) {
    if (factors->empty())
      continue;
    Tensor constant(type.dtype(), {1, int64_t(factors->size()), 1, 1});
    constant.write(0, llvm::ArrayRef<double>(*factors));
    Operation *step = rewriter.createTyped(op, type, {{"x", now}, {"y", rewriter.literal(constant)}});
    named(step, edit.feature + (StringRef(op) == "mul" ? "_scaled" : "_shifted"), rewriter);
    now = step->result();
  }
  for (Operand *use : uses)
    use->set(now);
}

Status Editor::makeArray(const InterfaceValue &value) {
  const auto *image = value.feature && value.feature->type ? value.feature->type->as<ImageFeature>() : nullptr;
  if (!image)
    return refuse(*value.function, value.value->name(), "is not an image");
  Type type = value.value->type();
  MultiArrayFeature array;
  array.dataType = toArrayDataType(type.dtype()).value_or(ArrayDataType::Invalid);
  int64_t channels = type.isTensor() && type.hasRank() && type.rank() == 4 ? type.dims()[1] : 1;
  auto shapeOf = [&](int64_t height, int64_t width) { return std::vector<int64_t>{1, channels, height, width}; };
  array.shape = shapeOf(image->height, image->width);
  if (const auto *choices = std::get_if<ImageFeature::Enumerated>(&image->flexibility)) {
    auto &shapes = array.flexibility.emplace<MultiArrayFeature::Enumerated>().shapes;
    for (const ImageFeature::Size &size : choices->sizes)
      shapes.push_back(shapeOf(int64_t(size.height), int64_t(size.width)));
  } else if (const auto *range = std::get_if<ImageFeature::Range>(&image->flexibility)) {
    SizeRange any{1, -1};
    array.flexibility.emplace<MultiArrayFeature::Range>().sizes = {
        {1, 1}, {uint64_t(channels), channels}, range->height.value_or(any), range->width.value_or(any)};
  }
  changed = true;
  value.feature->type->type = std::move(array);
  return success();
}

} // namespace mil

// Ops that order elements, or choose by order.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"

namespace mil {

// ---- argsort ----------------------------------------------------------------

static Inferred inferArgsort(const Args &a) {
  if (!a.axis("axis", a["x"].rank()))
    return a.failedOn("axis");
  return a.tensor(DType::Int32, a["x"].dims());
}

static Folded foldArgsort(const Args &a, const Tensor &x, int64_t axis) { return sortedIndices(x, axis, a.flag("ascending")); }

// ---- topk -------------------------------------------------------------------

/// A flag that only later versions have, and that holds in the others.
static bool flagOrTrue(const Args &a, llvm::StringRef parameter) { return !a.version().parameter(parameter) || a.flag(parameter); }

/// The element type of the indices; Invalid after an error if there are no indices.
static DType indicesType(const Args &a) {
  if (!a.version().parameter("output_indices_dtype") || !a["output_indices_dtype"].present())
    return DType::Int32;
  std::optional<llvm::StringRef> name = a.string("output_indices_dtype");
  if (!flagOrTrue(a, "return_indices")) {
    a.fail(diag::ArgumentValue, "output_indices_dtype", "nothing, as return_indices is false", "\"" + name.value_or("").str() + "\"");
    return DType::Invalid;
  }
  return name ? dtypeFromName(*name) : DType::Int32;
}

static Inferred inferTopk(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<int64_t> axis = a.axis("axis", x.size());
  if (!axis)
    return a.failedOn("axis");
  std::optional<int64_t> k = a.integer("k");
  int64_t size = x[size_t(*axis)];
  bool all = k == -1 && a.opset() >= iOS17;
  if (k && *k < 1 && !all)
    return a.failValue("k", a.opset() >= iOS17 ? "1 or more, or -1 for all" : "1 or more");
  if (k && size != shapes::unknown && *k > size)
    return a.failValue("k", "at most " + std::to_string(size) + ", the size of dimension " + std::to_string(*axis));
  DType indices = indicesType(a);
  if (indices == DType::Invalid)
    return a.failed();
  Dims dims(x);
  dims[size_t(*axis)] = all ? size : k.value_or(shapes::unknown);
  llvm::SmallVector<Type, 1> types{a.tensor(a["x"].dtype(), dims)};
  if (flagOrTrue(a, "return_indices"))
    types.push_back(a.tensor(indices, dims));
  return types;
}

/// Sorted even if `sort` is false.
static Folded foldTopk(const Args &a, const Tensor &x, int64_t axis) {
  llvm::ArrayRef<int64_t> dims = a.resultType().dims();
  Tensor sorted = sortedIndices(x, axis, a.flag("ascending"));
  Tensor first = strided(sorted, 0, rowMajorStrides(sorted.dims()), dims);
  std::vector<int64_t> indices(size_t(first.count()));
  first.read(0, llvm::MutableArrayRef(indices));
  llvm::SmallVector<Tensor, 1> values{gatherAlong(x, indices, size_t(axis), dims)};
  if (flagOrTrue(a, "return_indices"))
    values.push_back(convert(first, a.resultType(1).dtype()));
  return values;
}

// ---- non_maximum_suppression ------------------------------------------------

/// Until iOS16 boxes are [n, B, 4] and scores [n, B, K]; from iOS17 on the last two dimensions change places.
static Inferred inferSuppression(const Args &a) {
  bool coordinatesLast = a.opset() < iOS17;
  for (llvm::StringRef parameter : {"boxes", "scores"})
    if (a[parameter].rank() != 3)
      return a.failRank(parameter, 3);
  llvm::ArrayRef<int64_t> boxes = a["boxes"].dims(), scores = a["scores"].dims();
  size_t box = coordinatesLast ? 1 : 2, other = coordinatesLast ? 2 : 1;
  if (!shapes::compatible(boxes[other], 4))
    return a.failShape("boxes", coordinatesLast ? "[n, boxes, 4]" : "[n, 4, boxes]");
  if (!shapes::compatible(boxes[0], scores[0]) || !shapes::compatible(boxes[box], scores[box]))
    return a.failShape("scores", "a score for each of the boxes, " + printDims(boxes));
  std::optional<int64_t> most = a.integer("max_boxes");
  if (most && *most < 1)
    return a.failValue("max_boxes", "1 or more");
  int64_t n = shapes::merge(boxes[0], scores[0]), kept = most.value_or(shapes::unknown);
  auto of = [&](int64_t each) { return coordinatesLast ? Dims{n, kept, each} : Dims{n, each, kept}; };
  DType type = a["boxes"].dtype();
  llvm::SmallVector<Type, 1> types{a.tensor(type, of(4)), a.tensor(type, of(scores[other])), a.tensor(DType::Int32, {n, kept})};
  if (coordinatesLast)
    types.push_back(a.tensor(DType::Int32, {n}));
  return types;
}

namespace {

/// A box that may be kept.
struct Candidate {
  int64_t index;
  double score; ///< the greatest of its classes
  int64_t best; ///< which one that is
  double left, top, right, bottom;
};

} // namespace

static double overlap(const Candidate &a, const Candidate &b) {
  double width = std::min(a.right, b.right) - std::max(a.left, b.left), height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  double common = std::max(0.0, width) * std::max(0.0, height);
  double both = (a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - common;
  return both > 0 ? common / both : 0;
}

/// Boxes [B, 4] and scores [B, K], by descending score; equal scores in the order of the boxes.
static std::vector<Candidate> candidates(llvm::ArrayRef<double> boxes, llvm::ArrayRef<double> scores, double threshold) {
  std::vector<Candidate> found;
  size_t classes = boxes.empty() ? 0 : scores.size() / (boxes.size() / 4);
  for (size_t i = 0; classes && i < boxes.size() / 4; ++i) {
    llvm::ArrayRef<double> of = scores.slice(i * classes, classes), box = boxes.slice(4 * i, 4);
    auto best = std::max_element(of.begin(), of.end());
    if (*best >= threshold)
      found.push_back(
          {int64_t(i), *best, best - of.begin(), box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2});
  }
  llvm::sort(found, [](const Candidate &a, const Candidate &b) { return a.score != b.score ? a.score > b.score : a.index < b.index; });
  return found;
}

/// The greatest first, each unless it overlaps with one kept before.
static std::vector<int64_t> keptBoxes(llvm::ArrayRef<Candidate> found, double mostOverlap, bool perClass, size_t most) {
  std::vector<const Candidate *> kept;
  for (const Candidate &candidate : found) {
    if (kept.size() == most)
      break;
    bool suppressed = llvm::any_of(kept, [&](const Candidate *better) {
      return (!perClass || better->best == candidate.best) && overlap(*better, candidate) > mostOverlap;
    });
    if (!suppressed)
      kept.push_back(&candidate);
  }
  std::vector<int64_t> indices;
  indices.reserve(kept.size());
  for (const Candidate *candidate : kept)
    indices.push_back(candidate->index);
  return indices;
}

/// The argument score_threshold; any score is enough in versions without it.
static std::optional<double> scoreThreshold(const Args &a) {
  return a.version().parameter("score_threshold") ? a.number("score_threshold") : -std::numeric_limits<double>::infinity();
}

static Folded evaluateSuppression(const Args &a, Tensor boxes, Tensor scores, double mostOverlap, double threshold, int64_t most) {
  bool coordinatesLast = a.opset() < iOS17;
  if (!coordinatesLast) {
    boxes = permute(boxes, {0, 2, 1});
    scores = permute(scores, {0, 2, 1});
  }
  int64_t n = boxes.dim(0), count = boxes.dim(1), classes = scores.dim(2);
  Tensor keptBoxesOf(a.resultDType(0), {n, most, 4}), keptScores(a.resultDType(1), {n, most, classes}), indices(DType::Int32, {n, most}),
      counts(DType::Int32, {n});
  std::vector<double> boxValues(size_t(count * 4)), scoreValues(size_t(count * classes));
  for (int64_t batch = 0; batch < n; ++batch) {
    boxes.read(batch * count * 4, llvm::MutableArrayRef(boxValues));
    scores.read(batch * count * classes, llvm::MutableArrayRef(scoreValues));
    std::vector<int64_t> kept =
        keptBoxes(candidates(boxValues, scoreValues, threshold), mostOverlap, a.flag("per_class_suppression"), size_t(most));
    for (int64_t i = 0; i < int64_t(kept.size()); ++i) {
      keptBoxesOf.write((batch * most + i) * 4, llvm::ArrayRef(boxValues).slice(size_t(kept[size_t(i)]) * 4, 4));
      keptScores.write((batch * most + i) * classes, llvm::ArrayRef(scoreValues).slice(size_t(kept[size_t(i)] * classes), size_t(classes)));
    }
    counts.write(batch, llvm::ArrayRef<int64_t>(int64_t(kept.size())));
    kept.resize(size_t(most), -1);
    indices.write(batch * most, llvm::ArrayRef<int64_t>(kept));
  }
  if (!coordinatesLast)
    return llvm::SmallVector<Tensor, 1>{permute(keptBoxesOf, {0, 2, 1}), permute(keptScores, {0, 2, 1}), indices};
  return llvm::SmallVector<Tensor, 1>{keptBoxesOf, keptScores, indices, counts};
}

// ---- Definitions ------------------------------------------------------------

void ops::defineSorting(Catalogue &catalogue) {
  OpFamily op(catalogue, "tensor_operation");

  op("argsort", iOS15)
      .summary("the indices that sort x along axis, in descending order unless ascending is true")
      .in("x", T)
      .in("axis", int32, constant, dflt(-1))
      .in("ascending", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32})
      .infer(inferArgsort)
      .fold(foldArgsort, tensorOf("x"), axisOf("axis", "x"));

  op("topk", iOS15)
      .summary("the k largest elements along axis, or the smallest if ascending is true, and their indices")
      .in("x", T)
      .in("k", int32, constant, dflt(1))
      .in("axis", int32, constant, dflt(-1))
      .in("ascending", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32})
      .results({"values", "indices"})
      .infer(inferTopk)
      .fold(foldTopk, tensorOf("x"), axisOf("axis", "x"))
      .from(iOS16)
      .in("sort", boolean, constant, dflt(true))
      .in("return_indices", boolean, constant, dflt(true))
      .resultsVary("the values, and the indices if return_indices")
      .from(iOS17)
      .in("k", K, constant, dflt(1))
      .in("output_indices_dtype", string, constant, optional, oneOf("int32", "uint16"))
      .where(T, {fp16, fp32, int8, int16, int32, uint8, uint16})
      .where(K, {int8, int16, int32});

  // A box is (center x, center y, width, height). Results that are not used are 0, their indices -1.
  op("non_maximum_suppression", iOS15)
      .summary("the boxes with the highest scores that don't overlap a better one by more than iou_threshold")
      .in("boxes", T)
      .in("scores", T)
      .in("iou_threshold", T, constant, scalar)
      .in("score_threshold", T, constant, scalar)
      .in("max_boxes", int32, constant, scalar)
      .in("per_class_suppression", boolean, constant, dflt(false))
      .where(T, {fp16, fp32})
      .results({"boxes", "scores", "indices", "count"})
      .infer(inferSuppression)
      .evaluate(evaluateSuppression, tensorOf("boxes"), tensorOf("scores"), numberOf("iou_threshold"), scoreThreshold,
                integerOf("max_boxes"))
      .from(iOS17)
      .drop("score_threshold")
      .results({"boxes", "scores", "indices"});
}

} // namespace mil

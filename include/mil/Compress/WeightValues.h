// WeightValues: the elements of a weight as floats, read in windows by several threads at once.
//
// All element types of weights (fp16, fp32, integers of up to 16 bits) can be represented exactly as floats. A plain constant is read
// directly from its bytes; a compressed one, or one that another pass computes on demand, one window at a time through an ElementReader.
//
//   std::shared_ptr<const WeightValues> weight = WeightValues::of(*op.constantValue());
//   std::vector<float> window(4096);
//   if (!weight->read(0, window)) …                       // its file can't be read; reported when the output is written
#pragma once

#include "mil/Ops/Blocks.h"
#include "mil/Ops/Elements.h"
#include <cmath>
#include <functional>
#include <mutex>

namespace mil {

/// The elements of a weight as floats. May be read by several threads at once.
class WeightValues {
public:
  /// The elements of a constant. Null if its file is missing or its element type is not one of those above.
  static std::shared_ptr<const WeightValues> of(const Literal &literal);
  /// The same for a compressed constant.
  static std::shared_ptr<const WeightValues> of(const Value &value);
  static std::shared_ptr<const WeightValues> of(std::unique_ptr<ElementReader> elements);
  virtual ~WeightValues() = default;

  DType dtype() const { return type; }
  llvm::ArrayRef<int64_t> dims() const { return shape; }
  int64_t count() const { return elements; }
  bool isHalf() const { return type == DType::Float16; }
  /// Fills `out` with the elements starting at index `from`. May be called by several threads. False if they can't be read.
  virtual bool read(int64_t from, llvm::MutableArrayRef<float> out) const = 0;
  /// The same for a weight of fp16, as the bits of its elements.
  virtual bool readHalfs(int64_t from, llvm::MutableArrayRef<uint16_t> out) const;

protected:
  WeightValues(DType type, llvm::ArrayRef<int64_t> dims);

private:
  DType type;
  Tensor::Dims shape;
  int64_t elements;
};

/// Calls visit(i) for 0 … count - 1, with as many threads as there are cores. Results must not depend on the order.
void inParallel(size_t count, llvm::function_ref<void(size_t)> visit);

/// The number of elements that a thread processes at a time.
constexpr int64_t elementsATask = 1 << 16;

/// Calls visit(state, values, block) for all runs of elements in one block of a weight, and merges the states of the threads, which start
/// as State(), in the order of the elements: one state per block. nullopt if the weight can't be read.
template <typename State>
std::optional<std::vector<State>> overBlocks(const WeightValues &weight, llvm::ArrayRef<int64_t> blocks,
                                             llvm::function_ref<void(State &, llvm::ArrayRef<float>, int64_t)> visit,
                                             llvm::function_ref<void(State &, const State &)> merge);

/// A constant of integers with up to 8 bits, computed by `make(from, out)`, one per byte, whenever it is read; also from several threads.
/// `make` returns false on failure.
using MakeCodes = std::function<bool(int64_t from, llvm::MutableArrayRef<uint8_t> out)>;
const Literal *codesConstant(Context &context, Type type, MakeCodes make);

// ---- Implementation

template <typename State>
std::optional<std::vector<State>> overBlocks(const WeightValues &weight, llvm::ArrayRef<int64_t> blocks,
                                             llvm::function_ref<void(State &, llvm::ArrayRef<float>, int64_t)> visit,
                                             llvm::function_ref<void(State &, const State &)> merge) {
  int64_t count = 1, inSlab = 1, slab = weight.count();
  for (size_t i = 0; i < blocks.size(); ++i)
    count *= blocks[i], inSlab *= i ? blocks[i] : 1;
  if (!blocks.empty())
    slab = std::max<int64_t>(1, weight.count() / blocks[0]); // elements of one step of blocks along the first dimension
  BlockNumbers numbers(weight.dims(), blocks);
  std::vector<State> all(static_cast<size_t>(count));
  constexpr size_t wave = 16;
  struct Part {
    int64_t firstBlock = 0;
    std::vector<State> states;
    bool read = false;
  };
  for (int64_t start = 0; start < weight.count(); start += int64_t(wave) * elementsATask) {
    size_t tasks = size_t(std::min<int64_t>(wave, (weight.count() - start + elementsATask - 1) / elementsATask));
    std::vector<Part> parts(tasks);
    inParallel(tasks, [&](size_t task) {
      int64_t from = start + int64_t(task) * elementsATask, n = std::min(elementsATask, weight.count() - from);
      Part &part = parts[task];
      part.firstBlock = from / slab * inSlab;
      part.states.resize(size_t(((from + n - 1) / slab + 1) * inSlab - part.firstBlock));
      std::vector<float> values(static_cast<size_t>(n));
      part.read = weight.read(from, values);
      if (part.read)
        numbers.forEachRun(from, n, [&](int64_t at, int64_t length, int64_t block) {
          visit(part.states[size_t(block - part.firstBlock)], llvm::ArrayRef(values).slice(size_t(at), size_t(length)), block);
        });
    });
    for (Part &part : parts) {
      if (!part.read)
        return std::nullopt;
      for (size_t i = 0; i < part.states.size(); ++i)
        merge(all[size_t(part.firstBlock) + i], part.states[i]);
    }
  }
  return all;
}

} // namespace mil

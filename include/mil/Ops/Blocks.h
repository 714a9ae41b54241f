// Blocks: a tensor is divided along its dimensions into blocks, each of which has its own scale or lookup table.
#pragma once

#include "mil/Tensor/Kernels.h"

namespace mil {

/// Numbers the blocks of a tensor in row-major order.
class BlockNumbers {
public:
  /// `blocks`: the number of blocks along each dimension, which must divide its size.
  BlockNumbers(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> blocks) : dims(dims) {
    Tensor::Dims blockStrides = rowMajorStrides(blocks);
    for (size_t i = 0; i < dims.size(); ++i) {
      lengths.push_back(blocks[i] ? std::max<int64_t>(dims[i] / blocks[i], 1) : 1);
      strides.push_back(blockStrides[i]);
    }
  }

  /// The number of the block that contains element number `element`.
  int64_t of(int64_t element) const {
    int64_t block = 0;
    for (size_t i = dims.size(); i-- > 0; element /= dims[i])
      block += element % dims[i] / lengths[i] * strides[i];
    return block;
  }

  /// Divides the elements [from, from + count) into runs that are in one block and calls visit(offset, count, block) for each, with offsets
  /// relative to `from`.
  template <typename F> void forEachRun(int64_t from, int64_t count, F visit) const {
    if (dims.empty()) {
      if (count)
        visit(int64_t(0), count, int64_t(0));
      return;
    }
    int64_t row = dims.back(), length = lengths.back();
    for (int64_t done = 0; done < count;) {
      int64_t column = (from + done) % row, rowEnd = std::min(count, done + row - column);
      int64_t block = of(from + done);
      for (int64_t left = length - column % length; done < rowEnd; left = length, block += strides.back()) {
        int64_t n = std::min(left, rowEnd - done);
        visit(done, n, block);
        done += n;
      }
    }
  }

private:
  Tensor::Dims dims, lengths, strides;
};

} // namespace mil

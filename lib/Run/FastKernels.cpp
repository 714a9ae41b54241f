#include "FastKernels.h"
#include "llvm/ADT/StringMap.h"

using namespace mil;

KernelChoice fast::choose(const KernelQuery &query) {
  static const llvm::StringMap<KernelSource> byName = [] {
    llvm::StringMap<KernelSource> map;
    map["linear"] = chooseLinear;
    map["matmul"] = chooseMatmul;
    map["einsum"] = chooseEinsum;
    map["conv"] = chooseConvolution;
    map["conv_transpose"] = chooseTransposedConvolution;
    map["scaled_dot_product_attention"] = chooseAttention;
    map["transpose"] = chooseTranspose;
    map["concat"] = chooseConcat;
    map["softmax"] = chooseSoftmax;
    for (const char *op : {"layer_norm", "instance_norm", "l2_norm"})
      map[op] = chooseNormalization;
    for (const char *op : {"max_pool", "avg_pool", "l2_pool"})
      map[op] = choosePool;
    return map;
  }();
  for (Type type : query.chain[0].results)
    if (type.elementCount() == 0u) // there is nothing to speed up, and sizes need not be divided by
      return {};
  llvm::StringRef op = query.chain[0].op->type().str();
  if (auto found = byName.find(op); found != byName.end())
    return found->second(query);
  return op.starts_with("reduce_") ? chooseReduction(query) : chooseElementwise(query);
}

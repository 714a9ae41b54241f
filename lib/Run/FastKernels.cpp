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
    map["local_response_norm"] = chooseLocalResponseNorm;
    map["gather"] = chooseGather;
    map["slice_update"] = chooseSliceUpdate;
    map["select"] = chooseSelect;
    map["argsort"] = map["topk"] = chooseSort;
    for (const char *op : {"lstm", "gru", "rnn"})
      map[op] = chooseRecurrent;
    for (const char *op : {"resize_bilinear", "resize_nearest_neighbor", "upsample_bilinear", "upsample_nearest_neighbor", "resize"})
      map[op] = chooseResize;
    for (const char *op : {"max_pool", "avg_pool", "l2_pool"})
      map[op] = choosePool;
    return map;
  }();
  for (Type type : query.chain[0].results)
    if (type.elementCount() == 0u) // nothing to speed up, and kernels may divide by sizes
      return {};
  llvm::StringRef op = query.chain[0].op->type().str();
  if (auto found = byName.find(op); found != byName.end())
    return found->second(query);
  if (op.starts_with("reduce_"))
    return chooseReduction(query);
  if (KernelChoice choice = chooseElementwise(query))
    return choice;
  const OpVersion &version = query.chain[0].args->version();
  if (op == "cast")
    return chooseCast(query);
  return version.parameter("x") && version.parameter("y") ? chooseBinary(query) : KernelChoice();
}

// The fast kernels, by the operations that they compute. Each function returns a kernel for a query, or nothing if it doesn't support the
// call (other element types, axes that aren't adjacent); the reference evaluates such calls.
//
//   Elementwise.h, Rows.h, Products.h   loops over vectors, without operations and tensors, compiled once per instruction set
//   Chain.h, Broadcast.h                elementwise operations that are fused into any kernel
//   Lines.h                             operands of any type, broadcast
//   …Kernels.cpp                        the kernels of operations, which use these
#pragma once

#include "mil/Run/Kernel.h"

namespace mil::fast {

/// The kernel of any operation that has one, found by the type of the operation.
KernelChoice choose(const KernelQuery &query);
/// The kernel for Precision::Exact of an operation with many products.
KernelChoice chooseExact(const KernelQuery &query);

KernelChoice chooseElementwise(const KernelQuery &query);
// MatrixKernels.cpp
KernelChoice chooseLinear(const KernelQuery &query);
KernelChoice chooseMatmul(const KernelQuery &query);
KernelChoice chooseEinsum(const KernelQuery &query);
// ConvolutionKernels.cpp
KernelChoice chooseConvolution(const KernelQuery &query);
KernelChoice chooseTransposedConvolution(const KernelQuery &query);
// AttentionKernel.cpp
KernelChoice chooseAttention(const KernelQuery &query);
/// For concats along the second to last dimension, of values of one type: if their results are only used as the key and value of an
/// attention with few queries, they are not computed.
KernelChoice chooseAttentionOfParts(const KernelQuery &query);
// NormalizationKernels.cpp
KernelChoice chooseSoftmax(const KernelQuery &query);
KernelChoice chooseNormalization(const KernelQuery &query);
// ChannelWindowKernel.cpp
KernelChoice chooseLocalResponseNorm(const KernelQuery &query);
// ReductionKernels.cpp
KernelChoice chooseReduction(const KernelQuery &query);
// MoveKernels.cpp
KernelChoice chooseTranspose(const KernelQuery &query);
KernelChoice chooseConcat(const KernelQuery &query);
/// The dimension along which a concat joins values of one type, without interleaving them; nothing for other ones.
std::optional<size_t> joinedAxis(const KernelCall &concat);
KernelChoice chooseGather(const KernelQuery &query);
KernelChoice chooseSliceUpdate(const KernelQuery &query);
// ElementKernels.cpp
KernelChoice chooseSelect(const KernelQuery &query);
KernelChoice chooseBinary(const KernelQuery &query);
KernelChoice chooseCast(const KernelQuery &query);
// ResizeKernels.cpp
KernelChoice chooseResize(const KernelQuery &query);
// RecurrentKernels.cpp
KernelChoice chooseRecurrent(const KernelQuery &query);
// SortKernels.cpp
KernelChoice chooseSort(const KernelQuery &query);
// PoolKernels.cpp
KernelChoice choosePool(const KernelQuery &query);

} // namespace mil::fast

// Types of values, arguments and constants. They are uniqued in the Context, so equality is pointer equality.
//
//   tensor<fp16, [1, ?, 64]>      element type and dimensions; `?` is a size that is unknown until the model runs
//   fp16                          a tensor of rank 0; the same type as tensor<fp16, []>
//   tensor<fp32, ?>               unknown rank
//   list<T, 4>, tuple<A, B>, dict<K, V>, state<T>
//   anything else                 kept as opaque text
#pragma once

#include "mil/IR/Context.h"
#include "mil/IR/DType.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace mil {

struct TypeStorage;

/// A type, a pointer to storage in the Context. Cheap to copy; null by default.
class Type {
public:
  enum class Kind : uint8_t { Tensor, List, Tuple, Dict, State, Opaque };
  /// A dimension, or the length of a list, that is unknown until run time.
  static constexpr int64_t unknown = -1;
  /// A dimension that represents any number of dimensions (printed `...`).
  static constexpr int64_t variadic = -2;

  Type() = default;
  explicit operator bool() const { return storage != nullptr; }
  bool operator==(const Type &) const = default;

  /// A tensor; dims are sizes >= 0, `unknown` or `variadic`. No dims: a scalar.
  static Type tensor(Context &context, DType element, llvm::ArrayRef<int64_t> dims);
  static Type scalar(Context &context, DType element) { return tensor(context, element, {}); }
  /// A tensor of unknown rank.
  static Type unrankedTensor(Context &context, DType element);
  /// A list of `length` elements (or `unknown`).
  static Type list(Context &context, Type element, int64_t length);
  static Type tuple(Context &context, llvm::ArrayRef<Type> elements);
  static Type dict(Context &context, Type key, Type value);
  /// A state that holds a tensor.
  static Type state(Context &context, Type wrapped);
  /// A type of an unknown kind, stored as the text that was read.
  static Type opaque(Context &context, llvm::StringRef text);
  /// The same type with serialised fields of MIL.proto that milc doesn't read (TensorType.attributes, unknown fields). Types with different
  /// such fields are different.
  Type withProtoExtra(Context &context, llvm::StringRef bytes) const;

  Kind kind() const;
  bool isTensor() const { return storage && kind() == Kind::Tensor; }
  bool isState() const { return storage && kind() == Kind::State; }
  bool isList() const { return storage && kind() == Kind::List; }

  // Tensors.
  DType dtype() const; ///< of a tensor, else DType::Invalid
  bool hasRank() const;
  bool isScalar() const { return isTensor() && hasRank() && rank() == 0; }
  size_t rank() const { return dims().size(); }
  llvm::ArrayRef<int64_t> dims() const;
  /// Dimension `i`; negative counts from the last.
  int64_t dim(int i) const { return dims()[i < 0 ? size_t(i + int(rank())) : size_t(i)]; }
  /// Whether the rank and every dimension are known.
  bool hasStaticShape() const;
  /// Number of elements of a static shape; nullopt when it isn't static or overflows 63 bits.
  std::optional<int64_t> elementCount() const;
  /// The same tensor type with other dimensions, or another element type.
  Type withDims(Context &context, llvm::ArrayRef<int64_t> dims) const;
  Type withDType(Context &context, DType element) const;

  /// Element type of a list, the wrapped type of a state, the key of a dict.
  Type element() const;
  /// The value type of a dict.
  Type valueType() const;
  /// A list's length or `unknown`.
  int64_t length() const;
  /// A tuple's element types.
  llvm::ArrayRef<Type> elements() const;
  llvm::StringRef opaqueText() const;
  llvm::StringRef protoExtra() const;

  /// Prints the type as MIL text of dialect 1.3; with `scalarsAsTensors` as that of dialect 1.0 ("tensor<fp16, []>").
  void print(llvm::raw_ostream &out, bool scalarsAsTensors = false) const;
  std::string str() const;
  const TypeStorage *pointer() const { return storage; }

private:
  friend class Context;
  friend struct llvm::DenseMapInfo<Type>;
  explicit Type(const TypeStorage *storage) : storage(storage) {}
  static Type get(Context &context, const TypeStorage &key);
  const TypeStorage *storage = nullptr;
};

} // namespace mil

template <> struct llvm::DenseMapInfo<mil::Type> {
  using Storage = mil::TypeStorage;
  static mil::Type getEmptyKey() { return mil::Type(reinterpret_cast<const Storage *>(uintptr_t(-1) << 12)); }
  static mil::Type getTombstoneKey() { return mil::Type(reinterpret_cast<const Storage *>(uintptr_t(-2) << 12)); }
  static unsigned getHashValue(mil::Type type) { return DenseMapInfo<const void *>::getHashValue(type.storage); }
  static bool isEqual(mil::Type a, mil::Type b) { return a.storage == b.storage; }
};

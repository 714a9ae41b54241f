// Literals: immutable constants, owned by the Context and shared between operations and programs.
//
//   const Literal *axes = Literal::int32s(context, {0, 1});
//   if (std::optional<double> factor = literal.asDouble())
//     …
//
// A literal has a type and one of: the bytes of a tensor in memory, strings, a blob (bytes in a file), or other literals (list, tuple,
// dict). Tensors in memory are little-endian and row-major, bool as one byte 0 or 1, sub-byte integers packed LSB first as in weight files.
#pragma once

#include "mil/IR/Type.h"
#include "llvm/ADT/SmallVector.h"
#include <cassert>

namespace mil {

/// An immutable constant; see above for what it may contain.
class Literal {
public:
  enum class Kind : uint8_t {
    Tensor,  ///< bytes()
    Strings, ///< strings(), a tensor of strings
    Blob,    ///< blob(), blobPath(), blobOffset()
    List,    ///< elements()
    Tuple,   ///< elements()
    Dict,    ///< elements(): key, value, key, value, …
    Opaque,  ///< text()
  };

  /// A tensor from its bytes, which are copied. If the type has a static shape, `bytes` must have exactly the size of the type.
  static const Literal *tensor(Context &context, Type type, llvm::ArrayRef<uint8_t> bytes);
  /// A tensor over bytes that live as long as the context (from Context::arena or kept alive by it).
  static const Literal *tensorOver(Context &context, Type type, llvm::ArrayRef<uint8_t> bytes);
  /// A tensor of strings; the texts are copied. A scalar type needs one string.
  static const Literal *strings(Context &context, Type type, llvm::ArrayRef<llvm::StringRef> values);
  /// A constant whose bytes are a blob. `path` and `offset` are its place as written in the program; `blob` is null if its file is missing.
  static const Literal *blob(Context &context, Type type, const Blob *blob, llvm::StringRef path, uint64_t offset);
  /// A list or tuple of other literals.
  static const Literal *list(Context &context, Type type, llvm::ArrayRef<const Literal *> elements);
  static const Literal *tuple(Context &context, Type type, llvm::ArrayRef<const Literal *> elements);
  /// `keysAndValues` alternates keys and values.
  static const Literal *dict(Context &context, Type type, llvm::ArrayRef<const Literal *> keysAndValues);
  /// A constant of an unknown kind, stored as the text that was read.
  static const Literal *opaque(Context &context, Type type, llvm::StringRef text);

  // Shortcuts for scalars and vectors.
  static const Literal *string(Context &context, llvm::StringRef value);
  static const Literal *boolean(Context &context, bool value);
  static const Literal *int32(Context &context, int32_t value);
  static const Literal *int32s(Context &context, llvm::ArrayRef<int32_t> values);
  /// A scalar of any numeric type or bool from a double: floats rounded to nearest even, integers must fit exactly.
  static const Literal *number(Context &context, DType type, double value);

  Kind kind() const { return what; }
  Type type() const { return ty; }
  bool isBlob() const { return what == Kind::Blob; }
  /// Whether it is a tensor of numbers or bools in memory.
  bool isTensor() const { return what == Kind::Tensor; }

  llvm::ArrayRef<uint8_t> bytes() const {
    assert(what == Kind::Tensor);
    return {static_cast<const uint8_t *>(data), count};
  }
  llvm::ArrayRef<llvm::StringRef> strings() const {
    assert(what == Kind::Strings);
    return {static_cast<const llvm::StringRef *>(data), count};
  }
  llvm::ArrayRef<const Literal *> elements() const {
    assert(what == Kind::List || what == Kind::Tuple || what == Kind::Dict);
    return {static_cast<const Literal *const *>(data), count};
  }
  llvm::StringRef text() const {
    assert(what == Kind::Opaque);
    return {static_cast<const char *>(data), count};
  }
  /// Of a Blob literal: the blob, null if its file is missing, and its place as written in the program.
  const Blob *blob() const;
  llvm::StringRef blobPath() const;
  uint64_t blobOffset() const;

  // Reading small constants.
  /// The string of a tensor with exactly one string.
  std::optional<llvm::StringRef> asString() const;
  /// The element of a bool tensor in memory with exactly one element.
  std::optional<bool> asBool() const;
  /// The element of an integer or bool tensor in memory with exactly one element (of any rank).
  std::optional<int64_t> asInt() const;
  /// The element of a numeric tensor in memory with exactly one element, exact.
  std::optional<double> asDouble() const;
  /// All elements of an integer tensor in memory, of any shape.
  std::optional<llvm::SmallVector<int64_t, 8>> asInts() const;
  /// Element `i` (row-major) of a numeric or bool tensor in memory.
  double elementAsDouble(size_t i) const;
  int64_t elementAsInt(size_t i) const;
  /// Number of elements in memory (Tensor, Strings) or in the blob; 0 when a blob is unresolved.
  uint64_t elementCount() const;

  /// Documentation string of the value, usually "".
  llvm::StringRef docString() const;
  /// Unknown fields of MIL.proto's Value, in serialised form.
  llvm::StringRef protoExtra() const;
  /// A copy with a doc string and unknown protobuf bytes.
  const Literal *withExtras(Context &context, llvm::StringRef docString, llvm::StringRef protoExtra) const;
  /// A copy with another type of the same byte size: the same constant in another shape.
  const Literal *withType(Context &context, Type type) const;

  /// Same type and same content, exactly: bits of floats are compared, so equal NaNs are equal and -0 differs from 0. Blobs are equal when
  /// they are the same blob (and, unresolved, the same path and offset).
  bool equals(const Literal &other) const;
  /// A hash that agrees with `equals`. Linear in the bytes in memory.
  uint64_t hash() const;

private:
  struct BlobInfo;
  struct Extras;
  Literal(Kind what, Type type, const void *data, size_t count) : ty(type), data(data), count(count), what(what) {}
  static const Literal *make(Context &context, Kind kind, Type type, const void *data, size_t count);
  static const Literal *compound(Context &context, Kind kind, Type type, llvm::ArrayRef<const Literal *> elements);

  Type ty;
  const void *data;
  size_t count;
  const Extras *extras = nullptr;
  Kind what;
};

} // namespace mil

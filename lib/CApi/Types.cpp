// Types and literals.
#include "Handles.h"
#include "mil/Text/Printer.h"
#include "mil/Weights/Packing.h"
#include "llvm/ADT/STLExtras.h"
#include <sys/stat.h>

using namespace mil;
using namespace milc;

namespace {

/// Dimensions given by a caller; nullopt if one is neither a size nor unknown.
std::optional<llvm::ArrayRef<int64_t>> dimsFrom(const int64_t *dims, int64_t rank) {
  if (rank < 0 || (rank > 0 && !dims))
    return std::nullopt;
  llvm::ArrayRef<int64_t> given(dims, size_t(rank));
  return llvm::all_of(given, [](int64_t dim) { return dim >= Type::unknown; }) ? std::optional(given) : std::nullopt;
}

/// A type of numbers whose tensors take so many bytes; "" or what is wrong.
std::string whyNotBytes(Type type, size_t size) {
  if (!type.isTensor() || type.dtype() == DType::String)
    return "a literal of bytes must be a tensor of numbers or bools";
  std::optional<int64_t> count = type.elementCount();
  std::optional<uint64_t> wanted = count ? packedSize(type.dtype(), uint64_t(*count)) : std::nullopt;
  if (!wanted)
    return "the type " + type.str() + " has no static shape";
  return *wanted == size ? "" : type.str() + " takes " + std::to_string(*wanted) + " bytes, not " + std::to_string(size);
}

uint64_t sizeOf(const Literal &literal) {
  if (literal.isTensor())
    return literal.bytes().size();
  return literal.isBlob() && literal.blob() ? literal.blob()->size() : 0;
}

/// Bytes of a blob by pointer: in memory, or in the mapping of its file. Null when neither is possible.
const uint8_t *bytesOf(const Blob &blob, mil_context &context) {
  if (!blob.memory().empty() || blob.size() == 0)
    return blob.memory().data();
  Blob::FileRange range = blob.fileRange();
  struct stat status;
  if (!range.isKnown() || ::fstat(range.descriptor, &status) != 0)
    return nullptr;
  auto &mapping = context.shared->mappings[{range.file.device, range.file.inode}];
  if (!mapping)
    mapping = std::make_unique<Mapping>(range.descriptor, uint64_t(status.st_size));
  // The file may have become shorter since it was opened.
  uint64_t end = std::min(mapping->size(), uint64_t(status.st_size));
  return range.offset <= end && blob.size() <= end - range.offset ? mapping->data() + range.offset : nullptr;
}

Status readBytes(const Literal &literal, uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) {
  if (!literal.isTensor())
    return literal.blob()->read(offset, out, diags);
  llvm::copy(literal.bytes().slice(size_t(offset), out.size()), out.begin());
  return success();
}

bool isRange(uint64_t from, uint64_t count, uint64_t size) { return from <= size && count <= size - from; }

} // namespace

extern "C" {

mil_string mil_dtype_name(mil_dtype dtype) {
  DType type = dtypeFromProto(int(dtype));
  return borrow(type == DType::Invalid ? llvm::StringRef() : name(type));
}
mil_dtype mil_dtype_from_name(const char *name) { return mil_dtype(name ? dtypeFromName(name) : DType::Invalid); }
uint32_t mil_dtype_bits(mil_dtype dtype) {
  DType type = dtypeFromProto(int(dtype));
  return type == DType::Invalid ? 0 : bitWidth(type);
}

// ---- Types ------------------------------------------------------------------

mil_status mil_type_tensor(mil_context *context, mil_dtype dtype, const int64_t *dims, int64_t rank, const mil_type **out) {
  Call call(context);
  DType element = dtypeFromProto(int(dtype));
  if (!call || !out || element == DType::Invalid)
    return call.refuse("mil_type_tensor", "the element type is unknown, or out is NULL");
  if (rank == MIL_RANK_UNKNOWN) {
    *out = context->lasting(wrap(Type::unrankedTensor(call.shared(), element)));
    return MIL_OK;
  }
  auto sizes = dimsFrom(dims, rank);
  if (!sizes)
    return call.refuse("mil_type_tensor", "a dimension is neither a size nor -1, or dims is NULL");
  *out = context->lasting(wrap(Type::tensor(call.shared(), element, *sizes)));
  return MIL_OK;
}

mil_status mil_type_state(mil_context *context, const mil_type *tensor, const mil_type **out) {
  Call call(context);
  if (!call || !out || !unwrap(tensor).isTensor())
    return call.refuse("mil_type_state", "the type must be a tensor, and out must not be NULL");
  *out = context->lasting(wrap(Type::state(call.shared(), unwrap(tensor))));
  return MIL_OK;
}

mil_type_kind_t mil_type_kind(const mil_type *type) { return type ? mil_type_kind_t(int(unwrap(type).kind()) + 1) : MIL_TYPE_NONE; }
mil_dtype mil_type_dtype(const mil_type *type) { return mil_dtype(unwrap(type).isTensor() ? unwrap(type).dtype() : DType::Invalid); }
int64_t mil_type_rank(const mil_type *type) {
  if (!unwrap(type).isTensor())
    return MIL_RANK_NONE;
  return unwrap(type).hasRank() ? int64_t(unwrap(type).rank()) : MIL_RANK_UNKNOWN;
}
const int64_t *mil_type_dims(const mil_type *type) {
  return unwrap(type).isTensor() && unwrap(type).hasRank() ? unwrap(type).dims().data() : nullptr;
}
const mil_type *mil_type_element(const mil_type *type) {
  switch (mil_type_kind(type)) {
  case MIL_TYPE_LIST:
  case MIL_TYPE_STATE:
  case MIL_TYPE_DICT:
    return wrap(unwrap(type).element());
  default:
    return nullptr;
  }
}
const mil_type *mil_type_value(const mil_type *type) {
  return mil_type_kind(type) == MIL_TYPE_DICT ? wrap(unwrap(type).valueType()) : nullptr;
}
int64_t mil_type_length(const mil_type *type) { return unwrap(type).isList() ? unwrap(type).length() : 0; }
size_t mil_type_tuple_count(const mil_type *type) { return mil_type_kind(type) == MIL_TYPE_TUPLE ? unwrap(type).elements().size() : 0; }
const mil_type *mil_type_tuple_element(const mil_type *type, size_t index) {
  return index < mil_type_tuple_count(type) ? wrap(unwrap(type).elements()[index]) : nullptr;
}
mil_text *mil_type_text(const mil_type *type) { return newText(type ? unwrap(type).str() : ""); }

// ---- Literals ---------------------------------------------------------------

static mil_status tensorLiteral(mil_context *context, const mil_type *type, const void *bytes, size_t size, const mil_literal **out,
                                bool copy, const char *function) {
  Call call(context);
  if (!call || !type || !out || (size && !bytes))
    return call.refuse(function, "type, bytes or out is NULL");
  if (std::string why = whyNotBytes(unwrap(type), size); !why.empty())
    return call.refuse(function, why);
  llvm::ArrayRef<uint8_t> given(static_cast<const uint8_t *>(bytes), size);
  *out = context->lasting(
      wrap(copy ? Literal::tensor(call.shared(), unwrap(type), given) : Literal::tensorOver(call.shared(), unwrap(type), given)));
  return MIL_OK;
}

mil_status mil_literal_tensor(mil_context *context, const mil_type *type, const void *bytes, size_t size, const mil_literal **out) {
  return tensorLiteral(context, type, bytes, size, out, true, "mil_literal_tensor");
}
mil_status mil_literal_borrow(mil_context *context, const mil_type *type, const void *bytes, size_t size, const mil_literal **out) {
  return tensorLiteral(context, type, bytes, size, out, false, "mil_literal_borrow");
}

mil_status mil_literal_strings(mil_context *context, const int64_t *dims, int64_t rank, const mil_string *strings,
                               const mil_literal **out) {
  Call call(context);
  auto sizes = dimsFrom(dims, rank);
  if (!call || !out || !sizes)
    return call.refuse("mil_literal_strings", "out is NULL, or the dimensions are invalid");
  Type type = Type::tensor(call.shared(), DType::String, *sizes);
  std::optional<int64_t> count = type.elementCount();
  if (!count || (*count && !strings))
    return call.refuse("mil_literal_strings", "the shape is not static, or strings is NULL");
  std::vector<llvm::StringRef> texts;
  for (int64_t i = 0; i < *count; ++i) {
    if (!strings[i].data && strings[i].size)
      return call.refuse("mil_literal_strings", "a string is NULL");
    texts.push_back(llvm::StringRef(strings[i].data, strings[i].size));
  }
  *out = context->lasting(wrap(Literal::strings(call.shared(), type, texts)));
  return MIL_OK;
}

mil_literal_kind_t mil_literal_kind(const mil_literal *literal) {
  return literal ? mil_literal_kind_t(int(unwrap(literal)->kind()) + 1) : MIL_LITERAL_NONE;
}
const mil_type *mil_literal_type(const mil_literal *literal) { return literal ? wrap(unwrap(literal)->type()) : nullptr; }
uint64_t mil_literal_count(const mil_literal *literal) {
  switch (mil_literal_kind(literal)) {
  case MIL_LITERAL_TENSOR:
  case MIL_LITERAL_STRINGS:
  case MIL_LITERAL_BLOB:
    return unwrap(literal)->elementCount();
  case MIL_LITERAL_LIST:
  case MIL_LITERAL_TUPLE:
  case MIL_LITERAL_DICT:
    return unwrap(literal)->elements().size();
  default:
    return 0;
  }
}
mil_string mil_literal_string(const mil_literal *literal, size_t index) {
  if (mil_literal_kind(literal) == MIL_LITERAL_OPAQUE)
    return borrow(unwrap(literal)->text());
  bool has = mil_literal_kind(literal) == MIL_LITERAL_STRINGS && index < unwrap(literal)->strings().size();
  return borrow(has ? unwrap(literal)->strings()[index] : llvm::StringRef());
}
const mil_literal *mil_literal_element(const mil_literal *literal, size_t index) {
  mil_literal_kind_t kind = mil_literal_kind(literal);
  bool holds = kind == MIL_LITERAL_LIST || kind == MIL_LITERAL_TUPLE || kind == MIL_LITERAL_DICT;
  return holds && index < unwrap(literal)->elements().size() ? wrap(unwrap(literal)->elements()[index]) : nullptr;
}
uint64_t mil_literal_size(const mil_literal *literal) { return literal ? sizeOf(*unwrap(literal)) : 0; }

/// What has bytes: a tensor, or a blob whose file is there.
static bool hasBytes(const mil_literal *literal) {
  return literal && (unwrap(literal)->isTensor() || (unwrap(literal)->isBlob() && unwrap(literal)->blob()));
}

mil_status mil_literal_bytes(mil_context *context, const mil_literal *literal, const void **out) {
  Call call(context);
  if (!call || !out || !hasBytes(literal))
    return call.refuse("mil_literal_bytes", "out or literal is NULL, or the literal has no bytes");
  const Literal &given = *unwrap(literal);
  const void *bytes = given.isTensor() ? given.bytes().data() : bytesOf(*given.blob(), *context);
  if (!bytes && sizeOf(given))
    return call.refuse("mil_literal_bytes", "the bytes can't be mapped; read them with mil_literal_read");
  *out = bytes;
  return MIL_OK;
}

mil_status mil_literal_read(mil_context *context, const mil_literal *literal, uint64_t offset, void *buffer, size_t size) {
  Call call(context);
  if (!call || !hasBytes(literal) || (size && !buffer))
    return call.refuse("mil_literal_read", "literal or buffer is NULL, or the literal has no bytes");
  if (!isRange(offset, size, sizeOf(*unwrap(literal))))
    return call.refuse("mil_literal_read", "the range extends beyond the bytes of the literal");
  return call.end(readBytes(*unwrap(literal), offset, {static_cast<uint8_t *>(buffer), size}, call.diags()));
}

mil_status mil_literal_unpack(mil_context *context, const mil_literal *literal, uint64_t first, void *buffer, size_t count) {
  Call call(context);
  if (!call || !hasBytes(literal) || (count && !buffer))
    return call.refuse("mil_literal_unpack", "literal or buffer is NULL, or the literal has no bytes");
  const Literal &given = *unwrap(literal);
  DType type = given.type().dtype();
  std::optional<BlobDType> packed = toBlobDType(type);
  if (!isSubByte(type) || !packed)
    return call.refuse("mil_literal_unpack", "only integers of less than 8 bits are packed");
  if (first % 8 || !isRange(first, count, given.elementCount()))
    return call.refuse("mil_literal_unpack", "the range doesn't start at a multiple of 8, or extends beyond the elements of the literal");
  auto *out = static_cast<uint8_t *>(buffer);
  std::vector<uint8_t> window;
  for (size_t done = 0; done != count;) {
    size_t now = std::min<size_t>(count - done, size_t(1) << 20);
    window.resize(size_t(*packedSize(type, now)));
    if (!readBytes(given, (first + done) / 8 * bitWidth(type), window, call.diags()))
      return call.end(failure());
    unpackElements(*packed, window, {out + done, now});
    done += now;
  }
  return MIL_OK;
}

mil_string mil_literal_path(const mil_literal *literal) {
  return borrow(mil_literal_kind(literal) == MIL_LITERAL_BLOB ? unwrap(literal)->blobPath() : llvm::StringRef());
}
uint64_t mil_literal_offset(const mil_literal *literal) {
  return mil_literal_kind(literal) == MIL_LITERAL_BLOB ? unwrap(literal)->blobOffset() : 0;
}
mil_text *mil_literal_text(const mil_literal *literal) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (literal)
    printLiteral(*unwrap(literal), out);
  return newText(std::move(text));
}

} // extern "C"

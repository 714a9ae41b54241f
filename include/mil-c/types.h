/* milc's C interface: types and literals.
 *
 *     int64_t dims[] = {1, 8};
 *     const mil_type *type;
 *     mil_type_tensor(context, MIL_FLOAT16, dims, 2, &type);
 *
 * Types are uniqued: two types of one context are equal if their pointers are. Literals are immutable. Both live as long as their context.
 *
 * Elements of literals are little-endian, row-major, bool a byte of 0 or 1; integers of less than 8 bits are packed, the least significant
 * bits first. The bytes of a literal are in memory, or in a weight file that must not change until the context is closed. */
#ifndef MIL_C_TYPES_H
#define MIL_C_TYPES_H

#include "mil-c/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A type. */
typedef struct mil_type mil_type;
/* An immutable constant. */
typedef struct mil_literal mil_literal;

/* Element types, numbered as in MIL.proto. */
typedef enum mil_dtype MIL_ENUM {
  MIL_DTYPE_INVALID = 0,
  MIL_BOOL = 1,
  MIL_STRING = 2,
  MIL_FLOAT16 = 10,
  MIL_FLOAT32 = 11,
  MIL_FLOAT64 = 12,
  MIL_BFLOAT16 = 13,
  MIL_INT8 = 21,
  MIL_INT16 = 22,
  MIL_INT32 = 23,
  MIL_INT64 = 24,
  MIL_INT4 = 25,
  MIL_UINT8 = 31,
  MIL_UINT16 = 32,
  MIL_UINT32 = 33,
  MIL_UINT64 = 34,
  MIL_UINT4 = 35,
  MIL_UINT2 = 36,
  MIL_UINT1 = 37,
  MIL_UINT6 = 38,
  MIL_UINT3 = 39,
  MIL_FLOAT8E4M3FN = 40,
  MIL_FLOAT8E5M2 = 41
} mil_dtype;

/* The name in MIL text: "fp16"; "" for an invalid number. */
MIL_API mil_string mil_dtype_name(mil_dtype dtype);
/* The type with this name; MIL_DTYPE_INVALID for an unknown name. */
MIL_API mil_dtype mil_dtype_from_name(const char *name);
/* The number of bits of an element: 8 for bool, 1 to 6 for packed integers, 0 for strings. */
MIL_API uint32_t mil_dtype_bits(mil_dtype dtype);

/* ---- Types ---- */

/* The kind of a type. */
typedef enum mil_type_kind_t MIL_ENUM {
  MIL_TYPE_NONE = 0,
  MIL_TYPE_TENSOR = 1, /* a scalar is a tensor of rank 0 */
  MIL_TYPE_LIST = 2,
  MIL_TYPE_TUPLE = 3,
  MIL_TYPE_DICT = 4,
  MIL_TYPE_STATE = 5,
  MIL_TYPE_OPAQUE = 6 /* a type of an unknown kind, kept as text */
} mil_type_kind_t;

/* Special values of dimensions and lengths of lists. */
#define MIL_DIM_UNKNOWN (-1)
#define MIL_DIM_VARIADIC (-2)
/* Special results of mil_type_rank: a tensor of unknown rank, and a type that is not a tensor. */
#define MIL_RANK_UNKNOWN (-1)
#define MIL_RANK_NONE (-2)

/* A tensor type. `dims` are sizes or MIL_DIM_UNKNOWN; `rank` of them, or MIL_RANK_UNKNOWN. */
MIL_API mil_status mil_type_tensor(mil_context *context, mil_dtype dtype, const int64_t *dims, int64_t rank, const mil_type **out);
/* The type of a state that holds tensors of this type. */
MIL_API mil_status mil_type_state(mil_context *context, const mil_type *tensor, const mil_type **out);
/* The kind of a type. */
MIL_API mil_type_kind_t mil_type_kind(const mil_type *type);
/* The element type of a tensor; MIL_DTYPE_INVALID for other types. */
MIL_API mil_dtype mil_type_dtype(const mil_type *type);
/* The rank of a tensor, MIL_RANK_UNKNOWN or MIL_RANK_NONE. */
MIL_API int64_t mil_type_rank(const mil_type *type);
/* The dimensions, borrowed; their number is `mil_type_rank`. */
MIL_API const int64_t *mil_type_dims(const mil_type *type);
/* The element type of a list or state, the key type of a dict. */
MIL_API const mil_type *mil_type_element(const mil_type *type);
/* The values of a dict. */
MIL_API const mil_type *mil_type_value(const mil_type *type);
/* The number of elements of a list, or MIL_DIM_UNKNOWN. */
MIL_API int64_t mil_type_length(const mil_type *type);
/* The element types of a tuple. */
MIL_API size_t mil_type_tuple_count(const mil_type *type);
MIL_API const mil_type *mil_type_tuple_element(const mil_type *type, size_t index);
/* The type as MIL text: "tensor<fp16, [1, 8]>". Must be closed. */
MIL_API mil_text *mil_type_text(const mil_type *type);

/* ---- Literals ---- */

/* The kind of a literal. */
typedef enum mil_literal_kind_t MIL_ENUM {
  MIL_LITERAL_NONE = 0,
  MIL_LITERAL_TENSOR = 1,  /* of numbers or bools, in memory */
  MIL_LITERAL_STRINGS = 2, /* a tensor of strings */
  MIL_LITERAL_BLOB = 3,    /* a tensor in a weight file */
  MIL_LITERAL_LIST = 4,
  MIL_LITERAL_TUPLE = 5,
  MIL_LITERAL_DICT = 6,  /* elements: key, value, key, value, ... */
  MIL_LITERAL_OPAQUE = 7 /* a constant of an unknown kind */
} mil_literal_kind_t;

/* A tensor from its bytes, which are copied. `size` must match the type. */
MIL_API mil_status mil_literal_tensor(mil_context *context, const mil_type *type, const void *bytes, size_t size, const mil_literal **out);
/* A tensor over borrowed bytes, which the caller must keep unchanged until the context is closed. */
MIL_API mil_status mil_literal_borrow(mil_context *context, const mil_type *type, const void *bytes, size_t size, const mil_literal **out);
/* A tensor of strings; one string and rank 0 give a string. */
MIL_API mil_status mil_literal_strings(mil_context *context, const int64_t *dims, int64_t rank, const mil_string *strings,
                                       const mil_literal **out);

/* The kind of a literal. */
MIL_API mil_literal_kind_t mil_literal_kind(const mil_literal *literal);
/* The type of a literal. */
MIL_API const mil_type *mil_literal_type(const mil_literal *literal);
/* The number of strings, or of elements of a list, tuple, dict or tensor. 0 for a weight whose file is missing. */
MIL_API uint64_t mil_literal_count(const mil_literal *literal);
/* A string of a tensor of strings, by its row-major index; or the text of an opaque constant. */
MIL_API mil_string mil_literal_string(const mil_literal *literal, size_t index);
/* An element of a list, tuple or dict. */
MIL_API const mil_literal *mil_literal_element(const mil_literal *literal, size_t index);
/* The number of bytes of a tensor, in memory or in its weight file; 0 for a weight whose file is missing. */
MIL_API uint64_t mil_literal_size(const mil_literal *literal);
/* The bytes of a tensor, borrowed until the context is closed. Those of weight files are mapped without a copy: if another process
 * truncates the file meanwhile, reading them ends this process by a signal. */
MIL_API mil_status mil_literal_bytes(mil_context *context, const mil_literal *literal, const void **out);
/* Copies `size` bytes starting at `offset`: for weights that are too large to be mapped, or whose files may change. */
MIL_API mil_status mil_literal_read(mil_context *context, const mil_literal *literal, uint64_t offset, void *buffer, size_t size);
/* Unpacks `count` elements of a tensor of packed integers, starting at `first`, a multiple of 8: one per byte, int4 sign-extended. */
MIL_API mil_status mil_literal_unpack(mil_context *context, const mil_literal *literal, uint64_t first, void *buffer, size_t count);
/* The place of a weight as written in the program; "" and 0 for a tensor in memory. */
MIL_API mil_string mil_literal_path(const mil_literal *literal);
MIL_API uint64_t mil_literal_offset(const mil_literal *literal);
/* The MIL text. Must be closed. */
MIL_API mil_text *mil_literal_text(const mil_literal *literal);

#ifdef __cplusplus
}
#endif
#endif

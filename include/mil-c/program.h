/* milc's C interface: programs, walked and edited.
 *
 *     mil_function *main = mil_model_function_named(model, "main");
 *     for (mil_operation *op = mil_block_first(mil_function_body(main)); op; op = mil_operation_next(op))
 *       puts(mil_operation_type(op).data);
 *
 * A function has a body, a block; a block has inputs, operations and outputs; an operation has results, named arguments, attributes, and
 * blocks (cond, while_loop). An argument has one binding, or several; a binding is a value or a literal. Values know who uses them.
 *
 * Erased operations stay valid as handles, in no block. Edits are checked as far as they can be at once: objects are of one program, what
 * is erased is unused, names are free. Whether types and order of definition agree is what mil_model_verify tells, and what saving and
 * passes ask first. Cost: constant, unless said otherwise. */
#ifndef MIL_C_PROGRAM_H
#define MIL_C_PROGRAM_H

#include "mil-c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mil_model mil_model;
typedef struct mil_function mil_function;
typedef struct mil_block mil_block;
typedef struct mil_operation mil_operation;
typedef struct mil_value mil_value;

/* ---- Functions, in the program's order ---- */

/* 0 for a model that is no ML program. */
MIL_API size_t mil_model_function_count(const mil_model *model);
MIL_API mil_function *mil_model_function(const mil_model *model, size_t index);
MIL_API mil_function *mil_model_function_named(const mil_model *model, const char *name);
MIL_API mil_string mil_function_name(const mil_function *function);
/* "ios18", or as it was written when it isn't known. */
MIL_API mil_string mil_function_opset(const mil_function *function);
MIL_API mil_block *mil_function_body(const mil_function *function);

/* ---- Blocks ---- */

MIL_API size_t mil_block_input_count(const mil_block *block);
MIL_API mil_value *mil_block_input(const mil_block *block, size_t index);
MIL_API size_t mil_block_output_count(const mil_block *block);
MIL_API mil_value *mil_block_output(const mil_block *block, size_t index);
/* Linear. */
MIL_API size_t mil_block_operation_count(const mil_block *block);
/* Fills `out` with up to `capacity` operations in order; returns how many. Linear. */
MIL_API size_t mil_block_operations(const mil_block *block, mil_operation **out, size_t capacity);

/* An operation with the properties that most walks read, so that one call returns them for a whole block. */
typedef struct mil_operation_info {
  mil_operation *operation;
  mil_string type;
  mil_string name;             /* the attribute `name`, or the name of the first result */
  mil_value *result;           /* the first; NULL when there is none */
  const mil_type *result_type; /* of the first */
  uint64_t result_count;
  uint64_t block_count;
} mil_operation_info;

/* Fills `out` with up to `capacity` operations in order, as they are now; returns how many there are. Linear. */
MIL_API size_t mil_block_describe(const mil_block *block, mil_operation_info *out, size_t capacity);
MIL_API mil_operation *mil_block_first(const mil_block *block);
MIL_API mil_operation *mil_block_last(const mil_block *block);
/* NULL for the body of a function. */
MIL_API mil_operation *mil_block_parent(const mil_block *block);
MIL_API mil_function *mil_block_function(const mil_block *block);
/* Lets the block return other values. */
MIL_API mil_status mil_block_set_outputs(mil_block *block, mil_value *const *values, size_t count);

/* ---- Operations ---- */

/* "conv". */
MIL_API mil_string mil_operation_type(const mil_operation *operation);
/* The attribute `name`, "" when there is none. */
MIL_API mil_string mil_operation_name(const mil_operation *operation);
/* NULL when it was erased. */
MIL_API mil_block *mil_operation_block(const mil_operation *operation);
MIL_API mil_operation *mil_operation_next(const mil_operation *operation);
MIL_API mil_operation *mil_operation_previous(const mil_operation *operation);
MIL_API size_t mil_operation_result_count(const mil_operation *operation);
MIL_API mil_value *mil_operation_result(const mil_operation *operation, size_t index);
/* Arguments are sorted by name. */
MIL_API size_t mil_operation_argument_count(const mil_operation *operation);
MIL_API mil_string mil_operation_argument_name(const mil_operation *operation, size_t index);
/* The position of an argument, or -1. */
MIL_API int64_t mil_operation_find_argument(const mil_operation *operation, const char *name);
MIL_API size_t mil_operation_binding_count(const mil_operation *operation, size_t argument);
/* What is bound: the value or the literal, the other is NULL. */
MIL_API mil_value *mil_operation_binding_value(const mil_operation *operation, size_t argument, size_t binding);
MIL_API const mil_literal *mil_operation_binding_literal(const mil_operation *operation, size_t argument, size_t binding);
/* Attributes are sorted by name. */
MIL_API size_t mil_operation_attribute_count(const mil_operation *operation);
MIL_API mil_string mil_operation_attribute_name(const mil_operation *operation, size_t index);
MIL_API const mil_literal *mil_operation_attribute_value(const mil_operation *operation, size_t index);
/* NULL when there is no such attribute. The value of a `const` is its attribute `val`. */
MIL_API const mil_literal *mil_operation_attribute(const mil_operation *operation, const char *name);
MIL_API size_t mil_operation_block_count(const mil_operation *operation);
MIL_API mil_block *mil_operation_nested(const mil_operation *operation, size_t index);
/* As MIL text writes it; tensors of more than `elide_above` elements are left out (0: none is). To be closed. */
MIL_API mil_text *mil_operation_text(const mil_operation *operation, uint64_t elide_above);

/* Binds values to an argument, in the place of what is bound, or as a new argument. */
MIL_API mil_status mil_operation_set_argument(mil_operation *operation, const char *name, mil_value *const *values, size_t count);
MIL_API mil_status mil_operation_set_argument_literal(mil_operation *operation, const char *name, const mil_literal *literal);
MIL_API mil_status mil_operation_remove_argument(mil_operation *operation, const char *name);
/* For a `const`, `val` also sets the type of the result. */
MIL_API mil_status mil_operation_set_attribute(mil_operation *operation, const char *name, const mil_literal *value);
MIL_API mil_status mil_operation_remove_attribute(mil_operation *operation, const char *name);
/* Puts it before another operation, of the same function, that isn't within it. */
MIL_API mil_status mil_operation_move_before(mil_operation *operation, mil_operation *other);
/* Takes it out of its block for good. Its results must be unused. */
MIL_API mil_status mil_operation_erase(mil_operation *operation);

/* ---- Values ---- */

MIL_API mil_string mil_value_name(const mil_value *value);
MIL_API const mil_type *mil_value_type(const mil_value *value);
/* The operation that it is a result of; NULL for an input of a block. */
MIL_API mil_operation *mil_value_operation(const mil_value *value);
/* The block that it is an input of; NULL for a result. */
MIL_API mil_block *mil_value_input_of(const mil_value *value);
MIL_API size_t mil_value_index(const mil_value *value);
/* How often it is read. Linear in the uses. */
MIL_API size_t mil_value_use_count(const mil_value *value);
/* Fills `out` with the operations that read it, once a use, up to `capacity`; returns how many there are. */
MIL_API size_t mil_value_users(const mil_value *value, mil_operation **out, size_t capacity);
/* Whether some block returns it. */
MIL_API bool mil_value_is_output(const mil_value *value);
/* The literal that it is known to be (it is the result of a `const`), or NULL. */
MIL_API const mil_literal *mil_value_constant(const mil_value *value);
/* Renames it, and the feature of the model's interface that it stands for. The name must be an identifier that is free in the function.
 * The first call for a function is linear in its size. */
MIL_API mil_status mil_value_rename(mil_model *model, mil_value *value, const char *name);
/* Lets all that reads it read another value of the same function. */
MIL_API mil_status mil_value_replace_uses(mil_value *value, mil_value *by);
/* The elements of a constant as doubles, those of constexpr_* operations decompressed: `count` of them from `first` on. Read in windows
 * from ascending places. MIL_BAD_CALL for what is no constant of numbers. */
MIL_API mil_status mil_value_elements(const mil_value *value, uint64_t first, double *out, size_t count);

#ifdef __cplusplus
}
#endif
#endif

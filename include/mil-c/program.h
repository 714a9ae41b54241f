/* milc's C interface: inspecting and editing programs.
 *
 *     mil_function *main = mil_model_function_named(model, "main");
 *     for (mil_operation *op = mil_block_first(mil_function_body(main)); op; op = mil_operation_next(op))
 *       puts(mil_operation_type(op).data);
 *
 * A function has a block as its body; a block has inputs, operations and outputs; an operation has results, named arguments, attributes,
 * and nested blocks (cond, while_loop). An argument has one or several bindings; a binding is a value or a literal. The users of a value
 * can be listed.
 *
 * Handles of erased operations stay valid. Edits only check that objects belong to one program, that erased operations are unused, and that
 * names are unused. Types and the order of definitions are checked by mil_model_verify, and before saving and running passes. Calls take
 * constant time unless documented otherwise. */
#ifndef MIL_C_PROGRAM_H
#define MIL_C_PROGRAM_H

#include "mil-c/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A model. */
typedef struct mil_model mil_model;
/* The parts of its program. */
typedef struct mil_function mil_function;
typedef struct mil_block mil_block;
typedef struct mil_operation mil_operation;
typedef struct mil_value mil_value;

/* ---- Functions, in the program's order ---- */

/* The number of functions; 0 for a model that is not an ML program. */
MIL_API size_t mil_model_function_count(const mil_model *model);
/* A function by its index or name; NULL if there is none. */
MIL_API mil_function *mil_model_function(const mil_model *model, size_t index);
MIL_API mil_function *mil_model_function_named(const mil_model *model, const char *name);
/* The name of a function. */
MIL_API mil_string mil_function_name(const mil_function *function);
/* The opset: "ios18", or the text that was read if it is unknown. */
MIL_API mil_string mil_function_opset(const mil_function *function);
/* The body of a function. */
MIL_API mil_block *mil_function_body(const mil_function *function);

/* ---- Blocks ---- */

/* The inputs of a block: the parameters of a function, or the loop variables of a while_loop. */
MIL_API size_t mil_block_input_count(const mil_block *block);
MIL_API mil_value *mil_block_input(const mil_block *block, size_t index);
/* The values that a block returns. */
MIL_API size_t mil_block_output_count(const mil_block *block);
MIL_API mil_value *mil_block_output(const mil_block *block, size_t index);
/* The number of operations, nested ones not counted. Linear. */
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

/* Fills `out` with up to `capacity` operations in order, in their current state; returns the number of operations in the block. Linear. */
MIL_API size_t mil_block_describe(const mil_block *block, mil_operation_info *out, size_t capacity);
/* The first or the last operation of a block; NULL if it is empty. */
MIL_API mil_operation *mil_block_first(const mil_block *block);
MIL_API mil_operation *mil_block_last(const mil_block *block);
/* The operation that contains the block; NULL for the body of a function. */
MIL_API mil_operation *mil_block_parent(const mil_block *block);
/* The function that contains the block, at any depth. */
MIL_API mil_function *mil_block_function(const mil_block *block);
/* Replaces the outputs of the block. */
MIL_API mil_status mil_block_set_outputs(mil_block *block, mil_value *const *values, size_t count);

/* ---- Operations ---- */

/* The type of an operation: "conv". */
MIL_API mil_string mil_operation_type(const mil_operation *operation);
/* The attribute `name`, or "". */
MIL_API mil_string mil_operation_name(const mil_operation *operation);
/* The block that contains the operation; NULL if it was erased. */
MIL_API mil_block *mil_operation_block(const mil_operation *operation);
/* The next or the previous operation in the block; NULL if there is none. */
MIL_API mil_operation *mil_operation_next(const mil_operation *operation);
MIL_API mil_operation *mil_operation_previous(const mil_operation *operation);
/* The results of an operation. */
MIL_API size_t mil_operation_result_count(const mil_operation *operation);
MIL_API mil_value *mil_operation_result(const mil_operation *operation, size_t index);
/* Arguments are sorted by name. */
MIL_API size_t mil_operation_argument_count(const mil_operation *operation);
MIL_API mil_string mil_operation_argument_name(const mil_operation *operation, size_t index);
/* The position of an argument, or -1. */
MIL_API int64_t mil_operation_find_argument(const mil_operation *operation, const char *name);
/* The number of bindings of an argument, which is given by its index. */
MIL_API size_t mil_operation_binding_count(const mil_operation *operation, size_t argument);
/* The bound value or literal; the other one is NULL. */
MIL_API mil_value *mil_operation_binding_value(const mil_operation *operation, size_t argument, size_t binding);
MIL_API const mil_literal *mil_operation_binding_literal(const mil_operation *operation, size_t argument, size_t binding);
/* Attributes are sorted by name. */
MIL_API size_t mil_operation_attribute_count(const mil_operation *operation);
MIL_API mil_string mil_operation_attribute_name(const mil_operation *operation, size_t index);
MIL_API const mil_literal *mil_operation_attribute_value(const mil_operation *operation, size_t index);
/* The value of an attribute; NULL if it doesn't exist. The value of a `const` is its attribute `val`. */
MIL_API const mil_literal *mil_operation_attribute(const mil_operation *operation, const char *name);
/* The nested blocks of an operation, in order: those of cond for true and false, those of while_loop for condition and body. */
MIL_API size_t mil_operation_block_count(const mil_operation *operation);
MIL_API mil_block *mil_operation_nested(const mil_operation *operation, size_t index);
/* The MIL text; tensors with more than `elide_above` elements are omitted (0: none). Must be closed. */
MIL_API mil_text *mil_operation_text(const mil_operation *operation, uint64_t elide_above);

/* Sets the bindings of an existing or new argument. */
MIL_API mil_status mil_operation_set_argument(mil_operation *operation, const char *name, mil_value *const *values, size_t count);
MIL_API mil_status mil_operation_set_argument_literal(mil_operation *operation, const char *name, const mil_literal *literal);
/* Removes an argument. */
MIL_API mil_status mil_operation_remove_argument(mil_operation *operation, const char *name);
/* Sets the value of an existing or new attribute. Setting `val` of a `const` also sets the type of its result. */
MIL_API mil_status mil_operation_set_attribute(mil_operation *operation, const char *name, const mil_literal *value);
/* Removes an attribute. */
MIL_API mil_status mil_operation_remove_attribute(mil_operation *operation, const char *name);
/* Moves it before another operation of the same function that isn't nested in it. */
MIL_API mil_status mil_operation_move_before(mil_operation *operation, mil_operation *other);
/* Erases it from its block. Its results must be unused. */
MIL_API mil_status mil_operation_erase(mil_operation *operation);

/* ---- Values ---- */

/* The name of a value. */
MIL_API mil_string mil_value_name(const mil_value *value);
/* The type of a value. */
MIL_API const mil_type *mil_value_type(const mil_value *value);
/* The operation that defines it; NULL for an input of a block. */
MIL_API mil_operation *mil_value_operation(const mil_value *value);
/* The block whose input it is; NULL for a result. */
MIL_API mil_block *mil_value_input_of(const mil_value *value);
/* The index among the results of its operation, or among the inputs of its block. */
MIL_API size_t mil_value_index(const mil_value *value);
/* The number of uses. Linear in the uses. */
MIL_API size_t mil_value_use_count(const mil_value *value);
/* Fills `out` with up to `capacity` operations that use it, one per use; returns the number of uses. */
MIL_API size_t mil_value_users(const mil_value *value, mil_operation **out, size_t capacity);
/* Whether it is an output of a block. */
MIL_API bool mil_value_is_output(const mil_value *value);
/* The literal of a value that is the result of a `const`, or NULL. */
MIL_API const mil_literal *mil_value_constant(const mil_value *value);
/* Renames it, and the corresponding feature of the interface. The name must be an identifier that is unused in the function. The first call
 * for a function is linear in its size. */
MIL_API mil_status mil_value_rename(mil_model *model, mil_value *value, const char *name);
/* Replaces all its uses by another value of the same function. */
MIL_API mil_status mil_value_replace_uses(mil_value *value, mil_value *by);
/* Reads `count` elements of a constant as doubles, starting at `first`; constexpr_* operations are decompressed. Ascending windows are
 * fastest. MIL_BAD_CALL if it is not a numeric constant. */
MIL_API mil_status mil_value_elements(const mil_value *value, uint64_t first, double *out, size_t count);

#ifdef __cplusplus
}
#endif
#endif

/* milc's C interface: building models, checked call by call against the catalogue of operations.
 *
 *     mil_builder *builder;
 *     mil_builder_create(context, "ios18", &builder);
 *     mil_function_builder *main;
 *     mil_builder_function(builder, "main", &main);
 *     int64_t dims[] = {1, 8};
 *     mil_value *x, *y;
 *     mil_build_input(main, "x", MIL_FLOAT16, dims, 2, &x);
 *     mil_argument arguments[] = {{.name = "x", .kind = MIL_GIVEN_VALUES, .data = &x, .count = 1}};
 *     mil_build_operation(main, "relu", arguments, 1, "y", &y, 1, NULL);
 *     mil_build_output(main, y, NULL);
 *     mil_builder_finish(builder, &model);
 *
 * An invalid call returns MIL_BAD_INPUT, with the operation's signature in the diagnostics; the model can't be finished then. Numbers
 * become constants whose element type follows from the other arguments; defaults are written out. Builders of functions live as long as
 * their builder, values as long as the builder or the model that it made. */
#ifndef MIL_C_BUILD_H
#define MIL_C_BUILD_H

#include "mil-c/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Builds a model. */
typedef struct mil_builder mil_builder;
/* Builds a function of a model, or a nested block. */
typedef struct mil_function_builder mil_function_builder;

/* The kind of an argument's value. */
typedef enum mil_given MIL_ENUM {
  MIL_GIVEN_VALUES = 1,   /* `count` pointers to values: mil_value *const * */
  MIL_GIVEN_LITERAL = 2,  /* a literal: const mil_literal * */
  MIL_GIVEN_STRING = 3,   /* `count` bytes */
  MIL_GIVEN_INTEGERS = 4, /* `count` int64_t */
  MIL_GIVEN_NUMBERS = 5,  /* `count` doubles */
  MIL_GIVEN_BOOLS = 6     /* `count` bytes of 0 or 1 */
} mil_given;

/* A named argument: a value of the program, or numbers, bools or text that become a constant. Borrowed during the call. */
typedef struct mil_argument {
  const char *name;
  int32_t kind;   /* mil_given */
  int32_t scalar; /* not 0: the only number or bool is a scalar, not a vector */
  const void *data;
  size_t count;
} mil_argument;

/* Creates a builder of a model, to be closed. `opset`: "ios15" to "ios18", "ios26". */
MIL_API mil_status mil_builder_create(mil_context *context, const char *opset, mil_builder **out);
/* Closes a builder, with its function builders. */
MIL_API void mil_builder_close(mil_builder *builder);
/* Adds a function. A model whose only function is named "main" is a plain model, others are multifunction models. */
MIL_API mil_status mil_builder_function(mil_builder *builder, const char *name, mil_function_builder **out);
/* Sets the default function, by name. */
MIL_API mil_status mil_builder_set_default(mil_builder *builder, const char *function);
/* Verifies and returns the model. The builder can only be closed afterwards. */
MIL_API mil_status mil_builder_finish(mil_builder *builder, mil_model **out);

/* Adds an input or a state. `dims`: sizes or MIL_DIM_UNKNOWN. */
MIL_API mil_status mil_build_input(mil_function_builder *function, const char *name, mil_dtype dtype, const int64_t *dims, size_t rank,
                                   mil_value **out);
MIL_API mil_status mil_build_state(mil_function_builder *function, const char *name, mil_dtype dtype, const int64_t *dims, size_t rank,
                                   mil_value **out);
/* Makes a value an output of the function. `name` may be NULL to keep the name of the value. */
MIL_API mil_status mil_build_output(mil_function_builder *function, mil_value *value, const char *name);
/* Adds a constant. */
MIL_API mil_status mil_build_constant(mil_function_builder *function, const char *name, const mil_literal *literal, mil_value **out);
/* Creates an operation. Writes at most `capacity` results to `results`, and their number to `count` (may be NULL). `name` may be NULL. */
MIL_API mil_status mil_build_operation(mil_function_builder *function, const char *type, const mil_argument *arguments,
                                       size_t argument_count, const char *name, mil_value **results, size_t capacity, size_t *count);

/* Builds a nested block with the given builder, whose block has these inputs, and writes at most `capacity` outputs. Returns the number of
 * outputs, or -1 on failure. */
typedef int64_t (*mil_build_block)(void *data, mil_function_builder *block, mil_value *const *inputs, size_t input_count,
                                   mil_value **outputs, size_t capacity);
/* cond: both branches return the same number of values with the same types. */
MIL_API mil_status mil_build_cond(mil_function_builder *function, mil_value *predicate, mil_build_block when_true,
                                  mil_build_block when_false, void *data, const char *name, mil_value **results, size_t capacity,
                                  size_t *count);
/* while_loop: `condition` returns a bool, `body` the next values of the variables. */
MIL_API mil_status mil_build_while(mil_function_builder *function, mil_value *const *variables, size_t variable_count,
                                   mil_build_block condition, mil_build_block body, void *data, const char *name, mil_value **results,
                                   size_t capacity, size_t *count);

/* ---- In an existing program ----
 *
 * Creates a builder for a function of a model: it inserts operations before `before`, an operation of the body of the function, or at the
 * end if that is NULL. It must be closed. Only one may be open at a time, and no operation may be erased while it is open. */
MIL_API mil_status mil_edit_create(mil_model *model, mil_function *function, mil_operation *before, mil_function_builder **out);
/* Closes such a builder. The operations that it inserted remain. */
MIL_API void mil_edit_close(mil_function_builder *function);

#ifdef __cplusplus
}
#endif
#endif

/* milc's C interface: running models.
 *
 *     mil_executable *executable;
 *     mil_executable_create(model, NULL, &executable);
 *     float x[8] = {1};
 *     int64_t dims[] = {1, 8};
 *     mil_input inputs[] = {{.name = "x", .tensor = {.dtype = MIL_FLOAT32, .dims = dims, .rank = 2, .data = x, .size = sizeof x}}};
 *     mil_results *results;
 *     if (mil_run(executable, inputs, 1, NULL, &results) == MIL_OK) {
 *       mil_tensor y;
 *       mil_results_tensor(results, 0, &y);
 *       printf("%f\n", ((const float *)y.data)[0]);
 *       mil_results_close(results);
 *     }
 *     mil_executable_close(executable);
 *
 * Models run on the CPU, like in `milc run`, with the declared element types (docs/run.md). Inputs are read from the caller's memory
 * without a copy; it must not change during the call. Tensors are row-major with 1, 2, 4 or 8 bytes per element; bools are bytes of 0 or 1.
 *
 * An executable is a function of a model that is prepared for repeated runs. It keeps the program in memory after the model is closed. If
 * the program is changed, the executable is outdated: runs are an error, and a new one must be created. The same holds in the child of a
 * fork, where the threads of the executable don't exist. */
#ifndef MIL_C_RUN_H
#define MIL_C_RUN_H

#include "mil-c/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A model that is prepared to run. */
typedef struct mil_executable mil_executable;
/* The content of the states of a model. */
typedef struct mil_states mil_states;
/* The outputs of a run. */
typedef struct mil_results mil_results;

/* The element types in which floats are computed. */
typedef enum mil_precision MIL_ENUM {
  MIL_PRECISION_DECLARED = 0, /* each result is rounded to its declared type */
  MIL_PRECISION_FP32 = 1,     /* all floats are computed and held as fp32 */
  MIL_PRECISION_EXACT = 2     /* in double, without intermediate rounding */
} mil_precision;

/* Options of mil_executable_create. */
typedef struct mil_run_options {
  size_t size;
  const char *function; /* NULL: the default one; all models of a pipeline */
  int32_t precision;    /* mil_precision */
  uint32_t threads;     /* 0: one per processor. Results don't depend on it */
  uint64_t max_memory;  /* bytes of values at a time, weights not counted; 0: half of the machine's memory */
  uint64_t seed;        /* of random operations that have none */
} mil_run_options;

/* ---- Executables ---- */

/* Prepares a function of a model, or a pipeline, for running. Must be closed. */
MIL_API mil_status mil_executable_create(mil_model *model, const mil_run_options *options, mil_executable **out);
/* Closes an executable. */
MIL_API void mil_executable_close(mil_executable *executable);
/* Whether it can still be run: its program is unchanged, and this process created it. */
MIL_API int32_t mil_executable_is_current(const mil_executable *executable);

/* The inputs, outputs or states of an executable. */
typedef enum mil_port MIL_ENUM { MIL_PORT_INPUT = 1, MIL_PORT_OUTPUT = 2, MIL_PORT_STATE = 3 } mil_port;

/* The number of inputs, outputs or states. */
MIL_API size_t mil_executable_port_count(const mil_executable *executable, mil_port port);
/* The name of an input, output or state. */
MIL_API mil_string mil_executable_port_name(const mil_executable *executable, mil_port port, size_t index);
/* The declared type; of a state the type of its tensor. */
MIL_API const mil_type *mil_executable_port_type(const mil_executable *executable, mil_port port, size_t index);

/* ---- Running ---- */

/* A tensor in memory: owned by the caller if passed to milc, by milc if returned. */
typedef struct mil_tensor {
  mil_dtype dtype;
  const int64_t *dims; /* `rank` of them; may be NULL for a scalar */
  size_t rank;
  const void *data; /* `size` bytes */
  size_t size;
} mil_tensor;

/* The value of an input. */
typedef struct mil_input {
  const char *name;
  mil_tensor tensor;
} mil_input;

/* Computes the outputs. Every input that isn't optional must be given once, with the rank and sizes of its type. Floats are rounded to the
 * type; other numbers of another element type are accepted if they all convert exactly. `states` may be NULL: states then start at zero and
 * are discarded. The progress callback is called between operations; after a failure, states contain what was written until then. */
MIL_API mil_status mil_run(mil_executable *executable, const mil_input *inputs, size_t count, mil_states *states, mil_results **out);

/* The tolerance of mil_compare. */
typedef struct mil_compare_options {
  size_t size;
  double absolute; /* how far elements may differ: |a - b| <= absolute + relative * |b|; both 0: 0.001 */
  double relative;
  double psnr; /* used instead if not 0: the least ratio of the peak of an output to its mean error, in dB */
} mil_compare_options;

/* Runs both on the same inputs, with states starting at zero. The report has the format of one sample of `milc compare --json`: {"within",
 * "outputs", "missing", "values", "firstApart"}. */
MIL_API mil_status mil_compare(mil_executable *a, mil_executable *b, const mil_input *inputs, size_t count,
                               const mil_compare_options *options, mil_text **out);

/* ---- Results: outputs, in the order of the model's description ---- */

/* The kind of an output's value. */
typedef enum mil_result_kind_t MIL_ENUM {
  MIL_RESULT_NONE = 0,
  MIL_RESULT_TENSOR = 1,
  MIL_RESULT_LIST = 2,    /* tensors */
  MIL_RESULT_STRINGS = 3, /* a classifier's label */
  MIL_RESULT_SCORES = 4   /* a number for each label of a classifier */
} mil_result_kind_t;

/* Closes results, with the tensors and strings that they contain. */
MIL_API void mil_results_close(mil_results *results);
/* The number of outputs. */
MIL_API size_t mil_results_count(const mil_results *results);
/* The name of an output. */
MIL_API mil_string mil_results_name(const mil_results *results, size_t index);
/* The kind of an output. */
MIL_API mil_result_kind_t mil_results_kind(const mil_results *results, size_t index);
/* Points `out` to the tensor, which lives as long as the results. MIL_BAD_CALL if the output is not a tensor. */
MIL_API mil_status mil_results_tensor(const mil_results *results, size_t index, mil_tensor *out);
/* The number of tensors of a list, of strings or of labels; 0 for a tensor. */
MIL_API size_t mil_results_length(const mil_results *results, size_t index);
/* A tensor of a list. MIL_BAD_CALL for one that was never written and whose shape is unknown. */
MIL_API mil_status mil_results_element(const mil_results *results, size_t index, size_t element, mil_tensor *out);
/* A string, or a label that is one; "" for a label that is a number. */
MIL_API mil_string mil_results_string(const mil_results *results, size_t index, size_t element);
/* A label that is a number. */
MIL_API int64_t mil_results_label(const mil_results *results, size_t index, size_t element);
/* Whether the labels of scores are strings; else they are numbers. */
MIL_API int32_t mil_results_labels_are_strings(const mil_results *results, size_t index);
/* The score of a label. */
MIL_API double mil_results_score(const mil_results *results, size_t index, size_t element);

/* ---- States, which are kept between runs ---- */

/* Creates all states of an executable, at zero. They can be used with any executable of the context whose states have these names, types
 * and sizes. */
MIL_API mil_status mil_states_create(mil_executable *executable, mil_states **out);
/* Closes states. */
MIL_API void mil_states_close(mil_states *states);
/* The number of states. */
MIL_API size_t mil_states_count(const mil_states *states);
/* The name of a state; states are sorted by name. */
MIL_API mil_string mil_states_name(const mil_states *states, size_t index);
/* Points `out` to the content of a state. Valid until the states are written, used in a run, or closed. */
MIL_API mil_status mil_states_tensor(const mil_states *states, const char *name, mil_tensor *out);
/* Copies a tensor with the element type and sizes of the state into it. */
MIL_API mil_status mil_states_write(mil_states *states, const char *name, const mil_tensor *tensor);

#ifdef __cplusplus
}
#endif
#endif

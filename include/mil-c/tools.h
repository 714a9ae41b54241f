/* milc's C interface: the functions of milc's commands.
 *
 *     mil_pass_options options = MIL_OPTIONS(mil_pass_options);
 *     options.pipeline = "default";
 *     int32_t changed;
 *     mil_run_passes(model, &options, &changed);
 *
 * All models of a call must belong to one context. They are only changed by mil_run_passes, mil_compress and mil_bind. Resulting models
 * must be closed by the caller. JSON results are the same as the output of the command with --json. */
#ifndef MIL_C_TOOLS_H
#define MIL_C_TOOLS_H

#include "mil-c/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Merging ---- */

/* A model to merge, or one of its functions. */
typedef struct mil_merge_input {
  mil_model *model;
  const char *function; /* NULL: all of its functions */
  const char *name;     /* its name in the result; NULL: its own, or that of its file if two functions have the same name */
} mil_merge_input;

/* Options of mil_merge. */
typedef struct mil_merge_options {
  size_t size;
  const char *default_function; /* by its new name; NULL: the first */
  const char *metadata_from; /* use only the metadata of this input: its path, or the new name of one of its functions; NULL: combine all */
} mil_merge_options;

/* Merges models into one multifunction model. If it is saved with share_weights, equal weights are stored once. */
MIL_API mil_status mil_merge(mil_context *context, const mil_merge_input *inputs, size_t count, const mil_merge_options *options,
                             mil_model **out);

/* Makes a pipeline of two or more models of any type, which run one after the other and pass values by name. Inputs that are not an output
 * of an earlier model are inputs of the pipeline; outputs that are not an input of a later model are outputs of the pipeline. */
MIL_API mil_status mil_make_pipeline(mil_context *context, mil_model *const *models, size_t count, mil_model **out);

/* ---- Unifying ---- */

/* Options of mil_unify. */
typedef struct mil_unify_options {
  size_t size;
  int32_t decompress;          /* not 0: compressed constants that differ become inputs with decompressed values */
  int32_t states;              /* not 0: weights that differ become states, which a second function fills */
  int32_t range;               /* not 0: allow all sizes from the smallest to the largest, instead of only those of the functions */
  int32_t low_rank;            /* not 0: weights of linear that differ by a low rank are kept, and two thin inputs are added */
  int64_t max_rank;            /* of low_rank; 0: 64, or less for small weights */
  double tolerance;            /* of low_rank: the allowed error, relative to the weight; 0: 1/2048 */
  int32_t low_rank_only;       /* not 0: other weights are an error instead of becoming inputs */
  const char *adapters_folder; /* the folder for the values of the new inputs, one file per function; required if weights differ */
  int32_t safetensors;         /* not 0: .safetensors files instead of .npz */
  int32_t force;               /* not 0: replace existing files */
} mil_unify_options;

/* Combines functions that only differ in weights or sizes into one (docs/unify.md). The adapters are written by this call. */
MIL_API mil_status mil_unify(mil_context *context, const mil_merge_input *inputs, size_t count, const mil_unify_options *options,
                             mil_model **out);
/* The inverse: replaces inputs by constants with values from an .npz or .safetensors file. Changes the model, which can only be closed
 * after a failure. */
MIL_API mil_status mil_bind(mil_model *model, const char *adapter);

/* ---- Compressing ---- */

/* Options of mil_compress. */
typedef struct mil_compress_options {
  size_t size;
  const char *const *configs; /* texts in coremltools' OptimizationConfig format, YAML or JSON, applied one after the other. */
  size_t config_count;        /* Set exactly one of configs, preset, bytes and decibels */
  int32_t joint;              /* not 0: the first configuration may also compress compressed weights again */
  const char *preset;         /* "4bit-palette"; see mil_list_presets */
  uint64_t bytes;             /* choose a scheme for each weight so that all constants take at most this number of bytes */
  double decibels;            /* choose the smallest schemes with this signal-to-noise ratio */
  const char *target;         /* the opset to raise all functions to first: "ios16" to "ios18", "ios26" */
} mil_compress_options;

/* The result of mil_compress. */
typedef struct mil_compress_result {
  size_t size;           /* set before the call */
  uint64_t weights;      /* number of weights */
  uint64_t compressed;   /* number of compressed weights */
  uint64_t bytes_before; /* of all constants */
  uint64_t bytes_after;
} mil_compress_result;

/* Compresses the weights of a model (docs/compression.md); `result` may be NULL. Changes the model, which can only be closed after a
 * failure. */
MIL_API mil_status mil_compress(mil_model *model, const mil_compress_options *options, mil_compress_result *result);
/* Bytes of all constants with 10 or more elements; equal constants count once. 0 for NULL. Reads the constants. */
MIL_API uint64_t mil_model_constant_bytes(mil_model *model);
/* The presets as JSON: [{"name", "summary", "needs", "bits"}]. Must be closed. */
MIL_API mil_text *mil_list_presets(void);

/* ---- Extracting and splitting ---- */

/* Options of mil_extract. */
typedef struct mil_extract_options {
  size_t size;
  const char *const *functions; /* by name; none: the default one */
  size_t function_count;
  const char *default_function;
  const char *const *inputs; /* values or operations to start and end at; none: those of the function */
  size_t input_count;
  const char *const *outputs;
  size_t output_count;
} mil_extract_options;

/* Extracts functions, or the operations that compute given values, into a new model. */
MIL_API mil_status mil_extract(mil_model *model, const mil_extract_options *options, mil_model **out);

/* Options of mil_split. */
typedef struct mil_split_options {
  size_t size;
  const char *const *at; /* set exactly one of these three: cut after these values or operations, */
  size_t at_count;
  uint32_t parts;               /* the number of parts, */
  uint64_t max_weight_bytes;    /* the largest size of a weight file */
  const char *const *functions; /* none: all */
  size_t function_count;
  int32_t force; /* not 0: replace a folder written by mil_split */
} mil_split_options;

/* Splits a model into the packages part_1, part_2, ..., which run one after the other, in a folder with `parts.json`. */
MIL_API mil_status mil_split(mil_model *model, const char *folder, const mil_split_options *options);

/* ---- Comparing ---- */

/* The differences as JSON; the member `different` tells whether there are any. */
MIL_API mil_status mil_diff(mil_model *before, mil_model *after, int32_t ignore_names, mil_text **out);

/* ---- Drawing ---- */

/* Options of mil_draw. */
typedef struct mil_draw_options {
  size_t size;
  const char *function; /* NULL: the default one */
  const char *layer;    /* a group of operations, as in `milc view`, instead of the whole function */
  const char *around;   /* a value or operation: draw the nodes within `depth` edges of it */
  uint32_t depth;       /* 0: 3 */
} mil_draw_options;

/* The graph of a function as SVG, with folded layers, as drawn by `milc view -o X.svg`. Fails if the picture would have more than 1,000
 * nodes. */
MIL_API mil_status mil_draw(mil_model *model, const mil_draw_options *options, mil_text **out);

/* ---- Compiling ---- */

/* Options of mil_compile. */
typedef struct mil_compile_options {
  size_t size;
  const char *compiler_version; /* the version in the output, "3600.25.1"; NULL: the newest known version */
  const char *mil_version;      /* of its MIL component; NULL: the version that belongs to compiler_version */
  int32_t best_effort;          /* not 0: guess unknown output, with warnings */
  int32_t force;
} mil_compile_options;

/* Compiles an opened model to a .mlmodelc, like Core ML's compiler. */
MIL_API mil_status mil_compile(mil_model *model, const char *path, const mil_compile_options *options);
/* Writes a model that was opened from a .mlmodelc as a package. */
MIL_API mil_status mil_decompile(mil_model *model, const char *path, int32_t force);

/* ---- Passes ---- */

/* Options of mil_run_passes: one of `passes` and `pipeline`, and further options. */
typedef struct mil_pass_options {
  size_t size;
  const char *passes;   /* "a,b{option=value},c", or */
  const char *pipeline; /* a named pipeline with edits, "default,-fuse_gelu_exact,+cast_optimization" */
  const char *target;   /* the opset to raise all functions to first, "ios18": pass raise_opset */
  int32_t converge;     /* not 0: repeat until nothing changes */
  int32_t verify_each;  /* not 0: verify after every pass */
} mil_pass_options;

/* Verifies the model and runs passes on it; `changed` (may be NULL) tells whether they changed anything. After a failure or cancellation
 * the model can only be closed. */
MIL_API mil_status mil_run_passes(mil_model *model, const mil_pass_options *options, int32_t *changed);

/* ---- Lists ---- */

/* All passes and pipelines as JSON: {"passes": [{"name", "summary", "theme", "differs", "options": [{"name", "kind", "default",
 * "summary"}]}], "pipelines": [{"name", "summary", "passes"}]}. Must be closed. */
MIL_API mil_text *mil_list_passes(void);
/* The output of `milc ops --json`. Must be closed. */
MIL_API mil_text *mil_list_operations(void);

#ifdef __cplusplus
}
#endif
#endif

/* milc's C interface: what the commands of milc do.
 *
 * Models that go into one call are of one context. None of them is changed but by mil_run_passes, mil_compress and mil_bind. Results are
 * models to be saved and closed; JSON is what the command of that name prints with --json. */
#ifndef MIL_C_TOOLS_H
#define MIL_C_TOOLS_H

#include "mil-c/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Merging ---- */

typedef struct mil_merge_input {
  mil_model *model;
  const char *function; /* NULL: all of its functions */
  const char *name;     /* its name in the result; NULL: its own, or one made from the file's name where two would be the same */
} mil_merge_input;

typedef struct mil_merge_options {
  size_t size;
  const char *default_function; /* by its new name; NULL: the first */
  const char *metadata_from;    /* the path or the new name of a function of the input whose metadata to take; NULL: united */
} mil_merge_options;

/* One multifunction model of several. Saved with share_weights it stores equal weights once. */
MIL_API mil_status mil_merge(mil_context *context, const mil_merge_input *inputs, size_t count, const mil_merge_options *options,
                             mil_model **out);

/* A pipeline of models of any type, two or more, that run one after the other. They pass values by name: an input that no model before gives
 * is one of the pipeline, an output that no model after takes is one of the pipeline. */
MIL_API mil_status mil_make_pipeline(mil_context *context, mil_model *const *models, size_t count, mil_model **out);

/* ---- Unifying ---- */

typedef struct mil_unify_options {
  size_t size;
  int32_t decompress;          /* not 0: compressed constants that differ become inputs of their values */
  int32_t states;              /* not 0: weights that differ become states, which a second function fills */
  int32_t range;               /* not 0: all sizes from the smallest to the largest, instead of the functions' own */
  int32_t low_rank;            /* not 0: weights of linear that differ by a low rank stay, and two thin inputs are added */
  int64_t max_rank;            /* of low_rank; 0: 64, or less for small weights */
  double tolerance;            /* of low_rank: what may be left out, relative to the weight; 0: 1/2048 */
  int32_t low_rank_only;       /* not 0: other weights are refused instead of becoming inputs */
  const char *adapters_folder; /* where the values of the new inputs go, a file for each function; needed when weights differ */
  int32_t safetensors;         /* not 0: .safetensors files instead of .npz */
  int32_t force;               /* not 0: replace files that are there */
} mil_unify_options;

/* One function of several that are the same program but for weights or sizes (docs/unify.md). The adapters are written at once. */
MIL_API mil_status mil_unify(mil_context *context, const mil_merge_input *inputs, size_t count, const mil_unify_options *options,
                             mil_model **out);
/* The way back: makes constants of the inputs that a file has values for, an .npz or .safetensors file. Changes the model, which can only be
 * closed after a failure. */
MIL_API mil_status mil_bind(mil_model *model, const char *adapter);

/* ---- Compressing ---- */

typedef struct mil_compress_options {
  size_t size;
  const char *const *configs; /* texts in the format of coremltools' OptimizationConfig, YAML or JSON; each further one compresses again */
  size_t config_count;        /* what the one before has made. Exactly one of configs, preset, bytes and decibels says how to compress */
  int32_t joint;              /* not 0: the first configuration, too, compresses what is compressed already */
  const char *preset;         /* "4bit-palette"; mil_list_presets tells which there are */
  uint64_t bytes;             /* choose a scheme for each weight, so that all constants take so many bytes */
  double decibels;            /* choose the smallest schemes of this signal-to-noise ratio */
  const char *target;         /* the opset to raise all functions to first: "ios16" to "ios18", "ios26" */
} mil_compress_options;

typedef struct mil_compress_result {
  size_t size;           /* set before the call */
  uint64_t weights;      /* how many were looked at */
  uint64_t compressed;   /* how many have a scheme now */
  uint64_t bytes_before; /* of all constants */
  uint64_t bytes_after;
} mil_compress_result;

/* Stores the weights of a model in fewer bits (docs/compression.md); `result` may be NULL. Changes the model, which can only be closed after
 * a failure. */
MIL_API mil_status mil_compress(mil_model *model, const mil_compress_options *options, mil_compress_result *result);
/* Bytes of all constants of 10 elements and more, each content once. 0 for NULL. Reads them. */
MIL_API uint64_t mil_model_constant_bytes(mil_model *model);
/* [{"name", "summary", "needs", "bits"}]. To be closed. */
MIL_API mil_text *mil_list_presets(void);

/* ---- Taking apart ---- */

typedef struct mil_extract_options {
  size_t size;
  const char *const *functions; /* by name; none: the default one */
  size_t function_count;
  const char *default_function;
  const char *const *inputs; /* values or operations to begin and to end at; none: the function's own */
  size_t input_count;
  const char *const *outputs;
  size_t output_count;
} mil_extract_options;

/* Functions, or what leads to some values of one, as a model of its own. */
MIL_API mil_status mil_extract(mil_model *model, const mil_extract_options *options, mil_model **out);

typedef struct mil_split_options {
  size_t size;
  const char *const *at; /* exactly one of these three: behind which values or operations, */
  size_t at_count;
  uint32_t parts;               /* into how many parts, */
  uint64_t max_weight_bytes;    /* with how large a weight file at most */
  const char *const *functions; /* none: all */
  size_t function_count;
  int32_t force; /* not 0: replace a folder that split has written */
} mil_split_options;

/* Cuts a model into packages part_1, part_2, ... that run one after the other, in a folder with `parts.json`. */
MIL_API mil_status mil_split(mil_model *model, const char *folder, const mil_split_options *options);

/* ---- Comparing ---- */

/* What changed, as JSON; its member `different` says whether anything did. */
MIL_API mil_status mil_diff(mil_model *before, mil_model *after, int32_t ignore_names, mil_text **out);

/* ---- Drawing ---- */

typedef struct mil_draw_options {
  size_t size;
  const char *function; /* NULL: the default one */
  const char *layer;    /* a group of operations that `milc view` finds, instead of the whole function */
  const char *around;   /* a value or operation: what `depth` edges lead to from it, up and down */
  uint32_t depth;       /* 0: 3 */
} mil_draw_options;

/* The graph of a function as SVG, with layers folded, as `milc view -o X.svg` draws it. Fails when the picture would have more than 1,000
 * nodes. */
MIL_API mil_status mil_draw(mil_model *model, const mil_draw_options *options, mil_text **out);

/* ---- Compiling ---- */

typedef struct mil_compile_options {
  size_t size;
  const char *compiler_version; /* as the output is to name it, "3600.25.1"; NULL: the newest that is known */
  const char *mil_version;      /* of its MIL component; NULL: the one that goes with it */
  int32_t best_effort;          /* not 0: what isn't known is a warning and a guess */
  int32_t force;
} mil_compile_options;

/* Writes the .mlmodelc that Core ML's compiler makes of a model as it was opened. */
MIL_API mil_status mil_compile(mil_model *model, const char *path, const mil_compile_options *options);
/* Writes what was opened from a .mlmodelc as a package. */
MIL_API mil_status mil_decompile(mil_model *model, const char *path, int32_t force);

/* ---- Passes ---- */

typedef struct mil_pass_options {
  size_t size;
  const char *passes;   /* "a,b{option=value},c", or */
  const char *pipeline; /* a named pipeline with edits, "default,-fuse_gelu_exact,+cast_optimization" */
  const char *target;   /* the opset to raise all functions to first, "ios18": pass raise_opset */
  int32_t converge;     /* not 0: again until nothing changes */
  int32_t verify_each;  /* not 0: check after every pass */
} mil_pass_options;

/* Rewrites the model by passes, once it was verified; `changed` (may be NULL) says whether anything did. A model whose passes failed or
 * were cancelled can only be closed. */
MIL_API mil_status mil_run_passes(mil_model *model, const mil_pass_options *options, int32_t *changed);

/* ---- What there is ---- */

/* {"passes": [{"name", "summary", "theme", "differs", "options": [{"name", "kind", "default", "summary"}]}], "pipelines": [{"name", "summary",
 * "passes"}]}. To be closed. */
MIL_API mil_text *mil_list_passes(void);
/* What `milc ops --json` prints. To be closed. */
MIL_API mil_text *mil_list_operations(void);

#ifdef __cplusplus
}
#endif
#endif

/* milc's C interface: what the commands of milc do.
 *
 * Models that go into one call are of one context. None of them is changed but by mil_run_passes. Results are models to be saved and
 * closed; JSON is what the command of that name prints with --json. */
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
  const char *target;   /* the opset that passes may raise the program to, "ios18" */
  int32_t converge;     /* not 0: again until nothing changes */
  int32_t verify_each;  /* not 0: check after every pass */
} mil_pass_options;

/* Rewrites the model by passes, once it was verified; `changed` (may be NULL) says whether anything did. A model whose passes failed or
 * were cancelled can only be closed. */
MIL_API mil_status mil_run_passes(mil_model *model, const mil_pass_options *options, int32_t *changed);

/* ---- What there is ---- */

/* {"passes": [{"name", "says", "theme", "differs", "options": [{"name", "kind", "default", "says"}]}], "pipelines": [{"name", "says",
 * "passes"}]}. To be closed. */
MIL_API mil_text *mil_list_passes(void);
/* What `milc ops --json` prints. To be closed. */
MIL_API mil_text *mil_list_operations(void);

#ifdef __cplusplus
}
#endif
#endif

/* milc's C interface: models, opened from any form, looked at, changed, and saved in any form.
 *
 * Forms are those of the command line: .mlpackage, .mlmodelc, .mlmodel, .mil; the form of an output follows from its extension. Weights
 * stay in their files until the model is saved, and are copied then. Outputs appear whole or not at all. */
#ifndef MIL_C_MODEL_H
#define MIL_C_MODEL_H

#include "mil-c/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Structs of options begin with their size, so that they can grow: set it by MIL_OPTIONS(type), which zeroes the rest. Zero and NULL are
 * the defaults everywhere. NULL for a pointer to options means all defaults. */
#define MIL_OPTIONS(type) ((type){.size = sizeof(type)})

typedef struct mil_open_options {
  size_t size;
  const char *weights_folder;    /* look for weight files here, by name, instead of in the model's folder */
  int32_t allow_missing_weights; /* not 0: a missing weight file is a warning */
} mil_open_options;

typedef struct mil_save_options {
  size_t size;
  int32_t force;            /* not 0: replace what is there */
  int32_t share_weights;    /* 1: one weight file, each content once; -1: weight files as they were, what is new appended; 0: the first for
                               models that were merged, taken apart or rewritten by passes, the second for others */
  int64_t externalize_from; /* move constants of at least so many elements to the weight file; -1: none; 0: as the form has it */
} mil_save_options;

typedef struct mil_save_result {
  size_t size;               /* set before the call */
  uint64_t weight_bytes;     /* of all distinct weights written */
  uint64_t referenced_bytes; /* each reference counted */
  uint64_t weights;          /* how many distinct ones */
} mil_save_result;

MIL_API mil_status mil_model_open(mil_context *context, const char *path, const mil_open_options *options, mil_model **out);
/* Frees the model and all in it. Models that were made from it keep what they need. */
MIL_API void mil_model_close(mil_model *model);
/* `result` may be NULL. */
MIL_API mil_status mil_model_save(mil_model *model, const char *path, const mil_save_options *options, mil_save_result *result);
/* Structure, operations by their definitions, agreement with the interface. `strict`: unknown operations are errors, too. */
MIL_API mil_status mil_model_verify(mil_model *model, int32_t strict);
/* The program as MIL text. Tensors in memory of more than `elide_above` elements are left out (0: none is). */
MIL_API mil_status mil_model_text(mil_model *model, uint64_t elide_above, mil_text **out);
/* What `milc info --json` prints. */
MIL_API mil_status mil_model_info(mil_model *model, mil_text **out);
/* Where it was opened from; "" for one that was made. */
MIL_API mil_string mil_model_path(const mil_model *model);

MIL_API int32_t mil_model_specification_version(const mil_model *model);
MIL_API mil_status mil_model_set_specification_version(mil_model *model, int32_t version);
/* The function that runs when none is asked for. */
MIL_API mil_string mil_model_default_function(const mil_model *model);

/* ---- Metadata ----
 *
 * Keys are "description", "version", "author" and "license" for what all models have, and else the user's own, which `user` says. */

/* "" when it isn't there. */
MIL_API mil_string mil_model_metadata(const mil_model *model, const char *key, int32_t user);
/* NULL as value removes it. */
MIL_API mil_status mil_model_set_metadata(mil_model *model, const char *key, const char *value, int32_t user);
/* The user's own keys, sorted. */
MIL_API size_t mil_model_metadata_count(const mil_model *model);
MIL_API mil_string mil_model_metadata_key(const mil_model *model, size_t index);

/* ---- Interface ---- */

/* The interface of a function (NULL: the default one) as JSON:
 *
 *   {"name": "main",
 *    "inputs": [{"name": "x", "description": "", "optional": false,
 *                "type": {"kind": "multiArray", "dtype": "fp16", "shape": [1, 8], "ranges": [[1, 4], [8, 8]]}}],
 *    "outputs": [...], "states": [...], "predictedFeature": "", "predictedProbabilities": ""}
 *
 * Types: {"kind": "multiArray", "dtype", "shape", and one of "ranges" (lower and upper size of each dimension, -1: no bound) and "shapes"
 * (those to choose from), "default"}, {"kind": "image", "width", "height", "colorSpace", and one of "ranges" ([width, height]) and
 * "sizes"},
 * {"kind": "state", "dtype", "shape"}, {"kind": "int64" | "double" | "string"}, {"kind": "dictionary", "keys"}, {"kind": "sequence",
 * "elements"}, or null. */
MIL_API mil_status mil_model_interface(mil_model *model, const char *function, mil_text **out);
/* Changes the feature of that name: the members that `json` has, an object as above; "name" renames it, in the program too. "type" is taken
 * as a whole. For arrays that become flexible the program's types follow only at a reshaping pass: they must have unknown sizes there. */
MIL_API mil_status mil_model_set_feature(mil_model *model, const char *function, const char *feature, const char *json);

#ifdef __cplusplus
}
#endif
#endif

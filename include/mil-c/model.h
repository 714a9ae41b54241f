/* milc's C interface: opening, inspecting, changing and saving models in any form.
 *
 *     mil_model *model;
 *     mil_model_open(context, "model.mlpackage", NULL, &model);
 *     mil_model_set_metadata(model, "author", "someone", 0);
 *     mil_model_save(model, "out.mlpackage", NULL, NULL);
 *     mil_model_close(model);
 *
 * The forms are .mlpackage, .mlmodelc, .mlmodel and .mil; the form of an output depends on its extension. Weights stay in their files until
 * the model is saved, and are copied then. Outputs are written atomically. */
#ifndef MIL_C_MODEL_H
#define MIL_C_MODEL_H

#include "mil-c/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Structs of options begin with their size, so that they can be extended: initialise them with MIL_OPTIONS(type), which sets the size and
 * zeroes the rest. Zero and NULL are the defaults. NULL for a pointer to options means all defaults. */
#define MIL_OPTIONS(type) ((type){.size = sizeof(type)})

/* Options of mil_model_open. */
typedef struct mil_open_options {
  size_t size;
  const char *weights_folder;    /* search weight files here, by name, instead of in the model's folder */
  int32_t allow_missing_weights; /* not 0: a missing weight file is a warning */
  int32_t random_weights;        /* not 0: weights whose file is missing get random values, which are saved, too */
  uint64_t random_seed;          /* of random_weights: the same values for the same seed */
} mil_open_options;

/* Options of mil_model_save. */
typedef struct mil_save_options {
  size_t size;
  int32_t force;            /* not 0: replace an existing output */
  int32_t share_weights;    /* 1: one weight file, equal weights stored once; -1: keep the weight files and append new weights; 0: the first
                               for models that were merged, extracted or changed by passes, the second for others */
  int64_t externalize_from; /* move constants with at least this many elements to the weight file; -1: none; 0: the default of the form */
} mil_save_options;

/* The result of mil_model_save: the weights that were written. */
typedef struct mil_save_result {
  size_t size;               /* set before the call */
  uint64_t weight_bytes;     /* of all distinct weights written */
  uint64_t referenced_bytes; /* of all references */
  uint64_t weights;          /* number of distinct weights */
} mil_save_result;

/* Opens a model in any form. The result must be closed. */
MIL_API mil_status mil_model_open(mil_context *context, const char *path, const mil_open_options *options, mil_model **out);
/* Frees the model and everything in it. Models that were made from it remain valid. */
MIL_API void mil_model_close(mil_model *model);
/* Writes a model atomically, in the form of the extension of `path`. `result` may be NULL. */
MIL_API mil_status mil_model_save(mil_model *model, const char *path, const mil_save_options *options, mil_save_result *result);
/* Verifies structure, operations against their definitions, and agreement with the interface. `strict`: unknown operations are errors. */
MIL_API mil_status mil_model_verify(mil_model *model, int32_t strict);
/* The program as MIL text. Tensors in memory with more than `elide_above` elements are omitted (0: none). */
MIL_API mil_status mil_model_text(mil_model *model, uint64_t elide_above, mil_text **out);
/* The output of `milc info --json`. For a model that was created or changed, weights in memory count like those in files. */
MIL_API mil_status mil_model_info(mil_model *model, mil_text **out);
/* The path from which it was opened; "" for a model that was created. */
MIL_API mil_string mil_model_path(const mil_model *model);

/* The version of the format that the model is written in. */
MIL_API int32_t mil_model_specification_version(const mil_model *model);
MIL_API mil_status mil_model_set_specification_version(mil_model *model, int32_t version);
/* The default function. */
MIL_API mil_string mil_model_default_function(const mil_model *model);

/* ---- Metadata ----
 *
 * The keys are "description", "version", "author" and "license", or, if `user` isn't 0, those of user-defined metadata. Before texts are
 * changed or features renamed, the overlays of the package (Metadata.json, FeatureDescriptions.json) are merged into the model, because
 * they would override the changes. */

/* The text of a key; "" if it doesn't exist. */
MIL_API mil_string mil_model_metadata(const mil_model *model, const char *key, int32_t user);
/* Sets the text of a key. A NULL value removes the key. */
MIL_API mil_status mil_model_set_metadata(mil_model *model, const char *key, const char *value, int32_t user);
/* The keys of user-defined metadata, in the order of the model. */
MIL_API size_t mil_model_metadata_count(const mil_model *model);
/* The key with this index, or "". */
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
 * (the allowed shapes), "default"}, {"kind": "image", "width", "height", "colorSpace", and one of "ranges" ([width, height]) and
 * "sizes"}, {"kind": "state", "dtype", "shape"}, {"kind": "int64" | "double" | "string"}, {"kind": "dictionary", "keys"},
 * {"kind": "sequence", "elements"}, or null. */
MIL_API mil_status mil_model_interface(mil_model *model, const char *function, mil_text **out);
/* Changes the feature with this name. `json` is an object as above with only the members to change: "name" renames the feature, in the
 * program, too; "type" replaces the whole type, in the description only, while mil_model_edit also changes the program. */
MIL_API mil_status mil_model_set_feature(mil_model *model, const char *function, const char *feature, const char *json);

/* ---- Editing, program and description together ---- */

/* The edits of `milc edit`, which docs/edit.md describes. */
typedef enum mil_edit_kind MIL_ENUM {
  MIL_EDIT_RENAME = 1,       /* a function, input, output or state: name, new name; all renames at once */
  MIL_EDIT_TYPE = 2,         /* an input or output: name, element type "fp16", "fp32", "int32" or "int8" */
  MIL_EDIT_SHAPE = 3,        /* an input: name, "1x3x224x224", "1x3x64..512x64.." or several fixed shapes separated by commas */
  MIL_EDIT_IMAGE = 4,        /* an array becomes an image: name, "RGB", "BGR", "GRAYSCALE" or "GRAYSCALE_FLOAT16" */
  MIL_EDIT_ARRAY = 5,        /* an image becomes an array: name */
  MIL_EDIT_SCALE = 6,        /* of an image made by an earlier edit: name, one number, or one per channel separated by commas */
  MIL_EDIT_BIAS = 7,         /* as MIL_EDIT_SCALE; added after scaling */
  MIL_EDIT_TEXT = 8,         /* describes an input, output or state: name, text */
  MIL_EDIT_LABEL = 9,        /* the next label of a classifier: NULL, text; their number can't change */
  MIL_EDIT_DESCRIPTION = 10, /* of the model: NULL, text; the next three likewise */
  MIL_EDIT_AUTHOR = 11,
  MIL_EDIT_LICENSE = 12,
  MIL_EDIT_VERSION = 13,
  MIL_EDIT_SET = 14,             /* user-defined metadata: key, text */
  MIL_EDIT_UNSET = 15,           /* removes user-defined metadata: key */
  MIL_EDIT_DEFAULT_FUNCTION = 16 /* NULL, function */
} mil_edit_kind;

/* One edit. */
typedef struct mil_edit {
  int32_t kind;      /* mil_edit_kind */
  const char *name;  /* the feature, function or key; NULL if the kind has none */
  const char *value; /* NULL: "" */
} mil_edit;

/* Applies all edits, first those of features and then the others, and verifies the model. `function`: the function whose inputs, outputs
 * and states are edited; NULL: all functions that have them. After a failure the model is either unchanged, or can only be closed: all
 * other calls fail then. */
MIL_API mil_status mil_model_edit(mil_model *model, const char *function, const mil_edit *edits, size_t count);

#ifdef __cplusplus
}
#endif
#endif

/* milc's C interface, the basics: contexts, texts, diagnostics, progress.
 *
 *     mil_context *context = mil_context_create();
 *     mil_model *model = NULL;
 *     if (mil_model_open(context, "model.mlpackage", NULL, &model) != MIL_OK) {
 *       mil_diagnostics *why = mil_context_take_diagnostics(context);
 *       for (size_t i = 0; i < mil_diagnostics_count(why); ++i)
 *         fprintf(stderr, "%s\n", mil_diagnostics_text(why, i).data);
 *       mil_diagnostics_close(why);
 *     }
 *     mil_model_close(model);
 *     mil_context_close(context);
 *
 * Rules for all functions:
 *
 *  - A call that can fail returns a mil_status and writes its result through its last argument, only if the status is MIL_OK. Errors and
 *    warnings are kept in the context until they are fetched by mil_context_take_diagnostics.
 *  - NULL for a required handle is an error of the call (MIL_BAD_CALL); accessors return 0, NULL or "" instead. The same holds for objects
 *    of another context, except types and literals, which contain no reference to their context. The `_close` functions accept NULL.
 *  - Handles returned by a `_create`, `_open` or similar call must be closed once, by the `_close` function of their kind. Functions,
 *    blocks, operations and values live as long as their model, even after they were erased from it; types and literals live as long as
 *    their context. A context lives until it and all its models are closed, in any order. It closes the files of models and frees their
 *    memory when the last of its models, builders, executables, states and results is closed; after it has returned types or literals, only
 *    when the context itself ends.
 *  - Contexts are independent: use one per thread for parallel work. A context and its objects may be used from several threads, but only
 *    one call runs at a time; others wait.
 *  - Strings are UTF-8 with a length, followed by a NUL that the length doesn't include. Returned strings live as long as the object that
 *    they belong to, unless documented otherwise.
 *
 * The binary interface is stable: later versions only add functions, constants, and members at the end of structs that begin with `size`.
 * mil_abi_version counts such additions. */
#ifndef MIL_C_CORE_H
#define MIL_C_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MIL_API __attribute__((visibility("default")))
#else
#define MIL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Callers may pass any number; unlisted numbers are reported as errors. In C++ an enumeration can only hold such a number if its underlying
 * type is fixed. */
#ifdef __cplusplus
#define MIL_ENUM : int32_t
#else
#define MIL_ENUM
#endif

/* A context owns types and literals, and collects diagnostics. */
typedef struct mil_context mil_context;
/* Errors, warnings and notes. */
typedef struct mil_diagnostics mil_diagnostics;
/* A text that a call returned, to be closed. */
typedef struct mil_text mil_text;

/* A borrowed text. */
typedef struct mil_string {
  const char *data;
  size_t size;
} mil_string;

/* The result of a call. */
typedef enum mil_status MIL_ENUM {
  MIL_OK = 0,
  MIL_BAD_INPUT = 1, /* a model, file or option is invalid, or an output can't be written */
  MIL_BAD_CALL = 2,  /* the call is wrong: NULL, objects that don't belong together, a position out of range */
  MIL_CANCELLED = 3  /* the progress callback cancelled the call */
} mil_status;

/* The version of milc: "0.1.0". */
MIL_API mil_string mil_version(void);
/* The number of additions to this interface so far. */
MIL_API int32_t mil_abi_version(void);

/* ---- Contexts ---- */

/* Creates a context, which must be closed. */
MIL_API mil_context *mil_context_create(void);
/* Closes a context. */
MIL_API void mil_context_close(mil_context *context);

/* Called during long calls, about ten times per second, in the thread of the call: `done` of `total` bytes are copied, or 0 of 0 for other
 * work. A result other than 0 cancels the call with MIL_CANCELLED; outputs are unchanged then. An exception that a C++ callback throws
 * cancels the call, too; it is not passed on. The callback must not use the context. */
typedef int32_t (*mil_progress_callback)(void *data, uint64_t done, uint64_t total);
/* Sets the progress callback of a context, which is called with `data`. NULL removes it. */
MIL_API mil_status mil_context_set_progress(mil_context *context, mil_progress_callback callback, void *data);

/* ---- Diagnostics ---- */

/* The severity of a diagnostic. */
typedef enum mil_severity MIL_ENUM { MIL_NOTE = 0, MIL_WARNING = 1, MIL_ERROR = 2 } mil_severity;

/* All diagnostics since the last call, in order; a note follows its error or warning. The result must be closed. NULL for NULL. */
MIL_API mil_diagnostics *mil_context_take_diagnostics(mil_context *context);
/* Closes diagnostics and frees their texts. */
MIL_API void mil_diagnostics_close(mil_diagnostics *diagnostics);
/* The number of diagnostics, including notes. */
MIL_API size_t mil_diagnostics_count(const mil_diagnostics *diagnostics);
/* The severity of a diagnostic, by its index. */
MIL_API mil_severity mil_diagnostics_severity(const mil_diagnostics *diagnostics, size_t index);
/* As the command line prints it: "model.mil:3:7: error: ...", the line of the input, a caret. */
MIL_API mil_string mil_diagnostics_text(const mil_diagnostics *diagnostics, size_t index);
/* Only the message. */
MIL_API mil_string mil_diagnostics_message(const mil_diagnostics *diagnostics, size_t index);
/* A stable identifier of its kind: "undefined-value". */
MIL_API mil_string mil_diagnostics_slug(const mil_diagnostics *diagnostics, size_t index);
/* The input file, or ""; the line and column, starting at 1, columns in bytes, 0 if unknown. */
MIL_API mil_string mil_diagnostics_file(const mil_diagnostics *diagnostics, size_t index);
MIL_API uint64_t mil_diagnostics_line(const mil_diagnostics *diagnostics, size_t index);
MIL_API uint64_t mil_diagnostics_column(const mil_diagnostics *diagnostics, size_t index);

/* ---- Texts returned by calls ---- */

/* The content, which lives as long as the text. */
MIL_API mil_string mil_text_string(const mil_text *text);
/* Closes a text. */
MIL_API void mil_text_close(mil_text *text);

#ifdef __cplusplus
}
#endif
#endif

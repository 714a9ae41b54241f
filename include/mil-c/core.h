/* milc's C interface, the ground: contexts, texts, diagnostics, progress.
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
 * Rules that hold for all of it:
 *
 *  - Errors are values. A call that can fail returns a mil_status and writes its result through its last argument, only when it is MIL_OK.
 *    What went wrong, and what was warned of, waits in the context until mil_context_take_diagnostics fetches it.
 *  - NULL where a handle is wanted is an error of the call (MIL_BAD_CALL), or gives an accessor's empty answer: 0, NULL, "".
 *    So do objects of another context, but for types and literals, which don't know theirs. The `_close` functions take NULL.
 *  - Handles that a `_create`, `_open` or other call hands over are closed once, by the `_close` function of their kind, and not used
 *    after. Functions, blocks, operations and values live as long as their model, also after they were erased from it; types and literals as
 *    long as their context. A context lives until it and all its models are closed, in any order.
 *  - Contexts know nothing of each other: use as many as there are threads. A context and all that belongs to it may be used from several
 *    threads, one call at a time: a second one waits.
 *  - Strings are UTF-8 with a length, and end with a NUL that the length doesn't count. Those that are handed out live as long as what they
 *    are of, unless said otherwise.
 *
 * The binary interface is stable: later versions add functions, constants, and members at the end of structs that begin with `size`, and
 * change nothing else. mil_abi_version counts such additions. */
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

/* Callers may pass any number, and get an error for one that isn't listed. C++ only lets an enumeration hold such a number when its
 * underlying type is written down. */
#ifdef __cplusplus
#define MIL_ENUM : int32_t
#else
#define MIL_ENUM
#endif

typedef struct mil_context mil_context;
typedef struct mil_diagnostics mil_diagnostics;
typedef struct mil_text mil_text;

/* A text, borrowed. */
typedef struct mil_string {
  const char *data;
  size_t size;
} mil_string;

typedef enum mil_status MIL_ENUM {
  MIL_OK = 0,
  MIL_BAD_INPUT = 1, /* a model, file or option is bad, or an output can't be written */
  MIL_BAD_CALL = 2,  /* the call is wrong: NULL, objects that don't belong together, a position out of range */
  MIL_CANCELLED = 3  /* the progress callback asked for it */
} mil_status;

/* "0.1.0". */
MIL_API mil_string mil_version(void);
/* Counts the additions to this interface. */
MIL_API int32_t mil_abi_version(void);

/* ---- Contexts ---- */

MIL_API mil_context *mil_context_create(void);
MIL_API void mil_context_close(mil_context *context);

/* Called by long calls, some ten times a second, in the thread of the call: `done` of `total` bytes were copied, or 0 of 0 for other work.
 * Another result than 0 ends the call with MIL_CANCELLED; outputs then are as they were before. The callback must not use the context. */
typedef int32_t (*mil_progress_callback)(void *data, uint64_t done, uint64_t total);
/* NULL: no callback any more. */
MIL_API mil_status mil_context_set_progress(mil_context *context, mil_progress_callback callback, void *data);

/* ---- Diagnostics ---- */

typedef enum mil_severity MIL_ENUM { MIL_NOTE = 0, MIL_WARNING = 1, MIL_ERROR = 2 } mil_severity;

/* All that was reported since the last time, in order; a note follows what it belongs to. To be closed. NULL for NULL. */
MIL_API mil_diagnostics *mil_context_take_diagnostics(mil_context *context);
MIL_API void mil_diagnostics_close(mil_diagnostics *diagnostics);
MIL_API size_t mil_diagnostics_count(const mil_diagnostics *diagnostics);
MIL_API mil_severity mil_diagnostics_severity(const mil_diagnostics *diagnostics, size_t index);
/* As the command line prints it: "model.mil:3:7: error: ...", the line of the input, a caret. */
MIL_API mil_string mil_diagnostics_text(const mil_diagnostics *diagnostics, size_t index);
/* The message alone. */
MIL_API mil_string mil_diagnostics_message(const mil_diagnostics *diagnostics, size_t index);
/* What kind it is, in a word that stays the same: "undefined-value". */
MIL_API mil_string mil_diagnostics_slug(const mil_diagnostics *diagnostics, size_t index);
/* The input that it is about, "" when none; line and column from 1, columns in bytes, 0 when they aren't known. */
MIL_API mil_string mil_diagnostics_file(const mil_diagnostics *diagnostics, size_t index);
MIL_API uint64_t mil_diagnostics_line(const mil_diagnostics *diagnostics, size_t index);
MIL_API uint64_t mil_diagnostics_column(const mil_diagnostics *diagnostics, size_t index);

/* ---- Texts that a call made ---- */

MIL_API mil_string mil_text_string(const mil_text *text);
MIL_API void mil_text_close(mil_text *text);

#ifdef __cplusplus
}
#endif
#endif

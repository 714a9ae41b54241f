/* milc's C interface, all of it: reading, changing, building and writing Core ML's ML programs.
 *
 *   core.h     contexts, diagnostics, the rules that hold for every call
 *   types.h    types and literals
 *   program.h  functions, blocks, operations, values: walking and editing
 *   model.h    opening, saving, metadata, the interface, editing
 *   tools.h    merge, pipelines, unify, bind, extract, split, diff, draw, compile, compress, passes
 *   run.h      running models
 *   build.h    building programs
 *
 * One library, libmil.so.1: `cc program.c $(pkg-config --cflags --libs mil-c)`. See docs/c.md. */
#ifndef MIL_C_MIL_H
#define MIL_C_MIL_H

#include "mil-c/build.h"
#include "mil-c/core.h"
#include "mil-c/model.h"
#include "mil-c/program.h"
#include "mil-c/run.h"
#include "mil-c/tools.h"
#include "mil-c/types.h"

#endif

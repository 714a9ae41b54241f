/* Merges models into one multifunction package: merge OUT.mlpackage IN... */
#include "mil-c/mil.h"
#include <stdio.h>
#include <stdlib.h>

/* Prints what the context has to say; the exit status of a program that fails. */
static int fail(mil_context *context) {
  mil_diagnostics *why = mil_context_take_diagnostics(context);
  for (size_t i = 0; i < mil_diagnostics_count(why); ++i)
    fprintf(stderr, "%s\n", mil_diagnostics_text(why, i).data);
  mil_diagnostics_close(why);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: merge OUT.mlpackage IN...\n");
    return 2;
  }
  size_t count = (size_t)argc - 2;
  mil_context *context = mil_context_create();
  mil_merge_input *inputs = calloc(count, sizeof *inputs);
  mil_model *merged = NULL;
  mil_save_options options = MIL_OPTIONS(mil_save_options);
  mil_save_result result = MIL_OPTIONS(mil_save_result);
  options.force = 1;

  mil_status status = inputs ? MIL_OK : MIL_BAD_CALL;
  for (size_t i = 0; i < count && status == MIL_OK; ++i)
    status = mil_model_open(context, argv[i + 2], NULL, &inputs[i].model);
  if (status == MIL_OK)
    status = mil_merge(context, inputs, count, NULL, &merged);
  if (status == MIL_OK)
    status = mil_model_save(merged, argv[1], &options, &result);

  int exit_status = 0;
  if (status != MIL_OK) {
    exit_status = fail(context);
  } else {
    for (size_t i = 0; i < mil_model_function_count(merged); ++i) {
      mil_function *function = mil_model_function(merged, i);
      printf("%s: %zu operations\n", mil_function_name(function).data, mil_block_operation_count(mil_function_body(function)));
    }
    printf("%llu bytes of weights\n", (unsigned long long)result.weight_bytes);
  }
  mil_model_close(merged);
  for (size_t i = 0; inputs && i < count; ++i)
    mil_model_close(inputs[i].model);
  free(inputs);
  mil_context_close(context);
  return exit_status;
}

// Unifying functions, and binding what they differ in.
#include "Handles.h"
#include "mil/Link/Bind.h"

using namespace mil;
using namespace milc;

extern "C" {

mil_status mil_unify(mil_context *context, const mil_merge_input *inputs, size_t count, const mil_unify_options *given, mil_model **out) {
  Call call(context);
  if (!call || !inputs || !count || !out)
    return call.refuse("mil_unify", "there are no models, or out is NULL");
  mil_unify_options options = optionsFrom(given);
  if (options.low_rank && (options.states || options.max_rank < 0 || !(options.tolerance >= 0 && options.tolerance <= 1)))
    return call.refuse("mil_unify", "low_rank can't be combined with states, and needs a rank of at least 1 and a tolerance from 0 to 1");
  std::vector<MergeInput> unify;
  std::vector<std::shared_ptr<ModelState>> sources;
  if (mil_status status = takeInputs(call, "mil_unify", inputs, count, unify, sources))
    return status;
  UnifyOptions how;
  how.decompress = options.decompress, how.states = options.states, how.range = options.range;
  if (options.low_rank) {
    how.lowRank.emplace();
    how.lowRank->strict = options.low_rank_only;
    if (options.max_rank)
      how.lowRank->maxRank = options.max_rank;
    if (options.tolerance != 0)
      how.lowRank->tolerance = options.tolerance;
  }
  Result<UnifiedModel> unified = unifyModels(unify, how, call.shared(), call.diags());
  if (!unified)
    return call.end(failure());
  if (!unified->adapters.empty()) {
    if (!options.adapters_folder)
      return call.refuse("mil_unify", "the functions differ in weights: adapters_folder must be set");
    ArrayFormat format = options.safetensors ? ArrayFormat::Safetensors : ArrayFormat::Npz;
    Result<AdapterFiles> files = AdapterFiles::write(unified->adapters, options.adapters_folder, format, options.force, call.diags());
    if (!files || !files->commit(call.diags()))
      return call.end(failure());
  }
  *out = newModel(*context, std::move(unified->model), std::move(sources));
  return MIL_OK;
}

mil_status mil_bind(mil_model *model, const char *adapter) {
  Call call(model);
  if (!call || !adapter)
    return call.refuse("mil_bind", "adapter is NULL");
  if (!ready(call, "mil_bind"))
    return call.end(failure());
  Result<std::vector<NamedArray>> arrays = readAdapter(adapter, call.shared(), call.diags());
  if (!arrays)
    return call.end(failure());
  call.shared().names.clear();
  ++model->state->changes;
  Status bound = bindModel(call.opened(), *arrays, call.diags());
  model->state->broken = !bound;
  model->state->made = true;
  return call.end(bound);
}

} // extern "C"

// Compressing weights.
#include "mil/Compress/Compress.h"
#include "Handles.h"
#include "mil/Compress/ConfigFile.h"
#include "mil/Compress/Presets.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/CompressionPasses.h"
#include "llvm/Support/JSON.h"

using namespace mil;
using namespace milc;

namespace {

/// The configurations of a call. Failure after a report.
Result<std::vector<CompressionConfig>> configurationsFrom(const mil_compress_options &options, const Preset *preset,
                                                          const CompressOptions &compress, Call &call) {
  std::vector<CompressionConfig> configs;
  for (size_t i = 0; i < options.config_count; ++i) {
    const std::string &text = call.shared().texts.emplace_back(orEmpty(options.configs[i]));
    uint32_t file = call.diags().sources().add(options.config_count > 1 ? "configuration " + std::to_string(i + 1) : "configuration", text);
    Result<CompressionConfig> config = parseCompressionConfig(text, file, call.diags());
    if (!config)
      return failure();
    config->joint = options.joint != 0;
    configs.push_back(std::move(*config));
  }
  if (preset)
    for (const Scheme &scheme : preset->schemes)
      configs.emplace_back().global = SchemeEntry{scheme};
  if (!options.bytes && options.decibels == 0)
    return configs;
  Wanted wanted;
  if (options.bytes)
    wanted.bytes = options.bytes;
  else
    wanted.decibels = options.decibels;
  Result<ChosenSchemes> chosen = chooseSchemes(*call.opened().model, wanted, call.diags(), compress);
  if (!chosen)
    return failure();
  configs.push_back(std::move(chosen->config));
  return configs;
}

} // namespace

extern "C" {

mil_status mil_compress(mil_model *model, const mil_compress_options *given, mil_compress_result *result) {
  Call call(model);
  mil_compress_options options = optionsFrom(given);
  size_t ways = (options.config_count != 0) + (options.preset != nullptr) + (options.bytes != 0) + (options.decibels != 0);
  if (!call || ways != 1 || (options.config_count && !options.configs))
    return call.refuse("mil_compress", "exactly one of configs, preset, bytes and decibels must be given");
  const Preset *preset = options.preset ? findPreset(options.preset) : nullptr;
  if (options.preset && !preset)
    return call.refuse("mil_compress", "unknown preset '" + llvm::Twine(options.preset) + "'");
  CompressOptions compress;
  if (options.target && (compress.target = opsetFromName(options.target)) < Opset::IOS16)
    return call.refuse("mil_compress", "'" + llvm::Twine(options.target) + "' is not ios16, ios17, ios18 or ios26");
  if (!ready(call, "mil_compress") || !verifyForPasses(*call.opened().model, call.diags()))
    return call.end(failure());
  usePasses(compress, call.diags());
  Model &compressed = *call.opened().model;
  uint64_t before = constantBytes(compressed);
  Result<std::vector<CompressionConfig>> configs = configurationsFrom(options, preset, compress, call);
  if (!configs)
    return call.end(failure());
  call.shared().names.clear();
  ++model->state->changes;
  Result<CompressionReport> report = compressModel(compressed, *configs, call.diags(), compress);
  model->state->broken = !report;
  if (!report)
    return call.end(failure());
  model->state->made |= report->compressed() != 0;
  if (result && result->size >= sizeof(mil_compress_result)) {
    result->weights = report->weights.size(), result->compressed = report->compressed();
    result->bytes_before = before, result->bytes_after = constantBytes(compressed);
  }
  return MIL_OK;
}

uint64_t mil_model_constant_bytes(mil_model *model) {
  Call call(model);
  return call ? constantBytes(*call.opened().model) : 0;
}

mil_text *mil_list_presets(void) {
  llvm::json::Array list;
  for (const Preset &preset : presets())
    list.push_back(llvm::json::Object{{"name", preset.name}, {"summary", preset.summary}, {"needs", preset.needs}, {"bits", preset.bits}});
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(list));
  return newText(std::move(text));
}

} // extern "C"

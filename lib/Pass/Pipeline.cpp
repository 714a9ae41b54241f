// The named pipelines, in the order in which coremltools runs its passes, and the reader of pipelines as texts.
#include "mil/Pass/Pipeline.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Support/Suggestions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace mil {

namespace {

using Names = std::vector<llvm::StringRef>;

// The passes repeat on purpose: one makes work for another.
const Names common = {
    "lower_complex_dialect_ops",
    "update_output_dtypes",
    "cast_optimization",
    "noop_elimination",
    "int_op_canonicalization",
    "nullify_redundant_quantization_zero_point",
    "dequantize_quantize_pair_elimination",
    "distributive_quantized_binary_op_scale_normalization",
    "dequantize_to_constexpr",
    "canonicalize_quantized_lut_pattern",
    "const_elimination",
    "sanitize_input_output_names",
    "divide_to_multiply",
    "select_optimization",
    "add_conv_transpose_output_shape",
    "const_elimination",
    "const_deduplication",
    "loop_invariant_elimination",
    "remove_symbolic_reshape",
    "noop_elimination",
    "fuse_matmul_weight_bias",
    "fuse_linear_bias",
    "fuse_gelu_tanh_approximation",
    "fuse_gelu_exact",
    "fuse_gelu_sigmoid_approximation",
    "fuse_leaky_relu",
    "rank0_expand_dims_swap",
    "fuse_squeeze_expand_dims",
    "compose_conv1d",
    "use_reflection_padding",
    "merge_consecutive_paddings",
    "fuse_pad_conv",
    "image_input_preprocess",
    "replace_stack_reshape",
    "reduce_transposes",
    "fuse_dilated_conv",
    "fuse_conv_scale",
    "fuse_conv_bias",
    "fuse_onehot_matmul_to_gather",
    "fuse_layernorm_or_instancenorm",
    "fuse_elementwise_to_batchnorm",
    "fuse_reduce_mean",
    "fuse_conv_batchnorm",
    "fuse_conv_scale",
    "fuse_conv_bias",
    "fuse_conv_batchnorm",
    "detect_concat_interleave",
    "concat_to_pixel_shuffle",
    "fuse_prelu",
    "prelu_to_lrelu",
    "merge_consecutive_relus",
    "merge_consecutive_reshapes",
    "merge_consecutive_transposes",
    "fuse_transpose_matmul",
    "expand_high_rank_reshape_and_transpose",
    "fuse_stack_split",
    "reduce_transposes",
    "remove_redundant_ops",
    "dedup_op_and_var_names",
    "add_fp16_cast",
    "add_int16_cast",
    "update_output_dtypes",
    "guard_negative_gather_indices",
    "const_elimination",
    "dead_code_elimination",
    "cast_optimization",
    "dead_code_elimination",
    "add_int16_cast",
    "const_elimination",
    "dead_code_elimination",
    "cast_optimization",
    "dead_code_elimination",
    "const_elimination",
    "canonicalize_inplace_pattern",
    "prefer_state_in_downstream",
    "const_elimination",
    "dead_code_elimination",
};

const Names cleanup = {
    "dead_code_elimination",      "const_elimination",     "cast_optimization",      "dead_code_elimination",
    "const_elimination",          "const_deduplication",   "dead_code_elimination",  "merge_affine_dequantize_with_consecutive_ops",
    "expand_dynamic_linear",      "fuse_transpose_matmul", "dead_code_elimination",  "const_deduplication",
    "loop_invariant_elimination", "noop_elimination",      "dedup_op_and_var_names", "reduce_transposes",
    "remove_redundant_ops",       "topological_reorder",   "dead_code_elimination",
};

const Names backend = {
    "const_elimination",
    "adjust_io_to_supported_types",
    "insert_image_preprocessing_ops",
    "fuse_activation_silu",
    "fuse_pow2_sqrt",
    "decompose_const_base2_pow",
    "const_elimination",
    "const_deduplication",
    "cast_optimization",
    "dead_code_elimination",
    "sanitize_name_strings",
    "dedup_op_and_var_names",
    "handle_unused_inputs",
};

const Names frontend = {"dead_code_elimination", "loop_invariant_elimination", "dead_code_elimination"};

const Names sharing = {"const_elimination", "dead_code_elimination", "const_deduplication", "merge_functions", "dead_code_elimination"};

Names operator+(Names a, const Names &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Names without(Names names, std::initializer_list<llvm::StringRef> dropped) {
  llvm::erase_if(names, [&](llvm::StringRef name) { return llvm::is_contained(dropped, name); });
  return names;
}

} // namespace

llvm::ArrayRef<NamedPipeline> namedPipelines() {
  static const Names whole = common + cleanup;
  // Passes that change the precision, and with it the results, run only if they are requested.
  static const Names exact = without(whole, {"add_fp16_cast", "add_int16_cast"});
  static const Names palettized = Names{"palettize_weights"} + whole, sparsified = Names{"prune_weights"} + whole;
  static const Names none;
  static const NamedPipeline all[] = {
      {"default", "Run all optimizations, including conversion to fp16, and clean up", whole},
      {"optimize", "Run the default pipeline without changing the precision (-O)", exact},
      {"default_palettization", "Palettize weights with few different values, then run the default pipeline", palettized},
      {"default_sparsification", "Store weights that are at least half zeros sparsely, then run the default pipeline", sparsified},
      {"cleanup", "Remove dead, redundant and duplicate operations and constants", cleanup},
      {"backend_mlprogram", "Prepare a program for writing: types of the interface, names, operations that devices run efficiently",
       backend},
      {"frontend_pytorch", "Clean up after a conversion from PyTorch", frontend},
      {"sharing", "Store equal constants once, and report equal functions", sharing},
      {"empty", "Run no pass; a starting point for +PASS", none},
  };
  return all;
}

const NamedPipeline *findPipeline(llvm::StringRef name) {
  llvm::ArrayRef<NamedPipeline> all = namedPipelines();
  const auto *found = llvm::find_if(all, [&](const NamedPipeline &pipeline) { return pipeline.name == name; });
  return found == all.end() ? nullptr : found;
}

PassList expand(const NamedPipeline &pipeline, const PassRegistry &registry) {
  PassList calls;
  for (llvm::StringRef name : pipeline.passes)
    if (registry.find(name))
      calls.push_back({name.str(), {}});
  // As coremltools configures it: what training has palettized gets its tables, and nothing else.
  if (pipeline.name == "default_palettization" && !calls.empty() && calls.front().name == "palettize_weights")
    calls.front().options.emplace_back("mode", "unique");
  return calls;
}

// ---- Reading ----------------------------------------------------------------

namespace {

/// Reads one list, item by item: [+-] NAME [@OTHER] [{options}].
class PipelineReader {
public:
  PipelineReader(llvm::StringRef text, const PassRegistry &registry, DiagnosticEngine &diags)
      : text(text), rest(text), registry(registry), diags(diags) {}

  struct Item {
    char sign = 0;
    PassCall call;
    std::string before;
    bool hasBraces = false;
  };

  bool atEnd() const { return rest.empty(); }

  /// The next item with the comma after it.
  Result<Item> next() {
    Item item;
    if (rest.starts_with("+") || rest.starts_with("-")) {
      item.sign = rest.front();
      rest = rest.drop_front();
    }
    item.call.name = word().str();
    if (item.call.name.empty())
      return diags.report({}, diag::PipelineSyntax, text, where("a name"));
    if (item.sign == '+' && rest.consume_front("@"))
      if (item.before = word().str(); item.before.empty())
        return diags.report({}, diag::PipelineSyntax, text, where("the name of a pass"));
    if (rest.starts_with("{")) {
      item.hasBraces = true;
      if (!readOptions(item.call))
        return failure();
    }
    if (!rest.empty() && !rest.consume_front(","))
      return diags.report({}, diag::PipelineSyntax, text, where("a comma"));
    return item;
  }

  Status known(llvm::StringRef pass) {
    if (registry.find(pass))
      return success();
    const PassInfo *nearest = registry.nearest(pass);
    return diags.report({}, diag::UnknownPass, pass, suggestion(nearest ? nearest->name : ""));
  }

private:
  llvm::StringRef word() {
    rest = rest.ltrim();
    llvm::StringRef found = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_' || c == ':'; });
    rest = rest.drop_front(found.size()).ltrim();
    return found;
  }

  Status readOptions(PassCall &call) {
    size_t end = rest.find('}');
    if (end == llvm::StringRef::npos)
      return diags.report({}, diag::PipelineSyntax, text, "a brace is not closed");
    llvm::SmallVector<llvm::StringRef> parts;
    rest.slice(1, end).split(parts, ',', -1, /*KeepEmpty=*/false);
    rest = rest.drop_front(end + 1).ltrim();
    for (llvm::StringRef part : parts) {
      auto [name, value] = part.split('=');
      auto given = llvm::find_if(call.options, [&, name = name](const auto &option) { return option.first == name.trim(); });
      if (part.contains('=') && given != call.options.end()) // a list in several parts; the last one may go on
        std::rotate(given, given + 1, call.options.end()), call.options.back().second += "," + value.trim().str();
      else if (part.contains('='))
        call.options.emplace_back(name.trim().str(), value.trim().str());
      else if (!call.options.empty())
        call.options.back().second += "," + part.trim().str();
      else
        return diags.report({}, diag::PipelineSyntax, text, "'" + part.str() + "' should be name=value");
    }
    return success();
  }

  std::string where(llvm::StringRef wanted) const {
    return ("expected " + wanted + " " + (rest.empty() ? "at the end" : "before '" + rest + "'")).str();
  }

  llvm::StringRef text, rest;
  const PassRegistry &registry;
  DiagnosticEngine &diags;
};

/// Applies one item of an edited pipeline.
Status edit(PassList &pipeline, PipelineReader::Item item, PipelineReader &reader, const PassRegistry &registry, DiagnosticEngine &diags) {
  auto isCall = [](llvm::StringRef name) { return [name](const PassCall &call) { return call.name == name; }; };
  if (!item.sign && !item.hasBraces) {
    if (const NamedPipeline *named = findPipeline(item.call.name)) {
      llvm::append_range(pipeline, expand(*named, registry));
      return success();
    }
    llvm::SmallVector<llvm::StringRef> names;
    for (const NamedPipeline &each : namedPipelines())
      names.push_back(each.name);
    return diags.report({}, diag::UnknownPipeline, item.call.name, suggestion(nearestName(item.call.name, names)));
  }
  if (!reader.known(item.call.name) || (!item.before.empty() && !reader.known(item.before)))
    return failure();
  if (item.sign == '+' && item.before.empty()) {
    pipeline.push_back(std::move(item.call));
    return success();
  }
  llvm::StringRef wanted = item.sign == '+' ? item.before : item.call.name;
  auto found = llvm::find_if(pipeline, isCall(wanted));
  if (found == pipeline.end())
    return diags.report({}, diag::PassNotInPipeline, wanted);
  if (item.sign == '+')
    pipeline.insert(found, std::move(item.call));
  else if (item.sign == '-')
    llvm::erase_if(pipeline, isCall(item.call.name));
  else
    for (PassCall &call : pipeline)
      if (call.name == item.call.name)
        call.options = item.call.options;
  return success();
}

} // namespace

Result<PassList> parsePasses(llvm::StringRef text, const PassRegistry &registry, DiagnosticEngine &diags) {
  PipelineReader reader(text, registry, diags);
  PassList pipeline;
  while (!reader.atEnd()) {
    Result<PipelineReader::Item> item = reader.next();
    if (!item)
      return failure();
    if (item->sign)
      return diags.report({}, diag::PipelineSyntax, text, "+ and - can only edit pipelines, not lists of passes");
    if (!reader.known(item->call.name))
      return failure();
    pipeline.push_back(std::move(item->call));
  }
  return pipeline;
}

Result<PassList> parsePipeline(llvm::StringRef text, const PassRegistry &registry, DiagnosticEngine &diags) {
  PipelineReader reader(text, registry, diags);
  PassList pipeline;
  while (!reader.atEnd()) {
    Result<PipelineReader::Item> item = reader.next();
    if (!item || !edit(pipeline, std::move(*item), reader, registry, diags))
      return failure();
  }
  return pipeline;
}

std::string print(const PassList &pipeline) {
  std::string text;
  for (const PassCall &call : pipeline) {
    text += (text.empty() ? "" : ",") + call.name;
    for (size_t i = 0; i < call.options.size(); ++i)
      text += (i ? "," : "{") + call.options[i].first + "=" + call.options[i].second;
    if (!call.options.empty())
      text += "}";
  }
  return text;
}

} // namespace mil

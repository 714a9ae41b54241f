// Opening, saving, metadata, the interface.
#include "Handles.h"
#include "mil/CApi/DiagnosticKinds.h"
#include "mil/Edit/Edit.h"
#include "mil/IR/Rename.h"
#include "mil/IR/WeightRule.h"
#include "mil/Package/FeatureJson.h"
#include "mil/Package/InfoJson.h"
#include "mil/Run/RandomWeights.h"
#include "mil/Text/Printer.h"

using namespace mil;
using namespace milc;

namespace {

const Metadata *metadataOf(const mil_model *model) {
  const auto &description = model->state->opened.model->description;
  return description && description->metadata ? &*description->metadata : nullptr;
}

/// The field of metadata that all models have under a key; null for another key.
const std::string *field(const Metadata &metadata, llvm::StringRef key) {
  return key == "description" ? &metadata.shortDescription
         : key == "version"   ? &metadata.version
         : key == "author"    ? &metadata.author
         : key == "license"   ? &metadata.license
                              : nullptr;
}

/// The interface of a function ("": the default one) of a model; null when it isn't described.
FunctionDescription *interfaceOf(Model &model, llvm::StringRef function) {
  if (!model.description)
    return nullptr;
  if (model.description->functions.empty() && function.empty())
    return &model.description->main;
  return model.description->function(function.empty() ? llvm::StringRef(model.description->defaultFunctionName) : function);
}

FeatureDescription *featureOf(FunctionDescription &description, llvm::StringRef name) {
  for (auto *list : {&description.inputs, &description.outputs, &description.states})
    for (FeatureDescription &feature : *list)
      if (feature.name == name)
        return &feature;
  return nullptr;
}

/// The value of the program that belongs to a feature of a function; null if there is none.
Value *valueOf(Function &function, llvm::StringRef feature) {
  if (Value *input = function.body().input(feature))
    return input;
  for (Operand &output : function.outputs())
    if (output.value() && output.value()->name() == feature)
      return output.value();
  return nullptr;
}

} // namespace

extern "C" {

mil_status mil_model_open(mil_context *context, const char *path, const mil_open_options *given, mil_model **out) {
  Call call(context);
  if (!call || !path || !out)
    return call.refuse("mil_model_open", "path or out is NULL");
  mil_open_options options = optionsFrom(given);
  OpenOptions open;
  open.weightsDir = orEmpty(options.weights_folder);
  bool mayMiss = options.allow_missing_weights || options.random_weights;
  open.missingWeights = mayMiss ? BlobResolver::Missing::Warn : BlobResolver::Missing::Error;
  Result<OpenedModel> opened = openModel(path, call.shared(), call.diags(), open);
  if (!opened) {
    context->forgetPrograms();
    return call.end(failure());
  }
  auto state = std::make_shared<ModelState>(*context);
  state->opened = std::move(*opened);
  if (options.random_weights) {
    giveRandomWeights(*state->opened.model, options.random_seed);
    state->made = true; // no weight file has these values
  }
  *out = new mil_model(context, std::move(state));
  return MIL_OK;
}

void mil_model_close(mil_model *model) { delete model; }

mil_status mil_model_save(mil_model *model, const char *path, const mil_save_options *given, mil_save_result *result) {
  Call call(model);
  if (!call || !path)
    return call.refuse("mil_model_save", "path is NULL");
  if (!call.isUsable("mil_model_save") || !checkEdited(*call.opened().model, call.context()))
    return call.end(failure());
  mil_save_options options = optionsFrom(given);
  SaveOptions save;
  save.force = options.force;
  bool share = options.share_weights ? options.share_weights > 0 : model->state->made;
  save.layout = share ? SaveOptions::Layout::Share : SaveOptions::Layout::Keep;
  if (options.externalize_from)
    save.externalizeFrom = options.externalize_from < 0 ? 0 : uint64_t(options.externalize_from);
  save.progress = call.context().progress();
  llvm::SmallVector<const OpenedModel *, 4> sources;
  model->state->addOpened(sources);
  Result<SaveResult> saved = saveModel(*call.opened().model, path, call.diags(), save, sources);
  if (saved && result && result->size >= sizeof(mil_save_result)) {
    result->weight_bytes = saved->weightBytes;
    result->referenced_bytes = saved->referencedBytes;
    result->weights = saved->blobs;
  }
  return call.end(saved);
}

mil_status mil_model_verify(mil_model *model, int32_t strict) {
  Call call(model);
  if (!call)
    return MIL_BAD_CALL;
  if (!call.isUsable("mil_model_verify"))
    return call.end(failure());
  return call.end(verifyOpened(call.opened(), call.diags(), strict != 0));
}

mil_status mil_model_text(mil_model *model, uint64_t elide_above, mil_text **out) {
  Call call(model);
  if (!call || !out)
    return call.refuse("mil_model_text", "out is NULL");
  if (!call.opened().model->program)
    return call.refuse("mil_model_text", "the model is not an ML program");
  PrintOptions options;
  options.elideAbove = elide_above;
  *out = newText(programText(*call.opened().model->program, options));
  return MIL_OK;
}

mil_status mil_model_info(mil_model *model, mil_text **out) {
  Call call(model);
  if (!call || !out)
    return call.refuse("mil_model_info", "out is NULL");
  std::string text;
  llvm::raw_string_ostream stream(text);
  bool isChanged = model->state->revision() != 0 || model->state->made;
  infoAsJson(describeModel(*call.opened().model, isChanged ? leastWeightElements : 0), stream);
  *out = newText(std::move(text));
  return MIL_OK;
}

mil_string mil_model_path(const mil_model *model) {
  Call call(model);
  return borrow(model ? llvm::StringRef(model->state->opened.path) : "");
}
int32_t mil_model_specification_version(const mil_model *model) {
  Call call(model);
  return model ? model->state->opened.model->specificationVersion : 0;
}
mil_status mil_model_set_specification_version(mil_model *model, int32_t version) {
  Call call(model);
  if (!call)
    return MIL_BAD_CALL;
  int required = requiredSpecificationVersion(*call.opened().model);
  if (version < required)
    return call.refuse("mil_model_set_specification_version", "the model needs version " + llvm::Twine(required) + " or later");
  call.opened().model->specificationVersion = version;
  return MIL_OK;
}
mil_string mil_model_default_function(const mil_model *model) {
  Call call(model);
  if (!model)
    return borrow("");
  const Model &described = *model->state->opened.model;
  if (described.description && !described.description->defaultFunctionName.empty())
    return borrow(described.description->defaultFunctionName);
  bool single = described.program && described.program->functions().size() == 1;
  return borrow(single ? described.program->functions().front()->name().str() : llvm::StringRef());
}

// ---- Metadata ---------------------------------------------------------------

mil_string mil_model_metadata(const mil_model *model, const char *key, int32_t user) {
  Call call(model);
  const Metadata *metadata = model && key ? metadataOf(model) : nullptr;
  if (!metadata)
    return borrow("");
  if (!user) {
    const std::string *found = field(*metadata, key);
    return borrow(found ? llvm::StringRef(*found) : "");
  }
  auto found = metadata->userDefined.find(key);
  return borrow(found == metadata->userDefined.end() ? llvm::StringRef() : llvm::StringRef(found->second));
}

mil_status mil_model_set_metadata(mil_model *model, const char *key, const char *value, int32_t user) {
  Call call(model);
  if (!call || !key)
    return call.refuse("mil_model_set_metadata", "key is NULL");
  if (!applyOverlays(call.opened(), call.diags())) // else they would override what is set
    return call.end(failure());
  auto &description = call.opened().model->description;
  if (!description)
    description.emplace();
  Metadata &metadata = description->metadata ? *description->metadata : description->metadata.emplace();
  if (user) {
    if (value)
      metadata.userDefined[key] = value;
    else
      metadata.userDefined.erase(key);
    return MIL_OK;
  }
  const std::string *found = field(metadata, key);
  if (!found)
    return call.refuse("mil_model_set_metadata", "'" + llvm::Twine(key) + "' is not description, version, author or license");
  const_cast<std::string &>(*found) = orEmpty(value);
  return MIL_OK;
}

size_t mil_model_metadata_count(const mil_model *model) {
  Call call(model);
  const Metadata *metadata = model ? metadataOf(model) : nullptr;
  return metadata ? metadata->userDefined.size() : 0;
}
mil_string mil_model_metadata_key(const mil_model *model, size_t index) {
  Call call(model);
  const Metadata *metadata = model ? metadataOf(model) : nullptr;
  if (!metadata || index >= metadata->userDefined.size())
    return borrow("");
  return borrow(metadata->userDefined.begin()[ptrdiff_t(index)].first);
}

// ---- Interface --------------------------------------------------------------

mil_status mil_model_interface(mil_model *model, const char *function, mil_text **out) {
  Call call(model);
  if (!call || !out)
    return call.refuse("mil_model_interface", "out is NULL");
  FunctionDescription *described = interfaceOf(*call.opened().model, orEmpty(function));
  if (!described)
    return call.refuse("mil_model_interface", "the model describes no function '" + llvm::Twine(orEmpty(function)) + "'");
  *out = newText(interfaceAsJson(*described));
  return MIL_OK;
}

mil_status mil_model_set_feature(mil_model *model, const char *function, const char *feature, const char *json) {
  Call call(model);
  if (!call || !feature || !json)
    return call.refuse("mil_model_set_feature", "feature or json is NULL");
  if (!applyOverlays(call.opened(), call.diags()))
    return call.end(failure());
  Model &changed = *call.opened().model;
  FunctionDescription *described = interfaceOf(changed, orEmpty(function));
  FeatureDescription *found = described ? featureOf(*described, feature) : nullptr;
  if (!found)
    return call.refuse("mil_model_set_feature", "no input, output or state '" + llvm::Twine(feature) + "' is described");
  FeatureDescription before = *found;
  if (!changeFeature(*found, json, call.diags()))
    return call.end(failure());
  std::string name = newNameOf(json), function_ = described->name.empty() ? "main" : described->name;
  if (!name.empty() && name != feature) {
    Function *program = changed.program ? changed.program->function(function_) : nullptr;
    Value *value = program ? valueOf(*program, feature) : nullptr;
    if (value) {
      // A feature that is an input and the output at once has one value, and is renamed as both.
      if (mil_status status = mil_value_rename(model, wrap(value), name.c_str())) {
        *found = std::move(before);
        return status;
      }
    } else {
      found->name = name;
    }
  }
  ++model->state->changes;
  return MIL_OK;
}

// ---- Editing ----------------------------------------------------------------

mil_status mil_model_edit(mil_model *model, const char *function, const mil_edit *given, size_t count) {
  Call call(model);
  if (!call || (count && !given))
    return call.refuse("mil_model_edit", "the array of edits is NULL");
  ModelEdits edits;
  edits.function = orEmpty(function);
  for (const mil_edit &each : llvm::ArrayRef(given, count)) {
    bool isKind = each.kind >= MIL_EDIT_RENAME && each.kind <= MIL_EDIT_DEFAULT_FUNCTION;
    if (!isKind || !addEdit(edits, EditKind(each.kind), orEmpty(each.name), orEmpty(each.value)))
      return call.refuse("mil_model_edit", "'" + llvm::Twine(orEmpty(each.name)) + "': '" + orEmpty(each.value) +
                                               "' is not a valid value for this kind of edit");
  }
  if (!ready(call, "mil_model_edit") || !applyOverlays(call.opened(), call.diags()))
    return call.end(failure());
  bool changed = false;
  Model &edited = *call.opened().model;
  Status done = editModel(edited, edits, call.diags(), &changed);
  if (!changed)
    return call.end(done);
  call.shared().names.clear();
  ++model->state->changes;
  if (done && edited.program)
    done = verifyOpened(call.opened(), call.diags());
  model->state->broken = !done;
  return call.end(done);
}

} // extern "C"

// Overlays: JSON files that a package lists beside its model, whose texts override the model's own. Xcode writes them.
//
//   Metadata.json             {"MLModelAuthorKey": …, "MLModelDescriptionKey": …, "MLModelLicenseKey": …, "MLModelVersionStringKey": …,
//                              "MLModelCreatorDefinedKey": {…}}
//   FeatureDescriptions.json  {"Inputs": {"<feature>": {"MLFeatureShortDescription": …}}, "Outputs": …, "States": …, "TrainingInputs": …}
//
// "--" is an empty text. Source: packages of released models and what they compile to.
#include "Form.h"
#include "Json.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Package/Package.h"

using namespace llvm;
using Json = nlohmann::ordered_json; // new keys come in the order of the file

namespace mil {

namespace {

std::string textOf(const Json &value) {
  std::string text = value.get<std::string>();
  return text == "--" ? "" : text;
}

void applyMetadata(const Json &overlay, ModelDescription &description) {
  Metadata metadata = description.metadata.value_or(Metadata());
  const std::pair<const char *, std::string Metadata::*> texts[] = {{"MLModelDescriptionKey", &Metadata::shortDescription},
                                                                    {"MLModelVersionStringKey", &Metadata::version},
                                                                    {"MLModelAuthorKey", &Metadata::author},
                                                                    {"MLModelLicenseKey", &Metadata::license}};
  for (auto [key, field] : texts)
    if (auto found = overlay.find(key); found != overlay.end() && found->is_string())
      metadata.*field = textOf(*found);
  if (auto defined = overlay.find("MLModelCreatorDefinedKey"); defined != overlay.end() && defined->is_object())
    for (const auto &[key, value] : defined->items())
      if (value.is_string())
        metadata.userDefined[key] = textOf(value);
  if (description.metadata || !(metadata == Metadata()))
    description.metadata = std::move(metadata);
}

void applyTo(const Json &overlay, const char *group, std::vector<FeatureDescription> &features) {
  auto entries = overlay.find(group);
  if (entries == overlay.end() || !entries->is_object())
    return;
  for (FeatureDescription &feature : features) {
    auto entry = entries->find(feature.name);
    if (entry == entries->end() || !entry->is_object())
      continue;
    if (auto text = entry->find("MLFeatureShortDescription"); text != entry->end() && text->is_string())
      feature.shortDescription = textOf(*text);
  }
}

void applyFeatureDescriptions(const Json &overlay, ModelDescription &description) {
  applyTo(overlay, "Inputs", description.main.inputs);
  applyTo(overlay, "Outputs", description.main.outputs);
  applyTo(overlay, "States", description.main.states);
  applyTo(overlay, "TrainingInputs", description.trainingInputs);
}

using Apply = void (*)(const Json &overlay, ModelDescription &description);

Apply overlayOf(const OpenedModel::Extra &extra) {
  if (!extra.listed || extra.author != coremlAuthor)
    return nullptr;
  return extra.name == "Metadata.json" ? applyMetadata : extra.name == "FeatureDescriptions.json" ? applyFeatureDescriptions : nullptr;
}

Status applyOverlay(const OpenedModel::Extra &extra, Apply apply, ModelDescription &description, DiagnosticEngine &diags) {
  if (!refuseStream(extra.file, diags))
    return failure();
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(extra.file, diags);
  if (!file)
    return failure();
  JsonError error;
  std::optional<Json> overlay = parseOrderedJson((*file)->bytes(), error);
  if (overlay && !overlay->is_object())
    error.what = "it is not an object";
  // Without a location: the engine may print lines of the file after it has been unmapped.
  if (!overlay || !overlay->is_object())
    return diags.report({}, diag::MalformedOverlay, extra.path, error.what);
  apply(*overlay, description);
  return success();
}

} // namespace

Status applyOverlays(OpenedModel &opened, DiagnosticEngine &diags) {
  if (!opened.model->description)
    return success();
  for (const OpenedModel::Extra &extra : opened.extras)
    if (Apply apply = overlayOf(extra))
      if (!applyOverlay(extra, apply, *opened.model->description, diags))
        return failure();
  erase_if(opened.extras, [](const OpenedModel::Extra &extra) { return overlayOf(extra) != nullptr; });
  return success();
}

} // namespace mil

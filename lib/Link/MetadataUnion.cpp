#include "MetadataUnion.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Text/Printer.h"

using llvm::StringRef;

namespace mil {

/// A value as a message shows it: on one line, of bounded length.
static std::string shown(StringRef value) {
  constexpr size_t limit = 60;
  std::string text;
  for (char c : value.take_front(limit))
    text += c >= ' ' || c < 0 ? c : ' ';
  return value.size() > limit ? text + "…" : text;
}

static std::string printed(const Literal &literal) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printLiteral(literal, out);
  return text;
}

bool MetadataUnion::isFirst(const std::string &field, StringRef value) {
  auto [it, isNew] = fields.try_emplace(field, Kept{value.str(), current});
  if (!isNew && it->second.value != value)
    diags.report({}, diag::MergeMetadataDiffers, field, shown(it->second.value), it->second.from->path, shown(value), current->path);
  return isNew;
}

void MetadataUnion::take(const std::string &field, std::string &into, StringRef from) {
  if (!from.empty() && isFirst(field, from))
    into = from.str();
}

void MetadataUnion::add(const OpenedModel &input) {
  current = &input;
  const Model &from = *input.model;
  take("unknown fields of the model", model.protoExtra, from.protoExtra);
  take("unknown fields of the description", model.description->protoExtra, from.description->protoExtra);
  if (from.description->metadata)
    addMetadata(*from.description->metadata);
  std::string docString = model.program->docString().str();
  take("the program's documentation", docString, from.program->docString());
  model.program->setDocString(docString);
  std::string extra = model.program->protoExtra(model.program.get()).str();
  take("unknown fields of the program", extra, from.program->protoExtra(from.program.get()));
  if (!extra.empty())
    model.program->setProtoExtra(model.program.get(), extra);
  addAttributes(*from.program);
}

void MetadataUnion::addMetadata(const Metadata &from) {
  std::optional<Metadata> &slot = model.description->metadata;
  if (!slot)
    slot.emplace();
  take("description", slot->shortDescription, from.shortDescription);
  take("version", slot->version, from.version);
  take("author", slot->author, from.author);
  take("license", slot->license, from.license);
  take("unknown fields of the metadata", slot->protoExtra, from.protoExtra);
  for (const auto &[key, value] : from.userDefined)
    if (isFirst("metadata key " + key, value))
      slot->userDefined[key] = value;
}

void MetadataUnion::addAttributes(const Program &from) {
  for (const Attribute &attribute : from.attributes())
    if (attribute.name == "buildInfo" && attribute.value->kind() == Literal::Kind::Dict)
      addBuildInfo(*attribute.value);
    else if (isFirst("program attribute " + attribute.name.str().str(), printed(*attribute.value)))
      model.program->setAttribute(attribute.name, attribute.value);
}

void MetadataUnion::addBuildInfo(const Literal &from) {
  const Literal *have = model.program->attribute("buildInfo");
  if (have && have->kind() != Literal::Kind::Dict)
    return; // the first one has another form, which can't be merged
  llvm::SmallVector<const Literal *> entries;
  if (have)
    entries.assign(have->elements().begin(), have->elements().end());
  llvm::ArrayRef<const Literal *> added = from.elements();
  for (size_t i = 0; i + 1 < added.size(); i += 2) {
    std::string key = added[i]->asString() ? added[i]->asString()->str() : printed(*added[i]);
    std::string value = added[i + 1]->asString() ? added[i + 1]->asString()->str() : printed(*added[i + 1]);
    if (isFirst("buildInfo " + key, value))
      entries.append({added[i], added[i + 1]});
  }
  Context &context = model.program->context();
  const Literal *united = Literal::dict(context, from.type(), entries)->withExtras(context, from.docString(), from.protoExtra());
  model.program->setAttribute(context.intern("buildInfo"), united);
}

} // namespace mil

#include "mil/Ops/Describe.h"
#include "mil/Ops/Args.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace mil;

// ---- Text -------------------------------------------------------------------

/// "values, indices", "1 for each split", "none".
static std::string describeResults(const OpVersion &version) {
  if (version.variadicResults)
    return "one for each: " + version.results[0].str();
  if (version.results.empty())
    return "none";
  return version.results[0].empty() ? "1" : llvm::join(version.results, ", ");
}

static void describeParameter(const OpVersion &version, const Parameter &parameter, size_t width, llvm::raw_ostream &out) {
  out << "    " << llvm::left_justify(parameter.name, unsigned(width)) << "  " << describeDomain(version, parameter);
  std::string value = describeDefault(parameter);
  if (!value.empty())
    out << ", default " << value;
  else if (parameter.optional)
    out << ", optional";
  out << "\n";
}

static void describeVersion(const OpVersion &version, llvm::raw_ostream &out) {
  out << "\n  " << textName(version.since) << (version.parametersAreAttributes ? ", parameters as attributes" : "") << "\n";
  size_t width = 0;
  for (const Parameter &parameter : version.parameters)
    width = std::max(width, parameter.name.size());
  for (const Parameter &parameter : version.parameters)
    describeParameter(version, parameter, width, out);
  for (const TypeVariableDomain &domain : version.variables)
    out << "    where " << domain.name << " is " << domain.types.str() << "\n";
  if (!version.blocks.empty())
    out << "    blocks: " << llvm::join(version.blocks, ", ") << "\n";
  out << "    results: " << describeResults(version) << "\n";
}

void mil::describeOp(const OpDefinition &op, llvm::raw_ostream &out) {
  out << op.name << " (" << op.family << "): " << op.summary << "\n";
  for (const std::unique_ptr<OpVersion> &version : op.versions)
    describeVersion(*version, out);
}

void mil::listOps(llvm::raw_ostream &out) {
  const Catalogue &catalogue = Catalogue::get();
  size_t width = 0;
  for (const OpDefinition *op : catalogue.ops())
    width = std::max(width, op->name.size());
  for (llvm::StringRef family : catalogue.families()) {
    out << family << "\n";
    for (const OpDefinition *op : catalogue.ops())
      if (op->family == family)
        out << "  " << llvm::left_justify(op->name, unsigned(width)) << "  " << op->summary << "\n";
  }
}

// ---- JSON -------------------------------------------------------------------

static void writeNames(llvm::json::OStream &json, llvm::StringRef key, llvm::ArrayRef<llvm::StringRef> names) {
  json.attributeArray(key, [&] {
    for (llvm::StringRef name : names)
      json.value(name);
  });
}

static void writeTypes(llvm::json::OStream &json, llvm::StringRef key, DTypeSet types) {
  json.attributeArray(key, [&] { types.forEach([&](DType type) { json.value(name(type)); }); });
}

static void writeDefault(llvm::json::OStream &json, const DefaultValue &value) {
  switch (value.kind) {
  case DefaultValue::Kind::None:
    return;
  case DefaultValue::Kind::Integer:
    return json.attribute("default", int64_t(value.number));
  case DefaultValue::Kind::Float:
    return json.attribute("default", value.number);
  case DefaultValue::Kind::Boolean:
    return json.attribute("default", value.number != 0);
  case DefaultValue::Kind::String:
    return json.attribute("default", value.text);
  case DefaultValue::Kind::Computed:
    return json.attribute("computedDefault", value.text);
  }
}

static void writeParameter(llvm::json::OStream &json, const OpVersion &version, const Parameter &parameter) {
  static constexpr const char *kinds[] = {"tensor", "list", "state", "any"};
  json.object([&] {
    json.attribute("name", parameter.name);
    json.attribute("kind", kinds[unsigned(parameter.kind)]);
    json.attribute("optional", parameter.optional);
    json.attribute("constant", parameter.constant);
    json.attribute("variadic", parameter.variadic);
    if (parameter.variable >= 0)
      json.attribute("variable", version.variables[size_t(parameter.variable)].name);
    else if (!parameter.types.empty())
      writeTypes(json, "types", parameter.types);
    writeDefault(json, parameter.defaultValue);
    if (!parameter.choices.empty())
      writeNames(json, "choices", parameter.choices);
  });
}

static void writeVersion(llvm::json::OStream &json, const OpVersion &version) {
  json.object([&] {
    json.attribute("since", textName(version.since));
    json.attributeArray("inputs", [&] {
      for (const Parameter &parameter : version.parameters)
        writeParameter(json, version, parameter);
    });
    json.attributeObject("variables", [&] {
      for (const TypeVariableDomain &domain : version.variables)
        writeTypes(json, domain.name, domain.types);
    });
    writeNames(json, "results", version.results);
    json.attribute("variadicResults", version.variadicResults);
    writeNames(json, "blocks", version.blocks);
    json.attribute("parametersAreAttributes", version.parametersAreAttributes);
    json.attribute("folds", version.folds);
    json.attribute("effects", version.effects);
  });
}

static void writeOp(llvm::json::OStream &json, const OpDefinition &op) {
  json.object([&] {
    json.attribute("name", op.name);
    json.attribute("family", op.family);
    json.attribute("summary", op.summary);
    json.attributeArray("versions", [&] {
      for (const std::unique_ptr<OpVersion> &version : op.versions)
        writeVersion(json, *version);
    });
  });
}

void mil::opsAsJson(const OpDefinition *op, llvm::raw_ostream &out) {
  llvm::json::OStream json(out, 2);
  json.object([&] {
    json.attributeArray("ops", [&] {
      if (op)
        return writeOp(json, *op);
      for (const OpDefinition *each : Catalogue::get().ops())
        writeOp(json, *each);
    });
  });
  out << "\n";
}

// ---- Markdown ---------------------------------------------------------------

/// Table cells must not hold the bar.
static std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\\');
  return text;
}

static void markdownRow(const OpDefinition &op, llvm::raw_ostream &out) {
  std::vector<std::string> opsets;
  bool folds = false;
  for (const std::unique_ptr<OpVersion> &version : op.versions) {
    opsets.push_back(textName(version->since).str());
    folds |= version->folds;
  }
  out << "| `" << op.name << "` | " << llvm::join(opsets, ", ") << " | yes | yes | yes | yes | " << (folds ? "yes" : "") << " | "
      << cell(op.summary.str()) << " |\n";
}

void mil::opsAsMarkdown(llvm::raw_ostream &out) {
  const Catalogue &catalogue = Catalogue::get();
  out << "# The operations of MIL\n\n"
         "This page is generated by `milc ops --markdown` from the catalogue (`lib/Ops`); a test compares the two. `milc ops NAME` "
         "describes\n"
         "one operation in detail: its inputs with types, defaults and choices, for each opset. Unknown operations are read and written "
         "like\n"
         "all others; the verifier reports a warning.\n\n"
         "*Opsets*: the opset that introduced the operation, and those that changed it. *Fold*: `const_elimination` evaluates calls with\n"
         "constant arguments. The other operations have no constant value (random numbers, states, loops, lists), or are decompressed on "
         "the\n"
         "device.\n\n"
      << catalogue.ops().size() << " ops in " << catalogue.families().size() << " families.\n";
  for (llvm::StringRef family : catalogue.families()) {
    out << "\n## " << family << "\n\n"
        << "| op | opsets | parse | print | verify | infer | fold | what it computes |\n| --- | --- | --- | --- | --- | --- | --- | --- "
           "|\n";
    for (const OpDefinition *op : catalogue.ops())
      if (op->family == family)
        markdownRow(*op, out);
  }
}

#include "mil/Compile/CompiledMetadata.h"
#include "FeatureSchema.h"
#include "mil/Compile/CompiledModel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/LEB128.h"

using namespace llvm;
using nlohmann::json;

namespace mil {

namespace {

// ---- The layout of the system's JSON writer ---------------------------------

void printString(StringRef text, raw_ostream &out) {
  out << '"';
  for (char c : text)
    if (c == '"' || c == '\\' || c == '/')
      out << '\\' << c;
    else if (c == '\n')
      out << "\\n";
    else if (c == '\r')
      out << "\\r";
    else if (c == '\t')
      out << "\\t";
    else if (uint8_t(c) < 0x20)
      out << "\\u00" << hexdigit(uint8_t(c) >> 4, true) << hexdigit(c & 15, true);
    else
      out << c;
  out << '"';
}

/// Nests as deep as the object that is made here: four levels.
void printJson(const json &value, raw_ostream &out, unsigned indent) {
  if (!value.is_structured()) {
    if (value.is_string())
      printString(value.get_ref<const std::string &>(), out);
    else
      out << value.get<int64_t>();
    return;
  }
  bool object = value.is_object();
  out << (object ? '{' : '[') << '\n';
  bool first = true;
  for (const auto &item : value.items()) {
    out << (first ? "" : ",\n");
    first = false;
    out.indent(indent + 2);
    if (object) {
      printString(item.key(), out);
      out << " : ";
    }
    printJson(item.value(), out, indent + 2);
  }
  out << '\n';
  out.indent(indent) << (object ? '}' : ']');
}

// ---- Fields -----------------------------------------------------------------

/// The first number of "3500.32.1"; the newest one if the text isn't a version.
unsigned majorVersion(StringRef version) {
  unsigned major = ~0u;
  return version.split('.').first.getAsInteger(10, major) ? ~0u : major;
}

/// Compilers from these on write what older ones don't.
constexpr unsigned firstWithVisionOS = 3304, firstWithStates = 3401;

struct Systems {
  const char *macOS, *iOS, *watchOS, *visionOS;
  bool known = true;
};

Systems systemsOf(int specificationVersion) {
  switch (specificationVersion) {
  case 1:
    return {"10.13", "11.0", "4.0", "1.0"};
  case 2:
    return {"10.13.2", "11.2", "4.2", "1.0", false};
  case 3:
    return {"10.14", "12.0", "5.0", "1.0"};
  case 4:
    return {"10.15", "13.0", "6.0", "1.0"};
  case 5:
    return {"11.0", "14.0", "7.0", "1.0"};
  case 6:
    return {"12.0", "15.0", "8.0", "1.0"};
  case 7:
    return {"13.0", "16.0", "9.0", "1.0"};
  case 8:
    return {"14.0", "17.0", "10.0", "1.0"};
  case 9:
    return {"15.0", "18.0", "11.0", "2.0"};
  case 10:
    return {"16.0", "19.0", "12.0", "3.0"};
  default:
    return {"26.0", "26.0", "26.0", "26.0", false};
  }
}

/// A name for a class from the name of a file: what can't be in an identifier becomes `_`, a character each.
std::string classNameOf(StringRef name) {
  std::string result;
  for (char c : name)
    if (isAlnum(c) || c == '_')
      result += c;
    else if ((uint8_t(c) & 0xc0) != 0x80) // what continues a character of UTF-8 counts with its start
      result += '_';
  return result;
}

class MetadataWriter {
public:
  MetadataWriter(const Model &model, const CompileOptions &options, Guesses &guesses)
      : model(model), description(*model.description), compiler(majorVersion(options.compilerVersion)), guesses(guesses) {
    all["metadataOutputVersion"] = "3.0";
    all["specificationVersion"] = model.specificationVersion;
    all["generatedClassName"] = classNameOf(options.className);
    all["method"] = "predict";
    all["isUpdatable"] = model.updatable ? "1" : "0";
    all["modelParameters"] = json::array();
    all["modelType"] = modelType();
    addAvailability();
    addMetadata();
    addInterface();
    addFacts();
    addLabelsOfClassifier();
    if (model.program && !description.functions.empty())
      addFunctions();
  }

  std::string print() const {
    std::string text;
    raw_string_ostream out(text);
    printJson(json::array({all}), out, 0);
    return text;
  }

private:
  static std::string typeName(const Model &model) {
    StringRef name = model.pipeline                                                                      ? "pipeline"
                     : model.otherType && model.otherType->field == CompiledModel::NonMaximumSuppression ? "nonMaximumSuppression"
                                                                                                         : "mlProgram";
    return "MLModelType_" + name.str();
  }

  json modelType() const {
    json type = {{"name", typeName(model)}};
    if (model.pipeline) {
      json structure = json::array();
      for (const std::unique_ptr<Model> &stage : model.pipeline->models)
        structure.push_back({{"name", typeName(*stage)}});
      type["structure"] = std::move(structure);
    }
    return type;
  }

  void addAvailability() {
    Systems systems = systemsOf(model.specificationVersion);
    if (!systems.known)
      guesses.insert("the systems of specification version " + std::to_string(model.specificationVersion));
    json availability = {
        {"macOS", systems.macOS}, {"iOS", systems.iOS}, {"tvOS", systems.iOS}, {"macCatalyst", systems.iOS}, {"watchOS", systems.watchOS}};
    if (compiler >= firstWithVisionOS)
      availability["visionOS"] = systems.visionOS;
    all["availability"] = std::move(availability);
  }

  void addMetadata() {
    const Metadata metadata = description.metadata.value_or(Metadata());
    const std::pair<const char *, const std::string &> texts[] = {{"shortDescription", metadata.shortDescription},
                                                                  {"version", metadata.version},
                                                                  {"author", metadata.author},
                                                                  {"license", metadata.license}};
    for (const auto &[key, text] : texts)
      if (!text.empty())
        all[key] = text;
    all["userDefinedMetadata"] = json::object();
    for (const auto &[key, text] : metadata.userDefined)
      all["userDefinedMetadata"][key] = text;
  }

  /// The interface of the model, or of the default function.
  void addInterface() {
    const FunctionDescription *interface =
        description.functions.empty() ? &description.main : description.function(description.defaultFunctionName);
    addSchemas(all, interface ? *interface : FunctionDescription());
    if (compiler < firstWithStates)
      all.erase("stateSchema");
  }

  void addSchemas(json &into, const FunctionDescription &function) {
    into["inputSchema"] = featureSchema(function.inputs);
    into["outputSchema"] = featureSchema(function.outputs);
    into["stateSchema"] = featureSchema(function.states);
  }

  static void addFactsTo(json &into, const OperationStatistics &facts) {
    into["computePrecision"] = printPrecision(facts.compute);
    if (!facts.storage.empty())
      into["storagePrecision"] = printPrecision(facts.storage);
    json &histogram = into["mlProgramOperationTypeHistogram"] = json::object();
    for (const auto &[name, count] : facts.histogram)
      histogram[name] = count;
  }

  /// Of a pipeline, all models together.
  void addFacts() {
    OperationStatistics facts;
    auto addProgram = [&](const Model &part) {
      if (!part.program)
        return;
      StringRef name = "main";
      if (part.description && !part.description->functions.empty())
        name = part.description->defaultFunctionName;
      if (const Function *function = part.program->function(name))
        facts.add(*function, guesses);
    };
    addProgram(model);
    if (model.pipeline)
      for (const std::unique_ptr<Model> &stage : model.pipeline->models) {
        addProgram(*stage);
        addLabels(*stage);
      }
    addFactsTo(all, facts);
  }

  /// The labels of a classifier: those of its default function.
  void addLabelsOfClassifier() {
    const Function *function =
        model.program ? model.program->function(description.functions.empty() ? "main" : description.defaultFunctionName) : nullptr;
    if (!function)
      return;
    for (const Operation &op : function->body()) {
      const Literal *classes = op.is("classify") ? op.constant("classes") : nullptr;
      if (!classes || classes->kind() != Literal::Kind::List)
        continue;
      json labels = json::array();
      for (const Literal *label : classes->elements())
        if (std::optional<StringRef> text = label->asString())
          labels.push_back(text->str());
        else if (std::optional<int64_t> number = label->asInt())
          labels.push_back(*number);
      all["classLabels"] = std::move(labels);
    }
  }

  void addLabels(const Model &stage) {
    if (!stage.otherType || stage.otherType->field != CompiledModel::NonMaximumSuppression)
      return;
    if (std::vector<std::string> labels = classLabelsOf(stage.otherType->bytes); !labels.empty())
      all["classLabels"] = labels;
  }

  void addFunctions() {
    json functions = json::array();
    for (const FunctionDescription &described : description.functions) {
      json entry = {{"name", described.name}};
      addSchemas(entry, described);
      OperationStatistics facts;
      if (const Function *function = model.program->function(described.name))
        facts.add(*function, guesses);
      if (!facts.storage.empty())
        guesses.insert("storagePrecision of single functions");
      addFactsTo(entry, facts);
      functions.push_back(std::move(entry));
    }
    all["functions"] = std::move(functions);
    all["defaultFunctionName"] = description.defaultFunctionName;
  }

  const Model &model;
  const ModelDescription &description;
  unsigned compiler;
  Guesses &guesses;
  json all = json::object();
};

// ---- The one message that is looked into without its declaration ------------

/// Calls `visit` on the length-delimited fields of a message, up to its end or the first malformed one.
void forEachPayload(StringRef message, function_ref<void(uint64_t field, StringRef payload)> visit) {
  auto varint = [&](uint64_t &value) {
    unsigned length = 0;
    const char *error = nullptr;
    value = decodeULEB128(message.bytes_begin(), &length, message.bytes_end(), &error);
    message = message.drop_front(error ? message.size() : length);
    return !error;
  };
  for (uint64_t tag, value; !message.empty() && varint(tag);) {
    switch (tag & 7) {
    case 0:
      if (!varint(value))
        return;
      break;
    case 1:
      message = message.drop_front(std::min<size_t>(8, message.size()));
      break;
    case 2:
      if (!varint(value) || value > message.size())
        return;
      visit(tag >> 3, message.take_front(size_t(value)));
      message = message.drop_front(size_t(value));
      break;
    case 5:
      message = message.drop_front(std::min<size_t>(4, message.size()));
      break;
    default:
      return;
    }
  }
}

} // namespace

std::vector<std::string> classLabelsOf(StringRef suppression) {
  constexpr uint64_t stringClassLabels = 100, vector = 1;
  std::vector<std::string> labels;
  forEachPayload(suppression, [&](uint64_t field, StringRef texts) {
    if (field == stringClassLabels)
      forEachPayload(texts, [&](uint64_t part, StringRef text) {
        if (part == vector)
          labels.push_back(text.str());
      });
  });
  return labels;
}

std::string printCompiledMetadata(const Model &model, const CompileOptions &options, Guesses &guesses) {
  return MetadataWriter(model, options, guesses).print();
}

} // namespace mil

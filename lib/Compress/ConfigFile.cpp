#include "mil/Compress/ConfigFile.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Pass/Registry.h"
#include "mil/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

using namespace mil;
namespace yaml = llvm::yaml;

namespace {

constexpr llvm::StringRef quantizer = "OpLinearQuantizerConfig", palettizer = "OpPalettizerConfig", threshold = "OpThresholdPrunerConfig",
                          magnitude = "OpMagnitudePrunerConfig";
const llvm::ArrayRef<llvm::StringRef> &classes() {
  static const llvm::StringRef all[] = {quantizer, palettizer, threshold, magnitude};
  static const llvm::ArrayRef<llvm::StringRef> list = all;
  return list;
}

/// A key of an entry with its value, as it is written.
struct Field {
  std::string key;
  llvm::SmallVector<std::string, 4> values; ///< of a list several
  bool isList = false, isNull = false;
  Location where;
};

using Words = llvm::ArrayRef<llvm::StringRef>;

/// Takes the fields of an entry into a scheme; reports what it can't take.
class SchemeReader {
public:
  SchemeReader(llvm::StringRef type, Location where, DiagnosticEngine &diags) : type(type), where(where), diags(diags) {}

  Result<SchemeEntry> read(llvm::ArrayRef<Field> fields) {
    SchemeEntry entry;
    for (const Field &field : fields) {
      const char *const *known = llvm::find_if(keys(), [&](const char *key) { return field.key == key; });
      if (known == keys().end()) {
        llvm::SmallVector<llvm::StringRef> names(keys().begin(), keys().end());
        return diags.report(field.where, diag::ConfigUnknownKey, type, field.key, suggestion(nearestName(field.key, names)));
      }
      byKey[field.key] = &field;
    }
    entry.threshold = integer("weight_threshold", 2048);
    entry.scheme = type == quantizer ? Scheme(quantize()) : type == palettizer ? Scheme(palettize()) : Scheme(prune());
    const char *why = failed ? nullptr : contradiction ? contradiction : whyNot(entry.scheme, Opset::IOS26);
    if (why)
      return diags.report(where, diag::ConfigContradiction, why);
    if (failed)
      return failure();
    return entry;
  }

private:
  llvm::ArrayRef<const char *> keys() const {
    static const char *const ofQuantizer[] = {"mode", "dtype", "granularity", "block_size", "calibrate", "weight_threshold"};
    static const char *const ofPalettizer[] = {"mode",
                                               "nbits",
                                               "granularity",
                                               "group_size",
                                               "channel_axis",
                                               "cluster_dim",
                                               "exact",
                                               "enable_per_channel_scale",
                                               "num_kmeans_workers",
                                               "weight_threshold"};
    static const char *const ofThreshold[] = {"threshold", "minimum_sparsity_percentile", "weight_threshold"};
    static const char *const ofMagnitude[] = {"target_sparsity", "block_size", "n_m_ratio", "dim", "exact_count", "weight_threshold"};
    if (type == quantizer)
      return ofQuantizer;
    if (type == palettizer)
      return ofPalettizer;
    return type == threshold ? llvm::ArrayRef<const char *>(ofThreshold) : llvm::ArrayRef<const char *>(ofMagnitude);
  }

  const Field *given(llvm::StringRef key) const {
    auto found = byKey.find(key);
    return found == byKey.end() || found->second->isNull ? nullptr : found->second;
  }
  void bad(const Field &field, llvm::StringRef kind) {
    failed = true;
    diags.report(field.where, diag::ConfigBadValue, field.key, kind, llvm::join(field.values, ", "));
  }
  /// One of some words, by its number.
  size_t word(llvm::StringRef key, Words words) {
    const Field *field = given(key);
    if (!field)
      return 0;
    const auto *found = field->isList ? words.end() : llvm::find(words, field->values[0]);
    if (found == words.end())
      bad(*field, llvm::join(words, ", "));
    return found == words.end() ? 0 : size_t(found - words.begin());
  }
  int64_t integer(llvm::StringRef key, int64_t otherwise) {
    const Field *field = given(key);
    int64_t value = otherwise;
    if (field && (field->isList || llvm::StringRef(field->values[0]).getAsInteger(10, value)))
      bad(*field, "an integer");
    return value;
  }
  double number(llvm::StringRef key, double otherwise) {
    const Field *field = given(key);
    double value = otherwise;
    if (field && (field->isList || llvm::StringRef(field->values[0]).getAsDouble(value)))
      bad(*field, "a number");
    return value;
  }
  bool flag(llvm::StringRef key) {
    const Field *field = given(key);
    if (!field)
      return false;
    llvm::StringRef text = field->isList ? "" : llvm::StringRef(field->values[0]);
    if (!text.equals_insensitive("true") && !text.equals_insensitive("false"))
      bad(*field, "true or false");
    return text.equals_insensitive("true");
  }
  llvm::SmallVector<int64_t, 6> integers(llvm::StringRef key) {
    llvm::SmallVector<int64_t, 6> values;
    const Field *field = given(key);
    for (size_t i = 0; field && i < field->values.size(); ++i)
      if (int64_t value; !llvm::StringRef(field->values[i]).getAsInteger(10, value))
        values.push_back(value);
    if (field && values.size() != field->values.size())
      bad(*field, "integers");
    return values;
  }

  QuantizeScheme quantize() {
    static const DType types[] = {DType::Int8, DType::UInt8, DType::Int4, DType::UInt4};
    QuantizeScheme scheme;
    scheme.symmetric = word("mode", {"linear_symmetric", "linear"}) == 0;
    scheme.dtype = types[word("dtype", {"int8", "uint8", "int4", "uint4"})];
    static const QuantizeScheme::Granularity all[] = {QuantizeScheme::Granularity::Channel, QuantizeScheme::Granularity::Tensor,
                                                      QuantizeScheme::Granularity::Block};
    scheme.granularity = all[word("granularity", {"per_channel", "per_tensor", "per_block"})];
    if (given("block_size"))
      scheme.blockSize = integers("block_size");
    scheme.leastError = word("calibrate", {"range", "mse"}) == 1;
    return scheme;
  }
  PalettizeScheme palettize() {
    PalettizeScheme scheme;
    static const PalettizeScheme::Mode modes[] = {PalettizeScheme::Mode::KMeans, PalettizeScheme::Mode::Uniform,
                                                  PalettizeScheme::Mode::Unique};
    scheme.mode = modes[word("mode", {"kmeans", "uniform", "unique"})];
    bool isUnique = scheme.mode == PalettizeScheme::Mode::Unique;
    if (!given("nbits") && !isUnique)
      contradiction = "kmeans and uniform need nbits";
    if (given("nbits") && isUnique)
      contradiction = "unique finds out how many bits there must be; nbits can't be given";
    scheme.bits = unsigned(std::clamp<int64_t>(integer("nbits", 4), 0, 99));
    bool inGroups = word("granularity", {"per_tensor", "per_grouped_channel"}) == 1;
    int64_t size = integer("group_size", 32);
    scheme.groupSize = !inGroups ? 0 : size > 0 ? size : -1;
    if (given("channel_axis"))
      scheme.channelAxis = integer("channel_axis", 0);
    scheme.vector = integer("cluster_dim", 1);
    scheme.perChannelScale = flag("enable_per_channel_scale");
    scheme.exact = flag("exact");
    (void)integer("num_kmeans_workers", 1);
    return scheme;
  }
  PruneScheme prune() {
    PruneScheme scheme;
    scheme.threshold = number("threshold", scheme.threshold);
    scheme.minimumSparsity = number("minimum_sparsity_percentile", scheme.minimumSparsity);
    if (type != magnitude)
      return scheme;
    if (bool(given("target_sparsity")) == bool(given("n_m_ratio")))
      contradiction = "a magnitude pruner has either a target_sparsity or an n_m_ratio";
    scheme.mode = given("n_m_ratio") ? PruneScheme::Mode::Ratio : PruneScheme::Mode::Sparsity;
    scheme.sparsity = number("target_sparsity", 0);
    scheme.blockSize = integer("block_size", 1);
    scheme.exactCount = flag("exact_count");
    if (llvm::SmallVector<int64_t, 6> ratio = integers("n_m_ratio"); ratio.size() == 2)
      scheme.n = ratio[0], scheme.m = ratio[1];
    if (given("dim"))
      scheme.dim = integer("dim", 0);
    return scheme;
  }

  llvm::StringRef type;
  Location where;
  DiagnosticEngine &diags;
  llvm::StringMap<const Field *> byKey;
  const char *contradiction = nullptr;
  bool failed = false;
};

/// Reads the tree of a file: three levels, nothing below.
class ConfigReader {
public:
  ConfigReader(llvm::StringRef text, uint32_t file, DiagnosticEngine &diags) : text(text), file(file), diags(diags) {}

  Result<CompressionConfig> read() {
    llvm::SourceMgr sources;
    sources.setDiagHandler([](const llvm::SMDiagnostic &error, void *self) { static_cast<ConfigReader *>(self)->syntaxError(error); },
                           this);
    yaml::Stream stream(text, sources);
    yaml::document_iterator document = stream.begin();
    yaml::Node *root = document == stream.end() ? nullptr : document->getRoot();
    auto *map = llvm::dyn_cast_or_null<yaml::MappingNode>(root);
    if (!map && !failed)
      fail(Location::ofFile(file), "it has no keys");
    if (map)
      readRoot(*map);
    if (failed || stream.failed())
      return failure();
    return std::move(config);
  }

private:
  void fail(Location where, llvm::StringRef why) {
    if (!std::exchange(failed, true))
      diags.report(where, diag::ConfigSyntax, why);
  }
  void syntaxError(const llvm::SMDiagnostic &error) { fail(at(error.getLoc().getPointer()), error.getMessage()); }
  Location at(const char *pointer) const {
    bool inside = pointer >= text.begin() && pointer <= text.end();
    return inside ? Location(file, uint64_t(pointer - text.begin())) : Location::ofFile(file);
  }
  Location at(const yaml::Node &node) const { return at(node.getSourceRange().Start.getPointer()); }

  /// Calls visit(key, value, place of the key) for each entry of a map until something fails.
  void forKeys(yaml::MappingNode &map, llvm::function_ref<void(const std::string &, yaml::Node *, Location)> visit) {
    llvm::StringSet<> seen;
    for (yaml::KeyValueNode &entry : map) {
      auto *key = llvm::dyn_cast_or_null<yaml::ScalarNode>(entry.getKey());
      if (!key)
        return fail(at(map), "a key must be a word");
      llvm::SmallString<32> storage;
      std::string name = key->getValue(storage).str();
      Location where = at(*key);
      if (!seen.insert(name).second) {
        failed = true;
        diags.report(where, diag::ConfigTwice, name);
      }
      yaml::Node *value = failed ? nullptr : entry.getValue();
      if (failed)
        return;
      visit(name, value, where);
      if (failed)
        return;
    }
  }

  static bool isNull(yaml::Node *node) {
    if (!node || llvm::isa<yaml::NullNode>(node))
      return true;
    auto *scalar = llvm::dyn_cast<yaml::ScalarNode>(node);
    return scalar && (scalar->getRawValue() == "null" || scalar->getRawValue() == "~" || scalar->getRawValue() == "None");
  }

  /// All of a map of scalars and lists of scalars.
  std::vector<Field> fieldsOf(yaml::MappingNode &map) {
    std::vector<Field> fields;
    forKeys(map, [&](const std::string &key, yaml::Node *value, Location where) {
      Field &field = fields.emplace_back(Field{key, {}, false, isNull(value), where});
      auto add = [&](yaml::Node &node) {
        llvm::SmallString<32> storage;
        if (auto *scalar = llvm::dyn_cast<yaml::ScalarNode>(&node))
          field.values.push_back(scalar->getValue(storage).str());
        else
          fail(at(node), "'" + key + "' must be a word, a number, or a list of numbers");
      };
      if (field.isNull)
        return;
      auto *list = llvm::dyn_cast<yaml::SequenceNode>(value);
      if (!list)
        return add(*value);
      field.isList = true;
      for (yaml::Node &node : *list)
        if (!failed)
          add(node);
    });
    return fields;
  }

  std::optional<SchemeEntry> entryOf(const std::string &name, yaml::Node *node, Location where) {
    if (isNull(node))
      return std::nullopt;
    auto *map = llvm::dyn_cast<yaml::MappingNode>(node);
    if (!map) {
      fail(where, "'" + name + "' must have keys, or be null");
      return std::nullopt;
    }
    std::vector<Field> fields = fieldsOf(*map);
    if (failed)
      return std::nullopt;
    std::string type = defaultType;
    llvm::erase_if(fields, [&](const Field &field) {
      if (field.key == "config_type" && !field.values.empty())
        type = field.values[0];
      return field.key == "config_type";
    });
    if (type.empty()) {
      failed = true;
      diags.report(where, diag::ConfigNoType);
      return std::nullopt;
    }
    Result<SchemeEntry> entry = known(type, where) ? SchemeReader(type, where, diags).read(fields) : Result<SchemeEntry>(failure());
    failed |= !entry;
    return entry ? std::optional(std::move(*entry)) : std::nullopt;
  }
  bool known(llvm::StringRef type, Location where) {
    if (llvm::is_contained(classes(), type))
      return true;
    diags.report(where, diag::ConfigBadValue, "config_type", llvm::join(classes(), ", "), type.str());
    return false;
  }

  void readRoot(yaml::MappingNode &root) {
    // The type for all may stand anywhere, but nodes can be read once: what comes before it waits as text.
    static const llvm::StringRef keys[] = {"config_type", "global_config", "op_type_configs", "op_name_configs"};
    defaultType = typeForAll();
    forKeys(root, [&](const std::string &key, yaml::Node *value, Location where) {
      if (!llvm::is_contained(keys, key)) {
        failed = true;
        diags.report(where, diag::ConfigUnknownKey, "a configuration", key, suggestion(nearestName(key, keys)));
      } else if (key == "config_type") {
        auto *scalar = llvm::dyn_cast_or_null<yaml::ScalarNode>(value);
        if (!scalar || !known(defaultType, where))
          fail(where, "config_type must be the name of a class");
      } else if (key == "global_config") {
        config.global = entryOf(key, value, where);
      } else if (!isNull(value)) {
        readEntries(value, where, key == "op_type_configs");
      }
    });
  }
  void readEntries(yaml::Node *node, Location where, bool byType) {
    auto *map = llvm::dyn_cast<yaml::MappingNode>(node);
    if (!map)
      return fail(where, "it must have names as keys");
    forKeys(*map, [&](const std::string &name, yaml::Node *value, Location place) {
      if (byType && name == "const")
        return fail(place, "a weight is known by its name, or by what reads it, not by the type const");
      std::optional<SchemeEntry> entry = entryOf(name, value, place);
      if (!failed)
        (byType ? config.byType : config.byName)[name] = std::move(entry);
    });
  }

  /// The config_type of the file, read before everything else; "" for none.
  std::string typeForAll() const {
    llvm::SourceMgr sources;
    sources.setDiagHandler([](const llvm::SMDiagnostic &, void *) {}, nullptr);
    yaml::Stream stream(text, sources);
    auto document = stream.begin();
    auto *root = document == stream.end() ? nullptr : llvm::dyn_cast_or_null<yaml::MappingNode>(document->getRoot());
    if (!root)
      return "";
    for (yaml::KeyValueNode &entry : *root) {
      auto *key = llvm::dyn_cast_or_null<yaml::ScalarNode>(entry.getKey());
      llvm::SmallString<32> storage;
      if (!key || stream.failed())
        return "";
      if (key->getValue(storage) != "config_type")
        continue;
      auto *value = llvm::dyn_cast_or_null<yaml::ScalarNode>(entry.getValue());
      llvm::SmallString<32> typeStorage;
      return value ? value->getValue(typeStorage).str() : "";
    }
    return "";
  }

  llvm::StringRef text;
  uint32_t file;
  DiagnosticEngine &diags;
  CompressionConfig config;
  std::string defaultType;
  bool failed = false;
};

/// How deep brackets may nest, and how far lines may be indented: LLVM's reader is recursive.
bool isTooDeep(llvm::StringRef text) {
  constexpr int most = 64;
  int depth = 0;
  for (char c : text) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (depth > most)
      return true;
  }
  llvm::SmallVector<llvm::StringRef> lines;
  text.split(lines, '\n');
  return llvm::any_of(lines, [](llvm::StringRef line) {
    llvm::StringRef start = line.take_while([](char c) { return c == ' ' || c == '-' || c == '?' || c == ':'; });
    return start.size() > most;
  });
}

// ---- Writing

struct Printer {
  llvm::raw_ostream &out;
  std::string indent;

  llvm::raw_ostream &key(llvm::StringRef name) { return out << indent << name << ": "; }
  void operator()(const QuantizeScheme &scheme) {
    key("config_type") << quantizer << "\n";
    key("mode") << (scheme.symmetric ? "linear_symmetric" : "linear") << "\n";
    key("dtype") << name(scheme.dtype) << "\n";
    using Granularity = QuantizeScheme::Granularity;
    key("granularity") << (scheme.granularity == Granularity::Tensor    ? "per_tensor"
                           : scheme.granularity == Granularity::Channel ? "per_channel"
                                                                        : "per_block")
                       << "\n";
    if (scheme.granularity == Granularity::Block && scheme.blockSize.size() == 1)
      key("block_size") << scheme.blockSize[0] << "\n";
    else if (scheme.granularity == Granularity::Block)
      list("block_size", scheme.blockSize);
    if (scheme.leastError)
      key("calibrate") << "mse\n";
  }
  void operator()(const PalettizeScheme &scheme) {
    using Mode = PalettizeScheme::Mode;
    key("config_type") << palettizer << "\n";
    key("mode") << (scheme.mode == Mode::KMeans ? "kmeans" : scheme.mode == Mode::Uniform ? "uniform" : "unique") << "\n";
    if (scheme.mode != Mode::Unique)
      key("nbits") << scheme.bits << "\n";
    key("granularity") << (scheme.groupSize ? "per_grouped_channel" : "per_tensor") << "\n";
    if (scheme.groupSize)
      key("group_size") << scheme.groupSize << "\n";
    if (scheme.channelAxis)
      key("channel_axis") << *scheme.channelAxis << "\n";
    if (scheme.vector != 1)
      key("cluster_dim") << scheme.vector << "\n";
    if (scheme.perChannelScale)
      key("enable_per_channel_scale") << "true\n";
    if (scheme.exact)
      key("exact") << "true\n";
  }
  void operator()(const PruneScheme &scheme) {
    bool isThreshold = scheme.mode == PruneScheme::Mode::Threshold;
    key("config_type") << (isThreshold ? threshold : magnitude) << "\n";
    if (isThreshold) {
      key("threshold") << llvm::format("%.17g\n", scheme.threshold);
      key("minimum_sparsity_percentile") << llvm::format("%.17g\n", scheme.minimumSparsity);
      return;
    }
    if (scheme.mode == PruneScheme::Mode::Ratio)
      list("n_m_ratio", {scheme.n, scheme.m});
    else
      key("target_sparsity") << llvm::format("%.17g\n", scheme.sparsity);
    if (scheme.blockSize != 1)
      key("block_size") << scheme.blockSize << "\n";
    if (scheme.dim)
      key("dim") << *scheme.dim << "\n";
    if (scheme.exactCount)
      key("exact_count") << "true\n";
  }
  void list(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
    key(name) << "[";
    llvm::interleaveComma(values, out);
    out << "]\n";
  }
};

void print(llvm::StringRef name, const std::optional<SchemeEntry> &entry, unsigned indent, llvm::raw_ostream &out) {
  out.indent(indent);
  // Names of files are quoted where YAML would read them as something else.
  bool isPlain = llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }) && !name.empty() && !llvm::isDigit(name[0]) &&
                 name != "null" && name != "true" && name != "false";
  if (isPlain) {
    out << name << ":";
  } else {
    out << '"' << yaml::escape(name) << "\":";
  }
  if (!entry) {
    out << " null\n";
    return;
  }
  out << "\n";
  Printer printer{out, std::string(indent + 2, ' ')};
  std::visit(printer, entry->scheme);
  printer.key("weight_threshold") << entry->threshold << "\n";
}

void print(llvm::StringRef key, const llvm::StringMap<std::optional<SchemeEntry>> &entries, llvm::raw_ostream &out) {
  if (entries.empty())
    return;
  out << key << ":\n";
  std::vector<llvm::StringRef> names(entries.keys().begin(), entries.keys().end());
  llvm::sort(names);
  for (llvm::StringRef name : names)
    print(name, entries.find(name)->second, 2, out);
}

} // namespace

Result<CompressionConfig> mil::parseCompressionConfig(llvm::StringRef text, uint32_t file, DiagnosticEngine &diags) {
  if (isTooDeep(text))
    return diags.report(Location::ofFile(file), diag::ConfigSyntax, "it is nested too deeply");
  return ConfigReader(text, file, diags).read();
}

Result<CompressionConfig> mil::readCompressionConfig(llvm::StringRef path, DiagnosticEngine &diags) {
  Result<std::unique_ptr<MappedFile>> mapped = MappedFile::open(path, diags);
  if (!mapped)
    return failure();
  // LLVM's reader wants a 0 behind the text.
  std::string text = (*mapped)->bytes().str();
  Result<CompressionConfig> config = parseCompressionConfig(text, (*mapped)->file(), diags);
  if (config)
    config->source = std::shared_ptr<const MappedFile>(std::move(*mapped));
  return config;
}

void mil::printCompressionConfig(const CompressionConfig &config, llvm::raw_ostream &out) {
  if (config.global)
    print("global_config", config.global, 0, out);
  print("op_type_configs", config.byType, out);
  print("op_name_configs", config.byName, out);
  if (!config.global && config.byType.empty() && config.byName.empty())
    out << "global_config: null\n";
}

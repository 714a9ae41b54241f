#include "mil/Compress/ConfigFile.h"
#include "ConfigEntry.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Pass/Registry.h"
#include "mil/Support/Files.h"
#include "mil/Support/Suggestions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

using namespace mil;
using config::Field;
namespace yaml = llvm::yaml;

namespace {

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
    if (map && !failed && ++document != stream.end())
      fail(Location::ofFile(file), "it has several documents");
    if (!failed && !stream.failed())
      understandAll();
    if (failed || stream.failed())
      return failure();
    return std::move(made);
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

  /// Where an entry belongs.
  enum class For : uint8_t { All, Type, Name };
  /// An entry that is read, but not yet interpreted: config_type, which it may need, may follow later.
  struct Waiting {
    For what;
    std::string name;
    bool isNull;
    std::vector<Field> fields;
    Location where;
    std::string type = {}; ///< the class, once all are read
  };

  void readEntry(For what, const std::string &name, yaml::Node *node, Location where) {
    if (auto *alias = llvm::dyn_cast_or_null<yaml::AliasNode>(node)) { // as Python writes a dict that is in two places
      auto anchor = anchors.find(alias->getName());
      if (anchor == anchors.end())
        return fail(where, "'*" + alias->getName().str() + "' refers to no earlier entry");
      Waiting same = waiting[anchor->second];
      same.what = what, same.name = name, same.where = where;
      return waiting.push_back(std::move(same));
    }
    auto *map = llvm::dyn_cast_or_null<yaml::MappingNode>(node);
    if (!isNull(node) && !map)
      return fail(where, "'" + name + "' must have keys, or be null");
    if (map && !map->getAnchor().empty())
      anchors[map->getAnchor()] = waiting.size();
    waiting.push_back({what, name, !map, map ? fieldsOf(*map) : std::vector<Field>(), where, {}});
  }
  void readEntries(yaml::Node *node, Location where, For what) {
    auto *map = llvm::dyn_cast<yaml::MappingNode>(node);
    if (!map)
      return fail(where, "its keys must be names");
    forKeys(*map, [&](const std::string &name, yaml::Node *value, Location place) {
      if (what == For::Type && name == "const")
        return fail(place, "weights are selected by name, or by the operations that use them, not by the type const");
      readEntry(what, name, value, place);
    });
  }
  void readRoot(yaml::MappingNode &root) {
    static const llvm::StringRef keys[] = {"config_type", "global_config", "op_type_configs", "op_name_configs"};
    forKeys(root, [&](const std::string &key, yaml::Node *value, Location where) {
      if (!llvm::is_contained(keys, key)) {
        failed = true;
        diags.report(where, diag::ConfigUnknownKey, "a configuration", key, suggestion(nearestName(key, keys)));
      } else if (key == "config_type") {
        llvm::SmallString<32> storage;
        auto *scalar = llvm::dyn_cast_or_null<yaml::ScalarNode>(value);
        defaultType = scalar ? scalar->getValue(storage).str() : "";
        if (!scalar)
          fail(where, "config_type must be the name of a class");
        else
          failed |= !known(defaultType, where);
      } else if (key == "global_config") {
        readEntry(For::All, key, value, where);
      } else if (!isNull(value)) {
        readEntries(value, where, key == "op_type_configs" ? For::Type : For::Name);
      }
    });
  }

  /// Understands all entries, which are for weights or for activations.
  void understandAll() {
    bool any = false, forValues = defaultType == config::activation;
    for (Waiting &entry : waiting) {
      if (entry.isNull)
        continue;
      std::optional<std::string> type = typeOf(entry);
      if (!type)
        return;
      bool forValue = *type == config::activation;
      if (any && forValue != forValues) {
        failed = true;
        diags.report(entry.where, diag::ConfigContradiction,
                     "a configuration applies either to weights or to activations; give one --config for each");
        return;
      }
      any = true, forValues = forValue;
      entry.type = std::move(*type);
    }
    if (forValues)
      made.activations.emplace().global = std::nullopt;
    for (Waiting &entry : waiting)
      if (!failed)
        forValues ? understandActivation(entry) : understand(entry);
  }
  void understand(Waiting &entry) {
    std::optional<SchemeEntry> understood;
    if (!entry.isNull) {
      Result<SchemeEntry> read = config::readEntry(entry.type, entry.fields, entry.where, diags);
      if (!read) {
        failed = true;
        return;
      }
      understood = std::move(*read);
    }
    if (entry.what == For::All)
      made.global = std::move(understood);
    else
      (entry.what == For::Type ? made.byType : made.byName)[entry.name] = std::move(understood);
  }
  void understandActivation(Waiting &entry) {
    std::optional<int64_t> threshold;
    if (!entry.isNull) {
      Result<int64_t> read = config::readActivationEntry(entry.fields, entry.where, diags);
      if (!read) {
        failed = true;
        return;
      }
      threshold = *read;
    }
    if (entry.what == For::All)
      made.activations->global = threshold;
    else
      (entry.what == For::Type ? made.activations->byType : made.activations->byName)[entry.name] = threshold;
  }
  /// The class of an entry, whose key is taken from its fields; nullopt after a report.
  std::optional<std::string> typeOf(Waiting &entry) {
    std::string type = defaultType;
    llvm::erase_if(entry.fields, [&](const Field &field) {
      if (field.key == "config_type" && !field.values.empty())
        type = field.values[0];
      return field.key == "config_type";
    });
    failed = type.empty() || !known(type, entry.where);
    if (type.empty())
      diags.report(entry.where, diag::ConfigNoType);
    return failed ? std::nullopt : std::optional(type);
  }
  bool known(llvm::StringRef type, Location where) {
    if (llvm::is_contained(config::classes(), type))
      return true;
    diags.report(where, diag::ConfigBadValue, "config_type", llvm::join(config::classes(), ", "), type.str());
    return false;
  }

  llvm::StringRef text;
  uint32_t file;
  DiagnosticEngine &diags;
  CompressionConfig made;
  std::vector<Waiting> waiting;
  llvm::StringMap<size_t> anchors; ///< entries in `waiting`
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
  // LLVM's reader needs a 0 after the text.
  std::string text = (*mapped)->bytes().str();
  Result<CompressionConfig> config = parseCompressionConfig(text, (*mapped)->file(), diags);
  if (config)
    config->source = std::shared_ptr<const MappedFile>(std::move(*mapped));
  return config;
}

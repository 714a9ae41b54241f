#include "ConfigEntry.h"
#include "mil/Compress/ConfigFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/YAMLParser.h"

using namespace mil;

namespace {

struct EntryPrinter {
  llvm::raw_ostream &out;
  std::string indent;

  llvm::raw_ostream &key(llvm::StringRef name) { return out << indent << name << ": "; }
  void operator()(const QuantizeScheme &scheme) {
    key("config_type") << config::quantizer << "\n";
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
    key("config_type") << config::palettizer << "\n";
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
    key("config_type") << (isThreshold ? config::threshold : config::magnitude) << "\n";
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

void printEntry(llvm::StringRef name, const std::optional<SchemeEntry> &entry, unsigned indent, llvm::raw_ostream &out) {
  out.indent(indent);
  // Names of files are quoted where YAML would read them as something else.
  bool isPlain = llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }) && !name.empty() && !llvm::isDigit(name[0]) &&
                 name != "null" && name != "true" && name != "false";
  if (isPlain) {
    out << name << ":";
  } else {
    out << '"' << llvm::yaml::escape(name) << "\":";
  }
  if (!entry) {
    out << " null\n";
    return;
  }
  out << "\n";
  EntryPrinter printer{out, std::string(indent + 2, ' ')};
  std::visit(printer, entry->scheme);
  printer.key("weight_threshold") << entry->threshold << "\n";
}

void printEntries(llvm::StringRef key, const llvm::StringMap<std::optional<SchemeEntry>> &entries, llvm::raw_ostream &out) {
  if (entries.empty())
    return;
  out << key << ":\n";
  std::vector<llvm::StringRef> names(entries.keys().begin(), entries.keys().end());
  llvm::sort(names);
  for (llvm::StringRef name : names)
    printEntry(name, entries.find(name)->second, 2, out);
}

} // namespace

void mil::printCompressionConfig(const CompressionConfig &config, llvm::raw_ostream &out) {
  if (config.global)
    printEntry("global_config", config.global, 0, out);
  printEntries("op_type_configs", config.byType, out);
  printEntries("op_name_configs", config.byName, out);
  if (!config.global && config.byType.empty() && config.byName.empty())
    out << "global_config: null\n";
}

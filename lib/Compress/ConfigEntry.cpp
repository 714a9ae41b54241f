#include "ConfigEntry.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Support/Suggestions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mil;
using namespace mil::config;

llvm::ArrayRef<llvm::StringRef> config::classes() {
  static const llvm::StringRef all[] = {quantizer, palettizer, threshold, magnitude, activation};
  return all;
}

namespace {

using Words = llvm::ArrayRef<llvm::StringRef>;

/// Takes the fields of an entry into a scheme; reports what it can't take.
class SchemeReader {
public:
  SchemeReader(llvm::StringRef type, Location where, DiagnosticEngine &diags) : type(type), where(where), diags(diags) {}

  Result<SchemeEntry> read(llvm::ArrayRef<Field> fields) {
    if (!take(fields))
      return failure();
    SchemeEntry entry;
    entry.threshold = leastElements();
    entry.scheme = type == quantizer ? Scheme(quantize()) : type == palettizer ? Scheme(palettize()) : Scheme(prune());
    const char *why = failed ? nullptr : contradiction ? contradiction : whyNot(entry.scheme, Opset::IOS26);
    if (why)
      return diags.report(where, diag::ConfigContradiction, why);
    if (failed)
      return failure();
    return entry;
  }
  Result<int64_t> readActivation(llvm::ArrayRef<Field> fields) {
    if (!take(fields))
      return failure();
    word("mode", {"linear_symmetric"});
    word("dtype", {"int8"});
    int64_t least = leastElements();
    return failed ? Result<int64_t>(failure()) : least;
  }

private:
  /// Knows all keys, or reports the first that it doesn't.
  Status take(llvm::ArrayRef<Field> fields) {
    for (const Field &field : fields) {
      const char *const *known = llvm::find_if(keys(), [&](const char *key) { return field.key == key; });
      if (known == keys().end()) {
        llvm::SmallVector<llvm::StringRef> names(keys().begin(), keys().end());
        return diags.report(field.where, diag::ConfigUnknownKey, type, field.key, suggestion(nearestName(field.key, names)));
      }
      byKey[field.key] = &field;
    }
    return success();
  }
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
                                               "lut_function",
                                               "weight_threshold"};
    static const char *const ofThreshold[] = {"threshold", "minimum_sparsity_percentile", "weight_threshold"};
    static const char *const ofActivation[] = {"mode", "dtype", "weight_threshold"};
    static const char *const ofMagnitude[] = {"target_sparsity", "block_size", "n_m_ratio", "dim", "exact_count", "weight_threshold"};
    if (type == quantizer)
      return ofQuantizer;
    if (type == palettizer)
      return ofPalettizer;
    if (type == activation)
      return ofActivation;
    return type == threshold ? llvm::ArrayRef<const char *>(ofThreshold) : llvm::ArrayRef<const char *>(ofMagnitude);
  }

  const Field *given(llvm::StringRef key) const {
    auto found = byKey.find(key);
    return found == byKey.end() || found->second->isNull ? nullptr : found->second;
  }
  void bad(const Field &field, llvm::StringRef kind) {
    failed = true;
    diags.report(field.where, diag::ConfigBadValue, field.key, kind, field.isNull ? "null" : llvm::join(field.values, ", "));
  }
  /// One of some words, by its number. Modes may be in capitals, as the reference allows.
  size_t word(llvm::StringRef key, Words words) {
    const Field *field = given(key);
    if (!field)
      return 0;
    auto isWord = [&](llvm::StringRef each) {
      return key == "mode" ? each.equals_insensitive(field->values[0]) : each == field->values[0];
    };
    const auto *found = field->isList ? words.end() : llvm::find_if(words, isWord);
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
  /// 2048 if not given; it can't be null, as in coremltools.
  int64_t leastElements() {
    auto found = byKey.find("weight_threshold");
    int64_t least = integer("weight_threshold", 2048);
    if (found != byKey.end() && (found->second->isNull || least < 0))
      bad(*found->second, "a number of elements");
    return least;
  }
  double number(llvm::StringRef key, double otherwise) {
    const Field *field = given(key);
    double value = otherwise;
    if (field && (field->isList || llvm::StringRef(field->values[0]).getAsDouble(value) || std::isnan(value)))
      bad(*field, "a number");
    return value;
  }
  bool flag(llvm::StringRef key) {
    const Field *field = given(key);
    if (!field)
      return false;
    std::string text = field->isList ? "" : llvm::StringRef(field->values[0]).lower();
    bool isTrue = text == "true" || text == "yes" || text == "on"; // as YAML 1.1 has it
    if (!isTrue && text != "false" && text != "no" && text != "off")
      bad(*field, "true or false");
    return isTrue;
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
      contradiction = "nbits can't be set for unique, which determines the number of bits";
    if (given("lut_function"))
      contradiction = "lut_function is a Python function, which a file can't contain; use the mode kmeans, uniform or unique";
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

} // namespace

Result<SchemeEntry> config::readEntry(llvm::StringRef type, llvm::ArrayRef<Field> fields, Location where, DiagnosticEngine &diags) {
  return SchemeReader(type, where, diags).read(fields);
}

Result<int64_t> config::readActivationEntry(llvm::ArrayRef<Field> fields, Location where, DiagnosticEngine &diags) {
  return SchemeReader(activation, where, diags).readActivation(fields);
}

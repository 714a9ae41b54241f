// What changed in the interface of a function: features, and the types of the values that they are about.
#include "FunctionDiff.h"
#include "mil/Package/Info.h"
#include "mil/Text/Printer.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/Twine.h"
#include <charconv>

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

void addDifference(std::vector<Difference> &list, std::string what, std::string before, std::string after) {
  if (before == after)
    return;
  Change change = before.empty() ? Change::Added : after.empty() ? Change::Removed : Change::Changed;
  list.push_back({change, std::move(what), std::move(before), std::move(after)});
}

static std::string bounded(std::string text) {
  constexpr size_t mostBytes = 120;
  if (text.size() <= mostBytes)
    return text;
  size_t end = mostBytes;
  while (end && (uint8_t(text[end]) & 0xC0) == 0x80)
    --end; // not in the middle of a character
  return text.substr(0, end) + "…";
}

static std::string elementText(const Literal &literal, size_t i) {
  DType type = literal.type().dtype();
  if (type == DType::Bool)
    return literal.elementAsInt(i) ? "true" : "false";
  if (!isFloat(type))
    return std::to_string(literal.elementAsInt(i));
  char text[40];
  double value = literal.elementAsDouble(i);
  std::to_chars_result end =
      type == DType::Float64 ? std::to_chars(text, std::end(text), value) : std::to_chars(text, std::end(text), float(value));
  return std::string(text, end.ptr);
}

std::string shortText(const Literal &literal) {
  constexpr uint64_t mostElements = 8;
  Type type = literal.type();
  if (literal.isBlob() || (literal.isTensor() && (literal.elementCount() > mostElements || !type.hasRank())))
    return type.str();
  if (literal.isTensor()) {
    std::string text;
    for (size_t i = 0; i < literal.elementCount(); ++i)
      text += (i ? ", " : "") + elementText(literal, i);
    if (!type.isScalar())
      text = "[" + text + "]";
    bool speaksForItself = type.rank() <= 1 && (type.dtype() == DType::Bool || type.dtype() == DType::Int32);
    return speaksForItself ? text : (type.rank() <= 1 ? name(type.dtype()).str() : type.str()) + " " + text;
  }
  if (std::optional<llvm::StringRef> value = literal.asString()) {
    std::string text = "\"";
    for (char c : *value)
      text += c >= ' ' || c < 0 ? c : ' '; // one line
    return bounded(text + "\"");
  }
  std::string text;
  llvm::raw_string_ostream out(text);
  printLiteral(literal, out);
  return bounded(std::move(text));
}

namespace {

/// A feature and the type of its value in the program, as one text.
struct Side {
  const FeatureDescription *feature = nullptr;
  Type type;
  bool isThere() const { return feature || type; }
  std::string text() const {
    std::string text = type ? type.str() : "";
    if (feature && feature->type)
      text += (text.empty() ? "" : ", ") + describeFeature(*feature->type) + (feature->type->optional ? ", optional" : "");
    return text.empty() ? "(no type)" : text;
  }
};

struct Pair {
  Side before, after;
};
using Pairs = llvm::MapVector<StringRef, Pair>;

void collect(Pairs &pairs, Side Pair::*side, StringRef kind, ArrayRef<FeatureDescription> features, const Function *function) {
  for (const FeatureDescription &feature : features)
    (pairs[feature.name].*side).feature = &feature;
  if (!function)
    return;
  if (kind == "output") {
    for (const Operand &output : const_cast<Function *>(function)->outputs())
      if (output.value())
        (pairs[output.value()->name()].*side).type = output.type();
  } else {
    for (const Value *input : function->inputs())
      if (input->type().isState() == (kind == "state"))
        (pairs[input->name()].*side).type = input->type();
  }
}

void diffTexts(std::vector<Difference> &list, const std::string &what, const FeatureDescription &before, const FeatureDescription &after) {
  addDifference(list, what + ", description", before.shortDescription, after.shortDescription);
  if (before.protoExtra != after.protoExtra)
    list.push_back({Change::Changed, what + ", fields unknown to milc", "", ""});
}

} // namespace

void diffFeatures(std::vector<Difference> &list, StringRef kind, ArrayRef<FeatureDescription> before, ArrayRef<FeatureDescription> after,
                  const Function *functionBefore, const Function *functionAfter) {
  Pairs pairs;
  collect(pairs, &Pair::before, kind, before, functionBefore);
  collect(pairs, &Pair::after, kind, after, functionAfter);
  for (const auto &[name, pair] : pairs) {
    std::string what = (kind + " " + name).str();
    std::string was = pair.before.isThere() ? pair.before.text() : "", is = pair.after.isThere() ? pair.after.text() : "";
    addDifference(list, what, was, is);
    const FeatureDescription *left = pair.before.feature, *right = pair.after.feature;
    if (!left || !right)
      continue;
    if (was == is && left->type != right->type)
      list.push_back({Change::Changed, what + ", details of its type", "", ""});
    diffTexts(list, what, *left, *right);
  }
}

} // namespace mil

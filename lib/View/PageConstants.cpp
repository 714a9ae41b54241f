// The constants of a model: what they hold and take, samples of their elements, and how literals and operations are shown as text.
#include "PageData.h"
#include "Sampling.h"
#include "mil/Text/Printer.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <cmath>
#include <fmt/format.h>

using llvm::StringRef;

namespace mil {

namespace {

constexpr size_t longestText = 16000; ///< of an operation or a value; the rest is left out
constexpr uint64_t shownElements = 16;
const PrintOptions elidedText{false, shownElements, nullptr};

std::string shortened(std::string text) {
  if (text.size() <= longestText)
    return text;
  text.resize(longestText);
  return text + "…";
}

/// Calls `visit` on the literals that a constant comes from: its value, or what is decompressed to it.
void forEachSource(const Value &constant, llvm::function_ref<void(const Literal &)> visit) {
  llvm::SmallVector<const Value *, 8> pending{&constant};
  llvm::SmallPtrSet<const Value *, 8> seen;
  while (!pending.empty()) {
    const Value *value = pending.pop_back_val();
    const Operation *op = value->definingOp();
    if (!op || !isConstant(*value) || !seen.insert(value).second)
      continue;
    for (const Attribute &attribute : op->attributes())
      if (attribute.name != "name")
        visit(*attribute.value);
    op->forEachOperand([&](const Operand &operand) {
      if (operand.literal())
        visit(*operand.literal());
      else if (operand.value())
        pending.push_back(operand.value());
    });
  }
}

uint64_t storedBytes(const Literal &literal) {
  if (literal.isBlob() && literal.blob())
    return literal.blob()->size();
  std::optional<int64_t> count = literal.type().isTensor() ? literal.type().elementCount() : std::nullopt;
  return count ? packedSize(literal.type().dtype(), uint64_t(*count)).value_or(0) : 0;
}

uint64_t storedBytes(const Value &constant) {
  uint64_t bytes = 0;
  forEachSource(constant, [&](const Literal &literal) { bytes += storedBytes(literal); });
  return bytes;
}

/// "constexpr_lut_to_dense of uint4", through all decompressions; empty for a plain constant.
std::string schemeOf(const Value &constant) {
  std::string scheme;
  const Value *value = &constant;
  for (int depth = 0; depth < 8 && value && value->definingOp() && !value->definingOp()->is("const"); ++depth) {
    const Operation &op = *value->definingOp();
    scheme += (scheme.empty() ? "" : " of ") + op.type().str().str();
    const Value *inner = nullptr;
    for (StringRef name : {"data", "indices", "quantized_data", "nonzero_data"})
      if (const Literal *literal = op.constant(name) ? op.constant(name) : op.attribute(name)) {
        scheme += " of " + mil::name(literal->type().dtype()).str();
        return scheme;
      } else if (!inner) {
        inner = op.input(name);
      }
    value = inner;
  }
  return scheme;
}

/// Whether a constant's elements are all in its text.
bool isSmallConstant(const Literal *literal) { return literal && !literal->isBlob() && literal->elementCount() <= shownElements; }

} // namespace

std::string shownText(const Literal &literal) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printLiteral(literal, out, true, elidedText);
  return shortened(std::move(text));
}

std::string shownText(const Operation &op) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printOperation(op, out, elidedText);
  return shortened(std::move(text));
}

void PageData::writeConstants(Out &out, Constants &constants, size_t model) {
  std::vector<bool> hasSample = addSamples(constants, model);
  Numbers records, recordCounts;
  for (const auto &[value, number] : constants.numbers) {
    size_t before = records.size();
    forEachSource(*value, [&](const Literal &literal) {
      if (!literal.isBlob())
        return;
      std::string key = (literal.blobPath() + "@" + llvm::Twine(literal.blobOffset())).str();
      records.push_back(constants.records.try_emplace(key, unsigned(constants.records.size())).first->second);
    });
    recordCounts.push_back(int64_t(records.size() - before));
  }
  using Raw = llvm::raw_ostream;
  auto values = llvm::make_first_range(constants.numbers);
  auto write = [](Raw &raw, int64_t number) { raw << number; };
  auto orNone = [&](Raw &raw, const std::string &text) { raw << (text.empty() ? -1 : int64_t(strings(text))); };
  pageColumn(out, "name", values, [&](Raw &raw, const Value *value) { raw << strings(value->name()); });
  pageColumn(out, "type", values, [&](Raw &raw, const Value *value) { raw << types(value->type().str()); });
  pageColumn(out, "bytes", values, [&](Raw &raw, const Value *value) { raw << storedBytes(*value); });
  pageColumn(out, "scheme", values, [&](Raw &raw, const Value *value) { orNone(raw, schemeOf(*value)); });
  pageColumn(out, "text", values, [&](Raw &raw, const Value *value) {
    const Literal *literal = value->definingOp()->constantValue();
    bool isText = literal && (isSmallConstant(literal) || !literal->type().isTensor() || literal->type().dtype() == DType::String);
    orNone(raw, isText ? shownText(*literal) : "");
  });
  pageColumn(out, "hasSample", hasSample, [](Raw &raw, bool has) { raw << int(has); });
  pageColumn(out, "records", records, write);
  pageColumn(out, "recordCounts", recordCounts, write);
}

std::vector<bool> PageData::addSamples(const Constants &constants, size_t model) {
  // All samples together are bounded, so that a model of many weights takes no longer than its operations.
  constexpr size_t largest = 4096, least = 128, budget = 4 << 20, perChunk = 256;
  size_t most = std::clamp(budget / std::max<size_t>(constants.numbers.size(), 1), least, largest);
  std::vector<bool> hasSample;
  std::string text;
  llvm::raw_string_ostream out(text);
  auto endChunk = [&] {
    if (hasSample.empty())
      return;
    out << "]";
    addChunk("samples-" + std::to_string(model) + "-" + std::to_string((hasSample.size() - 1) / perChunk), text);
    text.clear();
  };
  for (const Value *value : llvm::make_first_range(constants.numbers)) {
    if (hasSample.size() % perChunk == 0)
      endChunk();
    out << (text.empty() ? "[" : ",");
    hasSample.push_back(!isSmallConstant(value->definingOp()->constantValue()) && writeSample(out, *value, most));
    if (!hasSample.back())
      out << "null";
  }
  endChunk();
  return hasSample;
}

/// False, and nothing written, for a constant without numbers, and when they can't be read.
bool PageData::writeSample(llvm::raw_ostream &out, const Value &value, size_t most) {
  std::unique_ptr<ElementReader> elements = elementsOf(value);
  WeightSample sample;
  if (!elements || failed)
    return false;
  if (!sampleWeight(*elements, most, sample, diags)) {
    failed = true;
    return false;
  }
  auto number = [&](double value) {
    if (std::isfinite(value))
      out << fmt::format("{:.6g}", value);
    else
      out << '"' << (std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf") << '"';
  };
  out << "[" << sample.elements << "," << sample.sampled << "," << sample.notFinite << "," << sample.zeros;
  for (double figure : {sample.least, sample.greatest, sample.mean, sample.deviation}) {
    out << ",";
    number(figure);
  }
  out << ",[";
  llvm::interleave(sample.histogram, [&](uint32_t count) { out << count; }, [&] { out << ","; });
  out << "],[";
  llvm::interleave(sample.first, number, [&] { out << ","; });
  out << "]]";
  return true;
}

} // namespace mil

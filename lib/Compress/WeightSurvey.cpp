#include "mil/Compress/WeightSurvey.h"
#include "Rounding.h"
#include "ZeroPattern.h"
#include "mil/IR/Program.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

uint64_t bytesOf(const Literal &literal) {
  return packedSize(literal.type().dtype(), uint64_t(literal.type().elementCount().value_or(0))).value_or(0);
}

/// Adds up the constants of a chain of constexpr_*, and names what it is made of.
struct Chain {
  uint64_t bytes = 0;
  bool sparse = false, scaled = false;
  std::string stored;
  llvm::DenseSet<const void *> seen; ///< literals and operations

  void add(const Operation &op, unsigned depth = 0) {
    constexpr unsigned maxChain = 16;
    if (depth > maxChain || !seen.insert(&op).second)
      return;
    auto constant = [&](const Literal *literal) {
      if (literal && literal->type().isTensor() && seen.insert(literal).second)
        bytes += bytesOf(*literal);
    };
    op.forEachOperand([&](const Operand &operand) {
      const Operation *maker = operand.value() ? operand.value()->definingOp() : nullptr;
      if (maker && maker->isConstexpr())
        add(*maker, depth + 1);
      else
        constant(constantOf(operand));
    });
    for (const Attribute &attribute : op.attributes())
      if (attribute.name.str() != "name")
        constant(attribute.value);
    llvm::StringRef type = op.type().str();
    sparse |= type.contains("sparse");
    for (llvm::StringRef name : {"indices", "indices_nonzero_data", "data", "quantized_data", "nonzero_data"})
      if (const Literal *literal = constantOr(op, name); literal && literal->type().dtype() != DType::UInt8)
        describe(type, literal->type().dtype());
      else if (literal)
        describe(type, widthOfPacked(op, *literal));
  }
  std::string text() const { return (sparse ? "sparse " : "") + stored; }

private:
  static const Literal *constantOr(const Operation &op, llvm::StringRef name) {
    const Literal *literal = op.constant(name);
    return literal ? literal : op.attribute(name);
  }
  /// Before iOS18 indices are packed into bytes: their width follows from the size of the table.
  static DType widthOfPacked(const Operation &op, const Literal &literal) {
    static constexpr DType types[] = {DType::UInt8, DType::UInt1, DType::UInt2, DType::UInt3, DType::UInt4,
                                      DType::UInt8, DType::UInt6, DType::UInt8, DType::UInt8};
    const Literal *lut = op.type().str().contains("lut") && op.attribute("lut") ? op.attribute("lut") : nullptr;
    if (!lut)
      return literal.type().dtype();
    unsigned bits = 0;
    while (bits < 8 && (int64_t(1) << bits) < lut->type().elementCount().value_or(256))
      ++bits;
    return types[bits];
  }
  void describe(llvm::StringRef op, DType type) {
    if (op.contains("lut")) // of numbers that were seen before, if they are quantized
      stored = std::to_string(bitWidth(type)) + " bit palette" + (stored.empty() ? "" : " of " + stored);
    else if (stored.empty())
      stored = name(type).str();
  }
};

/// What is counted over all elements.
struct Counts {
  double least = HUGE_VAL, greatest = -HUGE_VAL;
  uint64_t zeros = 0;
  bool finite = true;
};

void count(const WeightValues &weight, WeightInfo &info) {
  constexpr size_t mostDistinct = 1 << 16;
  std::vector<bool> halfs(weight.isHalf() ? mostDistinct : 0);
  llvm::DenseSet<uint64_t> others;
  bool few = true;
  ZeroPattern pattern(weight.dims());
  Counts counts;
  std::vector<float> values;
  for (int64_t at = 0; at < weight.count(); at += int64_t(values.size())) {
    values.resize(size_t(std::min(elementsATask, weight.count() - at)));
    if (!weight.read(at, values))
      return;
    for (float value : values) {
      counts.zeros += value == 0;
      if (!std::isfinite(value)) {
        counts.finite = false;
        continue;
      }
      counts.least = std::min(counts.least, double(value));
      counts.greatest = std::max(counts.greatest, double(value));
    }
    if (weight.isHalf()) {
      for (float value : values)
        halfs[bitsOfHalf(value)] = true;
    } else {
      for (size_t i = 0; i < values.size() && few; ++i) {
        others.insert(std::bit_cast<uint32_t>(values[i]));
        few = others.size() <= mostDistinct;
      }
    }
    pattern.add(values);
  }
  info.least = counts.least, info.greatest = counts.greatest;
  info.zeros = counts.zeros, info.isFinite = counts.finite;
  if (weight.isHalf())
    info.distinct = uint64_t(llvm::count(halfs, true));
  else if (few)
    info.distinct = others.size();
  info.pattern = pattern.text();
}

} // namespace

uint64_t mil::compressedBytes(const Operation &op) {
  Chain chain;
  chain.add(op);
  return chain.bytes;
}

std::vector<WeightInfo> mil::surveyWeights(const Program &program, uint64_t minBytes) {
  std::vector<WeightInfo> all;
  for (const Function *function : program.functions())
    function->body().walk([&](const Operation &op) {
      bool compressed = op.isConstexpr();
      if (!op.resultCount() || (compressed ? false : !op.is("const") || !isWeight(op)))
        return;
      const Value &value = *op.result(op.resultCount() - 1);
      bool isEnd = llvm::any_of(value.uses(), [](const Operand &use) { return use.user() && !use.user()->isConstexpr(); });
      Type type = value.type();
      if (!isEnd || !type.isTensor() || !type.hasStaticShape())
        return;
      WeightInfo info;
      info.function = function->name().str().str(), info.name = value.name().str().str();
      info.type = type;
      info.elements = uint64_t(type.elementCount().value_or(0));
      if (compressed) {
        Chain chain;
        chain.add(op);
        info.bytes = chain.bytes, info.scheme = chain.text();
      } else {
        info.bytes = bytesOf(*op.constantValue());
      }
      if (info.bytes < minBytes)
        return;
      for (const Operation *reader : readersOf(value).operations)
        info.readers.push_back(reader->type().str().str() + " '" +
                               (reader->resultCount() ? reader->result()->name().str() : reader->opName()).str() + "'");
      if (std::shared_ptr<const WeightValues> values = WeightValues::of(value))
        count(*values, info);
      all.push_back(std::move(info));
    });
  return all;
}

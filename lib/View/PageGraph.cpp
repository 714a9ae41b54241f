// The columns of a function's graph, and the constants of a model.
#include "PageData.h"
#include "Sampling.h"
#include "mil/Ops/Costs.h"
#include "mil/Text/Printer.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <cmath>
#include <fmt/format.h>

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

namespace {

/// What a reference of an argument is to.
enum Reference : unsigned { toNode = 0, toConstant = 1, toText = 2 };

constexpr size_t longestText = 16000; ///< of an operation or a value; the rest is left out
constexpr uint64_t shownElements = 16;
const PrintOptions elided{false, shownElements, nullptr};

void shorten(std::string &text) {
  if (text.size() <= longestText)
    return;
  text.resize(longestText);
  text += "…";
}

std::string textOf(const Literal &literal) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printLiteral(literal, out, true, elided);
  shorten(out.str());
  return text;
}

/// Numbers with commas between them, written without a JSON object each.
template <typename Range, typename F> void column(llvm::json::OStream &out, StringRef name, const Range &range, F &&write) {
  out.attributeBegin(name);
  out.rawValue([&](llvm::raw_ostream &raw) {
    raw << "[";
    bool first = true;
    for (const auto &each : range) {
      if (!first)
        raw << ",";
      first = false;
      write(raw, each);
    }
    raw << "]";
  });
  out.attributeEnd();
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

} // namespace

void PageData::writeGraph(Out &out, const FunctionGraph &graph, Constants &constants) {
  using Raw = llvm::raw_ostream;
  column(out, "op", graph.nodes, [&](Raw &raw, const GraphNode &node) {
    raw << (node.kind == GraphNode::Kind::Input ? -1 : node.kind == GraphNode::Kind::Output ? -2 : int(ops(node.op->type())));
  });
  column(out, "nodeNames", graph.nodes, [&](Raw &raw, const GraphNode &node) { raw << strings(node.name()); });
  column(out, "parent", graph.nodes, [&](Raw &raw, const GraphNode &node) { raw << node.group; });
  auto result = [&](Raw &raw, const Value &value) { raw << strings(value.name()) << "," << types(value.type().str()); };
  column(out, "results", graph.nodes, [&](Raw &raw, const GraphNode &node) {
    raw << "[";
    if (node.value)
      result(raw, *node.value);
    if (node.op)
      llvm::interleave(node.op->results(), [&](const Value &value) { result(raw, value); }, [&] { raw << ","; });
    raw << "]";
  });
  column(out, "args", graph.nodes, [&](Raw &raw, const GraphNode &node) { writeArguments(raw, node, graph, constants); });
  column(out, "flops", graph.nodes, [&](Raw &raw, const GraphNode &node) { raw << (node.op ? uint64_t(costOf(*node.op).flops) : 0); });
  writeGroups(out, graph);
}

void PageData::writeArguments(llvm::raw_ostream &out, const GraphNode &node, const FunctionGraph &graph, Constants &constants) {
  bool first = true;
  auto reference = [&](StringRef name, Reference kind, unsigned number, unsigned index) {
    out << (first ? "" : ",") << strings(name) << "," << kind << "," << number << "," << index;
    first = false;
  };
  auto bound = [&](StringRef name, const Value *value, const Literal *literal) {
    if (literal)
      return reference(name, toText, strings(textOf(*literal)), 0);
    if (!value)
      return;
    if (auto definer = graph.definers.find(value); definer != graph.definers.end())
      return reference(name, toNode, definer->second, value->index());
    if (isConstant(*value))
      reference(name, toConstant, constants.numbers.try_emplace(value, unsigned(constants.numbers.size())).first->second, 0);
  };
  out << "[";
  if (node.op)
    for (const Argument &argument : node.op->arguments())
      for (const Operand &operand : argument.bindings())
        bound(argument.name, operand.value(), operand.literal());
  if (node.kind == GraphNode::Kind::Output)
    bound("", node.value, nullptr);
  // A block's input comes from the operation around.
  if (node.kind == GraphNode::Kind::Input)
    if (const Operation *around = node.value->inputOf()->parentOp()) {
      auto definer = around->resultCount() ? graph.definers.find(around->result()) : graph.definers.end();
      if (definer != graph.definers.end())
        reference("", toNode, definer->second, node.value->index());
    }
  out << "]";
}

void PageData::writeGroups(Out &out, const FunctionGraph &graph) {
  out.attributeArray("groups", [&] {
    for (const GraphGroup &group : graph.groups)
      out.array([&] {
        out.value(strings(group.name));
        out.value(int(group.kind));
        out.value(group.parent);
        out.value(group.begin);
        out.value(group.end);
        out.value(group.copies);
      });
  });
}

/// [name, type, bytes, records, scheme, text, sample]: records as numbers that equal ones share; scheme and text -1 when there is none.
void PageData::writeConstants(Out &out, Constants &constants) {
  // All samples together are bounded, so that a model of many weights takes no longer than its operations.
  constexpr size_t largest = 4096, least = 128, budget = 4 << 20;
  size_t most = std::clamp(budget / std::max<size_t>(constants.numbers.size(), 1), least, largest);
  for (const auto &[value, number] : constants.numbers)
    out.array([&] {
      out.value(strings(value->name()));
      out.value(types(value->type().str()));
      out.value(storedBytes(*value));
      out.array([&] {
        forEachSource(*value, [&](const Literal &literal) {
          if (literal.isBlob()) {
            std::string key = (literal.blobPath() + "@" + llvm::Twine(literal.blobOffset())).str();
            out.value(constants.records.try_emplace(key, unsigned(constants.records.size())).first->second);
          }
        });
      });
      std::string scheme = schemeOf(*value);
      out.value(scheme.empty() ? -1 : int64_t(strings(scheme)));
      const Literal *literal = value->definingOp()->constantValue();
      bool isSmall = literal && !literal->isBlob() && literal->elementCount() <= shownElements;
      out.value(literal && (isSmall || !literal->type().isTensor() || literal->type().dtype() == DType::String)
                    ? int64_t(strings(textOf(*literal)))
                    : -1);
      if (!isSmall)
        writeSample(out, *value, most);
    });
}

void PageData::writeSample(Out &out, const Value &value, size_t most) {
  std::unique_ptr<ElementReader> elements = elementsOf(value);
  WeightSample sample;
  if (!elements || failed)
    return;
  if (!sampleWeight(*elements, most, sample, diags)) {
    failed = true;
    return;
  }
  out.rawValue([&](llvm::raw_ostream &raw) {
    auto number = [&](double value) {
      if (std::isfinite(value))
        raw << fmt::format("{:.6g}", value);
      else
        raw << '"' << (std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf") << '"';
    };
    raw << "[" << sample.elements << "," << sample.sampled << "," << sample.notFinite << "," << sample.zeros;
    for (double figure : {sample.least, sample.greatest, sample.mean, sample.deviation}) {
      raw << ",";
      number(figure);
    }
    raw << ",[";
    llvm::interleave(sample.histogram, [&](uint32_t count) { raw << count; }, [&] { raw << ","; });
    raw << "],[";
    llvm::interleave(sample.first, number, [&] { raw << ","; });
    raw << "]]";
  });
}

void PageData::addTexts(const FunctionGraph &graph, size_t function) {
  constexpr size_t perChunk = 256;
  for (size_t from = 0; from < graph.nodes.size(); from += perChunk) {
    std::string chunk;
    for (const GraphNode &node : ArrayRef(graph.nodes).slice(from, std::min(perChunk, graph.nodes.size() - from))) {
      std::string text;
      if (node.op) {
        llvm::raw_string_ostream out(text);
        printOperation(*node.op, out, elided);
        shorten(out.str());
      }
      chunk += text;
      chunk += '\0';
    }
    addChunk(std::to_string(function) + "-" + std::to_string(from / perChunk), chunk);
  }
}

} // namespace mil

#include "PageData.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Package/Info.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Compression.h"
#include <fmt/format.h>

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

std::string validText(StringRef text) { return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text); }

void PageData::addChunk(std::string name, StringRef bytes, bool isFirst) {
  ArrayRef<uint8_t> raw(bytes.bytes_begin(), bytes.size());
  if (!llvm::compression::zlib::isAvailable()) {
    chunks.push_back({"raw-" + name, llvm::encodeBase64(raw), isFirst});
    return;
  }
  llvm::SmallVector<uint8_t, 0> packed;
  llvm::compression::zlib::compress(raw, packed, llvm::compression::zlib::BestSpeedCompression);
  chunks.push_back({"zlib-" + name, llvm::encodeBase64(packed), isFirst});
}

std::vector<PageData::Chunk> PageData::write(ArrayRef<ViewedModel> models, const ModelDifference *difference, const PageOptions &options) {
  std::string json;
  llvm::raw_string_ostream text(json);
  Out out(text);
  out.object([&] {
    out.attribute("format", 1);
    out.attribute("start", options.start == PageOptions::Start::Map ? "map" : "graph");
    out.attribute("colour", validText(options.colour));
    out.attributeArray("models", [&] {
      for (auto [number, model] : llvm::enumerate(models))
        writeModel(out, model, number, difference);
    });
    writeReports(out, options.reports);
    // Last, for they are complete now.
    out.attributeArray("types", [&] {
      for (StringRef type : types.all())
        out.value(validText(type));
    });
    out.attributeArray("ops", [&] {
      for (StringRef op : ops.all()) {
        const OpDefinition *definition = Catalogue::get().find(op);
        out.array([&] {
          out.value(validText(op));
          out.value(definition ? definition->family : "unknown");
          out.value(definition ? definition->summary : "");
        });
      }
    });
  });
  addChunk("data", text.str(), true);
  addStrings();
  return failed ? std::vector<Chunk>() : std::move(chunks);
}

void PageData::addStrings() {
  std::string all;
  for (StringRef entry : strings.all()) {
    std::string text = validText(entry);
    std::replace(text.begin(), text.end(), '\0', ' '); // it ends a text
    all += text;
    all += '\0';
  }
  addChunk("strings", all, true);
}

static void writeFeatures(llvm::json::OStream &out, StringRef name, ArrayRef<FeatureInfo> features) {
  out.attributeArray(name, [&] {
    for (const FeatureInfo &feature : features)
      out.object([&] {
        out.attribute("name", validText(feature.name));
        out.attribute("type", validText(feature.type));
        out.attribute("feature", validText(feature.feature));
        out.attribute("description", validText(feature.description));
        out.attribute("optional", feature.optional);
      });
  });
}

static void writeDifferences(llvm::json::OStream &out, ArrayRef<Difference> differences) {
  for (const Difference &each : differences)
    out.array([&] {
      out.value(validText(each.what));
      out.value(validText(each.before));
      out.value(validText(each.after));
    });
}

void PageData::writeModel(Out &out, const ViewedModel &viewed, size_t side, const ModelDifference *difference) {
  ModelInfo info = describeModel(*viewed.model);
  out.object([&] {
    out.attribute("name", validText(viewed.name));
    out.attribute("kind", info.kind);
    out.attribute("specificationVersion", info.specificationVersion);
    out.attributeArray("about", [&] {
      for (const auto &each : info.texts())
        out.array([&] {
          out.value(validText(each.first));
          out.value(validText(each.second));
        });
    });
    out.attribute("weightBytes", info.weightBytes);
    out.attribute("records", info.records);
    out.attributeArray("differences", [&] {
      if (difference)
        writeDifferences(out, difference->model);
    });
    Constants constants;
    out.attributeArray("functions", [&] { writeFunctions(out, *viewed.model, "", side, difference, constants); });
    out.attributeObject("constants", [&] { writeConstants(out, constants, side); });
  });
}

void PageData::writeFunctions(Out &out, const Model &model, const std::string &stage, size_t side, const ModelDifference *difference,
                              Constants &constants) {
  ModelInfo info = describeModel(model);
  for (const FunctionInfo &its : info.functions) {
    out.object([&] {
      out.attribute("name", validText(its.name));
      out.attribute("stage", validText(stage));
      out.attribute("kind", info.kind);
      out.attribute("opset", validText(its.opset));
      out.attribute("isDefault", its.name == info.defaultFunction);
      out.attribute("operations", its.operations);
      out.attribute("parameters", its.parameters);
      out.attribute("weightBytes", its.weightBytes);
      uint64_t shared = 0;
      for (const SharedWeights &sharing : info.sharing)
        if (llvm::is_contained(sharing.functions, its.name))
          shared += sharing.bytes;
      out.attribute("sharedBytes", shared);
      writeFeatures(out, "inputs", its.inputs);
      writeFeatures(out, "outputs", its.outputs);
      writeFeatures(out, "states", its.states);
      const Function *function = model.program ? model.program->function(its.name) : nullptr;
      if (!function)
        return;
      FunctionGraph graph = graphOf(*function);
      out.attribute("number", functions);
      writeGraph(out, graph, constants);
      if (difference)
        for (const FunctionDifference &each : difference->functions)
          if (each.name == its.name)
            writeMarks(out, graph, each, side);
      addTexts(graph, functions++);
    });
  }
  if (!model.pipeline)
    return;
  for (auto [i, inner] : llvm::enumerate(model.pipeline->models)) { // nested as deep as the reader allows
    std::string name = i < model.pipeline->names.size() ? model.pipeline->names[i] : "model " + std::to_string(i + 1);
    const ModelDifference *its = nullptr;
    if (difference)
      for (const StageDifference &each : difference->stages)
        if (each.number == i)
          its = &each.difference;
    writeFunctions(out, *inner, stage.empty() ? name : stage + " / " + name, side, its, constants);
  }
}

/// Marks of one side of a comparison: [node, change, its name on the other side, [[what, before, after], …]].
void PageData::writeMarks(Out &out, const FunctionGraph &graph, const FunctionDifference &difference, size_t side) {
  llvm::StringMap<uint32_t> byName;
  for (uint32_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].op)
      byName.try_emplace(graph.nodes[i].name(), i);
  auto mark = [&](StringRef name, Change change, StringRef other, ArrayRef<Difference> details) {
    auto node = byName.find(name);
    if (node == byName.end())
      return;
    out.array([&] {
      out.value(node->second);
      out.value(int(change));
      out.value(validText(other));
      out.array([&] { writeDifferences(out, details); });
    });
  };
  out.attribute("change", difference.change == Change::Added ? "added" : difference.change == Change::Removed ? "removed" : "changed");
  out.attributeArray("interfaceDifferences", [&] { writeDifferences(out, difference.interface); });
  out.attributeArray("marks", [&] {
    llvm::StringMap<StringRef> renamed;
    for (const OperationDifference &op : difference.operations) {
      StringRef after = op.name;
      for (const Difference &detail : op.details)
        if (detail.what == "name" && detail.before == op.name)
          after = detail.after;
      renamed[op.name] = after;
      if (op.change == Change::Changed)
        mark(side ? after : StringRef(op.name), op.change, side ? StringRef(op.name) : after, op.details);
      else if ((op.change == Change::Added) == (side == 1))
        mark(op.name, op.change, "", {});
    }
    for (const ConstantDifference &constant : difference.constants) {
      StringRef after = renamed.contains(constant.operation) ? renamed[constant.operation] : StringRef(constant.operation);
      Difference detail{Change::Changed, constant.argument, constant.typeBefore, constant.typeAfter};
      if (constant.compared && constant.differing)
        detail.after +=
            fmt::format("; {} of {} elements differ, by {:.6g} at most", constant.differing, constant.elements, constant.largest);
      mark(side ? after : StringRef(constant.operation), Change::Changed, side ? StringRef(constant.operation) : after, detail);
    }
  });
}

void PageData::writeReports(Out &out, ArrayRef<Report> reports) {
  out.attributeArray("reports", [&] {
    for (const Report &report : reports)
      out.object([&] {
        out.attribute("title", validText(report.title));
        out.attributeArray("measures", [&] {
          for (const std::string &measure : report.measures)
            out.value(validText(measure));
        });
        out.attributeArray("rows", [&] {
          for (const Report::Row &row : report.rows)
            out.array([&] {
              out.value(validText(row.function));
              out.value(validText(row.name));
              for (const auto &[measure, value] : row.values) {
                out.value(measure);
                out.value(value);
              }
            });
        });
      });
  });
}

} // namespace mil

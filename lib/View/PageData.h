// The data of the page: models as compact JSON, beside it the texts of operations and the samples of constants in compressed chunks, which
// are only read when they are looked at.
//
//   {"types": […], "ops": [[name, family, sentence], …], "models": [model, …], "reports": […], …}
//
// Names, types and kinds of operations are numbers into those tables; names and other texts into a chunk of their own, "strings", each
// followed by a NUL. A function's nodes are columns, one flat array a field, which a browser reads several times faster than an array a
// node; see page/src/data.ts, which reads all of this, for the fields one by one.
#pragma once

#include "mil/View/Graph.h"
#include "mil/View/Page.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

namespace mil {

/// Numbers for texts that occur often.
class Interned {
public:
  unsigned operator()(llvm::StringRef text) {
    auto [it, isNew] = numbers.try_emplace(text, unsigned(list.size()));
    if (isNew)
      list.push_back(it->getKey());
    return it->getValue();
  }
  llvm::ArrayRef<llvm::StringRef> all() const { return list; }

private:
  llvm::StringMap<unsigned> numbers;
  std::vector<llvm::StringRef> list;
};

/// Numbers with commas between them, written without a JSON object each.
template <typename Range, typename F> void pageColumn(llvm::json::OStream &out, llvm::StringRef name, const Range &range, F &&write) {
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

/// MIL text for the page: long tensors are elided, and long texts end early.
std::string shownText(const Literal &literal);
std::string shownText(const Operation &op);

/// Writes one page's data.
class PageData {
public:
  explicit PageData(DiagnosticEngine &diags) : diags(diags) {}

  /// A part of the page's file: its id for the script, and its bytes in base64, compressed if the library can.
  struct Chunk {
    std::string name, content;
    bool isFirst; ///< read when the page is opened
  };

  /// The chunks of some models and what tells the second from the first; empty after a report.
  std::vector<Chunk> write(llvm::ArrayRef<ViewedModel> models, const ModelDifference *difference, const PageOptions &options);

private:
  using Out = llvm::json::OStream;
  using Numbers = std::vector<int64_t>;
  /// Constants of a model, each once.
  struct Constants {
    llvm::MapVector<const Value *, unsigned> numbers;
    llvm::StringMap<unsigned> records;
    uint64_t weights = 0; ///< constants worth a sample
  };

  void writeModel(Out &out, const ViewedModel &viewed, size_t number, const ModelDifference *difference);
  void writeFunctions(Out &out, const Model &model, const std::string &stage, size_t side, const ModelDifference *difference, Constants &);
  void writeGraph(Out &out, const FunctionGraph &graph, Constants &constants);
  void writeGroups(Out &out, const FunctionGraph &graph);
  void addArguments(Numbers &numbers, const GraphNode &node, const FunctionGraph &graph, Constants &constants);
  void writeMarks(Out &out, const FunctionGraph &graph, const FunctionDifference &difference, size_t side);
  /// Columns: names, types and so on of all constants. Records are numbers that equal ones share; a scheme and a text are -1 when there is
  /// none.
  void writeConstants(Out &out, Constants &constants, size_t model);
  /// Adds chunks with what is sampled of the elements of each, [sample or null, ...], and tells which have a sample.
  std::vector<bool> addSamples(const Constants &constants, size_t model);
  bool writeSample(llvm::raw_ostream &out, const Value &value, size_t most);
  void writeReports(Out &out, llvm::ArrayRef<Report> reports);
  void addStrings();
  void addTexts(const FunctionGraph &graph, size_t function);
  void addChunk(std::string name, llvm::StringRef bytes, bool isFirst = false);

  DiagnosticEngine &diags;
  Interned strings, types, ops;
  std::vector<Chunk> chunks;
  size_t functions = 0;
  bool failed = false;
};

/// Text as JSON takes it: invalid UTF-8 replaced.
std::string validText(llvm::StringRef text);

} // namespace mil

// The data of the page: models as compact JSON, and the texts of operations and the samples of constants in compressed chunks, which the
// page only reads when it shows them.
//
//   {"types": […], "ops": [[name, family, sentence], …], "models": [model, …], "reports": […], …}
//
// Types and kinds of operations are indices into these tables; names and other texts are indices into a separate chunk, "strings", in which
// each is followed by a NUL. The nodes of a function are stored as columns, one flat array per field, which a browser reads several times
// faster than one array per node; page/src/data.ts, which reads the data, describes the fields.
#pragma once

#include "mil/View/Graph.h"
#include "mil/View/Page.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

namespace mil {

/// Assigns numbers to texts that occur often.
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

/// Writes an array of numbers without creating a JSON object for each.
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

/// A literal as MIL text for the page: long tensors are elided, and long texts are truncated.
std::string shownText(const Literal &literal);
std::string shownText(const Operation &op);

/// Writes the data of a page.
class PageData {
public:
  explicit PageData(DiagnosticEngine &diags) : diags(diags) {}

  /// A part of the page: its id for the script, and its bytes in base64, compressed if the library supports it.
  struct Chunk {
    std::string name, content;
    bool isFirst; ///< whether it is read when the page is opened
  };

  /// The chunks for the models, and for the differences of the second from the first; empty after an error (reported).
  std::vector<Chunk> write(llvm::ArrayRef<ViewedModel> models, const ModelDifference *difference, const PageOptions &options);

private:
  using Out = llvm::json::OStream;
  using Numbers = std::vector<int64_t>;
  /// The constants of a model, each once.
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
  /// Writes the columns of all constants: names, types and so on. Constants with the same record share its number; a scheme and a text are
  /// -1 if there is none.
  void writeConstants(Out &out, Constants &constants, size_t model);
  /// Adds chunks with the samples of the elements of all constants, [sample or null, ...]. Returns which constants have a sample.
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

/// A text for JSON, in which invalid UTF-8 is replaced.
std::string validText(llvm::StringRef text);

} // namespace mil

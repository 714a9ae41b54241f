#include "mil/Compile/CompiledModel.h"
#include "mil/Compile/DiagnosticKinds.h"
#include "mil/Package/DiagnosticKinds.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"

using namespace llvm;

namespace mil {

bool CompiledModel::hasDescription() const { return type != NonMaximumSuppression && variant != "spec"; }

namespace {

/// Reads numbers and texts one after the other; nothing is taken beyond the end.
class Cursor {
public:
  Cursor(StringRef bytes, uint32_t file, DiagnosticEngine &diags) : bytes(bytes), file(file), diags(diags) {}

  bool atEnd() const { return position == bytes.size(); }
  StringRef rest() const { return bytes.substr(position); }
  Status fail(const Twine &what) const { return diags.report(Location::ofFile(file), diag::MalformedCompiledModel, position, what.str()); }

  template <typename T> Status number(T &into, StringRef what) {
    if (bytes.size() - position < sizeof(T))
      return fail("the file ends before " + what);
    into = support::endian::read<T, endianness::little>(bytes.data() + position);
    position += sizeof(T);
    return success();
  }

  Status text(std::string &into, StringRef what) {
    uint64_t length;
    if (!number(length, ("the length of " + Twine(what)).str()))
      return failure();
    if (length > bytes.size() - position)
      return fail(what + " has a length of " + Twine(length) + " bytes, but " + Twine(bytes.size() - position) + " are left");
    into = bytes.substr(position, length).str();
    position += length;
    return success();
  }

private:
  StringRef bytes;
  size_t position = 0;
  uint32_t file;
  DiagnosticEngine &diags;
};

Status readHeader(Cursor &in, CompiledModel &model) {
  if (!in.number(model.type, "the type"))
    return failure();
  for (int64_t &part : model.formatVersion)
    if (!in.number(part, "the version"))
      return failure();
  if (!in.text(model.variant, "the variant") || !in.number(model.specificationVersion, "the specification version"))
    return failure();
  for (int64_t &part : model.reserved)
    if (!in.number(part, "the reserved part"))
      return failure();
  return success();
}

/// u64 count, then the texts.
Status readTexts(Cursor &in, std::vector<std::string> &into) {
  uint64_t count;
  if (!in.number(count, "a list's length"))
    return failure();
  if (count > in.rest().size() / sizeof(uint64_t))
    return in.fail("a list of " + Twine(count) + " texts cannot fit");
  for (uint64_t i = 0; i != count; ++i)
    if (!in.text(into.emplace_back(), "a listed text"))
      return failure();
  return success();
}

/// One list of texts a function, at least one, up to the end.
Status readLists(Cursor &in, CompiledModel &model) {
  do {
    CompiledModel::List list;
    if (!in.number(list.type, "a list's type") || !readTexts(in, list.texts))
      return failure();
    model.lists.push_back(std::move(list));
  } while (!in.atEnd());
  return success();
}

Status readModelCount(Cursor &in, CompiledModel &model) {
  uint64_t type;
  if (!in.number(model.modelCount, "the number of models") || !in.number(type, "the type after it"))
    return failure();
  if (type != model.type || !in.atEnd())
    return in.fail("a pipeline's description must be followed by the number of its models and its type, nothing else");
  return success();
}

} // namespace

Result<CompiledModel> parseCompiledModel(StringRef bytes, uint32_t file, DiagnosticEngine &diags) {
  Cursor in(bytes, file, diags);
  CompiledModel model;
  if (!readHeader(in, model))
    return failure();
  if (!model.hasDescription()) {
    model.model = in.rest().str();
    return model;
  }
  if (!in.text(model.description, "the description"))
    return failure();
  if (model.isPipeline() ? !readModelCount(in, model) : model.type == CompiledModel::MLProgram && !readLists(in, model))
    return failure();
  if (!model.isPipeline() && model.type != CompiledModel::MLProgram)
    model.rest = in.rest().str();
  return model;
}

Result<std::vector<std::string>> parseModelNames(StringRef bytes, uint32_t file, DiagnosticEngine &diags) {
  Cursor in(bytes, file, diags);
  std::vector<std::string> names;
  if (!readTexts(in, names))
    return failure();
  if (!in.atEnd())
    return in.fail("there is data after the last name");
  return names;
}

namespace {

class Emitter {
public:
  template <typename T> void number(T value) {
    char bytes[sizeof(T)];
    support::endian::write<T, endianness::little>(bytes, value);
    out.append(bytes, sizeof(T));
  }
  void text(StringRef value) {
    number(uint64_t(value.size()));
    out += value;
  }
  std::string out;
};

} // namespace

std::string printCompiledModel(const CompiledModel &model) {
  Emitter emit;
  emit.number(model.type);
  for (int64_t part : model.formatVersion)
    emit.number(part);
  emit.text(model.variant);
  emit.number(model.specificationVersion);
  for (int64_t part : model.reserved)
    emit.number(part);
  if (!model.hasDescription())
    return std::move(emit.out) + model.model;
  emit.text(model.description);
  if (model.isPipeline()) {
    emit.number(model.modelCount);
    emit.number(uint64_t(model.type));
  }
  for (const CompiledModel::List &list : model.lists) {
    emit.number(list.type);
    emit.number(uint64_t(list.texts.size()));
    for (const std::string &text : list.texts)
      emit.text(text);
  }
  return std::move(emit.out) + model.rest;
}

CompiledModel compiledProgram(int specificationVersion, std::string description, size_t functionCount) {
  CompiledModel model;
  model.formatVersion = {specificationVersion <= 7 ? 5 : std::min(specificationVersion, 9), 0, 0};
  model.specificationVersion = specificationVersion;
  model.description = std::move(description);
  model.lists.resize(functionCount);
  return model;
}

CompiledModel compiledPipeline(int specificationVersion, std::string description, ArrayRef<CompiledModel> models) {
  CompiledModel pipeline;
  pipeline.type = CompiledModel::PipelineModel;
  pipeline.formatVersion = {1, 0, 1};
  pipeline.specificationVersion = specificationVersion;
  pipeline.description = std::move(description);
  pipeline.modelCount = models.size();
  raw_string_ostream variant(pipeline.variant);
  for (const auto &[i, model] : enumerate(models)) {
    auto [major, minor, patch] = model.formatVersion;
    variant << ".model" << i << 'v' << major << '.' << minor << '.' << patch << model.variant;
  }
  return pipeline;
}

std::string printModelNames(ArrayRef<std::string> names) {
  Emitter emit;
  emit.number(uint64_t(names.size()));
  for (const std::string &name : names)
    emit.text(name);
  return std::move(emit.out);
}

std::string printAnalytics(ArrayRef<AnalyticsSection> sections) {
  Emitter emit;
  for (const AnalyticsSection &section : sections) {
    emit.text(section.name);
    emit.number(uint64_t(section.entries.size()));
    for (const auto &[key, value] : section.entries) {
      emit.text(key);
      emit.text(value);
    }
  }
  return std::move(emit.out);
}

} // namespace mil

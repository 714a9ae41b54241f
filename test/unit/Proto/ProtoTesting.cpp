#include "ProtoTesting.h"
#include "Wire.h"

namespace mil::test {

namespace {

template <typename Entries> void sortEntries(Entries &entries) {
  std::sort(entries.pointer_begin(), entries.pointer_end(), [](const auto *a, const auto *b) { return a->key() < b->key(); });
}

void canonicalize(milspec::Block &block) {
  sortEntries(*block.mutable_attributes());
  for (milspec::Operation &op : *block.mutable_operations()) {
    sortEntries(*op.mutable_inputs());
    sortEntries(*op.mutable_attributes());
    for (milspec::Block &nested : *op.mutable_blocks())
      canonicalize(nested);
  }
}

} // namespace

void canonicalize(spec::Model &message) {
  spec::Pipeline *pipeline = nullptr;
  if (message.has_mlprogram()) {
    milspec::Program &program = *message.mutable_mlprogram();
    sortEntries(*program.mutable_functions());
    sortEntries(*program.mutable_attributes());
    for (auto &entry : *program.mutable_functions()) {
      sortEntries(*entry.mutable_value()->mutable_block_specializations());
      sortEntries(*entry.mutable_value()->mutable_attributes());
      for (auto &block : *entry.mutable_value()->mutable_block_specializations())
        canonicalize(*block.mutable_value());
    }
  } else if (message.has_pipeline()) {
    pipeline = message.mutable_pipeline();
  } else if (message.has_pipelineclassifier()) {
    pipeline = message.mutable_pipelineclassifier()->mutable_pipeline();
  } else if (message.has_pipelineregressor()) {
    pipeline = message.mutable_pipelineregressor()->mutable_pipeline();
  }
  if (pipeline)
    for (spec::Model &model : *pipeline->mutable_models())
      canonicalize(model);
  if (message.has_description() && message.description().has_metadata())
    sortEntries(*message.mutable_description()->mutable_metadata()->mutable_userdefined());
}

std::string canonical(llvm::StringRef modelBytes) {
  spec::Model message;
  EXPECT_TRUE(wire::parse(modelBytes, message));
  canonicalize(message);
  return message.SerializeAsString();
}

void setTensor(milspec::ValueType &type, milspec::DataType element, std::initializer_list<int64_t> dims) {
  milspec::TensorType &tensor = *type.mutable_tensortype();
  tensor.set_datatype(element);
  tensor.set_rank(int64_t(dims.size()));
  for (int64_t dim : dims) {
    milspec::Dimension &out = *tensor.add_dimensions();
    if (dim < 0)
      out.mutable_unknown();
    else
      out.mutable_constant()->set_size(uint64_t(dim));
  }
}

void setString(milspec::Value &value, const std::string &text) {
  setScalar(*value.mutable_type(), milspec::STRING);
  value.mutable_immediatevalue()->mutable_tensor()->mutable_strings()->add_values(text);
}

void addAttribute(google::protobuf::RepeatedPtrField<milspec::AttributeEntry> &attributes, const std::string &key,
                  const milspec::Value &value) {
  milspec::AttributeEntry &entry = *attributes.Add();
  entry.set_key(key);
  *entry.mutable_value() = value;
}

void addStringAttribute(milspec::Operation &op, const std::string &key, const std::string &text) {
  milspec::Value value;
  setString(value, text);
  addAttribute(*op.mutable_attributes(), key, value);
}

milspec::Operation &addOperation(milspec::Block &block, const std::string &type, const std::string &result) {
  milspec::Operation &op = *block.add_operations();
  op.set_type(type);
  milspec::NamedValueType &output = *op.add_outputs();
  output.set_name(result);
  setScalar(*output.mutable_type(), milspec::FLOAT32);
  addStringAttribute(op, "name", result);
  return op;
}

milspec::Value &addConst(milspec::Block &block, const std::string &result, milspec::DataType element, std::initializer_list<int64_t> dims) {
  milspec::Operation &op = addOperation(block, "const", result);
  op.mutable_outputs(0)->clear_type();
  setTensor(*op.mutable_outputs(0)->mutable_type(), element, dims);
  milspec::AttributeEntry &entry = *op.add_attributes();
  entry.set_key("val");
  setTensor(*entry.mutable_value()->mutable_type(), element, dims);
  return *entry.mutable_value();
}

void bind(milspec::Operation &op, const std::string &argument, const std::string &name) {
  milspec::Operation::InputEntry &entry = *op.add_inputs();
  entry.set_key(argument);
  entry.mutable_value()->add_arguments()->set_name(name);
}

SmallModel::SmallModel() {
  message.set_specificationversion(8);
  program().set_version(1);
  program().add_functions()->set_key("main");
  milspec::NamedValueType &input = *function().add_inputs();
  input.set_name("x");
  setScalar(*input.mutable_type(), milspec::FLOAT32);
  function().set_opset("CoreML7");
  function().add_block_specializations()->set_key("CoreML7");
  block().add_outputs("x");
}

Imported::Imported(llvm::StringRef bytes, BlobResolver *blobs) {
  uint32_t file = diags.sources().add("small.mlmodel");
  ImportOptions options;
  options.blobs = blobs;
  auto result = importModel(bytes, file, context, diags, options);
  EXPECT_EQ(bool(result), !diags.hadError());
  if (result)
    model = std::move(*result);
}

std::string Imported::slugs() const {
  std::string text;
  for (const Diagnostic &diagnostic : diags.diagnostics())
    text += (text.empty() ? "" : " ") + diagnostic.kind.slug().str();
  return text;
}

std::string Imported::printed() const {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (const Diagnostic &diagnostic : diags.diagnostics())
    diags.print(diagnostic, out);
  return text;
}

std::string Imported::exported(const PlaceFn &place) {
  std::string text;
  llvm::raw_string_ostream out(text);
  EXPECT_TRUE(bool(exportModel(*model, place, out, diags))) << printed();
  return text;
}

void expectRoundTrip(llvm::StringRef bytes) {
  Imported imported(bytes);
  ASSERT_TRUE(imported) << imported.printed();
  std::string out = imported.exported();
  // Only what was reported as left out or corrected may differ.
  if (imported.diags.warningCount() == 0)
    EXPECT_TRUE(canonical(out) == canonical(bytes));
  // What was written once is written the same again.
  Imported again(out);
  ASSERT_TRUE(again) << again.printed();
  EXPECT_TRUE(again.exported() == out);
}

std::string expectRefused(const SmallModel &model, llvm::StringRef slug) {
  Imported imported(model.bytes());
  EXPECT_FALSE(imported);
  EXPECT_EQ(imported.slugs(), slug.str());
  return imported.printed();
}

} // namespace mil::test

// What the tests of import and export share: small messages built by hand, and messages compared as what they mean.
#pragma once

#include "MIL.pb.h"
#include "Model.pb.h"
#include "mil/Proto/Proto.h"
#include <gtest/gtest.h>

namespace mil::test {

namespace spec = CoreML::Specification;
namespace milspec = CoreML::Specification::MILSpec;

// ---- Comparing --------------------------------------------------------------

/// Sorts the entries of every map, so that messages that mean the same serialise to the same bytes.
void canonicalize(spec::Model &message);
std::string canonical(llvm::StringRef modelBytes);

// ---- Building ---------------------------------------------------------------

inline void setScalar(milspec::ValueType &type, milspec::DataType element) { type.mutable_tensortype()->set_datatype(element); }
void setTensor(milspec::ValueType &type, milspec::DataType element, std::initializer_list<int64_t> dims);
/// A scalar string constant.
void setString(milspec::Value &value, const std::string &text);
void addAttribute(google::protobuf::RepeatedPtrField<milspec::AttributeEntry> &attributes, const std::string &key,
                  const milspec::Value &value);
void addStringAttribute(milspec::Operation &op, const std::string &key, const std::string &text);
/// Appends an operation with one fp32 scalar result, and `name`.
milspec::Operation &addOperation(milspec::Block &block, const std::string &type, const std::string &result);
/// Appends a const operation with an empty value of a type.
milspec::Value &addConst(milspec::Block &block, const std::string &result, milspec::DataType element, std::initializer_list<int64_t> dims);
/// Binds an argument to a name.
void bind(milspec::Operation &op, const std::string &argument, const std::string &name);

/// A model with one function: `main<ios17>(fp32 x)`, its block empty and returning `x`.
struct SmallModel {
  spec::Model message;
  SmallModel();
  milspec::Program &program() { return *message.mutable_mlprogram(); }
  milspec::Function &function() { return *program().mutable_functions(0)->mutable_value(); }
  milspec::Block &block() { return *function().mutable_block_specializations(0)->mutable_value(); }
  std::string bytes() const { return message.SerializeAsString(); }
};

// ---- Trying -----------------------------------------------------------------

/// One import, with what it reported.
struct Imported {
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Model> model;

  explicit Imported(llvm::StringRef bytes, BlobResolver *blobs = nullptr);
  explicit operator bool() const { return model != nullptr; }
  Program &program() { return *model->program; }
  /// The slugs of what was reported, joined by blanks.
  std::string slugs() const;
  /// Everything reported, as printed.
  std::string printed() const;
  std::string exported(const PlaceFn &place = nullptr);
};

/// Imports, exports, and expects the same message.
void expectRoundTrip(llvm::StringRef bytes);
/// Imports a message that must be refused with a diagnostic of this slug; returns what was printed.
std::string expectRefused(const SmallModel &model, llvm::StringRef slug);

} // namespace mil::test

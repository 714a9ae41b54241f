// Adapters in files: the values of the inputs that unifying makes. See mil/Arrays/ArrayFile.h for the formats.

#include "mil/Arrays/WriteArrays.h"
#include "mil/IR/Context.h"
#include "mil/Link/Bind.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Outputs.h"
#include "mil/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace mil {

/// Hands the bytes of a constant to `take`, window by window.
static Status forEachWindow(const Literal &value, llvm::function_ref<void(llvm::ArrayRef<uint8_t>)> take, DiagnosticEngine &diags) {
  if (value.isTensor()) {
    take(value.bytes());
    return success();
  }
  constexpr uint64_t window = 1 << 20;
  std::vector<uint8_t> bytes(size_t(std::min(window, value.blob()->size())));
  for (uint64_t at = 0; at < value.blob()->size(); at += bytes.size()) {
    bytes.resize(size_t(std::min<uint64_t>(bytes.size(), value.blob()->size() - at)));
    if (!value.blob()->read(at, bytes, diags))
      return failure();
    take(bytes);
  }
  return success();
}

static ArraySource sourceOf(const NamedArray &array, DiagnosticEngine &diags) {
  Type type = array.value->type();
  return {array.name, type.dtype(), Tensor::Dims(type.dims()), 0,
          [&diags, value = array.value](auto take) { return forEachWindow(*value, take, diags); }};
}

Result<AdapterFiles> AdapterFiles::write(llvm::ArrayRef<Adapter> adapters, llvm::StringRef folder, ArrayFormat format, bool force,
                                         DiagnosticEngine &diags) {
  for (const Adapter &adapter : adapters)
    if (!isFileName(adapter.name))
      return diags.report({}, diag::AdapterName, adapter.name);
  AdapterFiles result;
  if (!llvm::sys::fs::exists(folder)) {
    Result<std::unique_ptr<OutputFolder>> made = OutputFolder::create(folder, false, diags);
    if (!made)
      return failure();
    result.newFolder = std::move(*made);
    folder = result.newFolder->path();
  }
  for (const Adapter &adapter : adapters) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, adapter.name + (format == ArrayFormat::Npz ? ".npz" : ".safetensors"));
    Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
    if (!file)
      return failure();
    if ((*file)->temporaryPath().empty())
      return diags.report({}, diag::CannotWrite, path.str(), "it is not a regular file");
    std::vector<ArraySource> arrays;
    arrays.reserve(adapter.arrays.size());
    for (const NamedArray &array : adapter.arrays)
      arrays.push_back(sourceOf(array, diags));
    if (!writeArrays(arrays, format, **file, diags))
      return failure();
    result.files.push_back(std::move(*file));
  }
  return result;
}

Status AdapterFiles::commit(DiagnosticEngine &diags) {
  for (std::unique_ptr<OutputFile> &file : files)
    if (!file->commit(diags))
      return failure();
  return newFolder ? newFolder->commit(diags) : success();
}

/// An array as a constant, whose bytes stay in the file if it is large and not compressed there.
static Result<const Literal *> constantOf(const std::shared_ptr<const ArrayFile> &file, const StoredArray &array, Context &context,
                                          DiagnosticEngine &diags) {
  Type type = Type::tensor(context, array.dtype, array.dims);
  if (array.isDeflated) {
    Result<Tensor> tensor = file->load(array, diags);
    if (!tensor)
      return failure();
    return tensor->toLiteral(context, type);
  }
  if (!file->check(array, diags))
    return failure();
  return streamedBytes(context, type, [file = file.get(), &array](uint64_t at, llvm::MutableArrayRef<uint8_t> out) {
    file->read(array, at, out);
    return true;
  });
}

Result<std::vector<NamedArray>> readAdapter(llvm::StringRef path, Context &context, DiagnosticEngine &diags) {
  finishInterrupted(path);
  Result<std::shared_ptr<const ArrayFile>> file = ArrayFile::open(path, diags);
  if (!file)
    return failure();
  context.keepAlive(*file);
  std::vector<NamedArray> arrays;
  for (const StoredArray &array : (*file)->arrays()) {
    Result<const Literal *> value = constantOf(*file, array, context, diags);
    if (!value)
      return failure();
    if (!*value)
      return diags.report({}, diag::BindArray, array.name,
                          "it has elements of type " + name(array.dtype).str() + ", which weights can't have");
    arrays.push_back({array.name, *value});
  }
  if (arrays.empty())
    return diags.report({}, diag::CannotRead, path, "it has no arrays");
  return arrays;
}

} // namespace mil

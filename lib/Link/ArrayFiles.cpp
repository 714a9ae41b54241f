#include "ArrayFiles.h"
#include "mil/IR/Names.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace mil {

std::optional<uint64_t> byteSize(DType dtype, llvm::ArrayRef<int64_t> dims) {
  uint64_t count = 1;
  for (int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(count, uint64_t(dim), &count))
      return std::nullopt;
  return packedSize(dtype, count);
}

Status forEachWindow(const Literal &value, llvm::function_ref<void(llvm::ArrayRef<uint8_t>)> take, DiagnosticEngine &diags) {
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

Status saveAdapters(llvm::ArrayRef<Adapter> adapters, llvm::StringRef folder, ArrayFormat format, bool force, DiagnosticEngine &diags) {
  bool isNew = !llvm::sys::fs::exists(folder);
  if (std::error_code error = llvm::sys::fs::create_directory(folder))
    return diags.report({}, diag::AdapterFolder, folder, error.message());
  std::vector<std::unique_ptr<OutputFile>> files;
  auto writeAll = [&]() -> Status {
    for (const Adapter &adapter : adapters) {
      llvm::SmallString<128> path(folder);
      llvm::sys::path::append(path, adapter.name + (format == ArrayFormat::Npz ? ".npz" : ".safetensors"));
      Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
      if (!file)
        return failure();
      if ((*file)->temporaryPath().empty())
        return diags.report({}, diag::AdapterFolder, folder, path.str().str() + " is no regular file");
      auto &out = static_cast<llvm::raw_pwrite_stream &>((*file)->stream());
      if (!(format == ArrayFormat::Npz ? writeNpz : writeSafetensors)(adapter.arrays, out, diags))
        return failure();
      files.push_back(std::move(*file));
    }
    for (std::unique_ptr<OutputFile> &file : files)
      if (!file->commit(diags))
        return failure();
    return success();
  };
  if (writeAll())
    return success();
  files.clear();
  if (isNew)
    llvm::sys::fs::remove(folder); // unless something was put there
  return failure();
}

Result<std::vector<NamedArray>> readArrays(llvm::StringRef path, Context &context, DiagnosticEngine &diags) {
  Result<std::unique_ptr<File>> opened = File::open(path, diags);
  if (!opened)
    return failure();
  std::shared_ptr<const File> file = std::move(*opened);
  std::array<uint8_t, 2> start{};
  if (file->size() >= 2 && !file->read(0, start, diags))
    return failure();
  std::string why;
  size_t errors = diags.errorCount();
  bool isZip = start[0] == 'P' && start[1] == 'K';
  Result<std::vector<StoredArray>> stored = (isZip ? listNpz : listSafetensors)(*file, why, diags);
  if (!stored && diags.errorCount() != errors)
    return failure();
  llvm::StringSet<> names;
  if (stored)
    for (const auto &[i, array] : llvm::enumerate(*stored)) {
      if (!isIdentifier(array.name))
        why = "the name of array " + std::to_string(i + 1) + " can't be that of an input";
      else if (!names.insert(array.name).second)
        why = "two arrays are called '" + array.name + "'";
      else if (!toArrayDataType(array.dtype))
        why = "'" + array.name + "' is of " + name(array.dtype).str() + ", which no input is";
      else if (array.dims.size() > 5)
        why = "'" + array.name + "' has more than 5 dimensions";
    }
  if (!why.empty())
    return diags.report({}, diag::ArrayFileBad, path, isZip ? ".npz" : ".safetensors", why);

  std::vector<NamedArray> arrays;
  context.keepAlive(file);
  for (const StoredArray &array : *stored) {
    Type type = Type::tensor(context, array.dtype, array.dims);
    auto read = [file, offset = array.offset](uint64_t at, llvm::MutableArrayRef<uint8_t> out) {
      DiagnosticEngine silent; // the blob says that it could not be made
      return bool(file->read(offset + at, out, silent));
    };
    const Literal *value = streamedBytes(context, type, read);
    if (!value)
      return diags.report({}, diag::ArrayFileBad, path, isZip ? ".npz" : ".safetensors", "'" + array.name + "' can't be read");
    arrays.push_back({array.name, value});
  }
  return arrays;
}

} // namespace mil

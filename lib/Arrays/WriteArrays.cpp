#include "mil/Arrays/WriteArrays.h"
#include "Formats.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

namespace mil {

namespace {

/// UTF-8 to UTF-32, what is damaged replaced: strings of a model are any bytes.
std::u32string wideOf(llvm::StringRef text) {
  std::u32string wide;
  for (size_t i = 0; i < text.size();) {
    uint8_t lead = uint8_t(text[i]);
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xff >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k)
      c = c << 6 | (uint8_t(text[i + k]) & 0x3f);
    wide += c > 0x10ffff ? char32_t(0xfffd) : c;
    i += length;
  }
  return wide;
}

ArraySource sourceOf(std::string name, const Tensor &tensor) {
  return {std::move(name), tensor.dtype(), Tensor::Dims(tensor.dims()), 0, [tensor](auto take) {
            take(tensor.bytes());
            return success();
          }};
}

} // namespace

ArraySource arrayOf(std::string name, const Tensor &tensor) {
  if (hasNpyType(tensor.dtype()))
    return sourceOf(std::move(name), tensor);
  if (tensor.isFloat())
    return sourceOf(std::move(name), convert(tensor, DType::Float32));
  return sourceOf(std::move(name), convert(tensor, isSignedInteger(tensor.dtype()) ? DType::Int8 : DType::UInt8));
}

ArraySource arrayOf(std::string name, const StringTensor &strings) {
  // NumPy's strings are UTF-32, all as long as the longest.
  std::vector<std::u32string> texts;
  size_t longest = 1;
  for (const std::string &text : strings.elements)
    longest = std::max(longest, texts.emplace_back(wideOf(text)).size());
  Tensor characters(DType::UInt32, {int64_t(texts.size()), int64_t(longest)});
  auto *out = reinterpret_cast<char32_t *>(characters.bytes().data());
  for (size_t i = 0; i < texts.size(); ++i)
    llvm::copy(texts[i], out + i * longest);
  ArraySource array = sourceOf(std::move(name), std::move(characters));
  array.dims = strings.dims;
  array.characters = longest;
  return array;
}

Status writeArrays(llvm::ArrayRef<ArraySource> arrays, ArrayFormat format, OutputFile &file, DiagnosticEngine &diags) {
  llvm::raw_ostream &out = file.stream();
  for (const ArraySource &array : arrays)
    if (format == ArrayFormat::Safetensors && !llvm::json::isUTF8(array.name))
      return diags.report({}, diag::CannotWrite, array.name, "names in .safetensors must be UTF-8");
  // A file under construction is a raw_fd_ostream that can go back; a pipe can't.
  auto *seekable = file.temporaryPath().empty() ? nullptr : static_cast<llvm::raw_pwrite_stream *>(&out);
  size_t errors = diags.errorCount();
  bool done = bool(format == ArrayFormat::Safetensors ? writeSafetensors(arrays, out) : writeNpz(arrays, out, seekable));
  assert((done || diags.errorCount() > errors) && "what fails is reported by who reads");
  (void)errors;
  return done ? success() : failure();
}

Status writeArrays(llvm::StringRef path, const std::map<std::string, RuntimeValue, std::less<>> &values, bool force,
                   DiagnosticEngine &diags) {
  std::vector<ArraySource> arrays;
  for (const auto &[name, value] : values) {
    if (const Tensor *tensor = value.tensor())
      arrays.push_back(arrayOf(name, *tensor));
    if (const StringTensor *strings = value.strings())
      arrays.push_back(arrayOf(name, *strings));
    if (const LabelScores *scores = value.scores()) {
      Tensor numbers(DType::Float64, {int64_t(scores->entries.size())});
      StringTensor labels{{int64_t(scores->entries.size())}, {}};
      for (size_t i = 0; i < scores->entries.size(); ++i) {
        numbers.write(int64_t(i), llvm::ArrayRef<double>(scores->entries[i].second));
        const LabelScores::Label &label = scores->entries[i].first;
        labels.elements.push_back(std::holds_alternative<std::string>(label) ? std::get<std::string>(label)
                                                                             : std::to_string(std::get<int64_t>(label)));
      }
      arrays.push_back(arrayOf(name, numbers));
      arrays.push_back(arrayOf(name + "_labels", labels));
    }
  }
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file || !writeArrays(arrays, ArrayFormat::Npz, **file, diags))
    return failure();
  return (*file)->commit(diags);
}

} // namespace mil

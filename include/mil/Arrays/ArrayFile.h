// Files of arrays: .npy and .npz as NumPy writes them, .safetensors as Hugging Face does.
//
//   Result<std::shared_ptr<const ArrayFile>> file = ArrayFile::open("adapter.npz", diags);
//   for (const StoredArray &array : (*file)->arrays())
//     llvm::outs() << array.name << ": " << array.bytes << " bytes\n";
//   Result<Tensor> values = (*file)->load(*(*file)->find("w"), diags);
//
// The formats are recognized by the first bytes of a file:
//
//  * .npy: "\x93NUMPY", a version, the length of a header, the header as a Python dictionary {'descr': '<f2', 'fortran_order': False,
//    'shape': (4, 64), } and the elements. Source: numpy.lib.format in NumPy's documentation.
//  * .npz: a ZIP archive with a NAME.npy for each array, stored or deflated. Source: PKWARE's APPNOTE.TXT 6.3, ZIP64 included.
//  * .safetensors: the length of a header in 8 bytes, the header as JSON {"NAME": {"dtype": "F16", "shape": [4, 64], "data_offsets": [0,
//    512]}}, and the bytes, which the arrays fill without gaps. Source: the format's description in its repository.
//
// Arrays must contain little-endian numbers, bools or text in C order; text (labels that `milc run` wrote) is only listed. The whole file
// is checked when it is opened: all headers, the size of each array and its position within the file, overlapping arrays and duplicate
// names. Checksums are compared when an array is loaded. Pickled objects, big-endian numbers, Fortran order, and archive entries that are
// not arrays are errors.
//
// Cost: opening only reads headers and the directory of the archive, so memory depends on the number of arrays. A deflated array takes
// memory when it is loaded, as much as its header requires (it is inflated first), up to the limit.
#pragma once

#include "mil/Support/Files.h"
#include "mil/Tensor/Tensor.h"
#include <map>

namespace mil {

/// The formats of files of arrays.
enum class ArrayFormat : uint8_t { Npy, Npz, Safetensors };

/// Limits of loading, because a small file can unpack to any size.
struct ArrayLimits {
  uint64_t maxBytes = uint64_t(16) << 30; ///< of the arrays of a file that are loaded, together
};

/// The description of an array in its file.
struct StoredArray {
  std::string name;             ///< empty in an .npy file
  DType dtype = DType::Invalid; ///< String: text, which can't be loaded
  Tensor::Dims dims;
  uint64_t characters = 0; ///< of each element of text, UTF-32
  uint64_t bytes = 0;      ///< of the elements, not compressed

  // The place of the elements: `offset` is their offset, or that of the compressed bytes of an .npy file whose header has `header` bytes.
  uint64_t offset = 0, packed = 0;
  size_t header = 0;
  bool isDeflated = false;
  std::optional<uint32_t> checksum; ///< CRC-32 of header and elements, in archives
};

/// An open file of arrays: their names, types and shapes; elements are read on demand. Immutable, so threads may share it.
class ArrayFile {
public:
  /// Opens and checks a file; "-" is standard input. Errors are reported.
  [[nodiscard]] static Result<std::shared_ptr<const ArrayFile>> open(llvm::StringRef path, DiagnosticEngine &diags);
  /// The same for bytes in memory, which must outlive the result; null on error, with the reason in `why`.
  [[nodiscard]] static std::shared_ptr<const ArrayFile> parse(llvm::ArrayRef<uint8_t> bytes, std::string &why);

  ArrayFormat format() const { return kind; }
  llvm::ArrayRef<StoredArray> arrays() const { return stored; }
  /// The array with this name, or null. The array of an .npy file has an empty name.
  const StoredArray *find(llvm::StringRef name) const;

  /// Loads a whole array and checks its checksum.
  [[nodiscard]] Result<Tensor> load(const StoredArray &array, DiagnosticEngine &diags, const ArrayLimits &limits = {}) const;
  /// The same without a diagnostics engine; nullopt on error, with the reason in `why`.
  [[nodiscard]] std::optional<Tensor> load(const StoredArray &array, std::string &why, const ArrayLimits &limits = {}) const;
  /// Compares the checksum of an array that is not compressed, in one pass that keeps nothing in memory.
  [[nodiscard]] Status check(const StoredArray &array, DiagnosticEngine &diags) const;
  /// Copies bytes of an array that is not compressed, starting at `from`; from + out.size() must be within the array.
  void read(const StoredArray &array, uint64_t from, llvm::MutableArrayRef<uint8_t> out) const;

private:
  ArrayFile() = default;
  bool parse(std::string &why);
  Location place() const { return mapped ? Location::ofFile(mapped->file()) : Location(); }
  void release(uint64_t begin, uint64_t end) const;
  bool checksumFits(const StoredArray &array) const;

  std::string path;
  std::unique_ptr<MappedFile> mapped;
  llvm::ArrayRef<uint8_t> all;
  ArrayFormat kind = ArrayFormat::Npy;
  std::vector<StoredArray> stored;
};

/// Arrays by name.
using NamedArrays = std::map<std::string, Tensor, std::less<>>;

/// The handling of arrays of text in a file if only numbers are supported: an error, or skipping them.
enum class TextArrays : uint8_t { Refuse, Skip };
/// All arrays of an .npz or .safetensors file, by name.
[[nodiscard]] Result<NamedArrays> readArrays(llvm::StringRef path, DiagnosticEngine &diags, const ArrayLimits &limits = {},
                                             TextArrays text = TextArrays::Refuse);
/// The array with this name; an empty name selects the only array.
[[nodiscard]] Result<Tensor> readArray(llvm::StringRef path, llvm::StringRef name, DiagnosticEngine &diags, const ArrayLimits &limits = {});

} // namespace mil

#include "mil/Support/ForeignContent.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace mil {

namespace {

constexpr StringLiteral fetch = "run 'git lfs pull' where it was cloned, or download the file itself";
constexpr StringLiteral fetchAnnex = "run 'git annex get' where it was cloned, or download the file itself";
constexpr StringLiteral download = "the download is a web page about the file: download the file itself; you may have to log in";
constexpr StringLiteral again = "copy, download or export it again: the previous attempt may have been interrupted";
constexpr StringLiteral unpack = "unpack it first";
constexpr StringLiteral convertFirst = "convert it to Core ML first, with coremltools";
constexpr StringLiteral refused = "the server sent this instead of the file: check its address, and whether you have to log in";

struct Magic {
  size_t offset;
  StringLiteral bytes;
  StringLiteral what, advice;
};

constexpr Magic magics[] = {
    {0, "version https://git-lfs.github.com/", "a Git LFS pointer, not the file itself", fetch},
    {0, "version https://hawser.github.com/", "a Git LFS pointer, not the file itself", fetch},
    {0, "/annex/objects/", "a git-annex pointer, not the file itself", fetchAnnex},
    {0, "PK\x03\x04", "a zip archive", unpack},
    {0, "PK\x05\x06", "an empty zip archive", again},
    {0, "\x1f\x8b\x08", "a gzip archive", unpack},
    {0,
     "\xfd"
     "7zXZ",
     "an xz archive", unpack},
    {0, "\x28\xb5\x2f\xfd", "a zstd archive", unpack},
    {0, "BZh", "a bzip2 archive", unpack},
    {0, "7z\xbc\xaf\x27\x1c", "a 7z archive", unpack},
    {257, "ustar", "a tar archive", unpack},
    {0, "GGUF", "a GGUF model", convertFirst},
    {4, "TFL3", "a TensorFlow Lite model", convertFirst},
    {0, "\x89HDF", "an HDF5 file, as Keras models are", convertFirst},
    {0, "\x93NUMPY", "a NumPy array", ""},
    {0, "\x89PNG", "an image", ""},
    {0, "\xff\xd8\xff", "an image", ""},
    {0, "%PDF-", "a PDF document", ""},
    {0, StringLiteral::withInnerNUL("\x00\x05\x16\x07"), "a file in which macOS keeps attributes of another file (._NAME)", "delete it"},
};

/// Pages that servers send instead of a file.
bool isMarkup(StringRef head) {
  head.consume_front("\xef\xbb\xbf");
  StringRef text = head.ltrim();
  return any_of(ArrayRef<StringRef>{"<!doctype", "<html", "<head", "<?xml", "<error", "<!--"},
                [&](StringRef tag) { return text.starts_with_insensitive(tag); });
}

/// What servers say in plain text or JSON instead of sending a file.
bool isRefusal(StringRef head) {
  return any_of(ArrayRef<StringRef>{"404: not found", "not found", "entry not found", "repository not found",
                                    "invalid username or password", "access to model ", "access denied", "{\"error\":", "{\"message\":"},
                [&](StringRef text) { return head.starts_with_insensitive(text); });
}

/// u64 length of a JSON object, of at most 100 MB, then the object. JSON that is indented has spaces in its place.
bool isSafetensors(StringRef head) {
  return head.size() > 9 && head.substr(4, 4) == StringRef("\0\0\0\0", 4) && head[8] == '{' &&
         (head[9] == '"' || head[9] == '}' || head[9] == ' ');
}

/// What PyTorch has saved before it used zip archives: a protocol number, then an instruction. In a weight file these bytes count blobs,
/// and a version follows.
bool isPickle(StringRef head) {
  return head.size() > 8 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5 && (head[2] == '\x95' || isPrint(head[2])) &&
         head.substr(4, 4) != StringRef("\2\0\0\0", 4);
}

/// ONNX's ModelProto begins as Core ML's Model does, with a version, but goes on with a text, the producer's name or version, where Model
/// has a message; or with its graph, a field that Model doesn't have.
bool isOnnx(StringRef head) {
  if (head.size() < 8 || head[0] != '\x08' || uint8_t(head[1]) > 0x7f)
    return false;
  StringRef rest = head.drop_front(2);
  if (rest[0] == '\x3a' || rest[0] == '\x42')
    return true;
  if (rest[0] != '\x12' && rest[0] != '\x1a')
    return false;
  size_t length = uint8_t(rest[1]);
  StringRef producer = rest.substr(2, length);
  return length != 0 && length < 0x80 && producer.size() == length && all_of(producer, isPrint);
}

} // namespace

std::optional<ForeignContent> recogniseForeignContent(StringRef head) {
  if (head.empty())
    return ForeignContent{"an empty file", again};
  for (const Magic &magic : magics)
    if (head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes))
      return ForeignContent{magic.what, magic.advice};
  if (isMarkup(head))
    return ForeignContent{"a web page or an error message in XML", download};
  if (isRefusal(head))
    return ForeignContent{"an error message of a server", refused};
  if (isPickle(head))
    return ForeignContent{"a Python pickle, as older PyTorch models are", convertFirst};
  if (isSafetensors(head))
    return ForeignContent{"a safetensors file", convertFirst};
  if (isOnnx(head))
    return ForeignContent{"an ONNX model", convertFirst};
  return std::nullopt;
}

std::optional<ForeignContent> foreignContentOf(StringRef path) {
  if (!sys::fs::is_regular_file(path))
    return std::nullopt;
  Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path);
  if (!file) {
    consumeError(file.takeError());
    return std::nullopt;
  }
  char head[foreignContentHead];
  Expected<size_t> got = sys::fs::readNativeFileSlice(*file, head, 0);
  sys::fs::closeFile(*file);
  if (!got) {
    consumeError(got.takeError());
    return std::nullopt;
  }
  return recogniseForeignContent(StringRef(head, *got));
}

Status refuseForeign(StringRef head, StringRef path, DiagnosticEngine &diags) {
  std::optional<ForeignContent> foreign = recogniseForeignContent(head.take_front(foreignContentHead));
  if (!foreign)
    return success();
  DiagnosticEngine::InFlight report = diags.report({}, diag::ForeignFile, path, foreign->what);
  return foreign->advice.empty() ? std::move(report) : std::move(report).note({}, diag::ForeignFileAdvice, foreign->advice);
}

Status refuseForeign(const File &file, StringRef path, DiagnosticEngine &diags) {
  uint8_t head[foreignContentHead];
  MutableArrayRef<uint8_t> first(head, size_t(std::min<uint64_t>(file.size(), foreignContentHead)));
  return file.read(0, first, diags) ? refuseForeign(toStringRef(first), path, diags) : failure();
}

} // namespace mil

// The part of protobuf's wire format that is needed to divide messages without parsing them.
//
// A program is far larger than any one of its operations. The importer therefore reads Model, Program, Function and Block directly from the
// bytes of the file, and lets protobuf parse one operation, or one description, at a time: neither memory nor protobuf's recursion grow
// with the program. The exporter does the inverse: it serialises one operation at a time into a Buffer and adds the lengths of the
// enclosing messages.
//
// This is exact because of two rules of the format: the bytes of a message may be split at any field boundary, and the concatenation of two
// serialised messages is the serialisation of their merge.
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <deque>
#include <google/protobuf/message_lite.h>
#if __has_include(<google/protobuf/stubs/logging.h>)
#include <google/protobuf/stubs/logging.h>
#endif
#include <string>

namespace mil::wire {

/// The limit of nested messages. A value that is nested 1000 levels deep needs four messages per level.
inline constexpr int maxDepth = 4100;
/// The limit of nested pipelines.
inline constexpr unsigned maxPipelineDepth = 32;
/// The largest message that protobuf can read and write.
inline constexpr uint64_t maxMessageSize = 0x7fffffff;

struct Field {
  uint32_t number = 0;
  uint32_t type = 0;       ///< wire type: 0 varint, 1 64 bits, 2 length-delimited, 3 group, 5 32 bits
  llvm::StringRef whole;   ///< with its tag
  llvm::StringRef payload; ///< the bytes of a length-delimited field
};
inline constexpr uint32_t lengthDelimited = 2;

/// Reads the fields of one message, in order, without parsing them.
class Reader {
public:
  explicit Reader(llvm::StringRef message) : rest(message) {}
  /// Reads the next field. False at the end and on malformed bytes; `failed` distinguishes the two.
  bool next(Field &field);
  bool failed() const { return malformed; }

private:
  bool varint(uint64_t &value);
  bool skip(uint64_t count);
  bool skipGroup();
  bool skipPayload(uint32_t type, llvm::StringRef &payload);
  llvm::StringRef rest;
  bool malformed = false;
};

/// A divided message: the payloads of one of its repeated fields, and the rest, which protobuf parses.
struct Split {
  llvm::SmallVector<llvm::StringRef, 4> parts;
  llvm::StringRef rest; ///< of the message itself, or in `joined`
  bool ok = true;
  Split(llvm::StringRef message, uint32_t field);
  Split(const Split &) = delete;

private:
  std::string joined;
};

/// The bytes of a submessage that may consist of several pieces, which are merged.
class Submessage {
public:
  void add(llvm::StringRef piece);
  void clear() { *this = Submessage(); }
  bool present() const { return count != 0; }
  llvm::StringRef bytes() const { return count > 1 ? llvm::StringRef(joined) : first; }

private:
  llvm::StringRef first;
  std::string joined;
  unsigned count = 0;
};

/// An entry of a map from names to messages.
struct Entry {
  llvm::StringRef key;
  Submessage value;
};
/// Reads an entry. False if it is malformed, or if its key is not UTF-8.
bool readEntry(llvm::StringRef message, Entry &entry);

/// While a Quiet exists, protobuf doesn't print errors to standard error, because diagnostics report them.
class Quiet {
#if __has_include(<google/protobuf/stubs/logging.h>)
  google::protobuf::LogSilencer silencer; // later versions don't print
#else
public:
  Quiet() {}
#endif
};

/// Parses a message of bounded depth; false if it is malformed.
bool parse(llvm::StringRef bytes, google::protobuf::MessageLite &message);
/// The bytes of a message; empty for an empty one.
std::string serialize(const google::protobuf::MessageLite &message);

/// The unknown fields of a message, serialised. In proto3, messages of the lite runtime have no accessor for them; this function accesses
/// the member of their base class that contains them.
const std::string &unknown(const google::protobuf::MessageLite &message);
inline bool hasUnknown(const google::protobuf::MessageLite &message) { return !unknown(message).empty(); }
std::string &mutableUnknown(google::protobuf::MessageLite &message);

/// Serialised bytes under construction, in pieces, so that growing and nesting don't copy large parts.
class Buffer {
public:
  uint64_t size() const { return total; }
  void append(llvm::StringRef bytes);
  void append(Buffer &&other);
  /// Appends a length-delimited field.
  void field(uint32_t number, llvm::StringRef payload);
  void field(uint32_t number, Buffer &&payload);
  /// Appends a message as a field; it is smaller than maxMessageSize.
  void field(uint32_t number, const google::protobuf::MessageLite &message, size_t size);
  void writeTo(llvm::raw_ostream &out) const;

private:
  std::string &room();
  void header(uint32_t number, uint64_t length);
  std::deque<std::string> pieces;
  uint64_t total = 0;
};

} // namespace mil::wire

// The wire format of protobuf, as much of it as is needed to take messages apart without parsing them.
//
// A program is far larger than any one of its operations. The importer therefore walks Model, Program, Function and Block here, over the
// bytes of the file, and passes protobuf one operation, or one description, at a time: neither memory nor protobuf's recursion
// grow with the program. The exporter does the reverse: it serialises operation by operation into a Buffer and puts lengths in front.
//
// Two rules of the format make that exact: a message's bytes may be split at any field boundary, and the concatenation of two serialised
// messages is the serialisation of their merge.
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

/// Messages nested deeper than this are refused: a value nested 1000 deep takes four messages a level.
inline constexpr int maxDepth = 4100;
/// Pipelines within pipelines deeper than this are refused.
inline constexpr unsigned maxPipelineDepth = 32;
/// What protobuf can read and write at most.
inline constexpr uint64_t maxMessageSize = 0x7fffffff;

struct Field {
  uint32_t number = 0;
  uint32_t type = 0;       ///< wire type: 0 varint, 1 64 bits, 2 length-delimited, 3 group, 5 32 bits
  llvm::StringRef whole;   ///< with its tag
  llvm::StringRef payload; ///< of a length-delimited one, its bytes
};
inline constexpr uint32_t lengthDelimited = 2;

/// Reads the fields of one message, in order, without looking into them.
class Reader {
public:
  explicit Reader(llvm::StringRef message) : rest(message) {}
  /// False at the end and on malformed bytes; `failed` tells which.
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

/// A message taken apart: the payloads of one of its repeated fields, and what remains, to be parsed by protobuf.
struct Split {
  llvm::SmallVector<llvm::StringRef, 4> parts;
  llvm::StringRef rest; ///< of the message itself, or in `joined`
  bool ok = true;
  Split(llvm::StringRef message, uint32_t field);
  Split(const Split &) = delete;

private:
  std::string joined;
};

/// The bytes of a submessage that may be given in several pieces, which merge.
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
/// False when it is malformed, its key not being UTF-8 included.
bool readEntry(llvm::StringRef message, Entry &entry);

/// While one exists, protobuf doesn't print errors to standard error: diagnostics report them.
class Quiet {
#if __has_include(<google/protobuf/stubs/logging.h>)
  google::protobuf::LogSilencer silencer; // later versions don't print
#else
public:
  Quiet() {}
#endif
};

/// Parses a message of bounded depth; false when it is malformed.
bool parse(llvm::StringRef bytes, google::protobuf::MessageLite &message);
/// The bytes of a message; empty for an empty one.
std::string serialize(const google::protobuf::MessageLite &message);

/// The unknown fields of a message, serialised. Messages of the lite runtime keep them without an accessor of
/// their own in proto3: this reaches the member of their base class that holds them.
const std::string &unknown(const google::protobuf::MessageLite &message);
inline bool hasUnknown(const google::protobuf::MessageLite &message) { return !unknown(message).empty(); }
std::string &mutableUnknown(google::protobuf::MessageLite &message);

/// Serialised bytes under construction, in pieces, so that growing and nesting copy nothing large.
class Buffer {
public:
  uint64_t size() const { return total; }
  void append(llvm::StringRef bytes);
  void append(Buffer &&other);
  /// A length-delimited field.
  void field(uint32_t number, llvm::StringRef payload);
  void field(uint32_t number, Buffer &&payload);
  /// A field of a message, which is smaller than maxMessageSize.
  void field(uint32_t number, const google::protobuf::MessageLite &message, size_t size);
  void writeTo(llvm::raw_ostream &out) const;

private:
  std::string &room();
  void header(uint32_t number, uint64_t length);
  std::deque<std::string> pieces;
  uint64_t total = 0;
};

} // namespace mil::wire

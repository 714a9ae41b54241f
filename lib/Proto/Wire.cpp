#include "Wire.h"
#include "llvm/Support/JSON.h"
#include <google/protobuf/io/coded_stream.h>

namespace mil::wire {

bool Reader::varint(uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 70 && !rest.empty(); shift += 7) {
    auto byte = static_cast<unsigned char>(rest.front());
    rest = rest.drop_front();
    value |= uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80)
      return true;
  }
  return false;
}

bool Reader::skip(uint64_t count) {
  if (count > rest.size())
    return false;
  rest = rest.drop_front(count);
  return true;
}

bool Reader::skipGroup() {
  // Groups hold groups: the open ones are counted, protobuf checks later that their numbers match.
  llvm::StringRef ignored;
  for (unsigned open = 1; open;) {
    uint64_t tag;
    if (!varint(tag))
      return false;
    if ((tag & 7) == 3)
      ++open;
    else if ((tag & 7) == 4)
      --open;
    else if (!skipPayload(tag & 7, ignored))
      return false;
  }
  return true;
}

bool Reader::skipPayload(uint32_t type, llvm::StringRef &payload) {
  uint64_t value;
  switch (type) {
  case 0:
    return varint(value);
  case 1:
    return skip(8);
  case 2:
    if (!varint(value))
      return false;
    payload = rest.take_front(value);
    return skip(value);
  case 3:
    return skipGroup();
  case 5:
    return skip(4);
  default:
    return false;
  }
}

bool Reader::next(Field &field) {
  if (rest.empty() || malformed)
    return false;
  const char *start = rest.data();
  uint64_t tag;
  field.payload = {};
  if (!varint(tag) || tag >> 32 || !(tag >> 3) || !skipPayload(tag & 7, field.payload)) {
    malformed = true;
    return false;
  }
  field.number = uint32_t(tag >> 3);
  field.type = tag & 7;
  field.whole = {start, size_t(rest.data() - start)};
  return true;
}

Split::Split(llvm::StringRef message, uint32_t number) {
  // What is not a part is mostly one run of bytes; only where it isn't must it be copied together.
  llvm::SmallVector<llvm::StringRef, 8> runs;
  Reader reader(message);
  for (Field field; reader.next(field);) {
    if (field.number == number && field.type == lengthDelimited)
      parts.push_back(field.payload);
    else if (!runs.empty() && runs.back().end() == field.whole.begin())
      runs.back() = {runs.back().begin(), runs.back().size() + field.whole.size()};
    else
      runs.push_back(field.whole);
  }
  ok = !reader.failed();
  if (runs.size() > 1)
    for (llvm::StringRef run : runs)
      joined += run;
  rest = runs.size() > 1 ? llvm::StringRef(joined) : runs.empty() ? llvm::StringRef() : runs.front();
}

void Submessage::add(llvm::StringRef piece) {
  if (++count == 1)
    first = piece;
  else
    (count == 2 ? joined = first.str() : joined) += piece;
}

bool readEntry(llvm::StringRef message, Entry &entry) {
  Reader reader(message);
  for (Field field; reader.next(field);) {
    if (field.type != lengthDelimited)
      continue;
    if (field.number == 1)
      entry.key = field.payload;
    else if (field.number == 2)
      entry.value.add(field.payload);
  }
  return !reader.failed() && llvm::json::isUTF8(entry.key);
}

bool parse(llvm::StringRef bytes, google::protobuf::MessageLite &message) {
  if (bytes.size() > maxMessageSize)
    return false;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t *>(bytes.data()), int(bytes.size()));
  input.SetRecursionLimit(maxDepth);
  return message.ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

std::string serialize(const google::protobuf::MessageLite &message) { return message.SerializeAsString(); }

namespace {

struct Metadata : google::protobuf::MessageLite {
  static constexpr auto member = &Metadata::_internal_metadata_;
};
const std::string &none() {
  static const std::string empty;
  return empty;
}

} // namespace

const std::string &unknown(const google::protobuf::MessageLite &message) {
  return (message.*Metadata::member).unknown_fields<std::string>(none);
}

std::string &mutableUnknown(google::protobuf::MessageLite &message) {
  return *(message.*Metadata::member).mutable_unknown_fields<std::string>();
}

std::string &Buffer::room() {
  constexpr size_t pieceSize = 1 << 20;
  if (pieces.empty() || pieces.back().size() > pieceSize)
    pieces.emplace_back();
  return pieces.back();
}

void Buffer::append(llvm::StringRef bytes) {
  room().append(bytes.data(), bytes.size());
  total += bytes.size();
}

void Buffer::append(Buffer &&other) {
  total += other.total;
  for (std::string &piece : other.pieces) {
    if (piece.size() < 4096)
      room() += piece;
    else
      pieces.push_back(std::move(piece));
  }
  other = Buffer();
}

void Buffer::header(uint32_t number, uint64_t length) {
  std::string &out = room();
  size_t before = out.size();
  for (uint64_t value : {uint64_t(number) << 3 | lengthDelimited, length}) {
    for (; value >= 0x80; value >>= 7)
      out += char(value | 0x80);
    out += char(value);
  }
  total += out.size() - before;
}

void Buffer::field(uint32_t number, llvm::StringRef payload) {
  header(number, payload.size());
  append(payload);
}

void Buffer::field(uint32_t number, Buffer &&payload) {
  header(number, payload.size());
  append(std::move(payload));
}

void Buffer::field(uint32_t number, const google::protobuf::MessageLite &message, size_t size) {
  header(number, size);
  std::string &out = room();
  size_t at = out.size();
  out.resize(at + size);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t *>(out.data() + at));
  total += size;
}

void Buffer::writeTo(llvm::raw_ostream &out) const {
  for (const std::string &piece : pieces)
    out << piece;
}

} // namespace mil::wire

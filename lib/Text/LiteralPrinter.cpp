#include "LiteralPrinter.h"
#include "Quoting.h"
#include "mil/IR/Names.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include <cmath>
#include <cstdio>
#include <cstring>

namespace mil::text {

llvm::StringRef LiteralPrinter::typeText(Type type) {
  auto [entry, added] = typeTexts.try_emplace(type);
  if (added) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    type.print(stream, !dialect13);
    entry->second = llvm::StringRef(text).copy(texts);
  }
  return entry->second;
}

llvm::StringRef LiteralPrinter::nameText(Name name) {
  auto [entry, added] = nameTexts.try_emplace(name);
  if (added) {
    entry->second = name.str();
    if (!isIdentifier(name)) {
      llvm::SmallString<64> quoted;
      quote(name, '`', quoted);
      entry->second = quoted.str().copy(texts);
    }
  }
  return entry->second;
}

void LiteralPrinter::value(const Literal &literal) {
  type(literal.type());
  out << '(';
  inside(literal);
  out << ')';
}

// Recursive as lists, tuples and dictionaries are, whose nesting every reader bounds.
void LiteralPrinter::inside(const Literal &literal) {
  switch (literal.kind()) {
  case Literal::Kind::Tensor:
    return tensor(literal);
  case Literal::Kind::Strings:
    return rows(literal.type(), literal.strings().size(), [&](uint64_t i) { quote(literal.strings()[i], '"', out.raw()); });
  case Literal::Kind::Blob:
    if (options.place)
      if (std::optional<BlobPlace> place = options.place(literal))
        return blob(place->path, place->offset);
    return blob(literal.blobPath(), literal.blobOffset());
  case Literal::Kind::List:
    out << '[';
    items(literal.elements());
    out << ']';
    return;
  case Literal::Kind::Tuple:
    out << '(';
    items(literal.elements());
    out << ')';
    return;
  case Literal::Kind::Dict:
    ++dictionaries;
    out << '{';
    for (size_t i = 0; i + 1 < literal.elements().size(); i += 2) {
      out << (i ? ", {" : "{");
      items(literal.elements().slice(i, 2));
      out << '}';
    }
    out << '}';
    --dictionaries;
    return;
  case Literal::Kind::Opaque:
    out << literal.text();
    return;
  }
}

void LiteralPrinter::items(llvm::ArrayRef<const Literal *> literals) {
  for (auto [i, literal] : llvm::enumerate(literals)) {
    if (i)
      out << ", ";
    item(*literal);
    out.flushIfFull();
  }
}

/// What a list, tuple or dictionary holds: without its type, which is that of the whole, except for blobs.
void LiteralPrinter::item(const Literal &literal) {
  if (literal.isBlob())
    value(literal);
  else
    inside(literal);
}

void LiteralPrinter::blob(llvm::StringRef path, uint64_t offset) {
  out << (dialect13 ? "BLOBFILE(path = string(" : "BLOBFILE(path = tensor<string, []>(");
  quote(path, '"', out.raw());
  out << (dialect13 ? "), offset = uint64(" : "), offset = tensor<uint64, []>(");
  out.integer(offset);
  out << "))";
}

template <typename Element> void LiteralPrinter::run(uint64_t first, uint64_t count, Element &element) {
  for (uint64_t i = first; i != first + count; ++i) {
    if (i != first)
      out << ", ";
    element(i);
    out.flushIfFull();
  }
}

/// `count` elements in the brackets of a tensor's type. A dimension that the type leaves open follows from the count.
template <typename Element> void LiteralPrinter::rows(Type type, uint64_t count, Element element) {
  llvm::ArrayRef<int64_t> dims = type.dims();
  if (dims.empty())
    return run(0, count, element);
  // Of an empty tensor only the brackets before the first dimension without elements are written, and not even these if they are many.
  constexpr uint64_t mostEmptyRows = 1000;
  llvm::SmallVector<uint64_t, 6> sizes;
  uint64_t known = 1;
  for (int64_t dim : dims)
    if (dim > 0 && __builtin_mul_overflow(known, uint64_t(dim), &known))
      known = UINT64_MAX;
  uint64_t lines = 1; // of innermost brackets
  for (int64_t dim : dims) {
    sizes.push_back(dim >= 0 ? uint64_t(dim) : count / known);
    if (sizes.back() == 0)
      break;
    if (sizes.size() != dims.size() && __builtin_mul_overflow(lines, sizes.back(), &lines))
      lines = UINT64_MAX;
  }
  if (count == 0 && lines > mostEmptyRows) {
    out << "[]";
    return;
  }
  size_t levels = sizes.size();
  uint64_t length = sizes.back();
  llvm::SmallVector<uint64_t, 6> done(levels, 0); // rows finished at each level
  size_t opening = levels;
  for (uint64_t line = 0; line != lines; ++line) {
    if (line)
      out << ", ";
    for (size_t level = 0; level != opening; ++level)
      out << '[';
    run(line * length, length, element);
    opening = 0;
    // Closing a row may be closing the row around it, and so on.
    for (size_t level = levels; level-- != 0;) {
      out << ']';
      ++opening;
      if (level == 0 || ++done[level - 1] != sizes[level - 1])
        break;
      done[level - 1] = 0;
    }
    out.flushIfFull();
  }
}

void LiteralPrinter::elided(Type type) {
  for (size_t i = 0; i != type.rank(); ++i)
    out << '[';
  out << "…";
  for (size_t i = 0; i != type.rank(); ++i)
    out << ']';
}

void LiteralPrinter::tensor(const Literal &literal) {
  if (options.place)
    if (std::optional<BlobPlace> place = options.place(literal))
      return blob(place->path, place->offset);
  Type type = literal.type();
  uint64_t count = literal.elementCount();
  if (options.elideAbove && count > options.elideAbove)
    return elided(type);
  llvm::ArrayRef<uint8_t> bytes = literal.bytes();
  DType element = type.dtype();
  if (element == DType::Bool)
    return rows(type, count, [&](uint64_t i) { out << (bytes[i] ? llvm::StringRef("true") : llvm::StringRef("false")); });
  if (isFloat(element)) {
    FloatFormat format = floatFormat(element);
    unsigned size = bitWidth(element) / 8;
    bool isDecimal = element == DType::Float64 && dictionaries;
    return rows(type, count, [&](uint64_t i) {
      uint64_t bits = 0;
      std::memcpy(&bits, bytes.data() + i * size, size);
      if (double number = llvm::bit_cast<double>(bits); isDecimal && std::isfinite(number)) {
        char text[32];
        out << llvm::StringRef(text, size_t(std::snprintf(text, sizeof(text), "%.17g", number)));
        return;
      }
      printFloat(format, bits, out.raw());
    });
  }
  auto integers = [&]<typename Integer>(Integer) {
    rows(type, count, [&](uint64_t i) {
      Integer value;
      std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
      out.integer(llvm::support::endian::byte_swap(value, llvm::endianness::little));
    });
  };
  switch (element) {
  case DType::Int8:
    return integers(int8_t());
  case DType::Int16:
    return integers(int16_t());
  case DType::Int32:
    return integers(int32_t());
  case DType::Int64:
    return integers(int64_t());
  case DType::UInt8:
    return integers(uint8_t());
  case DType::UInt16:
    return integers(uint16_t());
  case DType::UInt32:
    return integers(uint32_t());
  case DType::UInt64:
    return integers(uint64_t());
  default: // less than a byte each
    return rows(type, count, [&](uint64_t i) { out.integer(literal.elementAsInt(i)); });
  }
}

} // namespace mil::text

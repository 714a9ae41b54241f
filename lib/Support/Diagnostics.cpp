#include "mil/Support/Diagnostics.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Printable.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"
#include <algorithm>
#include <fmt/args.h>
#include <fmt/format.h>

using namespace llvm;

namespace mil {

namespace {

/// One character as a terminal shows it: printable UTF-8 as it is, a tab as a blank, any other byte as \xHH.
struct Glyph {
  StringRef bytes;
  unsigned width;
  bool escaped;
};

Glyph firstGlyph(StringRef text) {
  auto *begin = reinterpret_cast<const UTF8 *>(text.data());
  unsigned length = getNumBytesForUTF8(*begin);
  if (length <= text.size() && isLegalUTF8Sequence(begin, begin + length)) {
    StringRef bytes = text.take_front(length);
    int width = bytes == "\t" ? 1 : sys::unicode::columnWidthUTF8(bytes);
    if (width >= 0)
      return {bytes, unsigned(width), false};
  }
  return {text.take_front(1), 4, true};
}

void printGlyph(const Glyph &glyph, raw_ostream &out) {
  if (glyph.escaped)
    out << fmt::format("\\x{:02x}", uint8_t(glyph.bytes.front()));
  else
    out << (glyph.bytes == "\t" ? " " : glyph.bytes);
}

void printSafe(StringRef text, raw_ostream &out) {
  while (!text.empty()) {
    Glyph glyph = firstGlyph(text);
    printGlyph(glyph, out);
    text = text.drop_front(glyph.bytes.size());
  }
}

/// The glyphs of `text` up to `columns` wide.
SmallVector<Glyph, 128> glyphsUpTo(StringRef text, unsigned columns) {
  SmallVector<Glyph, 128> glyphs;
  for (unsigned width = 0; !text.empty();) {
    glyphs.push_back(firstGlyph(text));
    width += glyphs.back().width;
    if (width > columns) {
      glyphs.pop_back();
      break;
    }
    text = text.drop_front(glyphs.back().bytes.size());
  }
  return glyphs;
}

/// The glyphs of the end of `text`, `columns` wide at most.
SmallVector<Glyph, 128> glyphsBefore(StringRef text, unsigned columns) {
  // A glyph has at most 4 bytes; a slice that starts inside of one is moved on to the next.
  size_t start = text.size() > columns * 4 ? text.size() - columns * 4 : 0;
  for (unsigned moved = 0; moved != 3 && start != 0 && start < text.size() && (uint8_t(text[start]) & 0xC0) == 0x80; ++moved)
    ++start;
  SmallVector<Glyph, 128> glyphs = glyphsUpTo(text.drop_front(start), ~0u);
  unsigned width = 0;
  size_t keep = 0;
  while (keep != glyphs.size() && width + glyphs[glyphs.size() - 1 - keep].width <= columns)
    width += glyphs[glyphs.size() - 1 - keep++].width;
  glyphs.erase(glyphs.begin(), glyphs.end() - keep);
  return glyphs;
}

constexpr unsigned columnsBefore = 70, columnsShown = 120;

/// The source line and a caret under the byte at `column` (from 1), windowed so that a line of any length shows about 120 columns.
void printSnippet(StringRef line, uint64_t column, raw_ostream &out) {
  StringRef before = line.take_front(column - 1), after = line.drop_front(before.size());
  auto left = glyphsBefore(before, columnsBefore);
  unsigned caret = 0;
  size_t leftBytes = 0, rightBytes = 0;
  for (const Glyph &glyph : left)
    caret += glyph.width, leftBytes += glyph.bytes.size();
  auto right = glyphsUpTo(after.take_front(columnsShown * 4), columnsShown - caret);
  bool cutLeft = leftBytes != before.size();
  if (cutLeft)
    out << "…", ++caret;
  for (const Glyph &glyph : left)
    printGlyph(glyph, out);
  for (const Glyph &glyph : right)
    printGlyph(glyph, out), rightBytes += glyph.bytes.size();
  out << (rightBytes != after.size() ? "…\n" : "\n");
  out.indent(caret) << "^\n";
}

/// Colours a part of the output, if it has colours, until the end of the scope.
class Coloured {
public:
  Coloured(raw_ostream &out, raw_ostream::Colors colour, bool bold) : out(out), on(out.has_colors()) {
    if (!on)
      return;
    out.enable_colors(true);
    out.changeColor(colour, bold);
  }
  ~Coloured() {
    if (on)
      out.resetColor();
  }

private:
  raw_ostream &out;
  bool on;
};

raw_ostream::Colors colour(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return raw_ostream::RED;
  case Severity::Warning:
    return raw_ostream::MAGENTA;
  case Severity::Note:
    return raw_ostream::CYAN;
  }
  return raw_ostream::SAVEDCOLOR;
}

const char *word(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error: ";
  case Severity::Warning:
    return "warning: ";
  case Severity::Note:
    return "note: ";
  }
  return "";
}

} // namespace

std::string printable(StringRef text) {
  std::string result;
  raw_string_ostream out(result);
  printSafe(text, out);
  return result;
}

void TerminalStream::write_impl(const char *bytes, size_t size) {
  position += size;
  StringRef rest(bytes, size);
  for (size_t end; (end = rest.find('\n')) != StringRef::npos; rest = rest.drop_front(end + 1)) {
    line += rest.take_front(end);
    printSafe(line, out);
    out << '\n';
    line.clear();
  }
  line += rest;
}

void TerminalStream::finish() {
  printSafe(line, out);
  line.clear();
}

uint32_t SourceManager::add(std::string name, StringRef text) {
  if (sources.size() == 0xFFFF)
    return 0;
  sources.push_back({std::move(name), text});
  return uint32_t(sources.size());
}

StringRef SourceManager::name(uint32_t file) const { return file && file <= sources.size() ? StringRef(sources[file - 1].name) : "milc"; }
StringRef SourceManager::text(uint32_t file) const { return file && file <= sources.size() ? sources[file - 1].text : StringRef(); }

SourceManager::LineColumn SourceManager::lineColumn(Location location) const {
  StringRef all = text(location.file());
  uint64_t offset = std::min<uint64_t>(location.offset(), all.size());
  if (known.file != location.file() || known.offset > offset)
    known = {location.file(), 1, 0};
  StringRef skipped = all.slice(known.offset, offset);
  if (size_t last = skipped.rfind('\n'); last != StringRef::npos) {
    known.line += skipped.count('\n');
    known.offset += last + 1;
  }
  StringRef line = all.drop_front(known.offset);
  line = line.take_front(line.find('\n'));
  if (line.ends_with("\r") && offset - known.offset < line.size())
    line = line.drop_back();
  return {known.line, offset - known.offset + 1, line};
}

DiagnosticEngine::DiagnosticEngine(raw_ostream &out) : out(&out) {}
DiagnosticEngine::DiagnosticEngine() = default;
DiagnosticEngine::~DiagnosticEngine() = default;

void DiagnosticEngine::InFlight::flush() {
  if (DiagnosticEngine *target = std::exchange(engine, nullptr))
    target->take(std::move(diagnostic));
}

Diagnostic DiagnosticEngine::makeDiagnostic(Location location, DiagKind kind, std::vector<DiagArg> args) {
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (const DiagArg &arg : args)
    store.push_back(fmt::string_view(arg.str()));
  return {kind, kind.severity(), location, {}, fmt::vformat(fmt::string_view(kind.format().data(), kind.format().size()), store), {}};
}

void DiagnosticEngine::take(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::Warning && warningsAsErrors)
    diagnostic.severity = Severity::Error;
  bool beyond = errorLimit && errors >= errorLimit;
  if (diagnostic.severity == Severity::Error) {
    ++errors;
    if (beyond && errors == errorLimit + 1)
      diagnostic = makeDiagnostic({}, diag::TooManyErrors, {DiagArg(errorLimit)}), beyond = false;
  } else if (diagnostic.severity == Severity::Warning) {
    ++warnings;
  }
  if (beyond)
    return;
  if (out)
    print(diagnostic, *out);
  else
    kept.push_back(std::move(diagnostic));
}

void DiagnosticEngine::print(const Diagnostic &diagnostic, raw_ostream &stream) const {
  Location location = diagnostic.location;
  SourceManager::LineColumn place{};
  {
    Coloured bold(stream, raw_ostream::SAVEDCOLOR, true);
    printSafe(sourceManager.name(location.file()), stream);
    if (location.hasOffset()) {
      place = sourceManager.lineColumn(location);
      stream << ':' << place.line << ':' << place.column;
    }
    stream << ": ";
  }
  {
    Coloured coloured(stream, colour(diagnostic.severity), true);
    stream << word(diagnostic.severity);
  }
  if (!location.hasOffset() && !diagnostic.context.empty()) {
    stream << "in ";
    printSafe(diagnostic.context, stream);
    stream << ": ";
  }
  printSafe(diagnostic.message, stream);
  if (diagnostic.severity != Severity::Note)
    stream << " [" << diagnostic.kind.slug() << ']';
  stream << '\n';
  if (location.hasOffset())
    printSnippet(place.text, place.column, stream);
  for (const Diagnostic &note : diagnostic.notes)
    print(note, stream);
}

} // namespace mil

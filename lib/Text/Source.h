// The text that is being read: creates locations for diagnostics, and releases pages that are no longer needed.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Support/Files.h"

namespace mil::text {

struct Source {
  llvm::StringRef text;
  uint32_t file;
  DiagnosticEngine &diags;
  const MappedFile *mapped = nullptr; ///< null if the text is not from a file
  size_t released = 0;

  Location at(size_t offset) const { return Location(file, offset); }
  Location at(const char *place) const { return at(size_t(place - text.data())); }
  template <typename... Args> DiagnosticEngine::InFlight report(size_t offset, DiagKind kind, const Args &...args) {
    return diags.report(at(offset), kind, args...);
  }
  template <typename... Args> DiagnosticEngine::InFlight report(const char *place, DiagKind kind, const Args &...args) {
    return diags.report(at(place), kind, args...);
  }

  /// Releases the pages before `offset`, if there are enough of them.
  void release(size_t offset) {
    constexpr size_t window = size_t(4) << 20;
    if (offset < released + window)
      return;
    if (mapped)
      mapped->release(released, offset);
    released = offset;
  }
};

} // namespace mil::text

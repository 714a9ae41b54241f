// The text that is being read: locations in it for diagnostics, and pages that are no longer needed.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Support/Files.h"

namespace mil::text {

struct Source {
  llvm::StringRef text;
  uint32_t file;
  DiagnosticEngine &diags;
  const MappedFile *mapped = nullptr; ///< null when the text is not a file's
  size_t released = 0;

  Location at(size_t offset) const { return Location(file, offset); }
  Location at(const char *place) const { return at(size_t(place - text.data())); }
  template <typename... Args> DiagnosticEngine::InFlight report(size_t offset, DiagKind kind, const Args &...args) {
    return diags.report(at(offset), kind, args...);
  }
  template <typename... Args> DiagnosticEngine::InFlight report(const char *place, DiagKind kind, const Args &...args) {
    return diags.report(at(place), kind, args...);
  }

  /// Gives back the pages before `offset` when enough have come together.
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

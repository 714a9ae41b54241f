// Mapped files that someone makes shorter: reading past their new end is SIGBUS, which would end the process.
//
// A handler looks whether the address is in a mapping that is guarded. If so, it puts zeros in the place of what is gone, notes it, and
// lets the read go on; else the signal means what it meant before. The list is append-only, with entries that are used again, so that the
// handler walks it without a lock.
#pragma once

#include <cstddef>

namespace mil {

struct MappingGuard;

/// Guards [begin, begin + size) from now on. The first one installs the handler.
MappingGuard *guardMapping(const char *begin, size_t size);
/// Whether zeros had to stand in.
bool wasCut(const MappingGuard &guard);
/// The mapping is gone.
void dropGuard(MappingGuard &guard);

} // namespace mil

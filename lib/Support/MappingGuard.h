// Mapped files that someone makes shorter: reading past their new end is SIGBUS, which would end the process.
//
// A handler looks whether the address is in a mapping that is guarded. If so, it replaces the missing pages by zeros, records it, and
// lets the read go on; else the signal means what it meant before. The list is append-only, with entries that are used again, so that the
// handler walks it without a lock.
#pragma once

#include <cstddef>

namespace mil {

/// Guards [begin, begin + size) from now on, a mapping of the file open as `fd`, which is taken over. The first one installs the handler.
void guardMapping(const char *begin, size_t size, int fd);
/// Whether the mapping that begins there is of a file that has become shorter: zeros replaced pages, or fill the end of the last one.
bool wasCut(const char *begin);
/// Ends the guard of the mapping that begins there, before it is unmapped.
void dropGuard(const char *begin);

} // namespace mil

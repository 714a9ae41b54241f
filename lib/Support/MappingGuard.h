// Protection against mapped files that are truncated: reading past their new end raises SIGBUS, which would end the process.
//
// A signal handler checks whether the address is in a guarded mapping. If so, it replaces the missing pages by zeros, records this, and
// continues the read; else the signal has its previous effect. The list of mappings is append-only, and its entries are reused, so that the
// handler can read it without a lock.
#pragma once

#include <cstddef>

namespace mil {

/// Guards [begin, begin + size), a mapping of the file that is open as `fd`; takes ownership of `fd`. The first call installs the handler.
void guardMapping(const char *begin, size_t size, int fd);
/// Whether the file of the mapping at `begin` has become shorter: zeros replaced pages, or fill the end of the last page.
bool wasCut(const char *begin);
/// Removes the guard of the mapping at `begin`, before it is unmapped.
void dropGuard(const char *begin);

} // namespace mil

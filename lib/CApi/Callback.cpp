// Compiled with exceptions: what a callback throws must not unwind the library, which is compiled without.
#include "Callback.h"
#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif

int32_t milc::callBack(mil_progress_callback callback, void *data, uint64_t done, uint64_t total) {
  try {
    return callback(data, done, total);
#ifdef __GLIBCXX__
  } catch (abi::__forced_unwind &) { // the thread ends
    throw;
#endif
  } catch (...) {
    return 1;
  }
}

#include "mil/Compile/CompileOptions.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace mil {

StringRef milVersionOf(StringRef compilerVersion) {
  return StringSwitch<StringRef>(compilerVersion)
      .Case("1436.100.10", "4.28.4")
      .Case("1877.50.1", "5.33.5")
      .Case("3304.6.2", "3304.5.2")
      .Case("3401.4.1", "3401.3.1")
      .Case("3402.4.1", "3402.3.2")
      .Case("3404.23.1", "3405.2.1")
      .Case("3500.32.1", "3510.2.1")
      .Case("3520.5.1", "3520.4.1")
      .Case("3600.25.1", "3600.16.1")
      .Default("");
}

} // namespace mil

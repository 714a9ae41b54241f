// What the tests of saving models share.
#pragma once

#include "SampleModel.h"
#include "mil/Text/Printer.h"
#include <gmock/gmock.h>

namespace mil {

/// The data of the package that tests write.
inline const std::string dataFolder = "out.mlpackage/Data/com.apple.CoreML/";

inline std::string textOf(const OpenedModel &opened) { return programText(*opened.model->program); }

/// Options that keep tensors where they are, and that share weights.
inline SaveOptions keepInline() {
  SaveOptions options;
  options.externalizeFrom = 0;
  return options;
}

inline SaveOptions share() {
  SaveOptions options;
  options.layout = SaveOptions::Layout::Share;
  return options;
}

} // namespace mil

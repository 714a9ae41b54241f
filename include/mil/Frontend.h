// Everything that a converter needs in one include: building, verifying, saving and printing a model.
//
// CMake: target_link_libraries(converter PRIVATE mil::Frontend). Converters that only write MIL text, and should link neither protobuf nor
// ANTLR, include mil/Build/FunctionBuilder.h and mil/Text/Printer.h and link mil::Build and mil::Printer. See docs/frontend.md.
#pragma once

#include "mil/Build/FunctionBuilder.h"
#include "mil/Package/Package.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"

// Everything a converter needs, in one include: build a model, save it, print it.
//
// CMake: target_link_libraries(converter PRIVATE mil::Frontend). Converters that write MIL text alone, and want to link neither protobuf
// nor ANTLR, take mil/Build/FunctionBuilder.h and mil/Text/Printer.h with mil::Build and mil::Printer. See docs/frontend.md.
#pragma once

#include "mil/Build/FunctionBuilder.h"
#include "mil/Package/Package.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"

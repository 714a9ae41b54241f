// Everything a converter needs, in one include: build a model, save it, print it.
//
// CMake: target_link_libraries(converter PRIVATE mil::Frontend). Converters that write MIL text alone, and want to link neither protobuf
// nor ANTLR, take mil/Ops/FunctionBuilder.h and mil/Text/Printer.h with mil::Ops and mil::Printer. See docs/frontend.md.
#pragma once

#include "mil/Ops/FunctionBuilder.h"
#include "mil/Ops/Verify.h"
#include "mil/Package/Package.h"
#include "mil/Text/Printer.h"

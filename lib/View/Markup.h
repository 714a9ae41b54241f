// What pictures and charts are written with: text as XML, numbers, sizes, the colours of operations.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace mil {

/// A text of a model in XML or HTML.
std::string inXml(llvm::StringRef text);
/// With one decimal.
std::string inPixels(double value);
/// "1.2 ms".
std::string inTime(double seconds);

/// The class of an operation's colour: weighted, activation, element, normal or move.
llvm::StringRef colourOf(llvm::StringRef family, llvm::StringRef op);

/// The text before and after the body of a page of charts.
void beginChartPage(llvm::StringRef title, llvm::raw_ostream &out);
void endChartPage(llvm::raw_ostream &out);

} // namespace mil

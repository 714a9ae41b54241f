// Functions to write pictures and charts: text as XML, numbers, sizes, the colours of operations.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace mil {

/// A text of a model, escaped for XML or HTML.
std::string inXml(llvm::StringRef text);
/// A number with one decimal.
std::string inPixels(double value);
/// A time as text: "1.2 ms".
std::string inTime(double seconds);

/// The CSS class for the colour of an operation: weighted, activation, element, normal or move.
llvm::StringRef colourOf(llvm::StringRef family, llvm::StringRef op);

/// Writes the beginning and the end of a page of charts.
void beginChartPage(llvm::StringRef title, llvm::raw_ostream &out);
void endChartPage(llvm::raw_ostream &out);

} // namespace mil

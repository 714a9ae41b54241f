#include "Markup.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using llvm::StringRef;

namespace mil {

std::string inXml(StringRef text) {
  std::string escaped;
  llvm::raw_string_ostream out(escaped);
  llvm::printHTMLEscaped(text, out);
  return escaped;
}

std::string inPixels(double value) { return formatted("%.1f", value); }

std::string inTime(double seconds) {
  if (seconds < 1e-3)
    return formatted("%.1f µs", seconds * 1e6);
  return seconds < 1 ? formatted("%.2f ms", seconds * 1e3) : formatted("%.2f s", seconds);
}

StringRef colourOf(StringRef family, StringRef op) {
  if (family == "conv" || family == "linear" || family == "recurrent" || family == "transformers" || op == "matmul")
    return "weighted";
  if (family == "activation")
    return "activation";
  if (family.starts_with("elementwise"))
    return "element";
  if (family == "normalization" || family == "reduction" || family == "pool")
    return "normal";
  return "move";
}

/// The colours are those of lib/View/page/src/page.css.
static constexpr StringRef chartStyle = R"(<style>
:root { color-scheme: light dark; --paper: #f7f8fa; --card: #fff; --ink: #1b1f27; --soft: #596273; --rule: #dde1e8; --accent: #1d57d4;
  --weighted: #3b6fd4; --activation: #d9822b; --element: #8b6fc0; --normal: #2a9d8f; --move: #8a94a6; --group: #dbe3f1; --chosen: #c62d26;
  --on-weighted: #fff; }
@media (prefers-color-scheme: dark) { :root { --paper: #12151b; --card: #1c212a; --ink: #e8ebf1; --soft: #a6afbf; --rule: #2c333f;
  --accent: #6ea0ff; --weighted: #6b9bff; --activation: #f0a35a; --element: #b49be6; --normal: #4fc4b5; --move: #8d98ab; --group: #2a3447;
  --chosen: #ff7069; --on-weighted: #0e1116; } }
body { margin: 24px auto; max-width: 1240px; padding: 0 20px; background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 20px; overflow-wrap: anywhere; } h2 { font-size: 15px; margin: 26px 0 8px; overflow-wrap: anywhere; } p { color: var(--soft); }
svg { width: 100%; height: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 9px; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .soft { fill: var(--soft); }
.axis { stroke: var(--rule); } .line { fill: none; stroke: var(--accent); stroke-width: 2; } .point { fill: var(--accent); }
.chosen { fill: var(--chosen); }
.flame { stroke: var(--card); stroke-width: .6; } .flame.group { fill: var(--group); } .weighted { fill: var(--weighted); }
.activation { fill: var(--activation); } .element { fill: var(--element); } .normal { fill: var(--normal); } .move { fill: var(--move); }
svg .on { fill: #0e1116; } svg .weighted + .on { fill: var(--on-weighted); } svg .on-group { fill: var(--ink); }
table { border-collapse: collapse; width: 100%; background: var(--card); } th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: 4px 12px; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
</style>
)";

void beginChartPage(StringRef title, llvm::raw_ostream &out) {
  out << "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
         "content=\"default-src "
         "'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>"
      << inXml(title) << "</title>\n"
      << chartStyle << "<main>\n<h1>" << inXml(title) << "</h1>\n";
}

void endChartPage(llvm::raw_ostream &out) { out << "</main>\n</html>\n"; }

} // namespace mil

#include "mil/Support/Diagnostics.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Weights/DiagnosticKinds.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

std::string printed(DiagnosticEngine &diags) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (const Diagnostic &diagnostic : diags.diagnostics())
    diags.print(diagnostic, out);
  return text;
}

TEST(Diagnostics, PrintsLineColumnCaretAndSlug) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("a.mil", "first\nsecond 'x'\r\nthird");
  diags.report(Location(file, 13), diag::CannotRead, "p", "q");
  EXPECT_EQ(printed(diags), "a.mil:2:8: error: cannot read 'p': q [cannot-read]\nsecond 'x'\n       ^\n");
}

TEST(Diagnostics, PointsPastTheEndOfTheText) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("a.mil", "ab\ncd");
  diags.report(Location(file, 5), diag::OutputExists, "x");
  diags.report(Location(file, 500), diag::OutputExists, "x");
  std::string one = "a.mil:2:3: error: 'x' already exists; use --force to replace it [output-exists]\ncd\n  ^\n";
  EXPECT_EQ(printed(diags), one + one);
}

TEST(Diagnostics, FindsLinesInAnyOrder) {
  DiagnosticEngine diags;
  uint32_t one = diags.sources().add("1", "a\nbc\n\nd"), two = diags.sources().add("2", "\n\nxyz");
  auto at = [&](uint32_t file, uint64_t offset) {
    auto place = diags.sources().lineColumn(Location(file, offset));
    return std::to_string(place.line) + ":" + std::to_string(place.column) + ":" + place.text.str();
  };
  EXPECT_EQ(at(one, 6), "4:1:d");
  EXPECT_EQ(at(one, 3), "2:2:bc");
  EXPECT_EQ(at(one, 4), "2:3:bc"); // the line's end belongs to the line
  EXPECT_EQ(at(two, 4), "3:3:xyz");
  EXPECT_EQ(at(one, 5), "3:1:");
  EXPECT_EQ(at(one, 0), "1:1:a");
}

TEST(Diagnostics, PrintsPlacesWithoutOffset) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("m.mlmodel");
  diags.report(Location::ofFile(file), diag::OutputExists, "x").in("function 'main', operation 'y' (relu)");
  diags.report(Location::ofFile(file), diag::OutputExists, "x");
  diags.report({}, diag::OutputExists, "x");
  std::string message = "'x' already exists; use --force to replace it [output-exists]\n";
  EXPECT_EQ(printed(diags), "m.mlmodel: error: in function 'main', operation 'y' (relu): " + message + "m.mlmodel: error: " + message +
                                "milc: error: " + message);
}

TEST(Diagnostics, PrintsNotesAfterTheirError) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("a.mil", "abc");
  Status status = diags.report(Location(file, 0), diag::OutputIsInput, "o").note(Location(file, 2), diag::TooManyErrors, 3);
  EXPECT_FALSE(status);
  EXPECT_EQ(printed(diags), "a.mil:1:1: error: output 'o' is also an input [output-is-input]\nabc\n^\n"
                            "a.mil:1:3: note: too many errors; only the first 3 are shown\nabc\n  ^\n");
}

TEST(Diagnostics, ShowsAWindowOfALongLine) {
  DiagnosticEngine diags;
  std::string line(5'000'000, 'a');
  line[3'000'000] = 'X';
  uint32_t file = diags.sources().add("a.mil", line);
  diags.report(Location(file, 3'000'000), diag::OutputExists, "x");
  std::string text = printed(diags);
  EXPECT_EQ(text, "a.mil:1:3000001: error: 'x' already exists; use --force to replace it [output-exists]\n…" + std::string(70, 'a') + "X" +
                      std::string(49, 'a') + "…\n" + std::string(71, ' ') + "^\n");
}

TEST(Diagnostics, WindowOfALongLineOfWideCharactersKeepsTheCaretInPlace) {
  DiagnosticEngine diags;
  std::string line;
  for (int i = 0; i != 1000; ++i)
    line += "漢"; // three bytes, two columns
  uint32_t file = diags.sources().add("a.mil", line);
  diags.report(Location(file, 1500), diag::OutputExists, "x");
  std::string text = printed(diags), expected = "…";
  for (int i = 0; i != 60; ++i)
    expected += "漢";
  expected += "…\n" + std::string(71, ' ') + "^\n";
  EXPECT_EQ(text.substr(text.find('\n') + 1), expected);
}

TEST(Diagnostics, KeepsControlCharactersFromTheTerminal) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("a\x1b.mil", "\ta\x1b[31m\xff\xc3\xa9z");
  diags.report(Location(file, 10), diag::CannotRead, "\n\x07", "é");
  EXPECT_EQ(printed(diags), "a\\x1b.mil:1:11: error: cannot read '\\x0a\\x07': é [cannot-read]\n a\\x1b[31m\\xffé"
                            "z\n" +
                                std::string(15, ' ') + "^\n");
}

TEST(Diagnostics, CountsAndPromotesWarnings) {
  DiagnosticEngine diags;
  diags.report({}, diag::UnresolvedWeights, "w");
  EXPECT_FALSE(diags.hadError());
  EXPECT_EQ(diags.warningCount(), 1u);
  diags.setWarningsAsErrors(true);
  diags.report({}, diag::UnresolvedWeights, "w");
  EXPECT_EQ(diags.errorCount(), 1u);
  EXPECT_EQ(diags.diagnostics()[1].severity, Severity::Error);
}

TEST(Diagnostics, StopsAtTheErrorLimit) { // too-many-errors
  std::string text;
  llvm::raw_string_ostream out(text);
  DiagnosticEngine diags(out);
  diags.setErrorLimit(2);
  for (int i = 0; i != 5; ++i)
    diags.report({}, diag::OutputIsInput, i);
  diags.report({}, diag::UnresolvedWeights, "w");
  EXPECT_EQ(diags.errorCount(), 5u);
  EXPECT_EQ(text, "milc: error: output '0' is also an input [output-is-input]\nmilc: error: output '1' is also an input [output-is-input]\n"
                  "milc: note: too many errors; only the first 2 are shown\n");
}

TEST(Diagnostics, ConvertToFailedResults) {
  DiagnosticEngine diags;
  auto fails = [&]() -> Result<std::unique_ptr<int>> { return diags.report({}, diag::OutputIsInput, "o"); };
  EXPECT_FALSE(fails());
  EXPECT_EQ(diags.errorCount(), 1u);
}

/// A stream that claims to be a terminal and shows colours as <n>.
class Terminal : public llvm::raw_string_ostream {
public:
  using raw_string_ostream::raw_string_ostream;
  bool has_colors() const override { return true; }
  bool is_displayed() const override { return true; }
};

TEST(Diagnostics, ColoursTerminalsOnly) {
  std::string text;
  Terminal out(text);
  DiagnosticEngine diags(out);
  diags.report({}, diag::OutputIsInput, "o");
  EXPECT_NE(text.find("\x1b["), std::string::npos);
  EXPECT_NE(text.find("error: "), std::string::npos);
}

TEST(Diagnostics, MessagesTakeOnlyPlainPlaceholders) {
  static_assert(isDiagFormat("'{}' of {}"));
  static_assert(!isDiagFormat("{0}"));
  static_assert(!isDiagFormat("{"));
  static_assert(!isDiagFormat("a}"));
}

} // namespace

// What is printed is read as the same program, and printed the same again.

#include "RandomProgram.h"
#include "TextFixture.h"
#include "mil/IR/Verifier.h"

namespace mil::test {
namespace {

TEST(RoundTrip, RandomPrograms) {
  size_t bytes = 0;
  for (unsigned seed = 0; seed != 400; ++seed) {
    Context context;
    std::string text = programText(*randomProgram(context, seed));
    bytes += text.size();
    Parsed parsed(text);
    ASSERT_TRUE(parsed.ok()) << seed << "\n" << parsed.messages() << "\n" << text;
    ASSERT_EQ(parsed.print(), text) << seed;
    DiagnosticEngine diags(llvm::errs());
    ASSERT_TRUE(bool(verifyStructure(*parsed.program, diags))) << seed << "\n" << text;
  }
  EXPECT_GT(bytes, 100000u);
}

TEST(RoundTrip, LiteralsKeepTheirBits) {
  std::minstd_rand random(3);
  for (unsigned round = 0; round != 3000; ++round) {
    Context context;
    const Literal *literal = randomLiteral(context, random);
    std::string value;
    llvm::raw_string_ostream stream(value);
    printLiteral(*literal, stream, round % 2);
    std::string text = programOf("            c()[val = " + value + "];\n");
    DiagnosticEngine diags;
    auto program = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    ASSERT_TRUE(bool(program)) << value;
    const Literal *read = (*program)->functions()[0]->body().front().attribute("val");
    ASSERT_TRUE(read && read->equals(*literal)) << value;
  }
}

} // namespace
} // namespace mil::test

// Graphs: what is a node, what is a group, and what holds of all of them.
#include "mil/View/Graph.h"
#include "Sampling.h"
#include "mil/Text/Parser.h"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <random>

using namespace mil;
using testing::ElementsAre;

namespace {

struct GraphTest : testing::Test {
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Program> program;

  /// The graph of a function from its statements: results are fp32 [4].
  FunctionGraph graph(const std::vector<std::string> &lines, const std::string &output) {
    std::string text = "program(1.3)\n{\n func main<ios18>(tensor<fp32, [4]> x) {\n";
    for (const std::string &line : lines) {
      std::string name = line.substr(0, line.find(' '));
      text += fmt::format("  tensor<fp32, [4]> {}[name = string(\"{}\")];\n", line, name);
    }
    Result<std::unique_ptr<Program>> parsed = parseProgram(text + " } -> (" + output + ");\n}\n", 0, context, diags);
    EXPECT_TRUE(parsed) << text;
    program = std::move(*parsed);
    return graphOf(*program->functions().front());
  }

  static std::vector<std::string> names(const FunctionGraph &graph) {
    std::vector<std::string> all;
    for (const GraphGroup &group : graph.groups)
      all.push_back(group.name + (group.copies > 1 ? fmt::format(" x{}", group.copies) : ""));
    return all;
  }

  /// Ranges nest, parents come first, edges go forward.
  static void expectWellFormed(const FunctionGraph &graph) {
    std::vector<size_t> width(graph.groups.size());
    for (size_t i = 0; i < graph.groups.size(); ++i) {
      const GraphGroup &group = graph.groups[i], &parent = graph.groups[group.parent];
      EXPECT_LT(group.begin, group.end);
      EXPECT_TRUE(i == 0 || (group.parent < i && parent.begin <= group.begin && group.end <= parent.end));
      if (i)
        ++width[group.parent];
    }
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      const GraphGroup &group = graph.groups[graph.nodes[i].group];
      EXPECT_TRUE(group.begin <= i && i < group.end);
      ++width[graph.nodes[i].group];
    }
    for (size_t each : width)
      EXPECT_LE(each, FunctionGraph::maxWidth);
    for (const GraphEdge &edge : graph.edges)
      EXPECT_LT(edge.from, edge.to);
  }
};

TEST_F(GraphTest, ConstantsBelongToTheirReaders) {
  FunctionGraph found = graph({"c = const(val = tensor<fp32, [4]>([1, 2, 3, 4]))", "y = add(x = x, y = c)"}, "y");
  ASSERT_EQ(found.nodes.size(), 3u); // x, y, the output
  EXPECT_EQ(found.nodes[1].name(), "y");
  EXPECT_EQ(found.edges.size(), 2u);
}

TEST_F(GraphTest, ConstantsThatAreReturnedAreNodes) {
  FunctionGraph found = graph({"c = const(val = tensor<fp32, [4]>([1, 2, 3, 4]))"}, "c");
  EXPECT_EQ(found.nodes.size(), 3u);
  EXPECT_EQ(found.edges.size(), 1u);
}

TEST_F(GraphTest, EqualRunsAreOneRepeat) {
  std::vector<std::string> lines;
  std::string last = "x";
  for (int i = 0; i < 6; ++i) {
    lines.push_back(fmt::format("a{0} = relu(x = {1})", i, last));
    lines.push_back(fmt::format("b{0} = tanh(x = a{0})", i));
    lines.push_back(fmt::format("c{0} = add(x = b{0}, y = {1})", i, last));
    last = fmt::format("c{}", i);
  }
  FunctionGraph found = graph(lines, last);
  EXPECT_THAT(names(found), ElementsAre("main", "repeat x6", "copy 1", "copy 2", "copy 3", "copy 4", "copy 5", "copy 6"));
  expectWellFormed(found);
}

TEST_F(GraphTest, NamesNest) {
  FunctionGraph found =
      graph({"net_block_0_a = relu(x = x)", "net_block_0_b = tanh(x = net_block_0_a)", "net_block_0_c = exp(x = net_block_0_b)",
             "net_tail_a = sin(x = net_block_0_c)", "net_tail_b = cos(x = net_tail_a)", "net_tail_c = tan(x = net_tail_b)"},
            "net_tail_c");
  EXPECT_THAT(names(found), ElementsAre("main", "block.0", "tail"));
  expectWellFormed(found);
}

TEST_F(GraphTest, RandomProgramsNestWell) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<std::string> lines, values{"x"};
    size_t count = 1 + random() % 600;
    for (size_t i = 0; i < count; ++i) {
      std::string name = fmt::format("{}_{}_{}_{}", random() % 2 ? "enc" : "dec", i / 40, random() % 3 ? "attn" : "mlp", i);
      auto pick = [&] { return values[values.size() - 1 - random() % std::min<size_t>(values.size(), 9)]; };
      lines.push_back(random() % 2 ? fmt::format("{} = relu(x = {})", name, pick())
                                   : fmt::format("{} = add(x = {}, y = {})", name, pick(), pick()));
      values.push_back(name);
    }
    expectWellFormed(graph(lines, values.back()));
  }
}

TEST(WeightSample, LooksAtAllOfASmallConstantAndAtPartsOfALarge) {
  Context context;
  DiagnosticEngine diags;
  for (int64_t count : {1, 5, 4096, 4097, 100000}) {
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(float(i % 2 ? -1 : 3));
    auto *bytes = reinterpret_cast<const uint8_t *>(values.data());
    const Literal *literal =
        Literal::tensor(context, Type::tensor(context, DType::Float32, {count}), {bytes, values.size() * sizeof(float)});
    std::unique_ptr<ElementReader> elements = elementsOf(*literal);
    ASSERT_TRUE(elements);
    WeightSample sample;
    ASSERT_TRUE(sampleWeight(*elements, 4096, sample, diags));
    EXPECT_EQ(sample.elements, uint64_t(count));
    EXPECT_EQ(sample.sampled, uint64_t(std::min<int64_t>(count, 4096)));
    EXPECT_EQ(sample.greatest, 3);
    EXPECT_EQ(sample.least, count == 1 ? 3 : -1);
    uint64_t inBins = 0;
    for (uint32_t bin : sample.histogram)
      inBins += bin;
    EXPECT_EQ(inBins, sample.sampled);
  }
}

} // namespace

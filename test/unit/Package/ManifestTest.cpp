// Manifest.json: what is read, what is refused and where, what is written.
#include "mil/Package/Manifest.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::HasSubstr;

namespace {

/// A manifest with a model and weights, in which one text is replaced by another.
std::string manifestText(const std::string &what = "", const std::string &by = "") {
  std::string text = R"({
    "fileFormatVersion": "1.0.0",
    "itemInfoEntries": {
        "A": {
            "author": "com.apple.CoreML",
            "description": "CoreML Model Weights",
            "name": "weights",
            "path": "com.apple.CoreML/weights"
        },
        "B": {
            "author": "com.example",
            "description": "CoreML Model Specification",
            "name": "model.mlmodel",
            "path": "com.example/model.mlmodel"
        }
    },
    "rootModelIdentifier": "B"
}
)";
  if (!what.empty())
    text.replace(text.find(what), what.size(), by);
  return text;
}

struct Refusal {
  std::string slug, message;
  Location location;
};

/// The error that a manifest gives; an empty one when it is read after all.
Refusal refusal(const std::string &text) {
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("Manifest.json", text);
  Result<Manifest> manifest = parseManifest(text, file, diags);
  EXPECT_FALSE(manifest);
  EXPECT_EQ(diags.errorCount(), 1u);
  if (manifest || diags.diagnostics().empty())
    return {};
  const Diagnostic &error = diags.diagnostics().front();
  EXPECT_EQ(error.location.file(), file);
  return {error.kind.slug().str(), error.message, error.location};
}

TEST(Manifest, ReadsItemsAndRoot) {
  DiagnosticEngine diags;
  Result<Manifest> manifest = parseManifest(manifestText(), 1, diags);
  ASSERT_TRUE(manifest);
  ASSERT_EQ(manifest->items.size(), 2u);
  EXPECT_EQ(manifest->root()->path, "com.example/model.mlmodel");
  EXPECT_EQ(manifest->find("weights", "com.apple.CoreML")->identifier, "A");
  EXPECT_EQ(manifest->find("weights", "com.example"), nullptr);
}

TEST(Manifest, PrintsWhatTheToolsWrite) {
  DiagnosticEngine diags;
  Result<Manifest> manifest = parseManifest(manifestText(), 1, diags);
  ASSERT_TRUE(manifest);
  EXPECT_EQ(printManifest(*manifest), manifestText());
  // Whatever the order in which items are added.
  Manifest other;
  other.rootIdentifier = "B";
  other.add(manifest->items[1]);
  other.add(manifest->items[0]);
  EXPECT_EQ(other, *manifest);
}

TEST(Manifest, ToleratesUnknownKeysAndOlderVersions) {
  DiagnosticEngine diags;
  EXPECT_TRUE(parseManifest(manifestText("\"fileFormatVersion\"", "\"extra\": [1, {}], \"fileFormatVersion\""), 1, diags));
  EXPECT_TRUE(parseManifest(manifestText("1.0.0", "0.9.12"), 1, diags));
  EXPECT_EQ(diags.errorCount(), 0u);
}

TEST(Manifest, RefusesInvalidJson) {
  for (std::string text : {"", "{", "[1, 2", "nonsense", "{\"a\": \"\xff\"}"})
    EXPECT_EQ(refusal(text).slug, "malformed-manifest") << text;
  // The place is told.
  std::string text = manifestText("\"name\": \"weights\",", "\"name\": \"weights\"");
  Refusal found = refusal(text);
  ASSERT_TRUE(found.location.hasOffset());
  EXPECT_NEAR(double(found.location.offset()), double(text.find("\"path\"")), 8);
}

TEST(Manifest, RefusesEveryTruncation) {
  std::string text = manifestText();
  for (size_t size = 0; size + 2 < text.size(); ++size)
    EXPECT_EQ(refusal(text.substr(0, size)).slug, "malformed-manifest");
}

TEST(Manifest, RefusesDuplicateKeys) {
  Refusal found = refusal(manifestText("\"B\": {", "\"A\": {"));
  EXPECT_EQ(found.slug, "malformed-manifest");
  EXPECT_THAT(found.message, HasSubstr("'A' appears twice"));
}

TEST(Manifest, RefusesDeepNesting) {
  std::string text =
      manifestText("\"fileFormatVersion\"", "\"x\": " + std::string(100000, '[') + std::string(100000, ']') + ", \"fileFormatVersion\"");
  EXPECT_THAT(refusal(text).message, HasSubstr("nested deeper than 64"));
}

TEST(Manifest, RefusesHugeFiles) {
  std::string text = manifestText() + std::string(maxManifestBytes, ' ');
  EXPECT_THAT(refusal(text).message, HasSubstr("are allowed"));
}

TEST(Manifest, RefusesNewerVersions) {
  for (std::string version : {"2.0.0", "1.1.0", "1.0.1"})
    EXPECT_EQ(refusal(manifestText("1.0.0", version)).slug, "manifest-version") << version;
  for (std::string version : {"1.0", "1.0.0.0", "one", "1.0.-1", "1..0", "99999999999.0.0"})
    EXPECT_EQ(refusal(manifestText("1.0.0", version)).slug, "manifest-key") << version;
}

TEST(Manifest, NamesTheKeyThatIsMissingOrOfAnotherKind) {
  struct Case {
    const char *what, *by, *key;
  } cases[] = {{"\"fileFormatVersion\"", "\"x\"", "'fileFormatVersion' is missing"},
               {"\"1.0.0\"", "1", "'fileFormatVersion' must be a string"},
               {"\"name\": \"weights\",", "", "'itemInfoEntries.A.name' is missing"},
               {"\"com.apple.CoreML/weights\"", "[]", "'itemInfoEntries.A.path' must be a string"},
               {"\"CoreML Model Specification\"", "null", "'itemInfoEntries.B.description' must be a string"},
               {"\"rootModelIdentifier\"", "\"x\"", "'rootModelIdentifier' is missing"},
               {"Identifier\": \"B\"", "Identifier\": \"C\"", "'rootModelIdentifier' names no item: 'C'"}};
  for (const Case &test : cases) {
    Refusal found = refusal(manifestText(test.what, test.by));
    EXPECT_EQ(found.slug, "manifest-key");
    EXPECT_THAT(found.message, HasSubstr(test.key));
  }
  EXPECT_THAT(refusal("[]").message, HasSubstr("must be an object"));
  EXPECT_THAT(refusal(R"({"fileFormatVersion": "1.0.0", "itemInfoEntries": [], "rootModelIdentifier": "B"})").message,
              HasSubstr("'itemInfoEntries' must be an object"));
  EXPECT_THAT(refusal(R"({"fileFormatVersion": "1.0.0", "itemInfoEntries": {"B": 1}, "rootModelIdentifier": "B"})").message,
              HasSubstr("'itemInfoEntries.B' must be an object"));
  EXPECT_THAT(refusal(R"({"fileFormatVersion": "1.0.0", "rootModelIdentifier": "B"})").message, HasSubstr("names no item"));
}

TEST(Manifest, IdentifiersAreStableUuids) {
  std::string identifier = stableIdentifier("one");
  EXPECT_EQ(identifier.size(), 36u);
  EXPECT_THAT(identifier, testing::MatchesRegex("[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}"));
  EXPECT_EQ(identifier, stableIdentifier("one"));
  EXPECT_NE(identifier, stableIdentifier("two"));
}

} // namespace

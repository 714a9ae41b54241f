// Every program under MILC_CORPUS_DIR, when that is given: inference from the inputs alone gives the types that the files have.
#include "../RealModels.h"
#include "mil/Ops/Infer.h"
#include "mil/Package/Package.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct Counts {
  size_t same = 0;      ///< results whose inferred type is the stored one
  size_t moreKnown = 0; ///< of which the file has more dimensions than follow from the inputs
  size_t lessKnown = 0; ///< and less
  size_t other = 0;
};

void compare(Function &function, llvm::StringRef path, Counts &counts) {
  std::vector<std::pair<const Operation *, llvm::SmallVector<Type, 1>>> stored;
  function.body().walk([&](const Operation &op) {
    auto &types = stored.emplace_back(&op, llvm::SmallVector<Type, 1>()).second;
    for (const Value &result : const_cast<Operation &>(op).results())
      types.push_back(result.type());
  });
  DiagnosticEngine diags(llvm::errs());
  EXPECT_TRUE(inferFunction(function, diags, /*keepPrecise=*/false)) << path.str();
  Context &context = function.program().context();
  for (auto &[op, types] : stored)
    for (size_t i = 0; i < types.size(); ++i) {
      Type now = op->result(i)->type();
      if (now == types[i]) {
        ++counts.same;
      } else if (!agrees(types[i], now)) {
        ++counts.other;
        ADD_FAILURE() << path.str() << ": " << op->describe() << ": stored " << types[i].str() << ", inferred " << now.str();
      } else if (merged(context, types[i], now) == types[i]) {
        ++counts.moreKnown;
      } else {
        ++counts.lessKnown;
      }
    }
}

TEST(Types, AreInferredFromTheInputsAlone) {
  std::vector<std::string> paths = realModels({".mlpackage", ".mlmodelc", ".mlmodel"});
  SKIP_WITHOUT_MODELS(paths);
  Counts counts;
  size_t models = 0;
  for (const std::string &path : paths) {
    Context context;
    DiagnosticEngine quiet;
    OpenOptions options;
    options.missingWeights = BlobResolver::Missing::Warn;
    Result<OpenedModel> opened = openModel(path, context, quiet, options);
    if (!opened || !opened->model->program)
      continue; // other types of models; that all can be read is tested elsewhere
    ++models;
    for (Function *function : opened->model->program->functions())
      compare(*function, path, counts);
  }
  EXPECT_GT(models, 0u);
  std::printf("%zu models: %zu results as stored, %zu with dimensions that only the file knows, %zu that only inference knows, %zu other\n",
              models, counts.same, counts.moreKnown, counts.lessKnown, counts.other);
}

} // namespace

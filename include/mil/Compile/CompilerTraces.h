// The attributes that the Core ML compiler adds to a program, which a package doesn't have.
#pragma once

#include "mil/Compile/CompileOptions.h"
#include "mil/IR/Model.h"

namespace mil {

/// Removes these attributes from the programs of a model and restores them at the end of the scope: keys of buildInfo that start with
/// "coremlc-", and FlexibleShapeInformation of functions, which repeats the description.
class WithoutCompilerTraces {
public:
  explicit WithoutCompilerTraces(const Model &model);
  ~WithoutCompilerTraces();
  WithoutCompilerTraces(const WithoutCompilerTraces &) = delete;

private:
  std::vector<std::pair<Program *, const Literal *>> buildInfos;
  std::vector<std::pair<Function *, const Literal *>> flexibleShapes;
};

/// Adds these attributes to a program as the compiler does: its versions in buildInfo, whose keys are sorted; FlexibleShapeInformation of
/// functions; and the dialect of the specification version. The program is restored at the end of the scope.
class WithCompilerTraces {
public:
  /// `model` has a program and a description.
  WithCompilerTraces(const Model &model, const CompileOptions &options);
  ~WithCompilerTraces();
  WithCompilerTraces(const WithCompilerTraces &) = delete;

private:
  Program &program;
  const Literal *buildInfo;
  bool dialect13;
  std::vector<std::pair<Function *, const Literal *>> flexibleShapes;
  std::vector<Name> opsets; ///< the original ones: the compiler writes ios26 as ios19
};

} // namespace mil

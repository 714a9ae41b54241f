// The descriptions of inputs, outputs and states in metadata.json.
#pragma once

#include "mil/Compile/OperationStatistics.h"
#include "mil/IR/Model.h"
#include <nlohmann/json.hpp>

namespace mil {

/// The value of inputSchema, outputSchema or stateSchema: one object per feature.
nlohmann::json featureSchema(const std::vector<FeatureDescription> &features);

} // namespace mil

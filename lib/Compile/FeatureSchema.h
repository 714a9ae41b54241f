// How metadata.json describes inputs, outputs and states.
#pragma once

#include "mil/Compile/OperationStatistics.h"
#include "mil/IR/Model.h"
#include <nlohmann/json.hpp>

namespace mil {

/// inputSchema, outputSchema or stateSchema: one object a feature.
nlohmann::json featureSchema(const std::vector<FeatureDescription> &features);

} // namespace mil

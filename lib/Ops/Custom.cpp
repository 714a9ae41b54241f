// Operations that an app implements.

#include "Definition.h"
#include "Families.h"

namespace mil {

void ops::defineCustom(Catalogue &catalogue) {
  OpFamily op(catalogue, "custom");

  // Beside its class, the attributes contain the names of its arguments and their order. Its results are unknown.
  op("custom_layer", iOS15)
      .summary("the result of a class of the app")
      .in("class_name", string, constant, scalar)
      .parametersAreAttributes()
      .open()
      .resultsVary("the results of the class")
      .infer([](const Args &a) { return a.unknown(); });
}

} // namespace mil

// X.description.json: a model's description without its program, in a form that people read and edit.
//
//   {
//     "specificationVersion": 9,
//     "description": {
//       "input": [
//         {"name": "photo", "type": {"imageType": {"width": "224", "height": "224", "colorSpace": "RGB"}}}
//       ],
//       "output": [
//         {"name": "y", "type": {"multiArrayType": {"shape": ["1", "10"], "dataType": "FLOAT16"}}}
//       ],
//       "metadata": {"author": "someone", "userDefined": {"key": "value"}}
//     }
//   }
//
// It is Core ML's message Model, without the program, in the JSON mapping of protobuf: fields have their names in the specification,
// integers of 64 bits are texts (numbers are accepted, too), enumerations are names, and fields with their default value are omitted.
// Fields of messages that milc doesn't support are lost.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The text of the file: specification version, description, and whether the model is updatable.
std::string printDescriptionJson(const Model &model);

/// Reads a description into a model. Every key must be a field, and every value must have the type of the field; errors are reported with
/// their place in the document.
Status readDescriptionJson(llvm::StringRef text, uint32_t file, Model &model, DiagnosticEngine &diags);

/// The number of sets of unknown protobuf fields in a description, which the file can't contain.
size_t unknownFieldsOf(const ModelDescription &description);

} // namespace mil

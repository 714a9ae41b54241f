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
// It is Core ML's message Model, without the program, in the JSON mapping of protobuf: fields under their names in the specification,
// integers of 64 bits as texts (numbers are read, too), enumerations by name, fields that have their default value left out. What milc
// doesn't know is left out: unknown fields of messages.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// The text of the file: specification version, description, and whether the model is updatable.
std::string printDescriptionJson(const Model &model);

/// Reads one into a model. Every key must be a field, every value of the field's type; reports what isn't, by its place in the document.
Status readDescriptionJson(llvm::StringRef text, uint32_t file, Model &model, DiagnosticEngine &diags);

/// How many sets of unknown protobuf fields a description has, which the file can't hold.
size_t unknownFieldsOf(const ModelDescription &description);

} // namespace mil

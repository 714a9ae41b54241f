#include "DescriptionJson.h"
#include "Json.h"
#include "mil/Package/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <functional>
#include <limits>

using llvm::StringRef;
using nlohmann::ordered_json;

namespace mil {

namespace {

/// Leaves the reader: what is wrong at some place of the document.
struct Refused {
  std::string path, what;
};

/// A value and its path ("description.input[0].type").
struct Place {
  const ordered_json &value;
  std::string path;

  [[noreturn]] void refuse(const std::string &what) const { throw Refused{path, what}; }
};

using Handler = std::function<void(const Place &)>;
struct Field {
  StringRef name;
  Handler read;
};

/// Reads an object, each of whose keys must be one of the fields. Null is the same as a missing field.
void readObject(const Place &place, llvm::ArrayRef<Field> fields) {
  if (!place.value.is_object())
    place.refuse("expected an object, found " + std::string(place.value.type_name()));
  for (const auto &[key, value] : place.value.items()) {
    const Field *field = llvm::find_if(fields, [&, &name = key](const Field &each) { return each.name == name; });
    if (field == fields.end())
      place.refuse("unknown field '" + key + "'; the fields are " +
                   llvm::join(llvm::map_range(fields, [](const Field &each) { return each.name.str(); }), ", "));
    if (!value.is_null())
      field->read({value, place.path.empty() ? key : place.path + "." + key});
  }
}

void readList(const Place &place, const Handler &element) {
  if (!place.value.is_array())
    place.refuse("expected a list, found " + std::string(place.value.type_name()));
  for (size_t i = 0; i < place.value.size(); ++i)
    element({place.value[i], place.path + "[" + std::to_string(i) + "]"});
}

Handler text(std::string &into) {
  return [&into](const Place &place) {
    if (!place.value.is_string())
      place.refuse("expected a string, found " + std::string(place.value.type_name()));
    into = place.value.get<std::string>();
  };
}

Handler boolean(bool &into) {
  return [&into](const Place &place) {
    if (!place.value.is_boolean())
      place.refuse("expected true or false, found " + std::string(place.value.type_name()));
    into = place.value.get<bool>();
  };
}

/// A number, or one as a text.
template <typename Integer> Integer integerAt(const Place &place) {
  Integer value = 0;
  if (place.value.is_string() && !StringRef(place.value.get_ref<const std::string &>()).getAsInteger(10, value))
    return value;
  if (place.value.is_number_unsigned() && place.value.get<uint64_t>() <= uint64_t(std::numeric_limits<Integer>::max()))
    return Integer(place.value.get<uint64_t>());
  if (place.value.is_number_integer() && std::is_signed_v<Integer> && place.value.get<int64_t>() < 0 &&
      place.value.get<int64_t>() >= int64_t(std::numeric_limits<Integer>::min()))
    return Integer(place.value.get<int64_t>());
  place.refuse("expected an integer of " + std::to_string(sizeof(Integer) * 8) + " bits" +
               (std::is_signed_v<Integer> ? "" : " that is not negative") + ", found " + place.value.dump());
}

template <typename Integer> Handler integer(Integer &into) {
  return [&into](const Place &place) { into = integerAt<Integer>(place); };
}

double realAt(const Place &place) {
  if (place.value.is_number())
    return place.value.get<double>();
  StringRef word = place.value.is_string() ? StringRef(place.value.get_ref<const std::string &>()) : "";
  double value = 0;
  if (word == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (word == "Infinity" || word == "-Infinity")
    return word[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  if (word.empty() || word.getAsDouble(value))
    place.refuse("expected a number, found " + place.value.dump());
  return value;
}

/// An enumerator by its name, or by its number.
template <typename Enum> Handler enumerator(Enum &into, std::vector<std::pair<StringRef, Enum>> names) {
  return [&into, names = std::move(names)](const Place &place) {
    if (place.value.is_string()) {
      auto found = llvm::find_if(names, [&](const auto &each) { return each.first == place.value.get_ref<const std::string &>(); });
      if (found != names.end()) {
        into = found->second;
        return;
      }
    } else if (place.value.is_number_integer()) {
      into = Enum(integerAt<int32_t>(place));
      return;
    }
    place.refuse("expected one of " + llvm::join(llvm::map_range(names, [](const auto &each) { return each.first.str(); }), ", ") +
                 ", found " + place.value.dump());
  };
}

Handler sizes(std::vector<int64_t> &into) {
  return [&into](const Place &place) { readList(place, [&](const Place &size) { into.push_back(integerAt<int64_t>(size)); }); };
}

SizeRange rangeAt(const Place &place) {
  SizeRange range;
  readObject(place, {{"lowerBound", integer(range.lower)}, {"upperBound", integer(range.upper)}});
  return range;
}

/// A member of a oneof: another one must not have been there. `into` is the variant that holds it.
template <typename Variant> void claim(const Place &place, const Variant &into) {
  if (!std::holds_alternative<std::monostate>(into))
    place.refuse("several fields that exclude each other are set");
}

void readArray(const Place &place, MultiArrayFeature &array) {
  readObject(place,
             {{"shape", sizes(array.shape)},
              {"dataType", enumerator<ArrayDataType>(array.dataType, {{"FLOAT16", ArrayDataType::Float16},
                                                                      {"FLOAT32", ArrayDataType::Float32},
                                                                      {"DOUBLE", ArrayDataType::Double},
                                                                      {"INT8", ArrayDataType::Int8},
                                                                      {"INT32", ArrayDataType::Int32},
                                                                      {"INVALID_ARRAY_DATA_TYPE", ArrayDataType::Invalid}})},
              {"enumeratedShapes",
               [&](const Place &at) {
                 claim(at, array.flexibility);
                 auto &shapes = array.flexibility.emplace<MultiArrayFeature::Enumerated>().shapes;
                 readObject(at, {{"shapes", [&](const Place &list) {
                                    readList(list, [&](const Place &each) { readObject(each, {{"shape", sizes(shapes.emplace_back())}}); });
                                  }}});
               }},
              {"shapeRange",
               [&](const Place &at) {
                 claim(at, array.flexibility);
                 auto &ranges = array.flexibility.emplace<MultiArrayFeature::Range>().sizes;
                 readObject(at, {{"sizeRanges", [&](const Place &list) {
                                    readList(list, [&](const Place &each) { ranges.push_back(rangeAt(each)); });
                                  }}});
               }},
              {"intDefaultValue",
               [&](const Place &at) {
                 claim(at, array.defaultValue);
                 array.defaultValue = integerAt<int32_t>(at);
               }},
              {"floatDefaultValue",
               [&](const Place &at) {
                 claim(at, array.defaultValue);
                 array.defaultValue = float(realAt(at));
               }},
              {"doubleDefaultValue", [&](const Place &at) {
                 claim(at, array.defaultValue);
                 array.defaultValue = realAt(at);
               }}});
}

void readImage(const Place &place, ImageFeature &image) {
  readObject(place, {{"width", integer(image.width)},
                     {"height", integer(image.height)},
                     {"colorSpace", enumerator<ColorSpace>(image.colorSpace, {{"GRAYSCALE", ColorSpace::Grayscale},
                                                                              {"RGB", ColorSpace::RGB},
                                                                              {"BGR", ColorSpace::BGR},
                                                                              {"GRAYSCALE_FLOAT16", ColorSpace::GrayscaleFloat16},
                                                                              {"INVALID_COLOR_SPACE", ColorSpace::Invalid}})},
                     {"enumeratedSizes",
                      [&](const Place &at) {
                        claim(at, image.flexibility);
                        auto &choices = image.flexibility.emplace<ImageFeature::Enumerated>().sizes;
                        readObject(at, {{"sizes", [&](const Place &list) {
                                           readList(list, [&](const Place &each) {
                                             ImageFeature::Size &size = choices.emplace_back();
                                             readObject(each, {{"width", integer(size.width)}, {"height", integer(size.height)}});
                                           });
                                         }}});
                      }},
                     {"imageSizeRange", [&](const Place &at) {
                        claim(at, image.flexibility);
                        auto &range = image.flexibility.emplace<ImageFeature::Range>();
                        readObject(at, {{"widthRange", [&](const Place &each) { range.width = rangeAt(each); }},
                                        {"heightRange", [&](const Place &each) { range.height = rangeAt(each); }}});
                      }}});
}

/// A message without fields.
Handler empty(std::function<void()> then) {
  return [then = std::move(then)](const Place &place) {
    readObject(place, {});
    then();
  };
}

void readDictionary(const Place &place, DictionaryFeature &dictionary) {
  using Key = DictionaryFeature::Key;
  readObject(place, {{"int64KeyType", empty([&] { dictionary.key = Key::Int64; })},
                     {"stringKeyType", empty([&] { dictionary.key = Key::String; })}});
}

void readSequence(const Place &place, SequenceFeature &sequence) {
  using Element = SequenceFeature::Element;
  readObject(place, {{"int64Type", empty([&] { sequence.element = Element::Int64; })},
                     {"stringType", empty([&] { sequence.element = Element::String; })},
                     {"sizeRange", [&](const Place &at) { sequence.size = rangeAt(at); }}});
}

FeatureType typeAt(const Place &place) {
  FeatureType type;
  auto as = [&]<typename Feature>(const Feature &, auto read) {
    return [&type, read](const Place &at) {
      claim(at, type.type);
      read(at, type.type.template emplace<Feature>());
    };
  };
  auto nothing = [](const Place &at, auto &) { readObject(at, {}); };
  readObject(place, {{"int64Type", as(Int64Feature(), nothing)},
                     {"doubleType", as(DoubleFeature(), nothing)},
                     {"stringType", as(StringFeature(), nothing)},
                     {"imageType", as(ImageFeature(), readImage)},
                     {"multiArrayType", as(MultiArrayFeature(), readArray)},
                     {"dictionaryType", as(DictionaryFeature(), readDictionary)},
                     {"sequenceType", as(SequenceFeature(), readSequence)},
                     {"stateType", as(StateFeature(),
                                      [](const Place &at, StateFeature &state) {
                                        readObject(at, {{"arrayType", [&](const Place &array) { readArray(array, state.array); }}});
                                      })},
                     {"isOptional", boolean(type.optional)}});
  return type;
}

Handler features(std::vector<FeatureDescription> &into) {
  return [&into](const Place &place) {
    readList(place, [&](const Place &at) {
      FeatureDescription &feature = into.emplace_back();
      readObject(at, {{"name", text(feature.name)}, {"shortDescription", text(feature.shortDescription)}, {"type", [&](const Place &type) {
                                                                                                             feature.type = typeAt(type);
                                                                                                           }}});
    });
  };
}

std::vector<Field> interfaceFields(FunctionDescription &function) {
  return {{"input", features(function.inputs)},
          {"output", features(function.outputs)},
          {"state", features(function.states)},
          {"predictedFeatureName", text(function.predictedFeatureName)},
          {"predictedProbabilitiesName", text(function.predictedProbabilitiesName)}};
}

Metadata metadataAt(const Place &place) {
  Metadata metadata;
  readObject(place, {{"shortDescription", text(metadata.shortDescription)},
                     {"versionString", text(metadata.version)},
                     {"author", text(metadata.author)},
                     {"license", text(metadata.license)},
                     {"userDefined", [&](const Place &at) {
                        if (!at.value.is_object())
                          at.refuse("expected an object, found " + std::string(at.value.type_name()));
                        for (const auto &[key, value] : at.value.items())
                          text(metadata.userDefined[key])({value, at.path + "." + key});
                      }}});
  return metadata;
}

ModelDescription descriptionAt(const Place &place) {
  ModelDescription description;
  std::vector<Field> fields = interfaceFields(description.main);
  fields.push_back({"functions", [&](const Place &at) {
                      readList(at, [&](const Place &each) {
                        FunctionDescription &function = description.functions.emplace_back();
                        std::vector<Field> own = interfaceFields(function);
                        own.push_back({"name", text(function.name)});
                        readObject(each, own);
                      });
                    }});
  fields.push_back({"defaultFunctionName", text(description.defaultFunctionName)});
  fields.push_back({"trainingInput", features(description.trainingInputs)});
  fields.push_back({"metadata", [&](const Place &at) { description.metadata = metadataAt(at); }});
  readObject(place, fields);
  return description;
}

} // namespace

Status readDescriptionJson(StringRef text, uint32_t file, Model &model, DiagnosticEngine &diags) {
  JsonError error;
  std::optional<ordered_json> document = parseOrderedJson(text, error);
  if (!document)
    return diags.report(error.offset ? Location(file, *error.offset) : Location::ofFile(file), diag::MalformedDescription, "the text",
                        error.what);
  try {
    readObject({*document, ""}, {{"specificationVersion", integer(model.specificationVersion)},
                                 {"description", [&](const Place &at) { model.description = descriptionAt(at); }},
                                 {"isUpdatable", boolean(model.updatable)}});
  } catch (const Refused &refused) {
    return diags.report(Location::ofFile(file), diag::MalformedDescription, refused.path.empty() ? "the document" : refused.path,
                        refused.what);
  }
  if (!model.description)
    return diags.report(Location::ofFile(file), diag::MalformedDescription, "the document", "it has no description");
  return success();
}

} // namespace mil

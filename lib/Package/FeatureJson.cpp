#include "mil/Package/FeatureJson.h"
#include "Json.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/JsonText.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mil;
using Json = nlohmann::ordered_json;
using nlohmann::json;

namespace {

// ---- Writing ----------------------------------------------------------------

const std::pair<ColorSpace, const char *> colorSpaces[] = {{ColorSpace::Grayscale, "grayscale"},
                                                           {ColorSpace::RGB, "rgb"},
                                                           {ColorSpace::BGR, "bgr"},
                                                           {ColorSpace::GrayscaleFloat16, "grayscaleFloat16"}};

Json toJson(const SizeRange &range) { return Json::array({range.lower, range.upper}); }

struct TypeWriter {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const Int64Feature &) const { return {{"kind", "int64"}}; }
  Json operator()(const DoubleFeature &) const { return {{"kind", "double"}}; }
  Json operator()(const StringFeature &) const { return {{"kind", "string"}}; }
  Json operator()(const DictionaryFeature &type) const {
    using Key = DictionaryFeature::Key;
    return {{"kind", "dictionary"}, {"keys", type.key == Key::Int64 ? "int64" : type.key == Key::String ? "string" : ""}};
  }
  Json operator()(const SequenceFeature &type) const {
    using Element = SequenceFeature::Element;
    Json written = {{"kind", "sequence"},
                    {"elements", type.element == Element::Int64    ? "int64"
                                 : type.element == Element::String ? "string"
                                                                   : ""}};
    if (type.size)
      written["size"] = toJson(*type.size);
    return written;
  }
  Json operator()(const StateFeature &type) const {
    Json written = (*this)(type.array);
    written["kind"] = "state";
    return written;
  }
  Json operator()(const MultiArrayFeature &type) const {
    Json written = {{"kind", "multiArray"}, {"dtype", name(fromArrayDataType(type.dataType))}, {"shape", type.shape}};
    if (const auto *range = std::get_if<MultiArrayFeature::Range>(&type.flexibility)) {
      written["ranges"] = Json::array();
      for (const SizeRange &size : range->sizes)
        written["ranges"].push_back(toJson(size));
    } else if (const auto *shapes = std::get_if<MultiArrayFeature::Enumerated>(&type.flexibility)) {
      written["shapes"] = shapes->shapes;
    }
    if (const int32_t *value = std::get_if<int32_t>(&type.defaultValue))
      written["default"] = *value;
    else if (const float *value = std::get_if<float>(&type.defaultValue))
      written["default"] = *value;
    else if (const double *value = std::get_if<double>(&type.defaultValue))
      written["default"] = *value;
    return written;
  }
  Json operator()(const ImageFeature &type) const {
    Json written = {{"kind", "image"}, {"width", type.width}, {"height", type.height}, {"colorSpace", ""}};
    for (const auto &[space, name] : colorSpaces)
      if (space == type.colorSpace)
        written["colorSpace"] = name;
    if (const auto *range = std::get_if<ImageFeature::Range>(&type.flexibility)) {
      written["ranges"] = Json::array({toJson(range->width.value_or(SizeRange{})), toJson(range->height.value_or(SizeRange{}))});
    } else if (const auto *sizes = std::get_if<ImageFeature::Enumerated>(&type.flexibility)) {
      written["sizes"] = Json::array();
      for (const ImageFeature::Size &size : sizes->sizes)
        written["sizes"].push_back(Json::array({size.width, size.height}));
    }
    return written;
  }
};

Json toJson(const std::vector<FeatureDescription> &features) {
  Json list = Json::array();
  for (const FeatureDescription &feature : features)
    list.push_back({{"name", feature.name},
                    {"description", feature.shortDescription},
                    {"optional", feature.type && feature.type->optional},
                    {"type", feature.type ? std::visit(TypeWriter(), feature.type->type) : Json(nullptr)}});
  return list;
}

// ---- Reading ----------------------------------------------------------------

/// Reads a type from JSON. The first thing that is wrong is kept in `why`, with what is read after it of no account.
class TypeReader {
public:
  std::string why;

  void read(const json &from, FeatureType &into) {
    if (from.is_null()) {
      into.type = std::monostate();
      return;
    }
    std::string kind = text(from, "kind");
    if (kind == "multiArray") {
      into.type = array(from, into.as<MultiArrayFeature>());
    } else if (kind == "state") {
      StateFeature state = into.as<StateFeature>() ? *into.as<StateFeature>() : StateFeature();
      state.array = array(from, &state.array);
      into.type = state;
    } else if (kind == "image") {
      into.type = image(from, into.as<ImageFeature>());
    } else if (kind == "int64") {
      into.type = Int64Feature();
    } else if (kind == "double") {
      into.type = DoubleFeature();
    } else if (kind == "string") {
      into.type = StringFeature();
    } else {
      fail("kind '" + kind + "' is not multiArray, state, image, int64, double or string");
    }
  }

private:
  void fail(std::string what) {
    if (why.empty())
      why = std::move(what);
  }
  const json *member(const json &object, const char *key) {
    auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? &*found : nullptr;
  }
  std::string text(const json &object, const char *key) {
    const json *value = member(object, key);
    if (value && value->is_string())
      return value->get<std::string>();
    fail(std::string("a type needs the string '") + key + "'");
    return {};
  }
  int64_t whole(const json &value, int64_t least) {
    if (value.is_number_integer() && value.get<int64_t>() >= least)
      return value.get<int64_t>();
    fail("sizes must be integers from " + std::to_string(least) + " on");
    return least;
  }
  std::vector<int64_t> sizes(const json &list) {
    std::vector<int64_t> values;
    if (!list.is_array())
      fail("a shape must be a list of sizes");
    else
      for (const json &size : list)
        values.push_back(whole(size, 0));
    return values;
  }
  SizeRange range(const json &pair) {
    if (!pair.is_array() || pair.size() != 2) {
      fail("a range must be a pair of a lower and an upper size");
      return {};
    }
    SizeRange read{uint64_t(whole(pair[0], 0)), whole(pair[1], -1)};
    if (read.upper >= 0 && uint64_t(read.upper) < read.lower)
      fail("a range ends before it begins");
    return read;
  }

  MultiArrayFeature array(const json &from, const MultiArrayFeature *before) {
    MultiArrayFeature array;
    if (before)
      array.protoExtra = before->protoExtra, array.defaultValue = before->defaultValue;
    std::string dtype = text(from, "dtype");
    if (auto type = toArrayDataType(dtypeFromName(dtype)))
      array.dataType = *type;
    else
      fail("arrays of '" + dtype + "' are not supported; the types are fp16, fp32, fp64, int8 and int32");
    if (const json *shape = member(from, "shape"))
      array.shape = sizes(*shape);
    if (const json *ranges = member(from, "ranges")) {
      MultiArrayFeature::Range flexible;
      if (!ranges->is_array() || ranges->size() != array.shape.size())
        fail("ranges must be a list with one pair per dimension");
      else
        for (const json &each : *ranges)
          flexible.sizes.push_back(range(each));
      array.flexibility = flexible;
    } else if (const json *shapes = member(from, "shapes")) {
      MultiArrayFeature::Enumerated flexible;
      if (!shapes->is_array() || shapes->empty())
        fail("shapes must be a list of shapes");
      else
        for (const json &each : *shapes)
          flexible.shapes.push_back(sizes(each));
      array.flexibility = flexible;
    }
    return array;
  }

  ImageFeature image(const json &from, const ImageFeature *before) {
    ImageFeature image;
    if (before)
      image.protoExtra = before->protoExtra;
    for (auto [key, size] : {std::pair("width", &image.width), std::pair("height", &image.height)}) {
      const json *value = member(from, key);
      *size = value ? whole(*value, 1) : (fail(std::string("an image needs a ") + key), 0);
    }
    std::string wanted = text(from, "colorSpace");
    for (const auto &[space, name] : colorSpaces)
      if (wanted == name)
        image.colorSpace = space;
    if (image.colorSpace == ColorSpace::Invalid)
      fail("colorSpace '" + wanted + "' is not grayscale, rgb, bgr or grayscaleFloat16");
    if (const json *ranges = member(from, "ranges")) {
      if (!ranges->is_array() || ranges->size() != 2)
        fail("the ranges of an image must be those of width and height");
      else
        image.flexibility = ImageFeature::Range{range((*ranges)[0]), range((*ranges)[1]), {}};
    } else if (const json *list = member(from, "sizes")) {
      ImageFeature::Enumerated flexible;
      if (!list->is_array() || list->empty())
        fail("sizes of an image must be a list of pairs");
      else
        for (const json &each : *list) {
          std::vector<int64_t> pair = sizes(each);
          if (pair.size() != 2)
            fail("a size of an image must be a width and a height");
          else
            flexible.sizes.push_back({uint64_t(pair[0]), uint64_t(pair[1])});
        }
      image.flexibility = flexible;
    }
    return image;
  }
};

} // namespace

std::string mil::interfaceAsJson(const FunctionDescription &description) {
  Json written = {{"name", description.name},
                  {"inputs", toJson(description.inputs)},
                  {"outputs", toJson(description.outputs)},
                  {"states", toJson(description.states)},
                  {"predictedFeature", description.predictedFeatureName},
                  {"predictedProbabilities", description.predictedProbabilitiesName}};
  return jsonText(written, -1);
}

Status mil::changeFeature(FeatureDescription &feature, llvm::StringRef text, DiagnosticEngine &diags) {
  JsonError error;
  std::optional<json> read = parseJson(text, error);
  auto refuse = [&](const std::string &why) { return diags.report({}, diag::BadFeature, feature.name, why); };
  if (!read || !read->is_object())
    return refuse(read ? "it is not an object" : error.what);
  FeatureDescription changed = feature;
  TypeReader reader;
  for (const auto &[key, value] : read->items()) {
    if (key == "name" && value.is_string() && !value.get_ref<const std::string &>().empty())
      continue;
    if (key == "name")
      return refuse("its name must be a string that is not empty");
    if (key == "description" && value.is_string())
      changed.shortDescription = value.get<std::string>();
    else if (key == "optional" && value.is_boolean())
      (changed.type ? *changed.type : changed.type.emplace()).optional = value.get<bool>();
    else if (key == "type")
      reader.read(value, changed.type ? *changed.type : changed.type.emplace());
    else
      return refuse("'" + key + "' is not a member of a feature, or has the wrong kind");
  }
  if (!reader.why.empty())
    return refuse(reader.why);
  feature = std::move(changed);
  return success();
}

std::string mil::newNameOf(llvm::StringRef text) {
  JsonError error;
  std::optional<json> read = parseJson(text, error);
  auto named = read && read->is_object() ? read->find("name") : json::iterator();
  return read && read->is_object() && named != read->end() && named->is_string() ? named->get<std::string>() : "";
}

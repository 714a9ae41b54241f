// Signatures as text, for messages, `milc ops` and the documentation.

#include "mil/Ops/Args.h"
#include "mil/Ops/Catalogue.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mil;

std::string mil::printNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
  if (text.find_first_of(".en") == std::string::npos)
    text += ".0";
  return text;
}

std::string mil::describeDefault(const Parameter &parameter) {
  const DefaultValue &value = parameter.defaultValue;
  switch (value.kind) {
  case DefaultValue::Kind::None:
    return "";
  case DefaultValue::Kind::Integer:
    return std::to_string(int64_t(value.number));
  case DefaultValue::Kind::Float:
    return printNumber(value.number);
  case DefaultValue::Kind::Boolean:
    return value.number != 0 ? "true" : "false";
  case DefaultValue::Kind::String:
    return ("\"" + value.text + "\"").str();
  case DefaultValue::Kind::Computed:
    return value.text.str();
  }
  return "";
}

static std::string describeType(const OpVersion &version, const Parameter &parameter) {
  switch (parameter.kind) {
  case Parameter::Kind::List:
    return "list";
  case Parameter::Kind::State:
    return "state";
  case Parameter::Kind::Any:
    return "any";
  case Parameter::Kind::Tensor:
    break;
  }
  if (parameter.variable >= 0)
    return version.variables[size_t(parameter.variable)].name.str();
  if (!parameter.choices.empty())
    return "\"" + llvm::join(parameter.choices, "\" | \"") + "\"";
  return parameter.types.empty() ? "tensor" : parameter.types.str();
}

std::string mil::describeDomain(const OpVersion &version, const Parameter &parameter) {
  return (parameter.constant ? "const " : "") + describeType(version, parameter) + (parameter.variadic ? " …" : "");
}

std::string mil::signature(const OpVersion &version) {
  std::string text = version.op.str() + "(";
  for (const Parameter &parameter : version.parameters) {
    if (&parameter != version.parameters.begin())
      text += ", ";
    text += parameter.name;
    std::string value = describeDefault(parameter);
    if (parameter.optional && value.empty())
      text += "?";
    text += ": " + describeDomain(version, parameter);
    if (!value.empty())
      text += " = " + value;
  }
  text += ")";
  for (const TypeVariableDomain &domain : version.variables)
    text += (&domain == version.variables.begin() ? " where " : "; ") + domain.name.str() + ": " + domain.types.str();
  return text;
}

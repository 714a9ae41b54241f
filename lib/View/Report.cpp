#include "mil/View/Report.h"
#include "mil/Support/Files.h"
#include "mil/View/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <cmath>
#include <nlohmann/json.hpp>

using llvm::StringRef;
using Json = nlohmann::json;

namespace mil {

namespace {

constexpr size_t largestReport = 256 << 20;
constexpr int deepest = 64;

class Rows {
public:
  explicit Rows(Report &report) : report(report) {}

  /// Takes the rows of a value and of all within; false when it nests too deep.
  bool take(const Json &value, int depth) {
    if (depth > deepest)
      return false;
    if (value.is_object())
      takeRow(value);
    if (value.is_structured())
      for (const Json &inner : value)
        if (!take(inner, depth + 1))
          return false;
    return true;
  }

private:
  static std::string textAt(const Json &object, std::initializer_list<const char *> keys) {
    for (const char *key : keys)
      if (auto it = object.find(key); it != object.end() && it->is_string())
        return it->get<std::string>();
    return "";
  }

  void takeRow(const Json &object) {
    Report::Row row{textAt(object, {"function"}), textAt(object, {"name", "value", "output", "operation"}), {}};
    if (row.name.empty())
      return;
    for (const auto &[key, value] : object.items()) {
      addMeasure(row, key, value);
      if (value.is_object())
        for (const auto &[inner, number] : value.items())
          addMeasure(row, key + "." + inner, number);
    }
    if (!row.values.empty())
      report.rows.push_back(std::move(row));
  }

  void addMeasure(Report::Row &row, const std::string &name, const Json &value) {
    double number = value.is_number() ? value.get<double>() : value.is_boolean() ? double(value.get<bool>()) : std::nan("");
    if (!std::isfinite(number))
      return;
    auto [it, isNew] = numbers.try_emplace(name, uint32_t(report.measures.size()));
    if (isNew)
      report.measures.push_back(name);
    row.values.push_back({it->second, number});
  }

  Report &report;
  std::map<std::string, uint32_t> numbers;
};

} // namespace

Result<Report> readReport(StringRef path, DiagnosticEngine &diags) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, diags);
  if (!file)
    return failure();
  StringRef bytes = (*file)->bytes();
  Location whole = Location::ofFile((*file)->file());
  if (bytes.size() > largestReport)
    return diags.report(whole, diag::ViewReportMalformed, "it is larger than 256 MiB");
  Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (json.is_discarded())
    return diags.report(whole, diag::ViewReportMalformed, "it is not JSON");
  Report report;
  report.title = llvm::sys::path::filename(path).str();
  if (!Rows(report).take(json, 0))
    return diags.report(whole, diag::ViewReportMalformed, "it is nested too deeply");
  if (report.rows.empty())
    return diags.report(whole, diag::ViewReportMalformed, "no object in it has a name and a number");
  return report;
}

} // namespace mil

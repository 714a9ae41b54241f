#include "mil/Pass/Pass.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

namespace mil {

void PassRun::count(llvm::StringRef what, uint64_t times) {
  auto *found = llvm::find_if(counters, [&](const Count &count) { return count.what == what; });
  if (found == counters.end())
    counters.push_back({what.str(), times});
  else
    found->times += times;
}

PassOptionBase *Pass::option(llvm::StringRef name) const {
  auto *found = llvm::find_if(declared, [&](PassOptionBase *option) { return option->name() == name; });
  return found == declared.end() ? nullptr : *found;
}

PassResult FunctionPass::run(PassRun &run) {
  bool changed = false;
  for (Function *function : run.program.functions()) {
    PassResult result = runOnFunction(*function, run);
    if (result == PassResult::Failed)
      return result;
    changed |= result == PassResult::Changed;
  }
  return changedIf(changed);
}

// ---- Options ----------------------------------------------------------------

namespace {

bool read(llvm::StringRef text, bool &value) {
  if (text.equals_insensitive("true") || text == "1")
    return value = true, true;
  if (text.equals_insensitive("false") || text == "0")
    return value = false, true;
  return false;
}
bool read(llvm::StringRef text, int64_t &value) { return !text.getAsInteger(10, value); }
bool read(llvm::StringRef text, double &value) { return !text.getAsDouble(value, /*AllowInexact=*/true) && std::isfinite(value); }
bool read(llvm::StringRef text, std::string &value) { return value = text.str(), true; }
bool read(llvm::StringRef text, std::vector<std::string> &value) {
  value.clear();
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef part : parts)
    value.push_back(part.trim().str());
  return true;
}
template <typename T> bool read(llvm::StringRef text, std::optional<T> &value) {
  T inner;
  if (!read(text, inner))
    return false;
  value = std::move(inner);
  return true;
}

llvm::StringRef kindOf(bool) { return "true or false"; }
llvm::StringRef kindOf(int64_t) { return "integer"; }
llvm::StringRef kindOf(double) { return "number"; }
llvm::StringRef kindOf(const std::string &) { return "text"; }
llvm::StringRef kindOf(const std::vector<std::string> &) { return "comma-separated list"; }

std::string print(bool value) { return value ? "true" : "false"; }
std::string print(int64_t value) { return std::to_string(value); }
std::string print(double value) { return formatted("%g", value); }
std::string print(const std::string &value) { return value; }
std::string print(const std::vector<std::string> &value) { return llvm::join(value, ","); }

template <typename T> struct Inner {
  using type = T;
};
template <typename T> struct Inner<std::optional<T>> {
  using type = T;
};
template <typename T> std::string print(const std::optional<T> &value) { return value ? print(*value) : ""; }

} // namespace

template <typename T> bool Option<T>::parse(llvm::StringRef text) { return read(text, value); }
template <typename T> llvm::StringRef Option<T>::kind() const { return kindOf(typename Inner<T>::type()); }
template <typename T> std::string Option<T>::text() const { return print(value); }

ChoiceOption::ChoiceOption(Pass &pass, llvm::StringRef name, llvm::StringRef summary, std::initializer_list<llvm::StringRef> words)
    : PassOptionBase(pass, name, summary), words(words) {
  list = llvm::join(llvm::ArrayRef(this->words).drop_back(), ", ") + " or " + this->words.back().str();
}

bool ChoiceOption::parse(llvm::StringRef text) {
  auto *found = llvm::find(words, text);
  if (found == words.end())
    return false;
  chosen = size_t(found - words.begin());
  return true;
}

template class Option<bool>;
template class Option<int64_t>;
template class Option<double>;
template class Option<std::string>;
template class Option<std::vector<std::string>>;
template class Option<std::optional<int64_t>>;
template class Option<std::optional<double>>;
template class Option<std::optional<std::string>>;

} // namespace mil

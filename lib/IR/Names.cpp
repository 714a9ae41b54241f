#include "mil/IR/Names.h"
#include "llvm/ADT/StringExtras.h"

namespace mil {

bool isReservedWord(llvm::StringRef text) {
  static const llvm::StringSet<> words{"program", "func",  "tensor", "state", "list",     "tuple", "dict",
                                       "true",    "false", "inf",    "nan",   "BLOBFILE", "any"};
  return words.contains(text) || dtypeFromName(text) != DType::Invalid;
}

namespace {
bool isStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isRest(char c) { return llvm::isAlnum(c) || c == '_' || c == '@'; }
} // namespace

bool isIdentifier(llvm::StringRef text) {
  return !text.empty() && isStart(text.front()) && llvm::all_of(text, isRest) && !isReservedWord(text);
}

std::string sanitizedIdentifier(llvm::StringRef text, llvm::StringRef prefix) {
  std::string result;
  if (text.empty() || llvm::isDigit(text.front()))
    result = prefix.str();
  for (char c : text)
    result += llvm::isAlnum(c) ? c : '_';
  if (isReservedWord(result))
    result += "_workaround";
  return result;
}

NameScope::NameScope(const Function &function) : context(function.program().context()) {
  auto addInputs = [&](const Block &block) {
    for (Value *input : block.inputs())
      add(input->name());
  };
  auto addBlock = [&](Block &top) {
    addInputs(top);
    top.walk([&](Operation &op) {
      for (Value &result : op.results())
        add(result.name());
      for (Block *block : op.blocks())
        addInputs(*block);
    });
  };
  addBlock(function.body());
  for (const Function::Specialization &other : function.specializations())
    addBlock(*other.block);
}

Name NameScope::fresh(llvm::StringRef wanted) {
  if (used.insert(wanted).second)
    return context.intern(wanted);
  for (unsigned &suffix = nextSuffix[wanted];;) {
    std::string candidate = (wanted + "_" + llvm::Twine(suffix++)).str();
    if (used.insert(candidate).second)
      return context.intern(candidate);
  }
}

} // namespace mil

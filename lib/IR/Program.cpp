#include "mil/IR/Program.h"

namespace mil {

namespace {

struct OpsetNames {
  Opset opset;
  const char *text, *proto;
  int specification;
};

constexpr OpsetNames opsets[] = {
    {Opset::IOS13, "ios13", "CoreML3", 4},  {Opset::IOS14, "ios14", "CoreML4", 5}, {Opset::IOS15, "ios15", "CoreML5", 6},
    {Opset::IOS16, "ios16", "CoreML6", 7},  {Opset::IOS17, "ios17", "CoreML7", 8}, {Opset::IOS18, "ios18", "CoreML8", 9},
    {Opset::IOS26, "ios26", "CoreML9", 10},
};

const OpsetNames *find(Opset opset) {
  const auto *found = llvm::find_if(opsets, [&](const OpsetNames &names) { return names.opset == opset; });
  return found == std::end(opsets) ? nullptr : found;
}

} // namespace

Opset opsetFromName(llvm::StringRef name) {
  for (const OpsetNames &names : opsets)
    if (name == names.text || name == names.proto)
      return names.opset;
  // The year's name for the same system, before Apple renumbered.
  return name == "ios19" ? Opset::IOS26 : Opset::Unknown;
}

llvm::StringRef textName(Opset opset) {
  const OpsetNames *names = find(opset);
  return names ? names->text : "";
}

llvm::StringRef protoName(Opset opset) {
  const OpsetNames *names = find(opset);
  return names ? names->proto : "";
}

int specificationVersion(Opset opset) {
  const OpsetNames *names = find(opset);
  return names ? names->specification : 0;
}

Block *Function::addSpecialization(Name opset) {
  Block *block = owner->makeBlock();
  block->function_ = this;
  others.push_back(owner->arena(), {opset, block});
  return block;
}

Program::Program(Context &context) : ctx(context) {}

// Everything is in the arena and trivial to forget.
Program::~Program() = default;

Block *Program::makeBlock() { return new (allocator.Allocate<Block>()) Block(*this); }

Function *Program::function(llvm::StringRef name) const {
  for (Function *function : funcs)
    if (function->name() == name)
      return function;
  return nullptr;
}

Function *Program::addFunction(Name name, Name opset) {
  auto *function = new (allocator.Allocate<Function>()) Function(*this);
  function->id = name;
  function->opset_ = opset;
  function->body_ = makeBlock();
  function->body_->function_ = function;
  funcs.push_back(function);
  return function;
}

void Program::eraseFunction(Function *function) { llvm::erase(funcs, function); }

void Program::reorderFunctions(llvm::ArrayRef<Function *> order) {
  assert(order.size() == funcs.size());
  funcs.assign(order.begin(), order.end());
}

llvm::StringRef Program::protoExtra(const void *entity) const {
  auto found = extras.find(entity);
  return found == extras.end() ? llvm::StringRef() : llvm::StringRef(found->second);
}

void Program::setProtoExtra(const void *entity, llvm::StringRef bytes) {
  if (bytes.empty())
    extras.erase(entity);
  else
    extras[entity] = bytes.str();
}

size_t Program::operationCount() const {
  size_t count = 0;
  for (Function *function : funcs)
    function->body().walk([&](Operation &) { ++count; });
  return count;
}

} // namespace mil

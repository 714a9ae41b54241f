#include "mil/IR/Attributes.h"
#include "mil/IR/Program.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

static Program &programOf(Program &program) { return program; }
template <typename Owner> static Program &programOf(Owner &owner) { return owner.program(); }

template <typename Owner> const Literal *Attributed<Owner>::attribute(llvm::StringRef name) const {
  for (const Attribute &each : list)
    if (each.name == name)
      return each.value;
  return nullptr;
}

template <typename Owner> void Attributed<Owner>::setAttribute(Name name, const Literal *value) {
  auto *at = llvm::lower_bound(list, name, [](const Attribute &attribute, Name name) { return attribute.name < name; });
  if (at != list.end() && at->name == name)
    at->value = value;
  else
    list.insert(programOf(static_cast<Owner &>(*this)).arena(), size_t(at - list.begin()), {name, value});
}

template <typename Owner> void Attributed<Owner>::removeAttribute(llvm::StringRef name) {
  for (size_t i = 0; i != list.size(); ++i)
    if (list[i].name == name)
      return list.erase(i);
}

template class Attributed<Program>;
template class Attributed<Function>;
template class Attributed<Block>;
template class Attributed<Operation>;

} // namespace mil

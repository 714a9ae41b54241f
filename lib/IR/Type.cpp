#include "TypeStorage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace mil {

Context::Context() : types(std::make_unique<TypeTable>()) {}
Context::~Context() = default;

Type Type::get(Context &context, const TypeStorage &key) {
  std::lock_guard guard(context.types->lock);
  auto &set = context.types->set;
  if (auto found = set.find(&key); found != set.end())
    return Type(*found);
  llvm::BumpPtrAllocator &arena = context.types->arena;
  auto *storage = new (arena.Allocate<TypeStorage>()) TypeStorage(key);
  storage->dims = llvm::ArrayRef(key.dims).copy(arena);
  storage->elements = llvm::ArrayRef(key.elements).copy(arena);
  storage->text = key.text.copy(arena);
  storage->extra = key.extra.copy(arena);
  set.insert(storage);
  return Type(storage);
}

Type Type::tensor(Context &context, DType element, llvm::ArrayRef<int64_t> dims) {
  TypeStorage key;
  key.dtype = element;
  key.dims = dims;
  return get(context, key);
}

Type Type::unrankedTensor(Context &context, DType element) {
  TypeStorage key;
  key.dtype = element;
  key.ranked = false;
  return get(context, key);
}

Type Type::list(Context &context, Type element, int64_t length) {
  TypeStorage key;
  key.kind = Kind::List;
  key.elements = element;
  key.length = length;
  return get(context, key);
}

Type Type::tuple(Context &context, llvm::ArrayRef<Type> elements) {
  TypeStorage key;
  key.kind = Kind::Tuple;
  key.elements = elements;
  return get(context, key);
}

Type Type::dict(Context &context, Type keyType, Type value) {
  TypeStorage key;
  key.kind = Kind::Dict;
  Type pair[] = {keyType, value};
  key.elements = pair;
  return get(context, key);
}

Type Type::state(Context &context, Type wrapped) {
  TypeStorage key;
  key.kind = Kind::State;
  key.elements = wrapped;
  return get(context, key);
}

Type Type::opaque(Context &context, llvm::StringRef text) {
  TypeStorage key;
  key.kind = Kind::Opaque;
  key.text = text;
  return get(context, key);
}

Type Type::withProtoExtra(Context &context, llvm::StringRef bytes) const {
  TypeStorage key = *storage;
  key.extra = bytes;
  return get(context, key);
}

Type::Kind Type::kind() const { return storage->kind; }
DType Type::dtype() const { return isTensor() ? storage->dtype : DType::Invalid; }
bool Type::hasRank() const { return isTensor() && storage->ranked && !llvm::is_contained(storage->dims, variadic); }
llvm::ArrayRef<int64_t> Type::dims() const { return storage->dims; }
int64_t Type::length() const { return storage->length; }
Type Type::element() const { return storage->elements.front(); }
Type Type::valueType() const { return storage->elements[1]; }
llvm::ArrayRef<Type> Type::elements() const { return storage->elements; }
llvm::StringRef Type::opaqueText() const { return storage->text; }
llvm::StringRef Type::protoExtra() const { return storage->extra; }

bool Type::hasStaticShape() const {
  return hasRank() && llvm::all_of(dims(), [](int64_t dim) { return dim >= 0; });
}

std::optional<int64_t> Type::elementCount() const {
  if (!hasStaticShape())
    return std::nullopt;
  // A zero makes the product zero, even if the product of the other sizes would overflow.
  if (llvm::is_contained(dims(), 0))
    return 0;
  int64_t count = 1;
  for (int64_t dim : dims())
    if (__builtin_mul_overflow(count, dim, &count))
      return std::nullopt;
  return count;
}

Type Type::withDims(Context &context, llvm::ArrayRef<int64_t> dims) const {
  TypeStorage key = *storage;
  key.ranked = true;
  key.dims = dims;
  return get(context, key);
}

Type Type::withDType(Context &context, DType element) const {
  TypeStorage key = *storage;
  key.dtype = element;
  return get(context, key);
}

namespace {
void printSize(llvm::raw_ostream &out, int64_t size) {
  if (size == Type::unknown)
    out << '?';
  else if (size == Type::variadic)
    out << "...";
  else
    out << size;
}
} // namespace

void Type::print(llvm::raw_ostream &out, bool scalarsAsTensors) const {
  auto printElements = [&](const char *word) {
    out << word << '<';
    llvm::ListSeparator comma;
    for (Type element : elements()) {
      out << llvm::StringRef(comma);
      element.print(out, scalarsAsTensors);
    }
    if (kind() == Kind::List)
      printSize(out << ", ", length());
    out << '>';
  };
  switch (kind()) {
  case Kind::Tensor:
    if (isScalar() && !scalarsAsTensors) {
      out << name(dtype());
      return;
    }
    out << "tensor<" << name(dtype()) << ", ";
    if (!storage->ranked) {
      out << "?>";
      return;
    }
    out << '[';
    for (auto [i, dim] : llvm::enumerate(dims()))
      printSize(i ? out << ", " : out, dim);
    out << "]>";
    return;
  case Kind::List:
    return printElements("list");
  case Kind::Tuple:
    return printElements("tuple");
  case Kind::Dict:
    return printElements("dict");
  case Kind::State:
    return printElements("state");
  case Kind::Opaque:
    out << opaqueText();
    return;
  }
}

std::string Type::str() const {
  if (!storage)
    return "(no type)";
  std::string text;
  llvm::raw_string_ostream out(text);
  print(out);
  return text;
}

} // namespace mil
